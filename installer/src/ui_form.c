/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_form.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000, ESCAPE = 27, LEFT = 2, TOP = 2 };

static struct {
	bool (*tick)(void *ctx);
	void *ctx;
	bool open;
} terminal;

static const char usual_keys[] =
	" Tab next field   Space mark   Enter go on   F12 or Esc back   F1 help";

static void show_help(newtComponent form, void *text)
{
	(void)form;
	form_view("Help", text ? text : "There is no help for this screen.");
}

int form_init(bool (*tick)(void *ctx), void *ctx)
{
	if (!getenv("TERM") || !*getenv("TERM") || strcmp(getenv("TERM"), "dumb") == 0)
		setenv("TERM", "vt100", 1);
	terminal.tick = tick;
	terminal.ctx = ctx;
	/*
	 * What is at the other end of a serial line is not known: lines are drawn by the
	 * terminal's own alternative characters, which terminfo tells of, never by UTF-8.
	 */
	setenv("LC_ALL", "C", 1);
	if (newtInit() != 0)
		return -1;
	unsetenv("LC_ALL");
	newtCls();
	newtSetHelpCallback(show_help);
	newtDrawRootText(0, 0, " Socle " SOCLE_VERSION " installer");
	form_keys(NULL);
	terminal.open = true;
	return 0;
}

void form_finish(void)
{
	if (terminal.open)
		newtFinished();
	terminal.open = false;
}

void form_suspend(void)
{
	newtSuspend();
}

void form_resume(void)
{
	newtResume();
	newtRefresh();
}

void form_keys(const char *text)
{
	static bool pushed;

	if (pushed)
		newtPopHelpLine();
	pushed = true;
	newtPushHelpLine(text ? text : usual_keys);
}

static int line_count(const char *text)
{
	int n = 0;

	for (; *text; n++)
		text += strcspn(text, "\n"), text += *text == '\n';
	return n;
}

/* The text in lines; to be freed. */
static char *reflow(const char *text, int *rows)
{
	char *copy = strdup(text);
	int width;
	char *lines = copy ? newtReflowText(copy, FORM_WIDTH - 2, 0, 0, &width, rows) : NULL;

	free(copy);
	if (lines)
		*rows = line_count(lines);
	return lines;
}

void form_open(struct form *f, const char *title, const char *help, const char *text)
{
	char *lines;
	int rows = 0;

	*f = (struct form){ 0 };
	newtOpenWindow(LEFT, TOP, FORM_WIDTH, FORM_HEIGHT, title);
	f->form = newtForm(NULL, (void *)help, 0);
	newtFormSetTimer(f->form, TICK_MS);
	newtFormAddHotKey(f->form, ESCAPE);
	lines = text && *text ? reflow(text, &rows) : NULL;
	if (lines) {
		newtComponent box = newtTextbox(1, 0, FORM_WIDTH - 2, rows, 0);

		newtTextboxSetText(box, lines);
		newtFormAddComponent(f->form, box);
		f->row = rows + 1;
	}
	free(lines);
}

void form_buttons(struct form *f, ...)
{
	const char *name;
	va_list ap;
	int left = 2;

	va_start(ap, f);
	while ((name = va_arg(ap, const char *)) && f->button_count < FORM_BUTTONS) {
		newtComponent b = newtCompactButton(left, FORM_HEIGHT - 1, name);

		if (strcmp(name, "Back") == 0)
			f->back = f->button_count;
		f->buttons[f->button_count++] = b;
		newtFormAddComponent(f->form, b);
		left += (int)strlen(name) + 5;
	}
	va_end(ap);
}

void form_add(struct form *f, newtComponent c)
{
	newtFormAddComponent(f->form, c);
}

void form_label(struct form *f, int left, int row, const char *text)
{
	char fit[FORM_WIDTH + 1];

	form_add(f, newtLabel(left, row, form_fit(text, FORM_WIDTH - left, fit, sizeof(fit))));
}

newtComponent form_entry(struct form *f, const char *label, int left, const char *value, int width,
			 int flags)
{
	newtComponent e = newtEntry(left, f->row, value, width, NULL,
				    NEWT_FLAG_SCROLL | NEWT_FLAG_RETURNEXIT | flags);

	form_label(f, 1, f->row, label);
	form_add(f, e);
	f->row++;
	return e;
}

