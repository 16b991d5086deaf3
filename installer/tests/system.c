/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the answers change in the new system's files.
 */
#include "helper.h"

#include "draft.h"

/* --nontp: nothing starts the time service, whatever the image has enabled. */
static void test_ntp_off(void **state)
{
	static const char path[] = "etc/systemd/system/systemd-timesyncd.service";
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	assert_planned(&b);
	assert_null(planned_file(&b.plan, path));
	b.answers.ntp_off = true;
	assert_planned(&b);
	assert_string_equal(planned_file(&b.plan, path), "/dev/null");
	bench_close(&b);
}

/* --allow-ssh: sshd reads ours before the image's, and it is only there for a password. */
static void test_root_ssh(void **state)
{
	static const char path[] = "etc/ssh/sshd_config.d/05-installer.conf";
	struct buf text = BUF_INIT;
	struct bench b;

	(void)state;
	assert_true(strcmp(path, "etc/ssh/sshd_config.d/10-socle.conf") < 0);
	bench_open(&b, "qemu-bios");
	assert_planned(&b);
	assert_null(planned_file(&b.plan, path));
	b.answers.root_ssh = true;
	assert_planned(&b);
	assert_string_equal(planned_file(&b.plan, path), "PermitRootLogin yes\n");
	plan_print(&b.plan, &text);
	assert_non_null(strstr(text.s, "root, by password (over SSH too)"));
	buf_clear(&text);
	bench_close(&b);

	bench_open(&b, "qemu-bios");
	b.answers.sshkeys = calloc(1, sizeof(*b.answers.sshkeys));
	b.answers.sshkey_count = 1;
	b.answers.sshkeys[0] = (struct ks_sshkey){ .user = strdup("root"), .key = strdup("key") };
	b.answers.root_locked = true;
	b.answers.root_ssh = true;
	assert_planned(&b);
	assert_null(planned_file(&b.plan, path));
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ntp_off),
		cmocka_unit_test(test_root_ssh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
