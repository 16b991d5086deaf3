/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The install itself: how far it is, what failed, and the end.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "leave.h"
#include "reporting.h"
#include "socle/clock.h"
#include "socle/proc.h"
#include "ui_screens.h"

enum { REDRAW_MS = 500, TAIL_MAX = 16 << 10, TAIL_LINES = 200 };

/* About how long a step takes beside the others; one that is not here takes 2. */
static const struct {
	const char *op;
	unsigned int weight;
} weights[] = {
	{ "verify-image", 20 }, { "make-volumes", 15 }, { "write-image", 25 },
	{ "seed-state", 15 },	{ "run-scripts", 10 },
};

static unsigned int weight(const char *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(weights); i++)
		if (strcmp(weights[i].op, op) == 0)
			return weights[i].weight;
	return 2;
}

/* Of the whole install, with the step in hand done by so many thousandths. */
static unsigned int percent_done(const struct plan *p, size_t step, uint64_t thousandths)
{
	uint64_t all = 0, done = 0;

	for (size_t i = 0; i < p->op_count; i++) {
		unsigned int w = weight(p->ops[i].kind->name);

		all += w;
		done += i + 1 < step ? w * 1000 : i + 1 == step ? w * thousandths : 0;
	}
	return all ? (unsigned int)(done / all / 10) : 0;
}

static void open_progress(struct screens *u)
{
	struct form *f = &u->draw.form;

	form_open(f, "Installing", NULL, "Do not switch this machine off.");
	form_label(f, 1, 2, "Step");
	u->draw.step = newtLabel(8, 2, "                                        ");
	u->draw.what = newtTextbox(8, 3, FORM_WIDTH - 10, 3, NEWT_FLAG_WRAP);
	u->draw.step_bar = newtScale(8, 7, FORM_WIDTH - 10, 1000);
	u->draw.rate = newtLabel(8, 8, "");
	form_label(f, 1, 10, "All");
	u->draw.all_bar = newtScale(8, 10, FORM_WIDTH - 10, 100);
	u->draw.text = newtLabel(8, 11, "");
	form_add(f, u->draw.step);
	form_add(f, u->draw.what);
	form_add(f, u->draw.step_bar);
	form_add(f, u->draw.rate);
	form_add(f, u->draw.all_bar);
	form_add(f, u->draw.text);
	form_keys(" ");
	u->draw.open = true;
	newtDrawForm(f->form);
	newtRefresh();
}

static void close_progress(struct screens *u)
{
	if (!u->draw.open)
		return;
	u->draw.open = false;
	form_keys(NULL);
	form_close(&u->draw.form);
}

/* " 1:05" */
static void span(char *to, size_t len, uint64_t ms)
{
	snprintf(to, len, "%llu:%02llu", (unsigned long long)(ms / 60000),
		 (unsigned long long)(ms / 1000 % 60));
}

static void keep_tail(struct screens *u, const char *text)
{
	if (u->tail.len > TAIL_MAX) {
		size_t half = u->tail.len / 2;
		const char *line = strchr(u->tail.s + half, '\n');
		size_t from = line ? (size_t)(line + 1 - u->tail.s) : u->tail.len;

		memmove(u->tail.s, u->tail.s + from, u->tail.len - from + 1);
		u->tail.len -= from;
	}
	buf_addf(&u->tail, "%s\n", text);
}

static void show(struct screens *u, const struct exec_event *ev, uint64_t now)
{
	uint64_t took = now - u->draw.step_ms, all = now - u->draw.begun_ms;
	uint64_t part = ev->what == EXEC_DONE ? 1000 : ev->total ? ev->done * 1000 / ev->total : 0;
	char text[FORM_WIDTH], done[24], left[24];

	u->draw.percent = percent_done(&u->session->plan, ev->step, part);
	snprintf(text, sizeof(text), "%2zu of %zu  %-24s", ev->step, ev->steps, ev->op);
	newtLabelSetText(u->draw.step, text);
	newtScaleSet(u->draw.step_bar, part);
	newtScaleSet(u->draw.all_bar, u->draw.percent);
	text[0] = 0;
	if (ev->what == EXEC_PROGRESS && took && ev->done && ev->total) {
		span(left, sizeof(left), took * (ev->total - ev->done) / ev->done);
		snprintf(text, sizeof(text), "%3llu%%  %llu MB/s, %s left",
			 (unsigned long long)(part / 10),
			 (unsigned long long)(ev->done / took / 1000), left);
	}
	snprintf(u->draw.rates, sizeof(u->draw.rates), "%-40s", text);
	newtLabelSetText(u->draw.rate, u->draw.rates);
	span(done, sizeof(done), all);
	snprintf(text, sizeof(text), "%3u%%  %s so far", u->draw.percent, done);
	if (u->draw.percent >= 10 && u->draw.percent < 100) {
		span(left, sizeof(left), all * (100 - u->draw.percent) / u->draw.percent);
		snprintf(text + strlen(text), sizeof(text) - strlen(text), ", about %s left   ",
			 left);
	}
	newtLabelSetText(u->draw.text, text);
	newtDrawForm(u->draw.form.form);
	newtRefresh();
}

