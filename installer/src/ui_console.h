/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has the installer: the same program runs on every console, and the first
 * one that answers owns it.  Ownership is a lock on a file, so it ends with the
 * process, however that ends.  What the owner does the others read from
 * UI_STATUS and show; what it has answered it leaves in UI_CHOICES, for who
 * goes on when its terminal is gone.
 */
#ifndef INSTALLER_UI_CONSOLE_H
#define INSTALLER_UI_CONSOLE_H

#include <stdbool.h>

#include "socle/err.h"
#include "ui_kickstart.h"

#define UI_FOLDER  "/run/socle"
#define UI_OWNER   UI_FOLDER "/owner"	     /* "ttyS0 1234": console and process */
#define UI_STATUS  UI_FOLDER "/status.json"  /* {"state", "step", "steps", "percent", "text"} */
#define UI_CHOICES UI_FOLDER "/choices"	     /* mode 0600 */
#define UI_SAVED   UI_FOLDER "/socle-ks.cfg" /* mode 0600: the answers as a kickstart file */

struct console {
	char name[64]; /* of this terminal: "ttyS0", "pts/1" */
	int lock;      /* -1: not the owner */
	bool alone;    /* there are no others: a dry run */
};

#define CONSOLE_INIT ((struct console){ .lock = -1 })

/* What the owner does, for the others. */
struct status {
	char state[32]; /* "answering", "installing", "failed", "installed", "" */
	char text[512];
	unsigned int step, steps, percent;
};

void console_open(struct console *c, bool alone);
void console_close(struct console *c); /* lets go; idempotent */

/* Become the owner; false when another is, of which name tells. */
bool console_take(struct console *c, char name[64]);
/* Whether somebody has it, and who. */
bool console_owned(char name[64]);
/* Ask the owner to let go.  It does unless it is writing to a disk. */
void console_ask(void);
/* Whether another has asked this one; only while it is allowed to. */
bool console_asked(const struct console *c);

void status_write(const struct console *c, const struct status *s);
bool status_read(struct status *s); /* false: there is none */

void choices_save(const struct console *c, const struct choices *choices);
bool choices_load(const struct console *c, struct choices *choices);

#endif
