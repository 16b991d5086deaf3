/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpus of the fuzzer of packages, under the sanitizers.
 */
#include "../fuzz/package.c"

#include <dirent.h>

#include "../../libsocle/tests/test.h"
#include "socle/fs.h"

#define CORPUS "packages/appliance/fuzz/corpus/package"

static void no_package_of_the_corpus_harms(void **state)
{
	DIR *dir = opendir(CORPUS);
	struct dirent *d;
	size_t n = 0;

	(void)state;
	assert_non_null(dir);
	while ((d = readdir(dir))) {
		struct buf data = BUF_INIT;
		char path[512];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), CORPUS "/%s", d->d_name);
		assert_int_equal(fs_read(path, 1 << 20, &data, NULL), 0);
		LLVMFuzzerTestOneInput((const uint8_t *)data.s, data.len);
		buf_clear(&data);
		n++;
	}
	closedir(dir);
	assert_true(n >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_package_of_the_corpus_harms) };

	return cmocka_run_group_tests_name("package_replay", tests, NULL, NULL);
}
