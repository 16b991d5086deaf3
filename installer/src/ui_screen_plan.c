/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan itself, as it was made of the answers, and the last question.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "ui_screens.h"

static enum ui_go refused(struct screens *u, const char *concerned, const struct err *e,
			  const char **to)
{
	struct buf text = BUF_INIT;
	struct form f;
	enum form_end end;

	plan_print_refusal(&u->session->plan, e, &text);
	form_open(&f, "There is no plan",
		  "The planner refuses what is not safe, or not possible on this machine. "
		  "\"Change it\" goes to the screen that the reason is about.",
		  NULL);
	form_text(&f, text.s, FORM_ROWS);
	form_buttons(&f, "Change it", "Back", "Shell", NULL);
	newtFormSetCurrent(f.form, f.buttons[0]);
	while ((end = form_run(&f)) == FORM_MORE)
		screens_shell();
	form_close(&f);
	buf_clear(&text);
	*to = concerned;
	return end == FORM_NEXT ? UI_JUMP : screens_go(end);
}

/* The first disk that loses something, or NULL. */
static const struct fact_disk *holds_data(const struct plan *p)
{
	for (size_t i = 0; i < p->disk_count; i++)
		if (!disk_is_empty(p->disks[i]))
			return p->disks[i];
	return NULL;
}

bool confirm_applies(const void *ui)
{
	const struct screens *u = ui;

	return !u->dry_run && holds_data(&u->session->plan);
}

SCREEN(summary)
{
	struct screens *u = ui;
	struct plan *p = &u->session->plan;
	struct buf text = BUF_INIT;
	const char *concerned;
	struct err e = { 0 };
	char title[64];
	struct form f;
	enum form_end end;

	if (screens_plan(u, &concerned, &e) < 0)
		return refused(u, concerned, &e, to);
	plan_print(p, &text);
	snprintf(title, sizeof(title), "%s %.16s", step->title, plan_hash(p));
	form_open(&f, title, step->help, NULL);
	form_text(&f, text.s, FORM_ROWS - 2);
	form_label(&f, 1, FORM_ROWS - 1,
		   json_object_get(p->head, "keeps")
			   ? "The guests' volumes stay, see KEEPS; all else is destroyed."
		   : holds_data(p) ? "ALL THAT IS ON THE DISK IS DESTROYED, see DESTROYS above."
				   : "The disk is empty: nothing is destroyed.");
	form_buttons(&f, u->dry_run ? "End" : "Install", "Back", NULL);
	form_keys(" Up, Down, PgUp, PgDn scroll   Tab to the buttons   F12 or Esc back   F1 help");
	end = form_run(&f);
	form_keys(NULL);
	form_close(&f);
	buf_clear(&text);
	return end == FORM_NEXT && u->dry_run ? UI_END : screens_go(end);
}

/* "/dev/sda, 447 GiB, ATA INTEL SSDSC2KB48, serial number BTYF1234"; not all have all of it. */
static void add_title(const struct fact_disk *d, struct buf *out)
{
	char size[32];

	buf_addf(out, "%s, %s", d->path, size_text(d->size, size, sizeof(size)));
	if (*d->vendor || *d->model)
		buf_addf(out, ", %s%s%s", d->vendor, *d->vendor && *d->model ? " " : "", d->model);
	buf_addf(out, ", %s%s", *d->serial ? "serial number " : "without a serial number",
		 d->serial);
}

SCREEN(confirm)
{
	struct screens *u = ui;
	const struct fact_disk *d = holds_data(&u->session->plan);
	struct buf title = BUF_INIT;
	char text[800], said[64];
	newtComponent entry;
	struct form f;
	enum form_end end;

	(void)to;
	add_title(d, &title);
	snprintf(text, sizeof(text),
		 "%.400s, is not empty. ALL THAT IS ON IT%s%s "
		 "IS DESTROYED, and nobody can bring it back.\n\nType the disk's name, %.60s, to "
		 "erase it and install.",
		 title.s,
		 u->session->plan.disk_count > 1 ? " and on the other disk of the plan" : "",
		 u->choices.keep_guests ? ", but for the guests' volumes," : "", d->name);
	buf_clear(&title);
	form_open(&f, step->title, step->help, text);
	entry = form_entry(&f, "Disk", 8, "", 20, 0);
	form_buttons(&f, "Erase and install", "Back", NULL);
	end = form_run(&f);
	if (end != FORM_LOST)
		screens_take(entry, said, sizeof(said));
	form_close(&f);
	if (end != FORM_NEXT || strcmp(said, d->name) == 0 || strcmp(said, d->path) == 0)
		return screens_go(end);
	snprintf(text, sizeof(text),
		 "\"%.40s\" is not the name of the disk, %.60s. Nothing was changed.", said,
		 d->name);
	return form_ask(step->title, text, "Close", NULL) < 0 ? UI_LOST : UI_AGAIN;
}
