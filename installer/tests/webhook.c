/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Webhooks: what is sent, when it is tried again, and that nobody waits for it.
 */
#include "server.h"

#include "bundle.h"
#include "notify.h"
#include "socle/clock.h"

static const struct send_names names = {
	.mac = "52:54:00:00:00:01", .serial = "SN 1/2", .uuid = "", .hostname = "host1"
};

static void add(struct webhooks *w, const struct server *s, const char *path, unsigned int events)
{
	struct err e = { 0 };
	char url[256];

	snprintf(url, sizeof(url), "http://user:hunter2@127.0.0.1:%d%s", s->port, path);
	if (webhooks_add(w,
			 &(struct webhook_target){
				 .url = url, .token = "s3cret-token", .events = events },
			 &e) < 0)
		fail_msg("%s", err_text(&e));
}

static void post(struct webhooks *w, enum webhook_event event, const char *what)
{
	json_t *body = json_pack("{s:s}", "what", what);

	webhooks_post(w, event, &names, body);
	json_decref(body);
}

static void test_events_come_in_order_and_are_tried_again(void **state)
{
	static struct server s = { .reply = { REPLY("503 Busy", "", ""), REPLY("200 OK", "", ""),
					      REPLY("204 None", "", "") } };
	struct webhooks *w = webhooks_new();
	struct buf problems = BUF_INIT;

	(void)state;
	server_start(&s);
	add(w, &s, "/{event}/{mac}/{serial}/{uuid}", 0);
	post(w, HOOK_START, "one");
	post(w, HOOK_DONE, "two");
	webhooks_close(w, 20, &problems);
	server_stop(&s);
	assert_string_equal(problems.s, "");
	assert_int_equal(s.count, 3);
	assert_non_null(strstr(s.request[0], "POST /start/52:54:00:00:00:01/SN%201%2F2/unknown "));
	assert_non_null(strstr(s.request[1], "{\"what\":\"one\"}"));
	assert_non_null(strstr(s.request[1], "Authorization: Bearer s3cret-token\r\n"));
	assert_non_null(strstr(s.request[1], "Content-Type: application/json\r\n"));
	assert_non_null(strstr(s.request[2], "POST /done/"));
	buf_clear(&problems);
}

/* Neither a "no" nor a way to another server, to which the token must not go. */
static void test_what_a_server_refuses_is_not_repeated(void **state)
{
	static struct server s = { .reply = { REPLY("403 Forbidden", "", ""),
					      REPLY("307 There",
						    "Location: http://127.0.0.1:1/\r\n", "") } };
	struct webhooks *w = webhooks_new();
	struct buf problems = BUF_INIT;

	(void)state;
	server_start(&s);
	add(w, &s, "/", 0);
	post(w, HOOK_FAILED, "one");
	post(w, HOOK_FAILED, "two");
	webhooks_close(w, 20, &problems);
	server_stop(&s);
	assert_int_equal(s.count, 2);
	assert_non_null(strstr(problems.s, "2 events were not delivered: the server answers 307"));
	assert_null(strstr(problems.s, "s3cret"));
	assert_null(strstr(problems.s, "hunter2"));
	buf_clear(&problems);
}

static void test_only_what_was_asked_for(void **state)
{
	static struct server s = { .reply = { REPLY("200 OK", "", ""), REPLY("200 OK", "", "") } };
	struct webhooks *w = webhooks_new();

	(void)state;
	server_start(&s);
	add(w, &s, "/", webhook_event_bit("done") | webhook_event_bit("failed"));
	post(w, HOOK_START, "no");
	post(w, HOOK_STEP, "no");
	post(w, HOOK_DONE, "yes");
	webhooks_close(w, 20, NULL);
	server_stop(&s);
	assert_int_equal(s.count, 1);
	assert_non_null(strstr(s.request[0], "yes"));
	assert_int_equal(webhook_event_bit("nothing"), 0);
}

/* One that takes the connection and never answers. */
static void test_nobody_waits_for_a_server(void **state)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct server s = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
	struct webhooks *w = webhooks_new();
	struct buf problems = BUF_INIT;
	socklen_t len = sizeof(a);
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(bind(s.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(s.fd, 4), 0);
	assert_int_equal(getsockname(s.fd, (struct sockaddr *)&a, &len), 0);
	s.port = ntohs(a.sin_port);
	add(w, &s, "/", 0);
	for (int i = 0; i < 20000; i++)
		post(w, i % 2 ? HOOK_STEP : HOOK_PROGRESS, "news");
	post(w, HOOK_DONE, "the end");
	/* A try would take WEBHOOK_SECONDS. */
	assert_in_range(clock_ms() - start, 0, 8000);
	start = clock_ms();
	webhooks_close(w, 1, &problems);
	assert_in_range(clock_ms() - start, 900, 6000);
	assert_non_null(strstr(problems.s, "events were not delivered"));
	close(s.fd);
	buf_clear(&problems);
}

