/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The corpora of the fuzz targets, under the sanitizers.
 */
#include "../../libsocle/tests/test.h"

#include "../../libsocle/tests/replay.h"

#define LLVMFuzzerTestOneInput fuzz_event
#include "../fuzz/event.c"
#undef LLVMFuzzerTestOneInput
#define check_names	       check_request_names
#define LLVMFuzzerTestOneInput fuzz_request
#include "../fuzz/request.c"

static void test_events(void **state)
{
	(void)state;
	assert_true(replay("packages/netboot/fuzz/corpus/event", fuzz_event) >= 5);
}

static void test_requests(void **state)
{
	(void)state;
	assert_true(replay("packages/netboot/fuzz/corpus/request", fuzz_request) >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