static void tell_others(struct screens *u, const struct exec_event *ev)
{
	snprintf(u->status.text, sizeof(u->status.text), "%s", ev->sentence);
	u->status.step = (unsigned int)ev->step;
	u->status.steps = (unsigned int)ev->steps;
	u->status.percent = u->draw.percent;
	status_write(&u->console, &u->status);
}

static void on_event(void *ctx, const struct exec_event *ev)
{
	struct screens *u = ctx;
	uint64_t now = (uint64_t)clock_ms();
	char line[600];

	if (ev->what == EXEC_START || ev->what == EXEC_WARNING || ev->what == EXEC_OUTPUT ||
	    ev->what == EXEC_FAILED) {
		snprintf(line, sizeof(line), "%s%s: %.500s", ev->op,
			 ev->what == EXEC_WARNING  ? ": warning"
			 : ev->what == EXEC_FAILED ? ": FAILED"
						   : "",
			 ev->text ? ev->text : ev->sentence);
		keep_tail(u, line);
	}
	if (!u->draw.open || (ev->what == EXEC_PROGRESS && now - u->draw.drawn_ms < REDRAW_MS) ||
	    ev->what == EXEC_OUTPUT || ev->what == EXEC_FAILED)
		return;
	if (ev->what == EXEC_START) {
		u->draw.step_ms = now;
		newtTextboxSetText(u->draw.what, ev->sentence);
	}
	u->draw.drawn_ms = now;
	show(u, ev, now);
	tell_others(u, ev);
}

/* The first USB stick's first file system, to be changed by who knows better. */
static void bundle_default(const struct facts *f, char *to, size_t len)
{
	to[0] = 0;
	for (size_t i = 0; i < f->disk_count && !*to; i++) {
		const struct fact_disk *d = &f->disks[i];
		unsigned int part = d->content_count ? (unsigned int)d->contents[0].number : 1;

		if (strcmp(d->transport, "usb") != 0 || d->boot_medium)
			continue;
		snprintf(to, len, part ? "hd:%s%u:/" : "hd:%s:/", d->name, part);
	}
}

/* Ask where to, and bring the log bundle there; false: the terminal is gone. */
static bool save_logs(struct screens *u)
{
	char place[CHOICE_LINE], where[PATH_MAX], text[PATH_MAX + 64];
	struct err e = { 0 };
	newtComponent entry;
	struct form f;
	enum form_end end;
	int ret;

	bundle_default(&u->session->facts, place, sizeof(place));
	form_open(&f, "Save the logs", NULL,
		  "Where is the log bundle (.tar.zst, without secrets) brought to?\n\n"
		  "  hd:sdb1:/                     a USB stick's partition\n"
		  "  https://server/logs/          a server that takes PUT\n"
		  "  post:https://server/logs      one that takes POST\n"
		  "  /run/                         a folder of this system");
	entry = form_entry(&f, "To", 5, place, FORM_WIDTH - 8, 0);
	form_buttons(&f, "Save", "Back", NULL);
	end = form_run(&f);
	if (end != FORM_LOST)
		screens_take(entry, place, sizeof(place));
	form_close(&f);
	if (end != FORM_NEXT || !*place)
		return end != FORM_LOST;
	form_wait(&f, "Collecting the logs...");
	ret = reporting_bundle(place, NULL, NULL, where, &e);
	form_close(&f);
	snprintf(text, sizeof(text), "%s%s", ret < 0 ? "" : "Saved as ",
		 ret < 0 ? err_text(&e) : where);
	return form_ask("Save the logs", text, "Close", NULL) >= 0;
}

enum after { AFTER_RETRY, AFTER_PLAN, AFTER_LOST };

/* Shown while the executor waits (can_retry), or after it has ended. */
static enum after failed(struct screens *u, const struct err *e, bool can_retry)
{
	const struct session *s = u->session;
	struct buf text = BUF_INIT;
	struct form f;
	enum form_end end;
	size_t shell = can_retry ? 2 : 1;

	buf_addf(&text, "%s\n\n", err_text(e));
	if (can_retry) {
		buf_adds(&text, "This step can be done again, when what it lacked is there.\n");
	} else if (!s->result.wrote) {
		buf_adds(&text, "No disk was changed.\n");
	} else {
		plan_print_broken(&s->plan, &text);
		buf_adds(&text, " It can be installed again: go back to the plan, which is made "
				"anew.\n");
	}
	buf_addf(&text, "The log is %s.  Its end:\n\n", EXEC_JOURNAL);
	buf_adds(&text, u->tail.s);
	form_open(
		&f, "The install failed",
		"\"Plan\" looks at the machine once more and makes the plan anew; all answers are "
		"kept. \"Shell\" opens a root shell on this console.",
		NULL);
	form_text(&f, text.s, FORM_ROWS);
	if (can_retry)
		form_buttons(&f, "Retry", "Plan", "Shell", "Save logs", NULL);
	else
		form_buttons(&f, "Plan", "Shell", "Save logs", NULL);
	newtFormSetCurrent(f.form, f.buttons[0]);
	f.escape_stays = true;
	while ((end = form_run(&f)) == FORM_MORE && f.button >= shell) {
		if (f.button == shell)
			screens_shell();
		else if (!save_logs(u))
			break;
	}
	form_close(&f);
	buf_clear(&text);
	if (end == FORM_LOST || (end == FORM_MORE && f.button >= shell))
		return AFTER_LOST;
	return can_retry && end == FORM_NEXT ? AFTER_RETRY : AFTER_PLAN;
}

