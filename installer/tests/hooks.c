/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kickstart's scripts: how one runs, when those of the installer run, and
 * what a plan says of them.
 */
#include "helper.h"

#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "script.h"
#include "session.h"
#include "socle/proc.h"

static char folder[] = "/tmp/hooks-XXXXXX";

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	return proc_cmd(NULL, "rm", "-rf", folder, (char *)NULL);
}

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void add_line(void *ctx, const char *line)
{
	buf_addf(ctx, "%s\n", line);
}

static int run(struct ks_script *k, struct buf *out, struct err *e)
{
	static const char *const env[] = { "SOCLE_ERROR=disk full", NULL };

	return script_run(&(struct script){ .script = k, .env = env, .line = add_line, .ctx = out },
			  e);
}

static void test_a_script_says_and_keeps_what_it_does(void **state)
{
	char body[] = "echo \"why: $SOCLE_ERROR\"; echo more >&2; exit 3\n", log[160];
	struct ks_script k = { .pos.line = 7, .when = KS_ON_ERROR, .body = body, .log = log };
	struct buf out = BUF_INIT, kept = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	snprintf(log, sizeof(log), "%s", in_folder("deep/log"));
	assert_int_equal(run(&k, &out, &e), -EIO);
	assert_string_equal(err_text(&e), "%onerror of line 7: /bin/sh failed with code 3: more");
	assert_non_null(strstr(out.s, "why: disk full\n"));
	assert_int_equal(fs_read(log, 4096, &kept, &e), 0);
	assert_string_equal(kept.s, out.s);
	assert_int_equal(access("/tmp/ks-script-line-7", F_OK), -1);
	buf_clear(&out);
	buf_clear(&kept);
}

static void test_a_script_has_its_time(void **state)
{
	char body[] = "sleep 60\n";
	struct ks_script k = { .pos.line = 8, .when = KS_PRE, .body = body, .timeout = 1 };
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(&k, &out, &e), -ETIMEDOUT);
	assert_string_equal(err_text(&e), "%pre of line 8: /bin/sh did not end within 1 s");
	buf_clear(&out);
}

/* A session with this text, of the running system, as if it had been read. */
static int parse(struct session *s, const char *text, struct err *e)
{
	*s = SESSION_INIT;
	s->request = KS_REQUEST_INIT;
	s->request.source = strdup(in_folder("ks.cfg"));
	buf_adds(&s->kickstart, text);
	return session_parse(s, e);
}

#define COUNT_AND_INCLUDE                                                            \
	"%%pre\necho run >> %s/count\necho 'timezone Asia/Tokyo' > %s/more\n%%end\n" \
	"rootpw x\n%%include %s/more\n"

static void test_what_pre_writes_is_included(void **state)
{
	struct buf count = BUF_INIT;
	struct err e = { 0 };
	struct session s;
	char text[512];

	(void)state;
	snprintf(text, sizeof(text), COUNT_AND_INCLUDE, folder, folder, folder);
	assert_int_equal(parse(&s, text, &e), 0);
	assert_int_equal(s.messages.count, 0);
	assert_string_equal(s.answers.timezone, "Asia/Tokyo");
	/* Again, as the screens do who go back: what was done is done. */
	assert_int_equal(session_parse(&s, &e), 0);
	assert_int_equal(fs_read(in_folder("count"), 64, &count, &e), 0);
	assert_string_equal(count.s, "run\n");
	buf_clear(&count);
	session_clear(&s);
	unlink(in_folder("count"));
}

static void test_pre_is_for_who_installs(void **state)
{
	struct session s = SESSION_INIT;
	struct err e = { 0 };

	(void)state;
	s.request = KS_REQUEST_INIT;
	s.options.dry_run = true;
	buf_addf(&s.kickstart, "%%pre\ntouch %s/never\n%%end\nrootpw x\n", folder);
	assert_int_equal(session_parse(&s, &e), 0);
	assert_int_equal(access(in_folder("never"), F_OK), -1);
	session_clear(&s);
}

static void test_a_pre_that_must_succeed_ends_it(void **state)
{
	struct err e = { 0 };
	struct session s;

	(void)state;
	assert_int_equal(parse(&s, "rootpw x\n%pre --erroronfail\nexit 4\n%end\n", &e), -EIO);
	assert_string_equal(err_text(&e), "%pre of line 2: /bin/sh failed with code 4");
	session_clear(&s);
	assert_int_equal(parse(&s, "rootpw x\n%pre\nexit 4\n%end\n", &e), 0);
	session_clear(&s);
}

