/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The screens that ask for one thing each: welcome, keyboard, host name, dom0's memory.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "socle/proc.h"
#include "ui_screens.h"

/* This console has the installer now; the one before may have got some way. */
static enum ui_go begin(struct screens *u)
{
	struct err e = { 0 };

	snprintf(u->status.state, sizeof(u->status.state), "answering");
	if (!choices_load(&u->console, &u->choices))
		return UI_NEXT;
	switch (form_ask("Go on",
			 "Another console has already answered some of the questions. Keep its "
			 "answers? Each of them is shown again.",
			 "Keep", "Start anew")) {
	case 1:
		break;
	case 0:
		choices_default(&u->choices, &u->session->facts);
		break;
	default:
		return UI_LOST;
	}
	/* The disks may not be what they were when this console began. */
	if (session_look(u->session, &e) < 0 && form_ask("Disks", err_text(&e), "Close", NULL) < 0)
		return UI_LOST;
	return UI_NEXT;
}

SCREEN(welcome)
{
	struct screens *u = ui;
	char owner[64];
	struct form f;
	enum form_end end;

	(void)to;
	form_open(&f, step->title, step->help,
		  "This installs Socle, a Xen virtualization host, on this machine.\n\n"
		  "A few questions are asked. Until the plan was shown and confirmed, nothing is "
		  "written to any disk; what is on the chosen disk is lost then.\n\n"
		  "Other consoles show this screen too: whoever goes on first has the "
		  "installer. To install many machines without a question, use a kickstart "
		  "file; one is left on the new host.");
	form_label(&f, 1, f.row + 1, u->session->facts.machine.vendor);
	form_label(&f, 1, f.row + 2, u->session->facts.machine.product);
	form_buttons(&f, "Begin", "Shell", "Reboot", NULL);
	f.escape_stays = true;
	while ((end = form_run(&f)) == FORM_MORE) {
		if (f.button == 1)
			screens_shell();
		else if (u->dry_run)
			break;
		else if (form_ask("Reboot", "Nothing was installed. Reboot now?", "Reboot",
				  "Cancel") == 1)
			(void)!proc_cmd(NULL, "systemctl", "--no-block", "reboot", (char *)NULL);
	}
	form_close(&f);
	if (end != FORM_NEXT)
		return UI_LOST;
	if (u->console.lock >= 0)
		return UI_NEXT;
	if (!console_take(&u->console, owner))
		return screens_watch(u, owner) == UI_LOST ? UI_LOST : UI_AGAIN;
	return begin(u);
}

static const struct {
	const char *map, *name;
} keymaps[] = {
	{ "us", "English (US)" },
	{ "uk", "English (UK)" },
	{ "be-latin1", "Belgian" },
	{ "br-abnt2", "Portuguese (Brazil)" },
	{ "bg", "Bulgarian" },
	{ "cf", "French (Canada)" },
	{ "croat", "Croatian" },
	{ "cz-lat2", "Czech" },
	{ "de-latin1-nodeadkeys", "German" },
	{ "dk-latin1", "Danish" },
	{ "dvorak", "Dvorak (US)" },
	{ "es", "Spanish" },
	{ "et", "Estonian" },
	{ "fi-latin1", "Finnish" },
	{ "fr-latin9", "French" },
	{ "fr_CH-latin1", "French (Switzerland)" },
	{ "gr", "Greek" },
	{ "hu", "Hungarian" },
	{ "il", "Hebrew" },
	{ "is-latin1", "Icelandic" },
	{ "it", "Italian" },
	{ "jp106", "Japanese" },
	{ "la-latin1", "Spanish (Latin America)" },
	{ "lt", "Lithuanian" },
	{ "lv-latin7", "Latvian" },
	{ "mk", "Macedonian" },
	{ "nl", "Dutch" },
	{ "no-latin1", "Norwegian" },
	{ "pl", "Polish" },
	{ "pt-latin1", "Portuguese" },
	{ "ro", "Romanian" },
	{ "ru", "Russian" },
	{ "se-latin1", "Swedish" },
	{ "sg-latin1", "German (Switzerland)" },
	{ "sk-qwertz", "Slovak" },
	{ "slovene", "Slovenian" },
	{ "sr", "Serbian" },
	{ "trq", "Turkish" },
	{ "ua", "Ukrainian" },
};

