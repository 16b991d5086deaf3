/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpora of the fuzzers of disk images, under the sanitizers.
 */
#include <dirent.h>

#include "disk.h"

#define LLVMFuzzerTestOneInput fuzz_vmdk
#include "../fuzz/image_vmdk.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_qcow2
#include "../fuzz/image_qcow2.c"
#undef LLVMFuzzerTestOneInput
#define mend		       mend_vhd
#define LLVMFuzzerTestOneInput fuzz_vhd
#include "../fuzz/image_vhd.c"
#undef LLVMFuzzerTestOneInput
#undef mend
#define LLVMFuzzerTestOneInput fuzz_vhdx
#include "../fuzz/image_vhdx.c"
#undef LLVMFuzzerTestOneInput

#define CORPUS "packages/appliance/fuzz/corpus/"

static size_t replay(const char *folder, int (*one)(const uint8_t *data, size_t len))
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
		one((const uint8_t *)data.s, data.len);
		buf_clear(&data);
		n++;
	}
	closedir(dir);
	return n;
}

static void corpora_do_no_harm(void **state)
{
	(void)state;
	assert_true(replay(CORPUS "image_vmdk", fuzz_vmdk) >= 8);
	assert_true(replay(CORPUS "image_qcow2", fuzz_qcow2) >= 4);
	assert_true(replay(CORPUS "image_vhd", fuzz_vhd) >= 3);
	assert_true(replay(CORPUS "image_vhdx", fuzz_vhdx) >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(corpora_do_no_harm) };

	return cmocka_run_group_tests_name("corpora of images", tests, NULL, NULL);
}
