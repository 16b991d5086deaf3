/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the fuzzer's corpus, and every recorded machine, under the sanitizers.
 */
#include "../fuzz/facts.c"

#include "helper.h"

#include <dirent.h>

static size_t replay(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	size_t n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir))) {
		struct buf data = BUF_INIT;
		char path[512];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		assert_int_equal(fs_read(path, 1 << 20, &data, NULL), 0);
		LLVMFuzzerTestOneInput((const uint8_t *)data.s, data.len);
		buf_clear(&data);
		n++;
	}
	closedir(dir);
	return n;
}

static void test_corpus(void **state)
{
	(void)state;
	assert_true(replay("installer/fuzz/corpus/facts") > 0);
	assert_true(replay(TESTS "facts") > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
