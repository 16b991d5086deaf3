/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/buf.h"

#include "test.h"

static void test_contents_are_terminated(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;

	assert_string_equal(b.s, "");
	buf_adds(&b, "one ");
	buf_addf(&b, "%d %s", 2, "three");
	buf_addc(&b, '!');
	buf_add(&b, "\0x", 2);
	assert_int_equal(b.len, 14);
	assert_memory_equal(b.s, "one 2 three!\0x", 15);
	assert_true(buf_ok(&b));
	buf_clear(&b);
	buf_clear(&b);
	assert_string_equal(b.s, "");
}

static void test_it_grows(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;

	for (int i = 0; i < 100000; i++)
		buf_addf(&b, "%d,", i % 10);
	assert_int_equal(b.len, 200000);
	assert_int_equal(strlen(b.s), 200000);
	assert_string_equal(b.s + b.len - 4, "8,9,");
	buf_clear(&b);
}

static void test_taking_leaves_it_empty(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	char *none = buf_take(&b), *some;

	buf_adds(&b, "x");
	some = buf_take(&b);
	assert_string_equal(none, "");
	assert_string_equal(some, "x");
	assert_int_equal(b.len, 0);
	assert_string_equal(b.s, "");
	free(none);
	free(some);
}

static void test_failure_sticks(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;

	buf_adds(&b, "kept");
	buf_add(&b, "", SIZE_MAX - 2);
	buf_adds(&b, "lost");
	assert_false(buf_ok(&b));
	assert_string_equal(b.s, "kept");
	assert_null(buf_take(&b));
	assert_true(buf_ok(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contents_are_terminated),
		cmocka_unit_test(test_it_grows),
		cmocka_unit_test(test_taking_leaves_it_empty),
		cmocka_unit_test(test_failure_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
