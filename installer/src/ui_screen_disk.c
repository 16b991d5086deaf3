/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disk to be installed to, and the one that mirrors it.
 */
#include <string.h>

#include "draft.h"
#include "ui_disk_list.h"
#include "ui_screens.h"

#define SHA512_HEAD "$6$saltsalt$"

enum { SHA512_DIGITS = 86 };

int screens_try(struct screens *u, const struct choices *said, struct plan *p, struct err *e)
{
	struct choices c = *said;
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	struct buf text = BUF_INIT;
	int ret;

	/* Who can log in is not asked yet. */
	memset(c.root_hash, 0, sizeof(c.root_hash));
	memcpy(c.root_hash, SHA512_HEAD, strlen(SHA512_HEAD));
	memset(c.root_hash + strlen(SHA512_HEAD), '.', SHA512_DIGITS);
	ret = choices_kickstart(&c, &text, e);
	if (ret == 0)
		ret = ks_parse(text.s, text.len, &a, &m, e);
	if (ret == 0 || m.errors)
		ret = plan_make(&u->session->facts, &a, &u->session->image, p, e);
	answers_clear(&a);
	ks_messages_clear(&m);
	buf_clear(&text);
	return ret;
}

/* What the planner says of disk number n; 1: nothing against it, -1: the terminal is gone. */
static int check(struct screens *u, unsigned int n, const struct fact_disk *d)
{
	struct choices c = u->choices;
	struct plan p = PLAN_INIT;
	struct buf why = BUF_INIT;
	struct err e = { 0 };
	int ret = 1;

	c.keep_guests = false;
	c.disk_count = n + 1;
	choices_take_disk(&c, n, &u->session->facts, d);
	if (screens_try(u, &c, &p, &e) < 0) {
		const char *said = NULL;

		for (size_t i = 0; i < p.candidate_count; i++)
			if (p.candidates[i].disk == d)
				said = p.candidates[i].why;
		buf_addf(&why, "%s cannot be taken: %s", d->name, said ? said : err_text(&e));
		ret = form_ask("Disk", why.s, "Close", NULL) < 0 ? -1 : 0;
	}
	plan_clear(&p);
	buf_clear(&why);
	return ret;
}

static enum ui_go no_disk(struct screens *u)
{
	int again = form_ask("Disk",
			     "This machine has no disk. Is a controller switched off in its "
			     "setup, or is a driver missing? \"dmesg\" in the shell tells.",
			     "Look again", "Back");
	struct err e;

	if (again == 1 && session_look(u->session, &e) < 0)
		return UI_LOST;
	return again < 0 ? UI_LOST : again ? UI_AGAIN : UI_BACK;
}

static enum ui_go rescan(struct screens *u)
{
	struct err e = { 0 };
	struct form wait;
	int ret;

	form_wait(&wait, "Looking for disks...");
	ret = session_look(u->session, &e);
	form_close(&wait);
	if (ret < 0 && form_ask("Disk", err_text(&e), "Close", NULL) < 0)
		return UI_LOST;
	return ret < 0 ? UI_BACK : UI_AGAIN;
}

/* Take what the bar is on, if the planner has nothing against it. */
static enum ui_go take(struct screens *u, unsigned int n, const struct fact_disk *d)
{
	int good = check(u, n, d);

	if (good <= 0)
		return good < 0 ? UI_LOST : UI_AGAIN;
	/* Another first disk, and the pair is asked for again. */
	if (n || !u->choices.disk_count || strcmp(u->choices.disks[0].name, d->name) != 0)
		u->choices.disk_count = n + 1;
	choices_take_disk(&u->choices, n, &u->session->facts, d);
	return UI_NEXT;
}

/* The disk that was chosen before, or the first that is not the medium. */
static const struct fact_disk *first_at(const struct facts *f, const struct choices *c)
{
	for (size_t i = 0; i < f->disk_count; i++)
		if (c->disk_count ? strcmp(c->disks[0].name, f->disks[i].name) == 0
				  : !f->disks[i].boot_medium)
			return &f->disks[i];
	return &f->disks[0];
}

SCREEN(disk)
{
	struct screens *u = ui;
	const struct facts *facts = &u->session->facts;
	struct disk_list l = { .facts = facts };
	const struct fact_disk *d;
	struct form f;
	enum form_end end;
	enum ui_go go;

	(void)to;
	if (!facts->disk_count)
		return no_disk(u);
	form_open(&f, step->title, step->help,
		  "Which disk is Socle installed to? ALL THAT IS ON IT IS LOST; other disks "
		  "are not touched.");
	l.at = first_at(facts, &u->choices);
	disk_list_open(&l, &f, facts->disk_count, "Rescan");
	for (size_t i = 0; i < facts->disk_count; i++)
		disk_list_add(&l, &facts->disks[i]);
	do {
		end = disk_list_run(&l, &f, &d);
		if (end == FORM_NEXT)
			go = take(u, 0, d);
		else
			go = end == FORM_MORE ? rescan(u) : screens_go(end);
	} while (go == UI_AGAIN && end == FORM_NEXT);
	form_close(&f);
	return go;
}

/* Whether a disk can be the second one, by what is known without the planner. */
static bool is_second(const struct screens *u, const struct fact_disk *d)
{
	return !d->boot_medium && strcmp(d->name, u->choices.disks[0].name) != 0;
}

bool mirror_applies(const void *ui)
{
	const struct screens *u = ui;
	const struct facts *f = &u->session->facts;
	size_t others = 0;

	for (size_t i = 0; i < f->disk_count; i++)
		others += is_second(u, &f->disks[i]) && !f->disks[i].removable &&
			  f->disks[i].size >= PLAN_DISK_MIN;
	return others && choices_can("disk --serial=a\ndisk --serial=b\nmirror\n");
}

static enum ui_go take_second(struct screens *u, const struct fact_disk *d)
{
	if (d)
		return take(u, 1, d);
	u->choices.disk_count = 1;
	return UI_NEXT;
}

SCREEN(mirror)
{
	struct screens *u = ui;
	const struct facts *facts = &u->session->facts;
	struct disk_list l = { .facts = facts, .none = "none: install to the one disk" };
	const struct fact_disk *d;
	struct form f;
	enum form_end end;
	enum ui_go go;

	(void)to;
	form_open(&f, step->title, step->help,
		  "Mirror the system on a second disk (RAID 1), so that either may fail? ALL THAT "
		  "IS ON IT IS LOST, too.");
	disk_list_open(&l, &f, facts->disk_count + 1, NULL);
	for (size_t i = 0; i < facts->disk_count && u->choices.disk_count > 1; i++)
		if (strcmp(u->choices.disks[1].name, facts->disks[i].name) == 0)
			l.at = &facts->disks[i];
	disk_list_add(&l, NULL);
	for (size_t i = 0; i < facts->disk_count; i++)
		if (is_second(u, &facts->disks[i]))
			disk_list_add(&l, &facts->disks[i]);
	do {
		end = disk_list_run(&l, &f, &d);
		go = end == FORM_NEXT ? take_second(u, d) : screens_go(end);
	} while (go == UI_AGAIN);
	form_close(&f);
	return go;
}
