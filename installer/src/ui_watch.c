/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screen of a console that does not own the installer: how far it is, and
 * who has it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "socle/proc.h"
#include "ui_screens.h"

static const struct {
	const char *state, *text;
} states[] = {
	{ "answering", "It is answering the questions:" },
	{ "installing", "It is installing:" },
	{ "failed", "The install failed:" },
	{ "installed", "Socle is installed. The machine waits there to be rebooted." },
};

static void write_text(const char *owner, char *to, size_t len)
{
	struct status s;
	const char *what = "";
	int n;

	status_read(&s);
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(states[i].state, s.state) == 0)
			what = states[i].text;
	n = snprintf(to, len, "The console %s has the installer.\n\n%s\n\n%.300s\n", owner, what,
		     s.text);
	if (strcmp(s.state, "installing") == 0 && n > 0 && (size_t)n < len)
		snprintf(to + n, len - (size_t)n, "\nStep %u of %u, %u%%", s.step, s.steps,
			 s.percent);
}

/* One look: 1 the owner has let go, 0 not yet, -1 the terminal is gone. */
static int look(const struct screens *u, const char *owner)
{
	char text[1024], now[64];
	struct form f;
	newtComponent box;
	struct newtExitStruct es;
	int ret = 0;

	form_open(&f, "Installer", NULL, NULL);
	box = newtTextbox(1, 0, FORM_WIDTH - 2, FORM_ROWS, NEWT_FLAG_WRAP);
	write_text(owner, text, sizeof(text));
	newtTextboxSetText(box, text);
	form_add(&f, box);
	form_buttons(&f, "Shell", "Take over", NULL);
	newtFormSetTimer(f.form, 1000);
	while (ret == 0) {
		newtFormRun(f.form, &es);
		if (es.reason == NEWT_EXIT_ERROR || screens_stopped(u)) {
			ret = -1;
		} else if (es.reason == NEWT_EXIT_TIMER) {
			write_text(owner, text, sizeof(text));
			newtTextboxSetText(box, text);
			ret = !console_owned(now) || strcmp(now, owner) != 0;
		} else if (es.reason == NEWT_EXIT_COMPONENT && es.u.co == f.buttons[0]) {
			screens_shell();
		} else if (es.reason == NEWT_EXIT_COMPONENT && es.u.co == f.buttons[1]) {
			ret = 2;
		}
	}
	form_close(&f);
	return ret;
}

/* An install is not taken away, its questions may be. */
static int take_over(const char *owner)
{
	struct status s;
	char text[256];

	if (status_read(&s) && strcmp(s.state, "installing") == 0)
		return form_ask("Take over",
				"It is writing to the disk now, and cannot be taken over until "
				"that has ended.",
				"Close", NULL) < 0
			       ? -1
			       : 0;
	snprintf(text, sizeof(text), "Take the installer from %s? What was answered there is kept.",
		 owner);
	switch (form_ask("Take over", text, "Take over", "Cancel")) {
	case 1:
		console_ask();
		return 0;
	case 0:
		return 0;
	default:
		return -1;
	}
}

/* The one who had it is gone: a machine that is done is not installed again by the way. */
static enum ui_go after(struct screens *u)
{
	struct status s;

	if (!status_read(&s) || strcmp(s.state, "installed") != 0)
		return UI_END;
	if (form_ask("Installed",
		     "Socle is installed; the console that did it is gone. Take the medium out, "
		     "and reboot.",
		     "Reboot", "Begin anew") == 1) {
		(void)!proc_cmd(NULL, "systemctl", "--no-block", "reboot", (char *)NULL);
		pause();
	}
	(void)u;
	return UI_END;
}

enum ui_go screens_watch(struct screens *u, const char *owner)
{
	int ret;

	do {
		ret = look(u, owner);
		if (ret == 2)
			ret = take_over(owner);
	} while (ret == 0);
	return ret < 0 ? UI_LOST : after(u);
}