SCREEN(keyboard)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	newtComponent list;
	struct form f;
	enum form_end end;
	size_t i;

	(void)to;
	form_open(&f, step->title, step->help,
		  "The keyboard of this machine's own screen. It is used at once, so that a "
		  "password is typed with the keys that will type it later. A serial line and "
		  "ssh have the keyboard of whoever is at their other end.");
	list = form_list(&f, 1, 52, ARRAY_SIZE(keymaps), NEWT_FLAG_RETURNEXIT);
	for (i = 0; i < ARRAY_SIZE(keymaps); i++) {
		char row[64];

		snprintf(row, sizeof(row), "%-26s %s", keymaps[i].name, keymaps[i].map);
		newtListboxAppendEntry(list, row, keymaps[i].map);
	}
	for (i = 0; i < ARRAY_SIZE(keymaps); i++)
		if (strcmp(keymaps[i].map, c->keymap) == 0)
			newtListboxSetCurrent(list, (int)i);
	form_buttons(&f, "Next", "Back", NULL);
	end = form_run(&f);
	if (end == FORM_NEXT) {
		snprintf(c->keymap, sizeof(c->keymap), "%s",
			 (const char *)newtListboxGetCurrent(list));
		if (!u->dry_run)
			(void)!proc_cmd(NULL, "loadkeys", "-q", "-C", "/dev/tty1", c->keymap,
					(char *)NULL);
	}
	form_close(&f);
	return screens_go(end);
}

SCREEN(hostname)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	newtComponent name;
	struct form f;
	enum form_end end;
	char line[CHOICE_WORD + 32];

	(void)to;
	for (;;) {
		form_open(&f, step->title, step->help,
			  "The name of the new host, with its domain if it has one, as in "
			  "host1.example.com.");
		name = form_entry(&f, "Host name", 14, c->hostname, 50, 0);
		form_buttons(&f, "Next", "Back", NULL);
		end = form_run(&f);
		if (end != FORM_LOST)
			screens_take(name, c->hostname, sizeof(c->hostname));
		form_close(&f);
		snprintf(line, sizeof(line), "network --hostname=%s", c->hostname);
		if (end != FORM_NEXT ||
		    (*c->hostname && !strchr(c->hostname, ' ') && choices_can(line)))
			return screens_go(end);
		if (form_ask("Host name",
			     "A host name has letters, digits, hyphens, and dots between its "
			     "parts; no part begins or ends with a hyphen.",
			     "Close", NULL) < 0)
			return UI_LOST;
	}
}

SCREEN(memory)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	uint64_t all = u->session->facts.memory / MIB;
	struct draft d = { .facts = &u->session->facts, .answers = &(struct answers){ 0 } };
	newtComponent entry;
	char text[400], now[32] = "";
	struct form f;
	enum form_end end;
	unsigned long said;

	(void)to;
	dom0_memory(&d);
	snprintf(text, sizeof(text),
		 "This machine has %llu MiB of memory. dom0, the system that manages the host, "
		 "gets a fixed part of it, and guests what is left. Leave it empty for what "
		 "suits this machine: %llu MiB.",
		 (unsigned long long)all, (unsigned long long)(d.dom0_memory / MIB));
	for (;;) {
		char *end_of;

		if (c->dom0_mib)
			snprintf(now, sizeof(now), "%u", c->dom0_mib);
		form_open(&f, step->title, step->help, text);
		entry = form_entry(&f, "dom0, in MiB", 16, now, 12, 0);
		form_buttons(&f, "Next", "Back", NULL);
		end = form_run(&f);
		if (end != FORM_LOST)
			screens_take(entry, now, sizeof(now));
		form_close(&f);
		said = strtoul(now, &end_of, 10);
		if (end == FORM_NEXT &&
		    (*end_of || (*now && (said < 512 || said > all / 10 * 9)))) {
			snprintf(text, sizeof(text), "A number of MiB is needed, from 512 to %llu.",
				 (unsigned long long)(all / 10 * 9));
			continue;
		}
		if (end == FORM_NEXT)
			c->dom0_mib = (unsigned int)said;
		return screens_go(end);
	}
}
