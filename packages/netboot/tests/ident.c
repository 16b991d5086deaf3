/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "../../libsocle/tests/test.h"

#include "netboot/ident.h"
#include "netboot/range.h"

static void test_addresses_are_known_however_they_are_written(void **state)
{
	static const char *const good[] = { "52:54:00:AB:cd:0e", "52-54-00-ab-cd-0e",
					    "5254.00ab.cd0e", "525400abcd0e" };
	static const char *const bad[] = { "",
					   "52:54:00:ab:cd",
					   "52:54:00:ab:cd:0e:00",
					   "52:54-00:ab:cd:0e",
					   "52:54:00:ab:cd:0",
					   "52:54:00:ab:cd:0e:",
					   ":52:54:00:ab:cd:0e",
					   "53:54:00:ab:cd:0e",
					   "00:00:00:00:00:00",
					   "ff:ff:ff:ff:ff:ff",
					   "52:54:00:ab:cd:0g",
					   "5:25400:ab:cd:0e" };
	char mac[MAC_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(mac_parse(good[i], mac));
		assert_string_equal(mac, "52-54-00-ab-cd-0e");
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(mac_parse(bad[i], mac));
	assert_true(mac_misspelt("52:54:00:ab:cd:0g"));
	assert_true(mac_misspelt("52-54-00-ab-cd-0g"));
	assert_true(mac_misspelt("52:54:00:ab:cd"));
	assert_false(mac_misspelt("52:54:00:ab:cd:0e"));
	assert_false(mac_misspelt("52-54-00-*"));
	assert_false(mac_misspelt("VMware-56-4d-7a-1c"));
}

static void test_serial_numbers_that_tell_nothing_are_none(void **state)
{
	static const char *const bad[] = {
		"",	    "   ",	    "To be filled by O.E.M.", "0",  "00000000",
		"None",	    "..",	    "Default string",	      "xx", "a\nb",
		"\xc3\xa4", "Not Specified"
	};
	char serial[SERIAL_SIZE], longer[SERIAL_SIZE + 1];

	(void)state;
	assert_true(serial_parse("  CZJ 123/4 ", serial));
	assert_string_equal(serial, "CZJ 123/4");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(serial_parse(bad[i], serial));
	memset(longer, 'a', sizeof(longer) - 1);
	longer[SERIAL_SIZE] = '\0';
	assert_false(serial_parse(longer, serial));
	assert_true(serial_parse(longer + 1, serial));
}

static void test_names_of_hosts(void **state)
{
	static const char *const bad[] = {
		"", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "a-.b"
	};

	(void)state;
	assert_true(hostname_ok("xen-07.example.com"));
	assert_true(hostname_ok("7"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(hostname_ok(bad[i]));
}

static void assert_part(const char *range, unsigned int status, uint64_t from, uint64_t len)
{
	struct range r = range_of(1000, "\"e\"", range, NULL, NULL);

	assert_int_equal(r.status, status);
	assert_int_equal(r.from, from);
	assert_int_equal(r.len, len);
}

static void test_parts_of_a_file(void **state)
{
	(void)state;
	assert_part(NULL, 200, 0, 1000);
	assert_part("bytes=0-0", 206, 0, 1);
	assert_part("Bytes=10-", 206, 10, 990);
	assert_part("bytes=-10", 206, 990, 10);
	assert_part("bytes=-5000", 206, 0, 1000);
	assert_part("bytes=999-18446744073709551615", 206, 999, 1);
	assert_part("bytes=1000-", 416, 0, 0);
	assert_part("bytes=-0", 416, 0, 0);
	/* Malformed, or more than one: all of it. */
	assert_part("bytes=9-1", 200, 0, 1000);
	assert_part("bytes=0-1,5-6", 200, 0, 1000);
	assert_part("bytes=-", 200, 0, 1000);
	assert_part("lines=1-2", 200, 0, 1000);
}

static void test_part_of_another_file_is_not_sent(void **state)
{
	(void)state;
	assert_int_equal(range_of(9, "\"e\"", "bytes=1-2", "\"e\"", NULL).status, 206);
	assert_int_equal(range_of(9, "\"e\"", "bytes=1-2", "\"f\"", NULL).status, 200);
	assert_int_equal(range_of(9, "\"e\"", "bytes=1-2", "Mon, 23 Nov 2026", NULL).status, 200);
	assert_int_equal(range_of(9, "\"e\"", NULL, NULL, "\"a\", \"e\"").status, 304);
	assert_int_equal(range_of(9, "\"e\"", NULL, NULL, "*").status, 304);
	assert_int_equal(range_of(9, "\"e\"", NULL, NULL, "\"ee\"").status, 200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_are_known_however_they_are_written),
		cmocka_unit_test(test_serial_numbers_that_tell_nothing_are_none),
		cmocka_unit_test(test_names_of_hosts),
		cmocka_unit_test(test_parts_of_a_file),
		cmocka_unit_test(test_part_of_another_file_is_not_sent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
