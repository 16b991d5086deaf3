/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text screens: a person's answers to a kickstart file, its plan, and the
 * install.  ui_screens.c has the table of steps, ui_screen_*.c one family each.
 */
#ifndef INSTALLER_UI_SCREENS_H
#define INSTALLER_UI_SCREENS_H

#include "session.h"
#include "ui_console.h"
#include "ui_form.h"
#include "ui_kickstart.h"
#include "ui_steps.h"

struct screens {
	struct session *session;
	struct choices choices;
	struct console console;
	struct status status;
	bool dry_run;
	bool executing; /* the console is not given away now */
	bool yields;	/* another console has the installer, or is to have it */
	/* What the install draws on. */
	struct {
		struct form form;
		newtComponent step, what, rate, text, step_bar, all_bar;
		bool open;
		uint64_t begun_ms, step_ms, drawn_ms;
		unsigned int percent;
		char rates[80];
	} draw;
	struct buf tail; /* the last lines of what programs said */
};

/*
 * Have somebody install by the screens, on this process's terminal.  s has its
 * options; the exit code is returned.  When the machine is to be left, that was done.
 */
int ui_screens(struct session *s);

/* A screen each, as struct ui_step has it. */
#define SCREEN(name) enum ui_go screen_##name(void *ui, const struct ui_step *step, const char **to)

SCREEN(welcome);
SCREEN(keyboard);
SCREEN(disk);
SCREEN(mirror);
SCREEN(keep);
SCREEN(network);
SCREEN(ports);
SCREEN(address);
SCREEN(hostname);
SCREEN(time);
SCREEN(zone);
SCREEN(password);
SCREEN(keys);
SCREEN(memory);
SCREEN(summary);
SCREEN(confirm);
SCREEN(install);
SCREEN(finish);

bool mirror_applies(const void *ui);
bool keep_applies(const void *ui);
bool network_applies(const void *ui);
bool ports_applies(const void *ui);
bool confirm_applies(const void *ui);

/* The choices to a plan; on -EPERM and -EINVAL, *step is the screen concerned. */
int screens_plan(struct screens *u, const char **step, struct err *e);

/* A plan of choices that need not be whole yet; the caller clears p, also after an error. */
int screens_try(struct screens *u, const struct choices *said, struct plan *p, struct err *e);

/* ui_watch.c: show what the owner does until it lets go; UI_END: it did, UI_LOST. */
enum ui_go screens_watch(struct screens *u, const char *owner);

/* Whether this process is to end, as when the machine goes down. */
bool screens_stopped(const struct screens *u);

/* A root shell on this terminal. */
void screens_shell(void);

/* What the ends of a form that needs no more are to the walk. */
enum ui_go screens_go(enum form_end end);

/* The value of an entry, without blanks around it. */
void screens_take(newtComponent entry, char *to, size_t len);

#endif