static enum form_end ended(struct form *f, const struct newtExitStruct *es)
{
	if (es->reason == NEWT_EXIT_HOTKEY) {
		f->key = es->u.key;
		return es->u.key == NEWT_KEY_F12 || es->u.key == ESCAPE ? FORM_BACK : FORM_KEY;
	}
	for (f->button = 0; f->button < f->button_count; f->button++)
		if (es->u.co == f->buttons[f->button])
			break;
	if (f->button == f->button_count || f->button == 0)
		return FORM_NEXT;
	return f->button == f->back ? FORM_BACK : FORM_MORE;
}

enum form_end form_run(struct form *f)
{
	struct newtExitStruct es;

	for (;;) {
		newtFormRun(f->form, &es);
		if (es.reason == NEWT_EXIT_ERROR)
			return FORM_LOST;
		if (es.reason == NEWT_EXIT_TIMER || es.reason == NEWT_EXIT_FDREADY) {
			if (terminal.tick && terminal.tick(terminal.ctx))
				return FORM_LOST;
			continue;
		}
		if (ended(f, &es) == FORM_BACK && f->escape_stays)
			continue;
		return ended(f, &es);
	}
}

void form_close(struct form *f)
{
	newtFormDestroy(f->form);
	newtPopWindow();
}

newtComponent form_text(struct form *f, const char *text, int rows)
{
	newtComponent box = newtTextbox(1, 0, FORM_WIDTH - 2, rows, NEWT_FLAG_WRAP);

	newtTextboxSetText(box, text);
	/* What is shorter has nothing to be scrolled, and takes no Tab. */
	if (newtTextboxGetNumLines(box) > rows) {
		newtComponentDestroy(box);
		box = newtTextbox(0, 0, FORM_WIDTH - 2, rows, NEWT_FLAG_SCROLL | NEWT_FLAG_WRAP);
		newtTextboxSetText(box, text);
	}
	form_add(f, box);
	return box;
}

newtComponent form_list(struct form *f, int left, int width, size_t count, int flags)
{
	int rows = FORM_ROWS - f->row;
	newtComponent list = newtListbox(left, f->row, rows,
					 flags | (count > (size_t)rows ? NEWT_FLAG_SCROLL : 0));

	newtListboxSetWidth(list, width);
	form_add(f, list);
	return list;
}

bool form_view(const char *title, const char *text)
{
	struct form f;
	enum form_end end;

	form_open(&f, title, NULL, NULL);
	form_text(&f, text, FORM_ROWS);
	form_buttons(&f, "Close", NULL);
	form_keys(" Up, Down, PgUp, PgDn scroll   Tab, then Enter: close   Esc close");
	end = form_run(&f);
	form_keys(NULL);
	form_close(&f);
	return end != FORM_LOST;
}

int form_ask(const char *title, const char *text, const char *yes, const char *no)
{
	struct form f;
	enum form_end end;

	form_open(&f, title, NULL, text);
	if (no)
		form_buttons(&f, yes, no, NULL);
	else
		form_buttons(&f, yes, NULL);
	/* What is not wanted is not one Enter away. */
	if (no)
		newtFormSetCurrent(f.form, f.buttons[1]);
	end = form_run(&f);
	form_close(&f);
	return end == FORM_LOST ? -1 : end == FORM_NEXT;
}

void form_wait(struct form *f, const char *text)
{
	form_open(f, NULL, NULL, text);
	newtDrawForm(f->form);
	newtRefresh();
}

const char *form_fit(const char *text, int width, char *buffer, size_t len)
{
	size_t max = width < 1 ? 0 : (size_t)width, n;

	if (max >= len)
		max = len - 1;
	n = strnlen(text, max + 1);
	memcpy(buffer, text, n > max ? max : n);
	buffer[n > max ? max : n] = 0;
	if (n > max && max)
		buffer[max - 1] = '>';
	/* Screens are ASCII: what a disk says of itself may be anything. */
	for (char *p = buffer; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~')
			*p = '?';
	return buffer;
}
