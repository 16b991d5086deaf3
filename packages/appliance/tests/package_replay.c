/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpus of the fuzzer of packages, under the sanitizers.
 */
#include "../fuzz/package.c"

#include "../../libsocle/tests/test.h"

#include "../../libsocle/tests/replay.h"

#define CORPUS "packages/appliance/fuzz/corpus/package"

static void no_package_of_the_corpus_harms(void **state)
{
	(void)state;
	assert_true(replay(CORPUS, LLVMFuzzerTestOneInput) >= 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(no_package_of_the_corpus_harms) };

	return cmocka_run_group_tests_name("package_replay", tests, NULL, NULL);
}
