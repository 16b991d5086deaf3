/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A screen of the installer: one window of a fixed size that fits 80x24, a text
 * that says what is asked, components below it, and a row of buttons.  F12, Esc
 * and the button "Back" are the same.  F1 shows the screen's help.
 *
 * All of newt's odds are here: what other files see are rows and answers.
 */
#ifndef INSTALLER_UI_FORM_H
#define INSTALLER_UI_FORM_H

#include <newt.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	FORM_WIDTH = 76,  /* of a window's inside */
	FORM_HEIGHT = 18, /* the last row is that of the buttons */
	FORM_ROWS = FORM_HEIGHT - 2,
	FORM_BUTTONS = 5,
};

enum form_end {
	FORM_NEXT, /* the first button, or Enter in an entry or a list */
	FORM_BACK, /* the button "Back", F12, Esc */
	FORM_MORE, /* another button: form.button tells which, from 0 */
	FORM_KEY,  /* a key that was asked for: form.key */
	FORM_LOST, /* the terminal is gone, or the tick said so */
};

struct form {
	newtComponent form;
	newtComponent buttons[FORM_BUTTONS];
	size_t button_count;
	size_t button, back;
	int key;
	int row;	   /* the next free one; components count theirs from 0 */
	bool escape_stays; /* Esc and F12 do nothing */
};

/* Begin and end with the terminal.  tick, once a second: whether to give up the screen. */
int form_init(bool (*tick)(void *ctx), void *ctx);
void form_finish(void);
void form_suspend(void);
void form_resume(void);

/* The line at the bottom; NULL for the usual one. */
void form_keys(const char *text);

/* help may be NULL; text is broken into lines, and f->row is below it. */
void form_open(struct form *f, const char *title, const char *help, const char *text);
/* Up to FORM_BUTTONS names, ended by NULL; "Back" is known by its name. */
void form_buttons(struct form *f, ...) __attribute__((sentinel));
void form_add(struct form *f, newtComponent c);
void form_label(struct form *f, int left, int row, const char *text);
/* A label of the width of an entry before it; returns the entry. */
newtComponent form_entry(struct form *f, const char *label, int left, const char *value, int width,
			 int flags);
/* A text of that many rows from the top, scrolled where it is longer. */
newtComponent form_text(struct form *f, const char *text, int rows);
/* A list from f->row down to the buttons, scrolled where it is longer. */
newtComponent form_list(struct form *f, int left, int width, size_t count, int flags);
enum form_end form_run(struct form *f);
void form_close(struct form *f);

/* A text of any length, scrolled; true: go on, false: the terminal is gone. */
bool form_view(const char *title, const char *text);
/* A question of one or two answers (no may be NULL); 1 yes, 0 no or Esc, -1 lost. */
int form_ask(const char *title, const char *text, const char *yes, const char *no);
/* A window that only says what is being done, until form_close(). */
void form_wait(struct form *f, const char *text);

/* Of a list, the text that fits: cut with a ">" where it does not. */
const char *form_fit(const char *text, int width, char *buffer, size_t len);

#endif
