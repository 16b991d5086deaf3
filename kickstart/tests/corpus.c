/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole files: our examples are accepted, the seeds of the fuzzer and the files
 * of others are parsed without harm, and what is wrong with them has a line.
 *
 * Paths are relative to the project's root.  SOCLE_CORPUS names the folder
 * that has the files of others in "kickstart/".
 */
#include <ftw.h>
#include <stdio.h>

#include "ks.h"
#include "socle/buf.h"
#include "socle/fs.h"

static size_t files;

static void parse_file(const char *path, bool must_be_good)
{
	struct buf text = BUF_INIT;
	struct ks ks;

	assert_int_equal(fs_read(path, KS_FILE_MAX, &text, NULL), 0);
	ks = ks_mem(text.s, text.len);
	for (size_t i = 0; i < ks.m.count; i++) {
		if (must_be_good)
			print_message("%s:%u: %s\n", path, ks.m.item[i].pos.line,
				      ks.m.item[i].text);
		assert_true(ks.m.item[i].pos.line > 0 && ks.m.item[i].pos.column > 0);
		assert_true(*ks.m.item[i].text);
	}
	assert_int_equal(ks.ret, ks.m.errors ? -EINVAL : 0);
	if (must_be_good)
		assert_int_equal(ks.m.count, 0);
	ks_free(&ks);
	buf_clear(&text);
	files++;
}

static int any(const char *path, const struct stat *st, int type)
{
	(void)st;
	if (type == FTW_F)
		parse_file(path, false);
	return 0;
}

static int good(const char *path, const struct stat *st, int type)
{
	(void)st;
	if (type == FTW_F)
		parse_file(path, true);
	return 0;
}

static void test_examples_are_accepted(void **state)
{
	(void)state;
	files = 0;
	assert_int_equal(ftw("kickstart/examples", good, 8), 0);
	assert_true(files >= 3);
}

static void test_seeds_do_no_harm(void **state)
{
	(void)state;
	files = 0;
	assert_int_equal(ftw("kickstart/fuzz/corpus/parse", any, 8), 0);
	assert_true(files >= 15);
}

static void test_files_of_others_do_no_harm(void **state)
{
	(void)state;
	const char *corpus = getenv("SOCLE_CORPUS");
	char path[4096];

	if (!corpus) {
		print_message("skipped: SOCLE_CORPUS does not name a folder of kickstart files\n");
		skip();
	}
	files = 0;
	snprintf(path, sizeof(path), "%s/kickstart", corpus);
	assert_int_equal(ftw(path, any, 8), 0);
	assert_true(files > 0);
	print_message("%zu files\n", files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples_are_accepted),
		cmocka_unit_test(test_seeds_do_no_harm),
		cmocka_unit_test(test_files_of_others_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
