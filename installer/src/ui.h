/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The installer on a plain text terminal of 80 columns: a screen, a serial
 * line, or a log.  One line for each step; on a terminal the line of a long
 * step is drawn again, at most once a second.
 */
#ifndef INSTALLER_UI_H
#define INSTALLER_UI_H

#include <stdio.h>

#include "session.h"

struct ui {
	FILE *out;
	bool terminal;
	uint64_t step_ms;  /* when the step began, on the monotonic clock */
	uint64_t drawn_ms; /* when its line was last drawn */
	size_t drawn;	   /* characters of the line that is drawn, 0: none */
};

void ui_init(struct ui *u, FILE *out);

/* The plan, or why there is none; how it ended.  ctx is a struct ui. */
void ui_phase(void *ctx, const struct session *s, enum session_phase phase, const struct err *e);
/* The steps of the executor. */
void ui_event(void *ctx, const struct exec_event *ev);

/* What to do when there is no kickstart. */
void ui_no_kickstart(FILE *out);

#endif
