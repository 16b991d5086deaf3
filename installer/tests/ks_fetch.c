/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kickstart files from a server: patience, headers, facts, trust.
 */
#include "server.h"

#include <signal.h>

#include "installer/ks_source.h"
#include "socle/clock.h"

static char notes[4096];

static void note(const char *text)
{
	strncat(notes, text, sizeof(notes) - strlen(notes) - 2);
	strcat(notes, "\n");
}

static int facts(json_t **out, struct err *e)
{
	*out = json_pack("{s:{s:s}, s:[{s:s, s:s}, {s:s, s:s}]}", "machine", "serial", "SN-1 2",
			 "nics", "name", "eth0", "mac", "52:54:00:00:00:01", "name", "eth1", "mac",
			 "52:54:00:00:00:02");
	return *out ? 0 : err_sys(e, -ENOMEM, "facts");
}

/* Ask the server for BEFORE, its port and "/ks.cfg", as r says. */
static int get(const struct server *s, const char *before, struct ks_request *r, struct buf *out,
	       struct err *e)
{
	int ret;

	*notes = '\0';
	r->note = note;
	r->facts = facts;
	assert_true(asprintf(&r->source, "%s:%d/ks.cfg", before, s->port) > 0);
	ret = ks_request_read(r, out, e);
	ks_request_clear(r);
	return ret;
}

#define URL "http://user:secret@127.0.0.1"

