/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle-install: a kickstart and this machine's facts to a plan, shown, then done.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "installer/execute.h"
#include "installer/ks_source.h"
#include "installer/plan.h"
#include "kickstart/kickstart.h"
#include "leave.h"
#include "socle/cleanup.h"
#include "socle/cmd.h"
#include "ui.h"

#define DEFAULT_MEDIUM "/run/initramfs/live/socle"

static struct {
	const char *kickstart, *fingerprint, *facts, *medium;
	bool dry_run, yes;
} opt;

static const struct cmd_opt options[] = {
	{ "kickstart", 'k', OPT_STRING, "FILE|URL", &opt.kickstart,
	  "the answers; default: socle.ks= of the kernel" },
	{ "fingerprint", 0, OPT_STRING, "SHA256", &opt.fingerprint,
	  "of the server's public key, for https://" },
	{ "dry-run", 'n', OPT_BOOL, NULL, &opt.dry_run, "show the plan and end" },
	{ "facts", 0, OPT_STRING, "FILE", &opt.facts, "plan for recorded facts (with --dry-run)" },
	{ "medium", 0, OPT_STRING, "DIR", &opt.medium, "where manifest.json and the image are" },
	{ "yes", 'y', OPT_BOOL, NULL, &opt.yes, "do not ask before writing" },
	{ 0 },
};

static int run(size_t argc, char **argv);

static const struct cmd commands[] = {
	{ .name = "",
	  .args = "",
	  .help = "install Socle on this machine, as a kickstart file says",
	  .opts = options,
	  .run = run },
	{ 0 },
};

static const struct cmd_program program = {
	.name = "socle-install",
	.summary = "Install Socle on this machine, as a kickstart file says.",
	.cmds = commands,
};

/* All that lives from reading the answers to the end. */
struct session {
	struct ks_request request;
	bool attended;
	struct answers answers;
	struct facts facts;
	struct image image;
	struct plan plan;
};

static void session_clear(struct session *s)
{
	plan_clear(&s->plan);
	image_clear(&s->image);
	facts_clear(&s->facts);
	answers_clear(&s->answers);
	ks_request_clear(&s->request);
}

static void note(const char *text)
{
	printf("kickstart: %s\n", text);
	fflush(stdout);
}

/* A kickstart that the machine was booted with needs nobody; one given by hand has somebody. */
static int make_request(struct session *s, struct err *e)
{
	struct ks_request *r = &s->request;
	struct buf cmdline = BUF_INIT;
	int ret = fs_read("/proc/cmdline", 1 << 16, &cmdline, e);

	*r = KS_REQUEST_INIT;
	r->note = note;
	r->facts = facts_gather;
	s->attended = opt.kickstart;
	if (ret == 0)
		ret = ks_request_parse(cmdline.s, r, e);
	if (ret < 0)
		err_wrap(e, "the kernel's command line");
	buf_clear(&cmdline);
	if (ret == 0 && opt.kickstart) {
		free(r->source);
		r->source = strdup(opt.kickstart);
		ret = r->source ? 0 : err_sys(e, -ENOMEM, "kickstart");
	}
	if (ret == 0 && opt.fingerprint && ks_request_pin(r, opt.fingerprint, e) < 0)
		ret = err_wrap(e, "--fingerprint");
	return ret;
}

/* -ENOENT: there is none. */
static int read_answers(struct session *s, struct err *e)
{
	struct ks_reader reader = ks_request_reader(&s->request);
	struct ks_messages messages = { 0 };
	struct buf text = BUF_INIT;
	char name[512];
	bool asked;
	int ret = make_request(s, e);

	asked = s->request.source;
	if (ret == 0)
		ret = ks_request_read(&s->request, &text, e);
	/* The caller's -ENOENT is for who did not ask. */
	if (ret == -ENOENT && asked)
		ret = e->code = -EIO;
	if (ret == 0) {
		ret = ks_parse_with(&reader, text.s, text.len, &s->answers, &messages, e);
		ui_messages(stdout, ks_source_name(s->request.source, name, sizeof(name)),
			    &messages);
		if (ret < 0 && messages.errors)
			err_set(e, ret, "the kickstart has %zu error%s", messages.errors,
				messages.errors == 1 ? "" : "s");
	}
	ks_messages_clear(&messages);
	explicit_bzero(text.s, text.len);
	buf_clear(&text);
	return ret;
}

