/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exec.h"
#include "leave.h"
#include "live_ssh.h"
#include "preflight.h"
#include "script.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

void session_clear(struct session *s)
{
	plan_clear(&s->plan);
	image_clear(&s->image);
	facts_clear(&s->facts);
	answers_clear(&s->answers);
	ks_messages_clear(&s->messages);
	explicit_bzero(s->kickstart.s, s->kickstart.len);
	buf_clear(&s->kickstart);
	ks_request_clear(&s->request);
}

void session_listen(struct session *s, const struct session_listener *l)
{
	if (s->listener_count == SESSION_LISTENERS_MAX)
		abort();
	s->listeners[s->listener_count++] = *l;
}

const char *session_phase_name(enum session_phase phase)
{
	static const char *const names[] = {
		[SESSION_ANSWERED] = "answered",     [SESSION_LOOKED] = "looked",
		[SESSION_PLANNED] = "planned",	     [SESSION_REFUSED] = "refused",
		[SESSION_INSTALLING] = "installing", [SESSION_INSTALLED] = "installed",
		[SESSION_FAILED] = "failed",
	};

	return names[phase];
}

static void tell(const struct session *s, enum session_phase phase, const struct err *e)
{
	for (size_t i = 0; i < s->listener_count; i++)
		if (s->listeners[i].phase)
			s->listeners[i].phase(s->listeners[i].ctx, s, phase, e);
}

static void on_event(void *ctx, const struct exec_event *ev)
{
	const struct session *s = ctx;

	for (size_t i = 0; i < s->listener_count; i++)
		if (s->listeners[i].event)
			s->listeners[i].event(s->listeners[i].ctx, ev);
}

static char *report_text(void *ctx)
{
	const struct session *s = ctx;

	return s->report ? s->report(s->report_ctx, s) : NULL;
}

void session_event(const struct session *s, enum exec_what what, const char *op, const char *text)
{
	struct exec_event ev = { .what = what, .op = op, .sentence = "", .text = text };

	for (size_t i = 0; i < s->listener_count; i++)
		if (s->listeners[i].event)
			s->listeners[i].event(s->listeners[i].ctx, &ev);
}

/* What a script of the installer says, as an event of no step. */
static void on_line(void *ctx, const char *line)
{
	session_event(ctx, EXEC_OUTPUT, "script", line);
}

/* The %onerror scripts have less time: somebody waits to hear of the failure. */
static void run_on_error(struct session *s, const struct err *why)
{
	enum { SECONDS = 600 };
	char error[ERR_TEXT_MAX + 16], wrote[] = "SOCLE_WROTE=0";
	const char *const env[] = { error, wrote, NULL };
	struct err e = { 0 };

	if (s->options.dry_run)
		return;
	snprintf(error, sizeof(error), "SOCLE_ERROR=%s", err_text(why));
	wrote[sizeof(wrote) - 2] += s->result.wrote;
	if (scripts_run(
		    &s->answers, KS_ON_ERROR,
		    &(struct script){ .env = env, .seconds = SECONDS, .line = on_line, .ctx = s },
		    &e) < 0)
		on_line(s, err_text(&e));
}

static void failed(struct session *s, enum session_phase phase, const struct err *e)
{
	tell(s, phase, e);
	run_on_error(s, e);
}

/* A kickstart that the machine was booted with needs nobody; one given by hand has somebody. */
int session_request(struct session *s, struct err *e)
{
	const struct session_options *o = &s->options;
	struct ks_request *r = &s->request;
	void (*note)(const char *) = r->note;
	struct buf cmdline = BUF_INIT;
	int ret = fs_read("/proc/cmdline", 1 << 16, &cmdline, e);

	ks_request_clear(r);
	*r = KS_REQUEST_INIT;
	r->note = note;
	r->facts = facts_gather;
	s->attended = o->kickstart;
	if (ret == 0)
		ret = ks_request_parse(cmdline.s, r, e);
	if (ret < 0)
		err_wrap(e, "the kernel's command line");
	buf_clear(&cmdline);
	if (ret == 0 && o->kickstart) {
		free(r->source);
		r->source = strdup(o->kickstart);
		ret = r->source ? 0 : err_sys(e, -ENOMEM, "kickstart");
	}
	if (ret == 0 && o->fingerprint && ks_request_pin(r, o->fingerprint, e) < 0)
		ret = err_wrap(e, "--fingerprint");
	return ret;
}

int session_read(struct session *s, struct err *e)
{
	bool asked = s->request.source;
	int ret;

	explicit_bzero(s->kickstart.s, s->kickstart.len);
	buf_clear(&s->kickstart);
	s->pre_done = false;
	ret = ks_request_read(&s->request, &s->kickstart, e);
	/* The caller's -ENOENT is for who did not ask. */
	if (ret == -ENOENT && asked) {
		ret = -EIO;
		if (e)
			e->code = ret;
	}
	return ret;
}

/* What of the answers may stand on the kernel's command line. */
static int answer_cmdline(struct answers *a, struct err *e)
{
	struct buf cmdline = BUF_INIT;
	int ret = fs_read("/proc/cmdline", 1 << 16, &cmdline, e);

	if (ret == 0)
		ret = preflight_cmdline(cmdline.s, a, e);
	buf_clear(&cmdline);
	return ret;
}

static int parse(struct session *s, struct err *e)
{
	struct ks_reader reader = ks_request_reader(&s->request);
	int ret;

	answers_clear(&s->answers);
	ks_messages_clear(&s->messages);
	ret = ks_parse_with(&reader, s->kickstart.s, s->kickstart.len, &s->answers, &s->messages,
			    e);
	if (ret < 0 && s->messages.errors)
		err_set(e, ret, "the kickstart has %zu error%s", s->messages.errors,
			s->messages.errors == 1 ? "" : "s");
	return ret;
}

