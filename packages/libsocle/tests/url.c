/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/url.h"

#include "test.h"

static void test_no_secret_of_a_url_is_shown(void **state)
{
	static const char *const cases[][2] = {
		{ "http://h/x", "http://h/x" },
		{ "http://h:80/a@b", "http://h:80/a@b" },
		{ "http://h/a@b", "http://h/a@b" },
		{ "http://[::1]:80/a@b", "http://[::1]:80/a@b" },
		{ "http://[::1]/a@b", "http://[::1]/a@b" },
		{ "http://user@h/x", "http://h/x" },
		{ "http://user:secret@h/x", "http://h/x" },
		{ "http://user:sec@ret@h/x", "http://h/x" },
		{ "http://user:sec/ret@h:1/x?token=secret", "http://h:1/x?..." },
		{ "http://user:sec@ret/secret@h/x", "http://h/x" },
		{ "http://user:sec#ret@h/x", "http://h/x" },
		{ "http://user:sec?ret@h/x", "http://h/x" },
		{ "http://user:secret@h/x?mail=secret@b", "http://h/x?..." },
		{ "http://h?token=secret", "http://h?..." },
		{ "--url=http://user:secret@h/x", "--url=http://h/x" },
		{ "http://h/x,http://user:secret@i/x", "http://i/x" },
		{ "/tmp/what?.ks", "/tmp/what?.ks" },
		{ "me@h", "me@h" },
		{ "", "" },
	};
	char shown[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(url_show(cases[i][0], shown, sizeof(shown)), strlen(cases[i][1]));
		assert_string_equal(shown, cases[i][1]);
	}
}

static void test_a_small_buffer_has_the_beginning(void **state)
{
	char shown[10];

	(void)state;
	assert_int_equal(url_show("http://u:p@host/x", shown, sizeof(shown)), 13);
	assert_string_equal(shown, "http://ho");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_secret_of_a_url_is_shown),
		cmocka_unit_test(test_a_small_buffer_has_the_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