static bool retry(void *ctx, const char *op, const struct err *e)
{
	struct screens *u = ctx;
	enum after after;

	(void)op;
	close_progress(u);
	snprintf(u->status.text, sizeof(u->status.text), "%s", err_text(e));
	status_write(&u->console, &u->status);
	after = failed(u, e, true);
	open_progress(u);
	return after == AFTER_RETRY;
}

static void set_state(struct screens *u, const char *state, const char *text)
{
	snprintf(u->status.state, sizeof(u->status.state), "%s", state);
	snprintf(u->status.text, sizeof(u->status.text), "%s", text);
	status_write(&u->console, &u->status);
}

static enum ui_go after_failure(struct screens *u, const struct err *e, const char **to)
{
	struct err again = { 0 };
	enum after after;

	set_state(u, "failed", err_text(e));
	after = failed(u, e, false);
	if (after == AFTER_LOST)
		return UI_LOST;
	set_state(u, "answering", "The plan");
	/* The disks are not what they were. */
	if (session_look(u->session, &again) < 0 &&
	    form_ask("Disks", err_text(&again), "Close", NULL) < 0)
		return UI_LOST;
	*to = "summary";
	return UI_JUMP;
}

SCREEN(install)
{
	struct screens *u = ui;
	struct session *s = u->session;
	struct err e = { 0 };
	int ret;

	(void)step;
	buf_clear(&u->tail);
	if (!s->retry)
		session_listen(s, &(struct session_listener){ NULL, on_event, u });
	s->retry = retry;
	s->retry_ctx = u;
	s->keep = true;
	/* A terminal that goes away does not leave half a disk. */
	signal(SIGHUP, SIG_IGN);
	u->executing = true;
	set_state(u, "installing", "");
	u->draw.begun_ms = u->draw.step_ms = (uint64_t)clock_ms();
	open_progress(u);
	ret = session_execute(s, &e);
	close_progress(u);
	u->executing = false;
	signal(SIGHUP, SIG_DFL);
	if (ret < 0)
		return after_failure(u, &e, to);
	set_state(u, "installed", "");
	return UI_NEXT;
}

static void report(const struct screens *u, struct buf *out)
{
	const struct session *s = u->session;

	buf_addf(out, "Plan %.16s, %llu s\n\n", plan_hash(&s->plan),
		 (unsigned long long)s->ms / 1000);
	buf_adds(out, "On the new host:\n\n"
		      "  /root/socle-ks.cfg              the answers, to install it once more\n"
		      "  /var/lib/socle/plan.json        the plan\n"
		      "  /var/log/socle/install.jsonl    what was done, and how long it took\n\n");
	buf_adds(out, u->tail.s);
}

static bool show_report(const struct screens *u)
{
	struct buf text = BUF_INIT;
	bool there;

	report(u, &text);
	there = form_view("Report", text.s);
	buf_clear(&text);
	return there;
}

SCREEN(finish)
{
	static const char *const ways[] = { "reboot", "poweroff" };
	struct screens *u = ui;
	struct session *s = u->session;
	struct err e = { 0 };
	char text[400];
	struct form f;
	enum form_end end;

	(void)to;
	snprintf(text, sizeof(text),
		 "Socle is installed, in %llu seconds. Plan %.16s\n\nWhen the machine starts "
		 "again, take the medium out, unless the disk is before it in the order of boot. "
		 "A disc is ejected.\n\nThe host's name is %.64s; the report tells what was done.",
		 (unsigned long long)s->ms / 1000, plan_hash(&s->plan), u->choices.hostname);
	form_open(&f, step->title, NULL, text);
	form_buttons(&f, "Reboot", "Power off", "Report", "Shell", NULL);
	f.escape_stays = true;
	for (;;) {
		end = form_run(&f);
		if (end == FORM_MORE && f.button == 2 && show_report(u))
			continue;
		if (end == FORM_MORE && f.button == 3)
			screens_shell();
		else if (end == FORM_NEXT || end == FORM_MORE || end == FORM_LOST)
			break;
	}
	form_close(&f);
	if (end == FORM_LOST)
		return UI_LOST;
	form_finish();
	printf("The machine will %s now.\r\n", end == FORM_NEXT ? "reboot" : "power off");
	fflush(stdout);
	if (leave(ways[end != FORM_NEXT], true, &e) < 0)
		fprintf(stderr, "socle-install: %s\n", err_text(&e));
	else
		pause();
	return UI_END;
}