static void test_a_webhook_is_pinned(void **state)
{
	static struct server s = { .reply = { REPLY("200 OK", "", ""), REPLY("200 OK", "", "") } };
	struct buf problems = BUF_INIT;
	char hex[SHA256_HEX], url[64];
	struct err e = { 0 };

	(void)state;
	server_tls(&s, hex);
	server_start(&s);
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/", s.port);
	for (int right = 1; right >= 0; right--) {
		struct webhooks *w = webhooks_new();

		if (!right)
			hex[0] = hex[0] == '0' ? '1' : '0';
		assert_int_equal(
			webhooks_add(w, &(struct webhook_target){ .url = url, .fingerprint = hex },
				     &e),
			0);
		post(w, HOOK_DONE, "x");
		webhooks_close(w, 20, &problems);
		assert_int_equal(strstr(problems.s, "not the server with the given") != NULL,
				 !right);
	}
	server_stop(&s);
	buf_clear(&problems);
}

/* What a server of installations reads, of a failed one. */
static void test_a_failure_is_told_with_its_reason(void **state)
{
	static struct server s = { .reply = { REPLY("200 OK", "", ""), REPLY("200 OK", "", ""),
					      REPLY("200 OK", "", "") } };
	struct session session = SESSION_INIT;
	struct err why = { 0 };
	struct report report;
	struct notify n;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	assert_planned(&b);
	session.facts = b.facts;
	session.plan = b.plan;
	session.answers = b.answers;
	session.result = (struct exec_result){ .wrote = true, .op = "write-image", .step = 7 };
	err_set(&why, -EIO, "write-image: disk full");
	report_init(&report, "/nowhere");
	notify_init(&n, &report);
	n.hooks = webhooks_new();
	server_start(&s);
	add(n.hooks, &s, "/", 0);
	notify_phase(&n, &session, SESSION_PLANNED, NULL);
	notify_event(&n, &(struct exec_event){ .what = EXEC_DONE,
					       .step = 7,
					       .steps = 14,
					       .op = "write-image",
					       .sentence = "write it",
					       .ms = 5 });
	notify_phase(&n, &session, SESSION_FAILED, &why);
	notify_close(&n, 20, NULL);
	server_stop(&s);
	report_clear(&report);
	assert_non_null(strstr(s.request[0], b.plan.hash));
	assert_non_null(strstr(s.request[0], "\"event\":\"planned\""));
	assert_non_null(strstr(s.request[1], "\"percent\":50"));
	assert_non_null(strstr(s.request[1], "\"count\":14"));
	assert_non_null(strstr(s.request[2], "\"error\":\"write-image: disk full\""));
	assert_non_null(strstr(s.request[2], "\"wrote\":true"));
	assert_null(strstr(s.request[2], "battery"));
	bench_close(&b);
}

static void test_secrets_are_blanked(void **state)
{
	static const char *const cases[][2] = {
		{ "a socle.webhook.token=abc b\n", "a socle.webhook.token=... b\n" },
		{ "x=http://u:p@h/ks y@z", "x=http://...@h/ks y@z" },
		{ "http://h/a@b", "http://h/a@b" },
		{ "Authorization: Bearer abc\r\n", "Authorization: Bearer ...\r\n" },
		{ "Token=\"x\" token=", "Token=...\"x\" token=..." },
		{ "nothing", "nothing" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = BUF_INIT;

		buf_adds(&text, cases[i][0]);
		bundle_redact(&text);
		assert_string_equal(text.s, cases[i][1]);
		buf_clear(&text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_events_come_in_order_and_are_tried_again),
		cmocka_unit_test(test_what_a_server_refuses_is_not_repeated),
		cmocka_unit_test(test_only_what_was_asked_for),
		cmocka_unit_test(test_nobody_waits_for_a_server),
		cmocka_unit_test(test_a_webhook_is_pinned),
		cmocka_unit_test(test_a_failure_is_told_with_its_reason),
		cmocka_unit_test(test_secrets_are_blanked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
