/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the corpus of the fuzzer of sources, under the sanitizers.
 */
#include "../fuzz/ks_source.c"

#include "helper.h"

#include "../../packages/libsocle/tests/replay.h"

static void test_corpus(void **state)
{
	(void)state;
	assert_true(replay("installer/fuzz/corpus/ks_source", LLVMFuzzerTestOneInput) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
