/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a Socle that is there is to stay.
 */
#include <string.h>

#include "draft.h"
#include "ui_screens.h"

/* The planner knows whether it can: what it would keep, or NULL.  To be released. */
static json_t *could_keep(struct screens *u)
{
	struct choices c = u->choices;
	struct plan p = PLAN_INIT;
	struct err e = { 0 };
	json_t *keeps = NULL;

	c.keep_guests = true;
	if (c.disk_count && screens_try(u, &c, &p, &e) == 0)
		keeps = json_incref(json_object_get(p.head, "keeps"));
	plan_clear(&p);
	return keeps;
}

bool keep_applies(const void *ui)
{
	struct screens *u = (struct screens *)(uintptr_t)ui;
	json_t *keeps = could_keep(u);

	json_decref(keeps);
	if (!keeps)
		u->choices.keep_guests = false;
	return keeps != NULL;
}

SCREEN(keep)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	json_t *keeps = could_keep(u);
	newtComponent stay, erase, list;
	struct form f;
	enum form_end end;
	size_t i;

	(void)to;
	form_open(&f, step->title, step->help,
		  "Socle is on this disk already. The system is installed anew; are the disks of "
		  "its guests kept?");
	/* Nothing that cannot be brought back is lost by Enter alone, at the first visit too. */
	stay = newtRadiobutton(1, f.row++, "keep them", c->keep_guests || !c->keep_asked, NULL);
	erase = newtRadiobutton(1, f.row++, "erase them with all else",
				c->keep_asked && !c->keep_guests, stay);
	form_add(&f, stay);
	form_add(&f, erase);
	f.row++;
	form_label(&f, 1, f.row++, "Kept would be:");
	list = form_list(&f, 1, FORM_WIDTH - 2, json_array_size(keeps), 0);
	newtComponentTakesFocus(list, json_array_size(keeps) > (size_t)(FORM_ROWS - f.row));
	for (i = 0; i < json_array_size(keeps); i++) {
		char row[FORM_WIDTH + 1];

		newtListboxAppendEntry(list,
				       form_fit(json_string_value(json_array_get(keeps, i)),
						FORM_WIDTH - 4, row, sizeof(row)),
				       NULL);
	}
	form_buttons(&f, "Next", "Back", NULL);
	newtFormSetCurrent(f.form, f.buttons[0]);
	end = form_run(&f);
	if (end != FORM_LOST) {
		c->keep_guests = newtRadioGetCurrent(stay) == stay;
		c->keep_asked = true;
	}
	form_close(&f);
	json_decref(keeps);
	return screens_go(end);
}