static int read_facts(struct session *s, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	struct buf text = BUF_INIT;
	int ret;

	if (opt.facts) {
		ret = fs_read(opt.facts, FACTS_FILE_MAX, &text, e);
		if (ret == 0) {
			ret = facts_parse(text.s, text.len, &s->facts, e);
			if (ret < 0)
				err_wrap(e, "%s", opt.facts);
		}
	} else {
		ret = facts_gather(&json, e);
		if (ret == 0)
			ret = facts_from_json(json, &s->facts, e);
		if (ret < 0)
			err_wrap(e, "facts of this machine");
	}
	buf_clear(&text);
	return ret;
}

static int read_image(struct session *s, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", opt.medium ? opt.medium : DEFAULT_MEDIUM,
		 IMAGE_MANIFEST);
	if (opt.dry_run && !opt.medium && access(path, F_OK) < 0)
		return 0;
	return image_load(path, &s->image, e);
}

static bool confirmed(const struct session *s)
{
	char line[16] = "";

	if (opt.yes || !s->attended)
		return true;
	printf("\nType \"yes\" to install to %s now: ", s->plan.disk->path);
	fflush(stdout);
	return fgets(line, sizeof(line), stdin) && strcmp(line, "yes\n") == 0;
}

static volatile sig_atomic_t stop;

static void on_stop(int number)
{
	stop = number;
}

static int install(struct session *s, struct err *e)
{
	struct timespec start, end;
	struct exec_result result;
	struct exec_options x = { .medium = opt.medium ? opt.medium : DEFAULT_MEDIUM,
				  .stop = &stop,
				  .event = ui_event };
	struct ui ui;
	int ret;

	/* A terminal that goes away, or a reader of our output, must not leave half a disk. */
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	/* One who stops it finds nothing mounted, and can begin again. */
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	ui_init(&ui, stdout);
	x.ctx = &ui;
	putchar('\n');
	clock_gettime(CLOCK_MONOTONIC, &start);
	ret = plan_execute(&s->plan, &s->answers, &x, &result, e);
	clock_gettime(CLOCK_MONOTONIC, &end);
	if (ret < 0) {
		ui_failed(stdout, &s->plan, &result, e);
		return ret;
	}
	printf("\nInstalled. Plan %.16s, %lld s\n", plan_hash(&s->plan),
	       (long long)(end.tv_sec - start.tv_sec));
	fflush(stdout);
	return 0;
}

static int refused(const struct session *s, const struct err *e)
{
	struct buf out = BUF_INIT;

	plan_print_refusal(&s->plan, e, &out);
	fputs(out.s, stdout);
	buf_clear(&out);
	return 1;
}

/* From the plan on; returns the exit code. */
static int show_and_do(struct session *s, struct err *e)
{
	struct buf out = BUF_INIT;

	plan_print(&s->plan, &out);
	fputs(out.s, stdout);
	buf_clear(&out);
	fflush(stdout);
	if (opt.dry_run)
		return 0;
	if (!confirmed(s)) {
		printf("No disk was changed.\n");
		return 1;
	}
	if (install(s, e) < 0)
		return 1;
	if (leave(json_string_value(json_object_get(s->plan.head, "finish")), s->answers.eject, e) <
	    0)
		return cmd_fail(&program, "%s", err_text(e));
	return 0;
}

static int run_session(struct session *s)
{
	struct err e = { 0 };
	int ret;

	ret = read_answers(s, &e);
	if (ret == -ENOENT) {
		ui_no_kickstart(stdout);
		return 1;
	}
	if (ret == 0)
		ret = read_facts(s, &e);
	if (ret == 0)
		ret = read_image(s, &e);
	if (ret == 0)
		ret = plan_make(&s->facts, &s->answers, &s->image, &s->plan, &e);
	return ret < 0 ? refused(s, &e) : show_and_do(s, &e);
}

static int run(size_t argc, char **argv)
{
	struct session s = { 0 };
	int code;

	(void)argc, (void)argv;
	if (opt.facts && !opt.dry_run) {
		cmd_fail(&program, "--facts plans for another machine; it needs --dry-run");
		return 2;
	}
	/* Into a pipe too, as "| tee /dev/ttyS0", what happens is seen when it happens. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	code = run_session(&s);
	session_clear(&s);
	return code;
}

int main(int argc, char **argv)
{
	return cmd_main(&program, argc, argv);
}
