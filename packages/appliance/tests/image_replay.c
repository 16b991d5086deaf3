/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpora of the fuzzers of disk images, under the sanitizers.
 */
#include "disk.h"

#include "../../libsocle/tests/replay.h"

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