static void add_script(struct bench *b, enum ks_when when, unsigned int line)
{
	struct answers *a = &b->answers;
	struct ks_script *s;

	a->scripts = realloc(a->scripts, (a->script_count + 1) * sizeof(*a->scripts));
	assert_non_null(a->scripts);
	s = &a->scripts[a->script_count++];
	*s = (struct ks_script){ .pos.line = line, .when = when, .body = strdup("true s3cret\n") };
}

static void add_reports(struct answers *a)
{
	a->webhooks = calloc(1, sizeof(*a->webhooks));
	a->webhook_count = 1;
	a->webhooks[0].url = strdup("https://u:s3cret@h/{mac}?k=s3cret");
	a->webhooks[0].token = strdup("s3cret");
	a->on_failure.then = strdup("poweroff");
	a->on_failure.bundle = strdup("hd:LABEL=LOGS:/");
	a->on_failure.token = strdup("s3cret");
}

/* Which scripts run when is in the plan, their text is not. */
static void test_a_plan_tells_of_scripts(void **state)
{
	static const char *const said[] = {
		"scripts     the %pre scripts run before this plan is made: line 10\n",
		"            on a failure the %onerror scripts run: line 40\n",
		"run-pre-install   mount the new system on /mnt/sysroot, and run the\n",
		"%pre-install scripts of line 20\n",
		"leave the %firstboot scripts of line 50 for the\n",
		"run the %post scripts of line 30, 60\n",
		"webhooks    https://h/{mac}?...\n",
		"if it fails log bundle to hd:LABEL=LOGS:/; then poweroff\n",
		"warning     what the %pre scripts change is known on the machine only:\n",
	};
	struct buf text = BUF_INIT;
	struct bench b;
	json_t *json;
	char *all;

	(void)state;
	bench_open(&b, "qemu-uefi");
	add_script(&b, KS_PRE, 10);
	add_script(&b, KS_PRE_INSTALL, 20);
	add_script(&b, KS_POST, 30);
	add_script(&b, KS_ON_ERROR, 40);
	add_script(&b, KS_FIRST_BOOT, 50);
	add_script(&b, KS_POST, 60);
	add_reports(&b.answers);
	assert_planned(&b);
	plan_print(&b.plan, &text);
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (!strstr(text.s, said[i]))
			fail_msg("\"%s\" is not in:\n%s", said[i], text.s);
	json = plan_json(&b.plan);
	all = json_dumps(json, 0);
	assert_null(strstr(all, "s3cret"));
	free(all);
	json_decref(json);
	buf_clear(&text);
	bench_close(&b);
}

static void add_certificate(struct bench *b, const char *where, const char *body)
{
	b->answers.certificates = calloc(1, sizeof(*b->answers.certificates));
	b->answers.certificate_count = 1;
	b->answers.certificates[0] = (struct ks_certificate){
		.pos.line = 9,
		.name = strdup("ca.pem"),
		.folder = where ? strdup(where) : NULL,
		.body = strdup(body),
	};
}

static void test_a_certificate_is_a_file_of_the_plan(void **state)
{
	static const struct {
		const char *folder, *path, *refusal;
	} cases[] = {
		{ NULL, "etc/ssl/certs/ca.pem", NULL },
		{ "/etc/pki/our/", "etc/pki/our/ca.pem", NULL },
		{ "/usr/share/our", NULL, "line 9: %certificate: /usr/share/our is read-only" },
		{ "/home/x", "home/x/ca.pem", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		json_t *json;
		struct bench b;
		char *all;

		bench_open(&b, "qemu-uefi");
		add_certificate(&b, cases[i].folder, "-----BEGIN CERTIFICATE-----\n");
		if (cases[i].refusal) {
			assert_refused(&b, cases[i].refusal);
		} else {
			assert_planned(&b);
			json = plan_json(&b.plan);
			all = json_dumps(json, 0);
			assert_non_null(strstr(all, cases[i].path));
			free(all);
			json_decref(json);
		}
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_script_says_and_keeps_what_it_does),
		cmocka_unit_test(test_a_script_has_its_time),
		cmocka_unit_test(test_what_pre_writes_is_included),
		cmocka_unit_test(test_pre_is_for_who_installs),
		cmocka_unit_test(test_a_pre_that_must_succeed_ends_it),
		cmocka_unit_test(test_a_plan_tells_of_scripts),
		cmocka_unit_test(test_a_certificate_is_a_file_of_the_plan),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
