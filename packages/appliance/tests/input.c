/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/input.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "../../libsocle/tests/test.h"

static void a_part_of_a_file_ends_where_the_part_ends(void **state)
{
	struct err e = { 0 };
	FILE *f = tmpfile();
	struct input *in;
	char got[8] = "";

	(void)state;
	assert_non_null(f);
	fputs("0123456789", f);
	fflush(f);
	in = input_fd(dup(fileno(f)), "disk", 2, 5, &e);
	assert_non_null(in);
	assert_int_equal(in->size, 5);
	assert_int_equal(input_read_full(in, got, 3, &e), 0);
	assert_string_equal(got, "234");
	assert_int_equal(input_pread_full(in, got, 2, 3, &e), 0);
	assert_memory_equal(got, "56", 2);
	assert_int_equal(input_read_full(in, got, 3, &e), -ENODATA);
	assert_string_equal(err_text(&e), "disk: byte 3: ends after 2 of 3 bytes");
	input_free(in);
	fclose(f);
}

static void a_pipe_is_skipped_by_reading(void **state)
{
	struct err e = { 0 };
	struct input *in;
	char got[4] = "";
	int p[2];

	(void)state;
	assert_int_equal(pipe(p), 0);
	assert_int_equal(write(p[1], "abcdef", 6), 6);
	close(p[1]);
	in = input_fd(p[0], "-", 0, INPUT_UNKNOWN, &e);
	assert_false(input_seekable(in));
	assert_int_equal(input_skip_to(in, 4, &e), 0);
	assert_int_equal(input_read_full(in, got, 2, &e), 0);
	assert_string_equal(got, "ef");
	assert_int_equal(input_skip_to(in, 2, &e), -ESPIPE);
	assert_int_equal(input_skip_to(in, 9, &e), -ENODATA);
	input_free(in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_part_of_a_file_ends_where_the_part_ends),
		cmocka_unit_test(a_pipe_is_skipped_by_reading),
	};

	return cmocka_run_group_tests_name("input", tests, NULL, NULL);
}