static bool has_pre(const struct session *s)
{
	for (size_t i = 0; i < s->answers.script_count; i++)
		if (s->answers.scripts[i].when == KS_PRE)
			return true;
	return false;
}

/* They are of the file as it is before; what they include has no scripts that are run. */
static int run_pre(struct session *s, struct err *e)
{
	int ret;

	s->pre_done = true;
	ret = scripts_run(&s->answers, KS_PRE,
			  &(struct script){ .stop = s->stop, .line = on_line, .ctx = s }, e);
	/* What was waited for the first time may be waited for again. */
	s->request.included_end = 0;
	return ret < 0 ? ret : parse(s, e);
}

int session_parse(struct session *s, struct err *e)
{
	bool look_only = s->options.dry_run || s->options.facts;
	struct err not_open = { 0 };
	int ret;

	plan_clear(&s->plan);
	ret = parse(s, e);
	if (ret == 0 && has_pre(s) && !s->pre_done && !look_only)
		ret = run_pre(s, e);
	/* Who wants to look on is let in, but need not be for the install. */
	if (ret == 0 && !look_only && live_ssh_open(&s->answers, &not_open) < 0)
		on_line(s, err_text(&not_open));
	tell(s, SESSION_ANSWERED, NULL);
	return ret < 0 ? ret : answer_cmdline(&s->answers, e);
}

static int parse_recorded(const char *path, struct facts *f, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = fs_read(path, FACTS_FILE_MAX, &text, e);

	if (ret == 0) {
		ret = facts_parse(text.s, text.len, f, e);
		if (ret < 0)
			err_wrap(e, "%s", path);
	}
	buf_clear(&text);
	return ret;
}

static int look_here(struct facts *f, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	int ret;

	execute_recover();
	ret = facts_gather(&json, e);
	if (ret == 0) {
		facts_gather_health(json);
		facts_gather_installed(json);
		ret = facts_from_json(json, f, e);
	}
	return ret < 0 ? err_wrap(e, "facts of this machine") : 0;
}

int session_look(struct session *s, struct err *e)
{
	int ret;

	plan_clear(&s->plan);
	facts_clear(&s->facts);
	ret = s->options.facts ? parse_recorded(s->options.facts, &s->facts, e)
			       : look_here(&s->facts, e);
	if (ret == 0)
		tell(s, SESSION_LOOKED, NULL);
	return ret;
}

static const char *medium(const struct session *s)
{
	return s->options.medium ? s->options.medium : SESSION_MEDIUM;
}

int session_load(struct session *s, struct err *e)
{
	char path[PATH_MAX];

	plan_clear(&s->plan);
	image_clear(&s->image);
	snprintf(path, sizeof(path), "%s/%s", medium(s), IMAGE_MANIFEST);
	if (s->options.dry_run && !s->options.medium && access(path, F_OK) < 0)
		return 0;
	return image_load(path, &s->image, e);
}

int session_plan(struct session *s, struct err *e)
{
	int ret;

	plan_clear(&s->plan);
	ret = plan_make(&s->facts, &s->answers, &s->image, &s->plan, e);
	if (ret == 0)
		tell(s, SESSION_PLANNED, NULL);
	return ret;
}

int session_prepare(struct session *s, struct err *e)
{
	static int (*const steps[])(struct session *s, struct err *e) = {
		session_request, session_read, session_parse,
		session_look,	 session_load, session_plan,
	};
	struct err none = { 0 };
	int ret = 0;

	if (!e)
		e = &none;
	for (size_t i = 0; ret == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
		ret = steps[i](s, e);
		/* Of the others it is a fault. */
		if (ret == -ENOENT && steps[i] == session_read)
			return ret;
	}
	if (ret < 0)
		failed(s, SESSION_REFUSED, e);
	return ret == -ENOENT ? -EIO : ret;
}

static bool on_failure(void *ctx, const char *op, const struct err *error)
{
	struct session *s = ctx;

	return s->retry(s->retry_ctx, op, error);
}

int session_execute(struct session *s, struct err *e)
{
	struct exec_options x = { .medium = medium(s),
				  .stop = s->stop,
				  .event = on_event,
				  .retry = s->retry ? on_failure : NULL,
				  .kickstart = s->keep ? s->kickstart.s : NULL,
				  .report = report_text,
				  .ctx = s };
	int64_t start = clock_ms();
	struct err none = { 0 };
	int ret;

	e = e ? e : &none;
	tell(s, SESSION_INSTALLING, NULL);
	ret = plan_execute(&s->plan, &s->answers, &x, &s->result, e);
	s->ms = (uint64_t)(clock_ms() - start);
	if (ret < 0)
		failed(s, SESSION_FAILED, e);
	else
		tell(s, SESSION_INSTALLED, NULL);
	return ret;
}

bool session_is_done(const struct session *s)
{
	return s->plan.done && !s->attended && !s->answers.reinstall;
}

/* A BIOS starts what it started before: from the disc the same install would begin again. */
static bool must_eject(const struct session *s)
{
	const struct answers *a = &s->answers;

	return a->eject || (!a->no_eject && !s->attended && strcmp(s->facts.firmware, "bios") == 0);
}

int session_leave(const struct session *s, struct err *e)
{
	if (s->leaving)
		s->leaving(s->report_ctx);
	return leave(json_string_value(json_object_get(s->plan.head, "finish")), must_eject(s), e);
}
