/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is looked at before an install: which machines are refused, which are
 * warned of, and that either can be skipped by name.
 */
#include "helper.h"

#include "draft.h"
#include "gather.h"
#include "preflight.h"

static void set(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

/* The disk that is installed to when nothing is refused. */
static struct fact_disk *target(struct bench *b)
{
	assert_planned(b);
	for (size_t i = 0; i < b->facts.disk_count; i++)
		if (&b->facts.disks[i] == b->plan.disk)
			return &b->facts.disks[i];
	fail_msg("no disk");
	return NULL;
}

static void skip_check(struct bench *b, const char *name)
{
	strings_add(&b->answers.preflight.skip, name);
}

static bool warned(struct bench *b, const char *words)
{
	assert_planned(b);
	for (size_t i = 0; i < b->plan.warnings.count; i++)
		if (strstr(b->plan.warnings.item[i], words))
			return true;
	return false;
}

static void test_memory(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	/* A machine of 1 GiB, of which firmware and graphics keep some. */
	b.facts.memory = 900 * MIB;
	assert_true(warned(&b, "900 MiB of memory leave little for guests"));
	b.facts.memory = 512 * MIB;
	assert_refused(&b, "512 MiB of memory are too little");
	assert_refused(&b, "--skip=memory");
	skip_check(&b, "memory");
	assert_true(warned(&b, "512 MiB of memory are too little"));
	b.facts.memory = 900 * MIB;
	assert_false(warned(&b, "memory"));
	bench_close(&b);
}

/* A processor without it is not the same as a switch in the firmware's setup. */
static void test_virtualization(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	b.facts.vmx = true;
	assert_false(warned(&b, "PV guests"));
	b.facts.vmx = b.facts.svm = false;
	assert_true(warned(&b, "no VT-x or AMD-V"));
	b.facts.virtualization_off = true;
	assert_true(warned(&b, "switched off in the firmware's setup"));
	skip_check(&b, "virtualization");
	assert_false(warned(&b, "PV guests"));
	bench_close(&b);
}

static void test_disk_health(void **state)
{
	struct fact_disk *disk;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	disk = target(&b);
	set(&disk->health, "ok");
	assert_false(warned(&b, "SMART"));
	set(&disk->health, FACT_WORN);
	set(&disk->health_why, "SMART counts sectors that cannot be read (attribute 197)");
	assert_true(warned(&b, "attribute 197"));
	set(&disk->health, FACT_FAILING);
	set(&disk->health_why, "SMART says that it fails, or will soon");
	assert_refused(&b, "is failing: SMART says");
	skip_check(&b, "smart");
	assert_true(warned(&b, "is failing: SMART says"));
	bench_close(&b);
}

/* The health of a disk that is not installed to stops nobody. */
static void test_health_of_another_disk(void **state)
{
	struct fact_disk *disk;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	disk = target(&b);
	for (size_t i = 0; i < b.facts.disk_count; i++)
		if (&b.facts.disks[i] != disk)
			set(&b.facts.disks[i].health, FACT_FAILING);
	assert_false(warned(&b, "failing"));
	bench_close(&b);
}

static void test_clock(void **state)
{
	enum { YEAR = 365 * 86400 };
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	/* Recorded facts may not tell it. */
	b.facts.clock = 0;
	assert_false(warned(&b, "clock"));
	b.facts.clock = b.image.epoch + 3 * YEAR;
	assert_false(warned(&b, "clock"));
	b.facts.clock = b.image.epoch - YEAR;
	assert_true(warned(&b, "clock is behind"));
	b.facts.clock = b.image.epoch + 30ULL * YEAR;
	assert_true(warned(&b, "clock is decades ahead"));
	bench_close(&b);
}

static void test_firmware_and_identity(void **state)
{
	struct fact_disk *disk;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	disk = target(&b);
	b.facts.secure_boot = true;
	assert_true(warned(&b, "Secure Boot is on"));
	assert_false(warned(&b, "known by its name alone"));
	set(&disk->serial, "");
	set(&disk->wwn, "");
	assert_true(warned(&b, "known by its name alone"));
	bench_close(&b);
}

/* The kernel's command line says it as the kickstart does. */
static void test_command_line(void **state)
{
	struct answers a = ANSWERS_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(preflight_cmdline("root=live:x socle.skip=smart,memory quiet\n", &a, &e),
			 0);
	assert_int_equal(a.preflight.skip.count, 2);
	assert_string_equal(a.preflight.skip.item[0], "smart");
	assert_string_equal(a.preflight.skip.item[1], "memory");
	assert_false(a.reinstall);
	assert_int_equal(preflight_cmdline("socle.skip=clock socle.reinstall", &a, &e), 0);
	assert_int_equal(a.preflight.skip.count, 3);
	assert_true(a.reinstall);
	assert_int_equal(preflight_cmdline("socle.skip=memory,disk", &a, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "\"disk\""));
	answers_clear(&a);
}

/* What the kickstart may name is what there is. */
static void test_names(void **state)
{
	struct answers a = ANSWERS_INIT;
	char line[256] = "socle.skip=";
	size_t n = 0;

	(void)state;
	for (const char *p = KS_CHECKS; *p; p++)
		strncat(line, (char[]){ *p == '|' ? ',' : *p, 0 }, 1);
	assert_int_equal(preflight_cmdline(line, &a, NULL), 0);
	for (size_t i = 0; preflight_name(i); i++) {
		bool found = false;

		for (n = 0; n < a.preflight.skip.count; n++)
			found |= strcmp(a.preflight.skip.item[n], preflight_name(i)) == 0;
		assert_true(found);
	}
	answers_clear(&a);
}

static void assert_health(const char *json, const char *health, const char *words)
{
	const char *why = NULL;

	assert_string_equal(health_parse(json, strlen(json), &why), health);
	if (!strstr(why, words))
		fail_msg("\"%s\", not \"%s\"", why, words);
}

/* Cut from what smartctl 7.4 prints. */
static void test_smartctl(void **state)
{
	(void)state;
	assert_health("", "", "");
	assert_health("{\"smartctl\":{\"exit_status\":2}}", "", "");
	assert_health("{\"smart_status\":{\"passed\":true}}", "ok", "");
	assert_health("{\"smart_status\":{\"passed\":false}}", FACT_FAILING, "SMART says");
	assert_health("{\"smart_status\":{\"passed\":true},\"ata_smart_attributes\":{\"table\":["
		      "{\"id\":5,\"raw\":{\"value\":8}},{\"id\":197,\"raw\":{\"value\":16}}]}}",
		      FACT_WORN, "attribute 197");
	assert_health("{\"smart_status\":{\"passed\":true},\"nvme_smart_health_information_log\":"
		      "{\"critical_warning\":0,\"percentage_used\":3}}",
		      "ok", "");
	assert_health("{\"smart_status\":{\"passed\":false},\"nvme_smart_health_information_log\":"
		      "{\"critical_warning\":6,\"percentage_used\":3}}",
		      FACT_FAILING, "no longer reliable");
	assert_health("{\"smart_status\":{\"passed\":true},\"nvme_smart_health_information_log\":"
		      "{\"critical_warning\":0,\"percentage_used\":104}}",
		      FACT_WORN, "worn out");
	assert_health("{\"smart_status\":{\"passed\":false},\"nvme_smart_health_information_log\":"
		      "{\"critical_warning\":2,\"percentage_used\":3}}",
		      FACT_FAILING, "SMART says");
	assert_health("{\"smart_status\":7,\"ata_smart_attributes\":[{\"table\":0}]}", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),	     cmocka_unit_test(test_virtualization),
		cmocka_unit_test(test_disk_health),  cmocka_unit_test(test_health_of_another_disk),
		cmocka_unit_test(test_clock),	     cmocka_unit_test(test_firmware_and_identity),
		cmocka_unit_test(test_command_line), cmocka_unit_test(test_names),
		cmocka_unit_test(test_smartctl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
