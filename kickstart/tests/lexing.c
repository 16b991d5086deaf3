/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How lines become words, and files become lines.
 */
#include "ks.h"

static void test_words_are_those_of_a_shell(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks a = ks_good("rootpw 'two words'\n");
	_cleanup_ks_ struct ks b = ks_good("rootpw \"a\\\"b\\\\c\\d\"'#x'y\n");
	_cleanup_ks_ struct ks c = ks_good("\trootpw   a\\ b\\# # comment 'with a quote\n");

	assert_string_equal(a.a.root_password, "two words");
	assert_string_equal(b.a.root_password, "a\"b\\c\\d#xy");
	assert_string_equal(c.a.root_password, "a b#");
}

static void test_a_comment_inside_a_word_is_pointed_out(void **state)
{
	(void)state;
	assert_warning("lang C\nrootpw abc#def\n", 2, 11,
		       "# inside a word begins a comment; quote the word if it is part of it");
}

static void test_open_quote_is_found(void **state)
{
	(void)state;
	assert_error("lang C\n\nrootpw --plaintext 'x\n", 3, 20, "this quote is never closed");
}

static void test_lines_are_not_continued(void **state)
{
	(void)state;
	assert_error("lang C \\\n", 1, 8, "a line cannot be continued by a backslash");
}

static void test_windows_files_are_read(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_good("\xef\xbb\xbflang en_US\r\n\r\n# x\r\n%post\r\necho a\r\n%end\r\nhalt");

	assert_string_equal(ks.a.lang, "en_US.UTF-8");
	assert_string_equal(ks.a.scripts[0].body, "echo a\n");
	assert_int_equal(ks.a.finish, KS_FINISH_HALT);
}

static void test_other_encodings_are_refused(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_mem("l\0a\0\n\0n\0", 8);
	_cleanup_ks_ struct ks utf8 =
		ks_good("rootpw M\xc3\xbcller\xe2\x82\xac\xf0\x9f\x94\x91 # \xfc\n");

	assert_int_equal(ks.ret, -EINVAL);
	assert_int_equal(ks.m.count, 1);
	assert_string_equal(ks.m.item[0].text, "a NUL byte; this is not a text file in UTF-8");
	assert_int_equal(ks.m.item[0].pos.column, 2);
	assert_warning("rootpw M\xfcller # \xfc\n", 1, 8,
		       "this word is not in UTF-8; is the file in Latin-1?");
	assert_warning("rootpw \xc3\n", 1, 8, "this word is not in UTF-8; is the file in Latin-1?");
	assert_string_equal(utf8.a.root_password, "M\xc3\xbcller\xe2\x82\xac\xf0\x9f\x94\x91");
}

static void test_sizes_are_bounded(void **state)
{
	(void)state;
	size_t len = KS_FILE_MAX + 1;
	char *text = malloc(len);

	memset(text, 'a', len);
	_cleanup_ks_ struct ks line = ks_mem(text, 100000);
	_cleanup_ks_ struct ks file = ks_mem(text, len);

	for (size_t i = 1; i < len; i += 2)
		text[i] = '\n';
	_cleanup_ks_ struct ks faults = ks_mem(text, len - 1);

	assert_string_equal(line.m.item[0].text, "the line is too long");
	assert_int_equal(file.ret, -EFBIG);
	assert_int_equal(faults.ret, -EINVAL);
	assert_int_equal(faults.m.count, 201);
	assert_string_equal(faults.m.item[200].text, "too many messages; the rest was not checked");
	free(text);
}

static void test_the_file_is_hashed(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("");

	assert_string_equal(ks.a.sha256,
			    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_are_those_of_a_shell),
		cmocka_unit_test(test_a_comment_inside_a_word_is_pointed_out),
		cmocka_unit_test(test_open_quote_is_found),
		cmocka_unit_test(test_lines_are_not_continued),
		cmocka_unit_test(test_windows_files_are_read),
		cmocka_unit_test(test_other_encodings_are_refused),
		cmocka_unit_test(test_sizes_are_bounded),
		cmocka_unit_test(test_the_file_is_hashed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
