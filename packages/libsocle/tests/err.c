/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/err.h"

#include "test.h"

static void test_message_reads_outside_in(void **state)
{
	(void)state;
	struct err e = { 0 };

	assert_int_equal(err_sys(&e, -EIO, "sector %d", 2048), -EIO);
	assert_int_equal(err_wrap(&e, "disk %s", "sda"), -EIO);
	assert_int_equal(err_wrap(&e, "plan"), -EIO);
	assert_string_equal(err_text(&e), "plan: disk sda: sector 2048: Input/output error");
	assert_int_equal(e.code, -EIO);
}

static void test_message_is_one_line(void **state)
{
	(void)state;
	struct err e = { 0 };

	err_set(&e, -EINVAL, "a\nb\x1b[31m");
	err_wrap(&e, "c\td");
	assert_string_equal(err_text(&e), "c d: a b [31m");
}

static void test_long_message_is_cut_at_the_end(void **state)
{
	(void)state;
	struct err e = { 0 };
	char text[2 * ERR_TEXT_MAX];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	err_set(&e, -EINVAL, "%s", text);
	assert_int_equal(strlen(err_text(&e)), ERR_TEXT_MAX - 1);
	err_wrap(&e, "outer");
	assert_int_equal(strncmp(err_text(&e), "outer: xxx", 10), 0);
	assert_true(strlen(err_text(&e)) < ERR_TEXT_MAX);
	assert_int_equal(err_wrap(&e, "%s", text), -EINVAL);
	assert_true(strlen(err_text(&e)) < ERR_TEXT_MAX);
}

static void test_no_struct_is_fine(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, -ENOENT, "x"), -ENOENT);
	assert_int_equal(err_sys(NULL, -ENOENT, "x"), -ENOENT);
	assert_string_equal(err_text(NULL), "unknown error");
}

/* Whoever only wants the code gets that of the fault, through any number of levels. */
static void test_code_comes_through_without_a_struct(void **state)
{
	struct err e = { 0 };

	(void)state;
	err_set(NULL, -ENOENT, "x");
	assert_int_equal(err_wrap(NULL, "y"), -ENOENT);
	assert_int_equal(err_wrap(NULL, "z"), -ENOENT);
	err_sys(NULL, -ESTALE, "x");
	assert_int_equal(err_wrap(NULL, "y"), -ESTALE);
	err_set(&e, -EBUSY, "x");
	err_set(NULL, -EPERM, "another");
	assert_int_equal(err_wrap(&e, "y"), -EBUSY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_message_reads_outside_in),
		cmocka_unit_test(test_message_is_one_line),
		cmocka_unit_test(test_long_message_is_cut_at_the_end),
		cmocka_unit_test(test_no_struct_is_fine),
		cmocka_unit_test(test_code_comes_through_without_a_struct),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
