/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpora of the fuzzers of descriptors, manifests and signatures, under the
 * sanitizers.
 */
#include "../../libsocle/tests/test.h"

#include "../../libsocle/tests/replay.h"

#define LLVMFuzzerTestOneInput fuzz_ovf
#include "../fuzz/descriptor_ovf.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_vmcfg
#include "../fuzz/descriptor_vmcfg.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_vmx
#include "../fuzz/descriptor_vmx.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_xva
#include "../fuzz/descriptor_xva.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_json
#include "../fuzz/model_json.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_manifest
#include "../fuzz/manifest.c"
#undef LLVMFuzzerTestOneInput
#define LLVMFuzzerTestOneInput fuzz_signature
#include "../fuzz/signature.c"
#undef LLVMFuzzerTestOneInput

#define CORPUS "packages/appliance/fuzz/corpus/"

static void corpora_do_no_harm(void **state)
{
	(void)state;
	assert_true(replay(CORPUS "descriptor_ovf", fuzz_ovf) >= 4);
	assert_true(replay(CORPUS "descriptor_vmcfg", fuzz_vmcfg) >= 3);
	assert_true(replay(CORPUS "descriptor_vmx", fuzz_vmx) >= 2);
	assert_true(replay(CORPUS "descriptor_xva", fuzz_xva) >= 2);
	assert_true(replay(CORPUS "model_json", fuzz_json) >= 2);
	assert_true(replay(CORPUS "manifest", fuzz_manifest) >= 3);
	assert_true(replay(CORPUS "signature", fuzz_signature) >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(corpora_do_no_harm) };

	return cmocka_run_group_tests_name("corpora of descriptors", tests, NULL, NULL);
}
