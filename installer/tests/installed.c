/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine that comes back to the installer is known by what was wanted of it.
 */
#include "helper.h"

#include "session.h"

/* Write the marker of this very plan onto its disk. */
static void finish(struct bench *b, char hash[SHA256_HEX])
{
	struct fact_disk *disk = NULL;

	assert_planned(b);
	assert_null(b->plan.done);
	memcpy(hash, b->plan.hash, SHA256_HEX);
	for (size_t i = 0; i < b->facts.disk_count; i++)
		if (&b->facts.disks[i] == b->plan.disk)
			disk = &b->facts.disks[i];
	assert_non_null(disk);
	free(disk->installed.intent);
	disk->installed.intent = strdup(b->plan.intent);
	free(disk->installed.time);
	disk->installed.time = strdup("2026-11-23 11:05:00 UTC");
}

static void test_the_same_again(void **state)
{
	char hash[SHA256_HEX];
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	finish(&b, hash);
	assert_planned(&b);
	assert_non_null(b.plan.done);
	assert_string_equal(b.plan.done->time, "2026-11-23 11:05:00 UTC");
	/* The marker is no part of the plan. */
	assert_string_equal(b.plan.hash, hash);
	/* More memory, a cable elsewhere: it still is what was wanted. */
	b.facts.memory *= 2;
	assert_planned(&b);
	assert_non_null(b.plan.done);
	bench_close(&b);
}

static void test_something_else(void **state)
{
	char hash[SHA256_HEX];
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	finish(&b, hash);
	b.answers.sha256[0] ^= 1;
	assert_planned(&b);
	assert_null(b.plan.done);
	b.answers.sha256[0] ^= 1;
	b.image.files[0].sha256[5] ^= 1;
	assert_planned(&b);
	assert_null(b.plan.done);
	bench_close(&b);
}

/* Only where nobody is there, and nobody has asked for it, is the disk started instead. */
static void test_who_decides(void **state)
{
	struct fact_installed done = { 0 };
	struct session s = SESSION_INIT;

	(void)state;
	assert_false(session_is_done(&s));
	s.plan.done = &done;
	assert_true(session_is_done(&s));
	s.attended = true;
	assert_false(session_is_done(&s));
	s.attended = false;
	s.answers.reinstall = true;
	assert_false(session_is_done(&s));
}

static void test_facts(void **state)
{
	static const char text[] =
		"{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"nics\":[],\"disks\":[{"
		"\"name\":\"sda\",\"path\":\"/dev/sda\",\"size\":512,\"sector\":512,"
		"\"physical\":512,\"boot_medium\":false,\"contents\":[],\"health\":\"ok\","
		"\"installed\":{\"intent\":\"ab\",\"hostname\":\"h\"}}]}";
	struct facts f = FACTS_INIT;
	struct err e = { 0 };

	(void)state;
	if (facts_parse(text, strlen(text), &f, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_string_equal(f.disks[0].installed.intent, "ab");
	assert_string_equal(f.disks[0].installed.hostname, "h");
	assert_string_equal(f.disks[0].installed.time, "");
	assert_string_equal(f.disks[0].health, "ok");
	facts_clear(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_same_again),
		cmocka_unit_test(test_something_else),
		cmocka_unit_test(test_who_decides),
		cmocka_unit_test(test_facts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
