/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The walk through a table of steps, one screen each: forward and back over
 * those that apply, and to any of them by its name.
 */
#ifndef INSTALLER_UI_STEPS_H
#define INSTALLER_UI_STEPS_H

#include <stdbool.h>

/* What a step's screen says when it is left. */
enum ui_go {
	UI_NEXT,
	UI_BACK,
	UI_AGAIN, /* the same once more: something has changed */
	UI_JUMP,  /* to the step that *to names */
	UI_END,	  /* the walk is over */
	UI_LOST,  /* the terminal is gone, or the console belongs to another */
};

struct ui_step {
	const char *name;
	const char *title;
	const char *help;		 /* a few paragraphs, for F1 */
	bool (*applies)(const void *ui); /* NULL: always */
	enum ui_go (*show)(void *ui, const struct ui_step *step, const char **to);
};

/*
 * Walk from the step named from, or from the first; the table ends with a name
 * of NULL.  left() is called after each screen, or NULL.  Back at the first one
 * shows it again.  Returns UI_END (also after the last one) or UI_LOST.
 */
enum ui_go ui_walk(const struct ui_step *steps, const char *from, void *ui,
		   void (*left)(void *ui, const struct ui_step *step, enum ui_go go));

#endif
