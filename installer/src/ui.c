/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui.h"

#include <string.h>
#include <unistd.h>

#include "socle/clock.h"

enum { REDRAW_MS = 1000, LINE_WIDTH = 79, NAME_WIDTH = 18 };

void ui_init(struct ui *u, FILE *out)
{
	*u = (struct ui){ .out = out, .terminal = isatty(fileno(out)) };
}

/* Draw the step's line over what is there of it. */
static void draw(struct ui *u, const struct exec_event *ev, const char *right)
{
	char line[LINE_WIDTH + 1];
	int n = snprintf(line, sizeof(line), "[%2zu/%zu] %-*.*s  %s", ev->step, ev->steps,
			 NAME_WIDTH, NAME_WIDTH, ev->op, right);
	size_t len = n < 0 ? 0 : strlen(line);

	if (u->terminal)
		fputc('\r', u->out);
	fputs(line, u->out);
	if (u->terminal && u->drawn > len)
		fprintf(u->out, "%*s", (int)(u->drawn - len), "");
	u->drawn = len;
	fflush(u->out);
}

static void end_line(struct ui *u)
{
	if (u->drawn)
		fputc('\n', u->out);
	u->drawn = 0;
	fflush(u->out);
}

static void on_start(struct ui *u, const struct exec_event *ev)
{
	u->step_ms = u->drawn_ms = (uint64_t)clock_ms();
	draw(u, ev, "");
}

static void on_progress(struct ui *u, const struct exec_event *ev)
{
	uint64_t now = (uint64_t)clock_ms(), took = now - u->step_ms;
	char right[40];

	if (!u->terminal || now - u->drawn_ms < REDRAW_MS || !ev->total || !took)
		return;
	snprintf(right, sizeof(right), "%3llu%% %5llu MB/s",
		 (unsigned long long)(ev->done * 100 / ev->total),
		 (unsigned long long)(ev->done / took / 1000));
	draw(u, ev, right);
	u->drawn_ms = now;
}

static void on_done(struct ui *u, const struct exec_event *ev)
{
	char right[40];

	snprintf(right, sizeof(right), "done %7llu.%llu s", (unsigned long long)(ev->ms / 1000),
		 (unsigned long long)(ev->ms % 1000 / 100));
	/* Where nothing can be drawn over, the line that was begun is ended. */
	if (u->drawn && !u->terminal)
		fputs(right, u->out);
	else
		draw(u, ev, right);
	end_line(u);
}

static void on_warning(struct ui *u, const struct exec_event *ev)
{
	end_line(u);
	fprintf(u->out, "        warning: %s\n", ev->text);
}

/* "script" is one of the installer itself (%pre, %onerror), "network" its test of the network. */
static bool is_script(const char *op)
{
	return strcmp(op, "run-scripts") == 0 || strcmp(op, "run-pre-install") == 0 ||
	       strcmp(op, "script") == 0 || strcmp(op, "network") == 0;
}

/* The chatter of mkfs and friends is for the journal; a script's author wants to see it. */
static void on_output(struct ui *u, const struct exec_event *ev)
{
	if (!is_script(ev->op))
		return;
	end_line(u);
	fprintf(u->out, "        | %.68s\n", ev->text);
}

static void on_failed(struct ui *u, const struct exec_event *ev)
{
	(void)ev;
	end_line(u);
}

void ui_event(void *ctx, const struct exec_event *ev)
{
	static void (*const handlers[])(struct ui *, const struct exec_event *) = {
		[EXEC_START] = on_start,   [EXEC_PROGRESS] = on_progress,
		[EXEC_DONE] = on_done,	   [EXEC_WARNING] = on_warning,
		[EXEC_OUTPUT] = on_output, [EXEC_FAILED] = on_failed,
	};

	handlers[ev->what](ctx, ev);
}

static void print_messages(FILE *out, const struct session *s)
{
	const struct ks_messages *m = &s->messages;
	struct buf text = BUF_INIT;
	char name[512];

	ks_source_name(s->request.source ? s->request.source : "", name, sizeof(name));
	for (size_t i = 0; i < m->count; i++) {
		ks_message_text(&m->item[i], name, &text);
		buf_addc(&text, '\n');
	}
	fputs(text.s, out);
	buf_clear(&text);
}

static void print_plan(FILE *out, const struct session *s)
{
	struct buf text = BUF_INIT;

	plan_print(&s->plan, &text);
	fputs(text.s, out);
	buf_clear(&text);
}

static void print_refusal(FILE *out, const struct session *s, const struct err *e)
{
	struct buf text = BUF_INIT;

	plan_print_refusal(&s->plan, e, &text);
	fputs(text.s, out);
	buf_clear(&text);
}

/* What failed and in which state the disk is. */
static void print_failure(FILE *out, const struct session *s, const struct err *e)
{
	const struct exec_result *r = &s->result;
	struct buf state = BUF_INIT;

	fprintf(out, "\nFAILED: %s\n\n", err_text(e));
	plan_print_broken(&s->plan, &state);
	if (!r->wrote)
		fprintf(out, "No disk was changed.\n");
	else
		fprintf(out, "%s\nStep %zu of %zu failed.  It can be installed again.\n", state.s,
			r->step, s->plan.op_count);
	buf_clear(&state);
	fprintf(out, "The journal is in %s.\n", EXEC_JOURNAL);
}

void ui_phase(void *ctx, const struct session *s, enum session_phase phase, const struct err *e)
{
	struct ui *u = ctx;

	switch (phase) {
	case SESSION_ANSWERED:
		print_messages(u->out, s);
		break;
	case SESSION_PLANNED:
		print_plan(u->out, s);
		break;
	case SESSION_REFUSED:
		print_refusal(u->out, s, e);
		break;
	case SESSION_INSTALLING:
		fputc('\n', u->out);
		break;
	case SESSION_INSTALLED:
		fprintf(u->out, "\nInstalled. Plan %.16s, %llu s\n", plan_hash(&s->plan),
			(unsigned long long)s->ms / 1000);
		break;
	case SESSION_FAILED:
		print_failure(u->out, s, e);
		break;
	default:
		break;
	}
	fflush(u->out);
}

void ui_no_kickstart(FILE *out)
{
	fputs("\n"
	      "Socle installer: there is no kickstart file, so nothing was done.\n"
	      "\n"
	      "At the boot menu, add one of these to the line of the kernel:\n"
	      "\n"
	      "    socle.ks=http://server/ks.cfg      (also https://, ftp://)\n"
	      "    socle.ks=nfs:server:/path/ks.cfg\n"
	      "    socle.ks=hd:LABEL=STICK:/ks.cfg    (also hd:sda1:/ks.cfg)\n"
	      "    socle.ks=cdrom:/ks.cfg             (on the boot medium)\n"
	      "    socle.ks                           (where DHCP says)\n"
	      "\n"
	      "or plug in a stick labelled SOCLE-KS with the file /ks.cfg,\n"
	      "\n"
	      "or, in the shell:\n"
	      "\n"
	      "    socle-install --kickstart FILE --dry-run    show the plan\n"
	      "    socle-install --kickstart FILE              show it, ask, and install\n"
	      "\n"
	      "A small file that installs to the one disk there is, which it erases:\n"
	      "\n"
	      "    zerombr\n"
	      "    clearpart --all\n"
	      "    autopart\n"
	      "    rootpw SECRET\n"
	      "    network --bootproto=dhcp --hostname=host1.example.com\n"
	      "    reboot\n"
	      "\n",
	      out);
}