static void test_patience(void **state)
{
	static struct server s = { .reply = { REPLY("503 Busy", "", "no"), "",
					      REPLY("200 OK", "", "reboot\n") } };
	struct ks_request r = { .seconds = 20 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	server_start(&s);
	if (get(&s, URL, &r, &out, &e) < 0)
		fail_msg("%s", err_text(&e));
	server_stop(&s);
	assert_string_equal(out.s, "reboot\n");
	assert_int_equal(s.count, 3);
	assert_non_null(strstr(notes, "from http://127.0.0.1:"));
	assert_non_null(strstr(notes, "503; next try in 1 s\n"));
	assert_non_null(strstr(notes, "; next try in 2 s\n"));
	assert_null(strstr(notes, "secret"));
	/* Nothing of the machine is told unasked. */
	assert_null(strcasestr(s.request[0], "X-"));
	assert_null(strstr(s.request[0], "52:54"));
	buf_clear(&out);
}

static void test_an_answer_is_final(void **state)
{
	static struct server s = { .reply = { REPLY("404 Not Found", "", "") } };
	struct ks_request r = KS_REQUEST_INIT;
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	server_start(&s);
	assert_int_equal(get(&s, URL, &r, &out, &e), -EIO);
	server_stop(&s);
	assert_int_equal(s.count, 1);
	assert_non_null(strstr(err_text(&e), "/ks.cfg: The requested URL returned error: 404"));
	assert_null(strstr(err_text(&e), "secret"));
	buf_clear(&out);
}

static void test_the_limit(void **state)
{
	struct server s = { .port = 1 };
	struct ks_request r = { .seconds = 2 }, once = { .seconds = 0 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(get(&s, URL, &r, &out, &e), -ETIMEDOUT);
	assert_non_null(strstr(err_text(&e), "given up after 2 s and "));
	assert_int_equal(get(&s, URL, &once, &out, &e), -ETIMEDOUT);
	assert_null(strstr(err_text(&e), "given up"));
	assert_null(strstr(notes, "next try"));
	buf_clear(&out);
}

/* However many there are, and although each of them might have come. */
static void test_included_files_have_one_limit(void **state)
{
	struct ks_request r = { .seconds = 2 };
	struct ks_reader reader = ks_request_reader(&r);
	struct buf out = BUF_INIT;
	struct err e = { 0 };
	int64_t start = clock_ms();

	(void)state;
	assert_int_equal(reader.read(reader.ctx, "http://127.0.0.1:1/a", 1, &out, &e), -ETIMEDOUT);
	assert_non_null(strstr(err_text(&e), "given up after 2 s"));
	while (clock_ms() < start + 2000)
		usleep(10000);
	for (int i = 0; i < 100; i++)
		assert_int_equal(reader.read(reader.ctx, "http://127.0.0.1:1/b", 1, &out, &e),
				 -ETIMEDOUT);
	assert_string_equal(err_text(&e), "the 2 s for all included files are over");
	assert_true(clock_ms() < start + 10000);
	buf_clear(&out);
}

static void test_headers(void **state)
{
	static struct server s = { .reply = { REPLY("302 Found", "Location: /other\r\n", ""),
					      REPLY("200 OK", "", "x") } };
	struct ks_request r = { .send_mac = true, .send_serial = true };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	server_start(&s);
	assert_int_equal(get(&s, URL, &r, &out, &e), 0);
	server_stop(&s);
	assert_int_equal(strncmp(s.request[1], "GET /other ", 11), 0);
	assert_non_null(
		strstr(s.request[0], "\r\nX-RHN-Provisioning-MAC-0: eth0 52:54:00:00:00:01\r\n"));
	assert_non_null(
		strstr(s.request[0], "\r\nX-RHN-Provisioning-MAC-1: eth1 52:54:00:00:00:02\r\n"));
	assert_non_null(strstr(s.request[0], "\r\nX-System-Serial-Number: SN-1 2\r\n"));
	buf_clear(&out);
}

/* The facts go on with a redirection, and are sent again after a failure. */
static void test_post(void **state)
{
	static struct server s = { .reply = { REPLY("302 Found", "Location: /other\r\n", ""),
					      REPLY("500 No", "", ""),
					      REPLY("302 Found", "Location: /other\r\n", ""),
					      REPLY("200 OK", "", "halt\n") } };
	struct ks_request r = { .seconds = 20 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	server_start(&s);
	if (get(&s, "post:http://127.0.0.1", &r, &out, &e) < 0)
		fail_msg("%s", err_text(&e));
	server_stop(&s);
	assert_string_equal(out.s, "halt\n");
	assert_int_equal(strncmp(s.request[0], "POST /ks.cfg HTTP", 17), 0);
	assert_int_equal(strncmp(s.request[3], "POST /other HTTP", 16), 0);
	assert_non_null(strstr(s.request[3], "\r\nContent-Type: application/json\r\n"));
	assert_non_null(strstr(s.request[3], "\r\n\r\n{\"machine\":{\"serial\":\"SN-1 2\"}"));
	buf_clear(&out);
}

/* For who has no facts, as a check on a laptop, there is nothing to post. */
static void test_post_without_facts(void **state)
{
	struct ks_request r = { .source = strdup("post:http://127.0.0.1:1/") };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(ks_request_read(&r, &out, &e), -EINVAL);
	ks_request_clear(&r);
}

#define TLS_URL "https://127.0.0.1"

static void test_fingerprint(void **state)
{
	static struct server s = { .reply = { REPLY("200 OK", "", "text\n"), "", "" } };
	struct ks_request right = { 0 }, wrong = { 0 }, none = { 0 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };
	char hex[SHA256_HEX];

	(void)state;
	server_tls(&s, hex);
	server_start(&s);
	assert_int_equal(ks_request_pin(&right, hex, &e), 0);
	if (get(&s, TLS_URL, &right, &out, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_string_equal(out.s, "text\n");
	hex[0] = hex[0] == 'a' ? 'b' : 'a';
	assert_int_equal(ks_request_pin(&wrong, hex, &e), 0);
	assert_int_equal(get(&s, TLS_URL, &wrong, &out, &e), -EIO);
	assert_non_null(strstr(err_text(&e), "not the server with the given fingerprint"));
	assert_int_equal(get(&s, TLS_URL, &none, &out, &e), -EIO);
	if (!strstr(err_text(&e), "certificate"))
		fail_msg("%s", err_text(&e));
	server_stop(&s);
	/* The others were asked nothing. */
	assert_string_equal(s.request[1], "");
	assert_string_equal(s.request[2], "");
	buf_clear(&out);
}

static void test_never_down_to_plain_http(void **state)
{
	static struct server s = { .reply = { REPLY("302 Found",
						    "Location: http://127.0.0.1:1/\r\n", "") } };
	struct ks_request r = { 0 }, plain = { 0 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };
	char hex[SHA256_HEX];

	(void)state;
	server_tls(&s, hex);
	server_start(&s);
	assert_int_equal(ks_request_pin(&r, hex, &e), 0);
	assert_int_equal(get(&s, TLS_URL, &r, &out, &e), -EIO);
	assert_non_null(strstr(err_text(&e), "rotocol"));
	server_stop(&s);
	assert_int_equal(ks_request_pin(&plain, hex, &e), 0);
	assert_int_equal(get(&s, URL, &plain, &out, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "it must be https://"));
	buf_clear(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_an_answer_is_final),
		cmocka_unit_test(test_the_limit),
		cmocka_unit_test(test_included_files_have_one_limit),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_post_without_facts),
		cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_never_down_to_plain_http),
	};

	/* A client that hangs up must not end the test. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
