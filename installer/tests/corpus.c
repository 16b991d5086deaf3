/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay the fuzzer's corpus, and every recorded machine, under the sanitizers.
 */
#include "../fuzz/facts.c"

#include "helper.h"

#include "../../packages/libsocle/tests/replay.h"

static void test_corpus(void **state)
{
	(void)state;
	assert_true(replay("installer/fuzz/corpus/facts", LLVMFuzzerTestOneInput) > 0);
	assert_true(replay(TESTS "facts", LLVMFuzzerTestOneInput) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_corpus) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
