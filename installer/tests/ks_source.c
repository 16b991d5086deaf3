/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper.h"

#include "ks_source.h"

static void test_find(void **state)
{
	static const char *const cases[][2] = {
		{ "quiet ro", NULL },
		{ "inst.ks=http://h/a", "http://h/a" },
		{ "ro ks=cdrom:/ks.cfg quiet\n", "cdrom:/ks.cfg" },
		{ "ks=http://h/a socle.ks=http://h/b", "http://h/b" },
		{ "noks=http://h/a socle.ks=", NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *found = ks_source_find(cases[i][0]);

		if (cases[i][1])
			assert_string_equal(found, cases[i][1]);
		else
			assert_null(found);
		free(found);
	}
}

/* What is printed has no password. */
static void test_name(void **state)
{
	char b[64];

	(void)state;
	assert_string_equal(ks_source_name("https://u:p@h/ks.cfg", b, sizeof(b)),
			    "https://h/ks.cfg");
	assert_string_equal(ks_source_name("http://u:p@ss@h/ks.cfg", b, sizeof(b)),
			    "http://h/ks.cfg");
	assert_string_equal(ks_source_name("http://h/a@b", b, sizeof(b)), "http://h/a@b");
	assert_string_equal(ks_source_name("/tmp/ks.cfg", b, sizeof(b)), "/tmp/ks.cfg");
}

static void test_read(void **state)
{
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ks_source_read("nfs:server:/ks.cfg", NULL, &out, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "http://, https://, cdrom: or file:"));
	assert_int_equal(ks_source_read("file:/nowhere/ks.cfg", NULL, &out, &e), -ENOENT);
	assert_int_equal(ks_source_read("cdrom:/ks.cfg", NULL, &out, &e), -ENOENT);
	assert_string_equal(err_text(&e), "/run/initramfs/live/ks.cfg: No such file or directory");
	assert_int_equal(ks_source_read(TESTS "manifest.json", NULL, &out, &e), 0);
	assert_true(out.len > 0);
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_name),
		cmocka_unit_test(test_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
