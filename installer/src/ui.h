/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The installer on a plain text terminal of 80 columns: a screen, a serial
 * line, or a log.  One line for each step; on a terminal the line of a long
 * step is drawn again, at most once a second.
 */
#ifndef INSTALLER_UI_H
#define INSTALLER_UI_H

#include <stdio.h>

#include "installer/execute.h"
#include "kickstart/kickstart.h"

struct ui {
	FILE *out;
	bool terminal;
	uint64_t step_ms;  /* when the step began, on the monotonic clock */
	uint64_t drawn_ms; /* when its line was last drawn */
	size_t drawn;	   /* characters of the line that is drawn, 0: none */
};

void ui_init(struct ui *u, FILE *out);

/* An event of plan_execute(); ctx is a struct ui. */
void ui_event(void *ctx, const struct exec_event *ev);

/* "ks.cfg:3:7: error: …", one line each. */
void ui_messages(FILE *out, const char *name, const struct ks_messages *m);

/* What to do when there is no kickstart. */
void ui_no_kickstart(FILE *out);

/* The block after a failure: what failed and in which state the disk is. */
void ui_failed(FILE *out, const struct plan *p, const struct exec_result *r, const struct err *e);

#endif
