/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks.h"

#define PIN "6d1f0000000000000000000000000000000000000000000000000000000000ff"

static void test_webhooks(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"webhook --url=https://h/{mac}/{event} --token=abc --events=done,failed "
		"--fingerprint=" PIN "\n"
		"webhook --url=http://192.0.2.1:8080/\n");

	assert_int_equal(ks.a.webhook_count, 2);
	assert_string_equal(ks.a.webhooks[0].url, "https://h/{mac}/{event}");
	assert_string_equal(ks.a.webhooks[0].token, "abc");
	assert_string_equal(ks.a.webhooks[0].fingerprint, PIN);
	assert_int_equal(ks.a.webhooks[0].events.count, 2);
	assert_null(ks.a.webhooks[1].token);
	assert_error("webhook --url=https://h/{mc}\n", 1, 9,
		     "webhook: --url: \"https://h/{mc}\" is not a URL of http or https, in which "
		     "{mac}, {serial}, {uuid}, {hostname} and {event} may stand");
	assert_error(
		"webhook --url=https://h/ --events=end\n", 1, 26,
		"webhook: --events: \"end\" is not start, planned, step, progress, done, failed "
		"or bundle");
	assert_error("webhook --url=http://h/ --fingerprint=" PIN "\n", 1, 25,
		     "webhook: --fingerprint needs a URL of https");
	assert_warning("webhook --url=http://h/ --token=hunter2\n", 1, 25,
		       "webhook: the token can be read on its way; use https");
}

static void test_what_is_done_on_a_failure(void **state)
{
	(void)state;
	static const char *const places[] = { "https://h/logs/", "post:https://h/{serial}",
					      "hd:LABEL=LOGS:/socle/",
					      "/var/tmp/{hostname}.tar.zst" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char text[128];

		snprintf(text, sizeof(text), "onfailure --then=poweroff --bundle=%s\n", places[i]);
		_cleanup_ks_ struct ks ks = ks_good(text);

		assert_string_equal(ks.a.on_failure.then, "poweroff");
		assert_string_equal(ks.a.on_failure.bundle, places[i]);
	}
	assert_error(
		"onfailure --bundle=ftp://h/\n", 1, 11,
		"onfailure: --bundle: \"ftp://h/\" is not a URL, post:URL, hd:DEVICE:/FOLDER/ or "
		"an absolute path");
	assert_error("onfailure --then=retry\n", 1, 11,
		     "onfailure: --then: \"retry\" is not one of shell|reboot|poweroff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_webhooks),
		cmocka_unit_test(test_what_is_done_on_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
