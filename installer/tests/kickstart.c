/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the text of a kickstart file to the plan: what the file says is done, or
 * refused by its line.
 */
#include "helper.h"

#include "draft.h"
#include "kickstart/kickstart.h"

#define FILE_OF(lines) "rootpw x\nclearpart --all\n" lines

/* Plan for a machine by a file; the bench is closed by the caller. */
static int plan_file(struct bench *b, const char *machine, const char *text)
{
	struct ks_messages m = { 0 };
	struct err e = { 0 };

	bench_open(b, machine);
	answers_clear(&b->answers);
	assert_int_equal(ks_parse(text, strlen(text), &b->answers, &m, &e), 0);
	ks_messages_clear(&m);
	return bench_plan(b);
}

static void check_refused(const char *machine, const char *text, const char *words)
{
	struct bench b;

	if (plan_file(&b, machine, text) == 0 || !strstr(err_text(&b.e), words))
		fail_msg("\"%s\" is not in \"%s\"", words, err_text(&b.e));
	bench_close(&b);
}

static void test_what_cannot_be_done_is_refused_by_its_line(void **state)
{
	(void)state;
	check_refused("qemu-uefi", FILE_OF("part /data --size=1000\n"),
		      "kickstart line 3: part: the system is an image in which /data cannot be "
		      "made; mount it below /srv, /opt, /home or /var");
	check_refused("qemu-uefi", FILE_OF("autopart --encrypted\nupdates http://h/x\n"),
		      "kickstart line 3: autopart: --encrypted: encrypted disks are not supported "
		      "yet (and 1 more)");
	check_refused("qemu-uefi", FILE_OF("autopart\n\n%include /tmp/more\n"),
		      "kickstart line 5: %include: /tmp/more was not read");
}

static void test_the_disk_is_the_one_that_was_described(void **state)
{
	(void)state;
	static const struct {
		const char *said, *disk;
	} cases[] = {
		{ "disk --wwn=600508B1001C2F4C3B0E4D5A6F708192", "sda" },
		{ "disk --wwn=wwn-0x600508b1001c2f4c3b0e4d5a6f708192", "sda" },
		{ "disk --wwn=naa.600508b1001c2f4c3b0e4d5a6f708192", "sda" },
		{ "disk --size=960G", "sda" },
		{ "disk --size=7T-8T --transport=sas", "sdb" },
		{ "disk --size=-1T --model='logical*'", "sda" },
		{ "disk --serial=PWXKV0BRH4S0AB --size=5T-", "sdb" },
		{ "disk --path=disk/by-id/wwn-0x600508b1001c2f4c3b0e4d5a6f708192", "sda" },
	};
	char text[512];

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		snprintf(text, sizeof(text), "rootpw x\nzerombr\nclearpart --all\nautopart\n%s\n",
			 cases[i].said);
		if (plan_file(&b, "hpe-raid", text) < 0)
			fail_msg("%s: %s", cases[i].said, err_text(&b.e));
		assert_string_equal(b.plan.disk->name, cases[i].disk);
		bench_close(&b);
	}
	check_refused("hpe-raid", FILE_OF("autopart\ndisk --serial=PWXKV0BRH4S0AB\n"),
		      "kickstart line 4: 2 disks could be taken");
	check_refused("hpe-raid", FILE_OF("autopart\ndisk --serial=PWXKV0BRH4S0A\n"),
		      "kickstart line 4: no disk of this machine is all that \"disk\" says");
}

/* As answers that were not checked by the parser may be. */
static void test_no_size_is_so_large_that_it_becomes_small(void **state)
{
	(void)state;
	static const struct {
		const char *size;
		bool matches;
	} cases[] = {
		{ "18446745T", false }, /* 2^64 bytes and 926 GB */
		{ "18446745T-", false },
		{ "-18446745T", true },
	};
	struct fact_disk disk = { .size = 930000000000 };

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct ks_disk said = { .size = (char *)cases[i].size };

		assert_int_equal(disk_matches(&said, &disk), cases[i].matches);
	}
}

static void test_dom0_gets_what_was_said(void **state)
{
	(void)state;
	struct buf menu = BUF_INIT;
	struct bench b;

	assert_int_equal(
		plan_file(&b, "qemu-uefi", FILE_OF("autopart\ndom0 --memory=768M --vcpus=2\n")), 0);
	for (size_t i = 0; i < b.plan.op_count; i++)
		buf_adds(&menu,
			 json_string_value(json_object_get(b.plan.ops[i].args, "text")) ?: "");
	assert_non_null(strstr(menu.s, "dom0_mem=768M,max:768M dom0_max_vcpus=2 "));
	buf_clear(&menu);
	bench_close(&b);
	check_refused("qemu-uefi", FILE_OF("autopart\ndom0 --memory=900G\n"),
		      "kickstart line 4: dom0 cannot have");
	check_refused("qemu-uefi", FILE_OF("autopart\ndom0 --memory=64M\n"),
		      "kickstart line 4: dom0 needs at least 512 MiB");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_cannot_be_done_is_refused_by_its_line),
		cmocka_unit_test(test_the_disk_is_the_one_that_was_described),
		cmocka_unit_test(test_no_size_is_so_large_that_it_becomes_small),
		cmocka_unit_test(test_dom0_gets_what_was_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
