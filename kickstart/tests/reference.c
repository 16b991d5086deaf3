/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manual page in the tree is the one that the tables write.
 */
#include "kickstart/reference.h"

#include "ks.h"

static void test_page_is_current(void **state)
{
	(void)state;
	struct buf page = BUF_INIT, text = BUF_INIT;

	assert_int_equal(fs_read("kickstart/socle-kickstart.5", 1 << 20, &page, NULL), 0);
	ks_reference(&text);
	assert_string_equal(page.s, text.s);
	buf_clear(&page);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_is_current),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
