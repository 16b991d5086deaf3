/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of disks, as the screens that ask for one show it: what each is and
 * what is on it, details and the locator LED at a button.
 */
#ifndef INSTALLER_UI_DISK_LIST_H
#define INSTALLER_UI_DISK_LIST_H

#include "installer/facts.h"
#include "ui_form.h"

struct disk_list {
	const struct facts *facts;
	const struct fact_disk *at; /* the marked row; set before rows are added */
	const char *none;	    /* what the row of no disk says */
	newtComponent box;
	size_t details, blink; /* the numbers of their buttons; 0: there is none */
};

/* The list and the buttons; extra: a further button, number 3, or NULL. */
void disk_list_open(struct disk_list *l, struct form *f, size_t rows, const char *extra);
/* A row; d may be NULL, where none is a choice. */
void disk_list_add(struct disk_list *l, const struct fact_disk *d);
/* Until something else than a look is wanted; chosen: the disk under the bar. */
enum form_end disk_list_run(struct disk_list *l, struct form *f, const struct fact_disk **chosen);

#endif
