/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disk to be installed to.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "ui_screens.h"

#define SHA512_HEAD "$6$saltsalt$"

enum { ROW = FORM_WIDTH + 1, SHA512_DIGITS = 86 };

/* "ntfs, vfat" of a disk, each once. */
static void summary(const struct fact_disk *disk, struct buf *out)
{
	if (disk->boot_medium)
		buf_adds(out, "the installer's medium");
	else if (disk_is_empty(disk))
		buf_adds(out, "empty");
	else if (!disk->content_count)
		buf_adds(out, disk->holders.count ? "in use" : "empty partition table");
	if (out->len)
		return;
	for (size_t i = 0; i < disk->content_count; i++) {
		const char *type = disk->contents[i].type;
		size_t j = 0;

		while (j < i && strcmp(disk->contents[j].type, type) != 0)
			j++;
		if (j == i)
			buf_addf(out, "%s%s", out->len ? ", " : "", *type ? type : "unknown");
	}
}

static void row_text(const struct fact_disk *d, bool chosen, char row[ROW])
{
	struct buf what = BUF_INIT, model = BUF_INIT;
	char size[32], line[256], fit[64];

	summary(d, &what);
	buf_addf(&model, "%s%s%s", d->vendor, *d->vendor && *d->model ? " " : "", d->model);
	snprintf(line, sizeof(line), "(%c) %-9.9s %9s  %-6.6s  %-20s  %s", chosen ? '*' : ' ',
		 d->name, size_text(d->size, size, sizeof(size)), d->transport,
		 form_fit(*model.s ? model.s : "-", 20, fit, sizeof(fit)), what.s);
	form_fit(line, FORM_WIDTH - 4, row, ROW);
	buf_clear(&what);
	buf_clear(&model);
}

struct list {
	const struct facts *facts;
	newtComponent box;
	const struct fact_disk *at;
};

#define NO_MIRROR "none: install to the one disk"

static void any_row(const struct fact_disk *d, bool chosen, char row[ROW])
{
	if (d)
		row_text(d, chosen, row);
	else
		snprintf(row, ROW, "(%c) " NO_MIRROR, chosen ? '*' : ' ');
}

/* The mark follows the bar: without colours the bar may not be seen. */
static void moved(newtComponent box, void *data)
{
	struct list *l = data;
	const struct fact_disk *now = newtListboxGetCurrent(box);
	char row[ROW];

	for (int i = 0; i < newtListboxItemCount(box) && now != l->at; i++) {
		char *text;
		void *d;

		newtListboxGetEntry(box, i, &text, &d);
		if (d != now && d != l->at)
			continue;
		any_row(d, d == now, row);
		newtListboxSetEntry(box, i, row);
	}
	l->at = now;
}

static void add_strings(struct buf *out, const char *label, const struct fact_strings *s)
{
	for (size_t i = 0; i < s->count; i++)
		buf_addf(out, "%-12s%s\n", i ? "" : label, s->item[i]);
}

static void details(const struct facts *f, const struct fact_disk *d, struct buf *out)
{
	json_t *list = disk_contents(f, d);
	char size[32];
	size_t i;

	buf_addf(out, "%-12s%s\n%-12s%s (%llu bytes)\n", "Disk", d->path, "Size",
		 size_text(d->size, size, sizeof(size)), (unsigned long long)d->size);
	buf_addf(out, "%-12s%llu bytes, physical %llu\n", "Sectors", (unsigned long long)d->sector,
		 (unsigned long long)d->physical);
	buf_addf(out, "%-12s%s %s\n", "Model", d->vendor, d->model);
	buf_addf(out, "%-12s%s\n%-12s%s\n", "Serial", *d->serial ? d->serial : "not told", "WWN",
		 *d->wwn ? d->wwn : "not told");
	buf_addf(out, "%-12s%s%s%s%s\n", "Connected", *d->transport ? d->transport : "?",
		 d->rotational ? ", rotating" : "", d->removable ? ", removable" : "",
		 d->read_only ? ", read-only" : "");
	add_strings(out, "In use by", &d->holders);
	add_strings(out, "Mounted on", &d->mounts);
	add_strings(out, "Also named", &d->links);
	buf_addf(out, "\nOn it now%s\n\n", json_array_size(list) ? ":" : ": nothing");
	for (i = 0; i < json_array_size(list); i++)
		buf_addf(out, "  %s\n", json_string_value(json_array_get(list, i)));
	json_decref(list);
}

static bool show_details(const struct facts *f, const struct fact_disk *d)
{
	struct buf text = BUF_INIT;
	bool there;

	details(f, d, &text);
	there = form_view(d->name, text.s);
	buf_clear(&text);
	return there;
}

/* Switch the locator LED of the disk's slot; false when it has none.  SES, by sysfs. */
static bool locate(const char *disk, const char *value)
{
	char pattern[256];
	glob_t found;
	bool done = false;

	snprintf(pattern, sizeof(pattern), "/sys/class/enclosure/*/*/device/block/%s", disk);
	if (glob(pattern, 0, NULL, &found) != 0)
		return false;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		char *end = strstr(found.gl_pathv[i], "/device/block/");
		char path[512];
		FILE *f;

		snprintf(path, sizeof(path), "%.*s/locate", (int)(end - found.gl_pathv[i]),
			 found.gl_pathv[i]);
		f = value ? fopen(path, "we") : fopen(path, "re");
		done |= f != NULL;
		if (f && value)
			fputs(value, f);
		if (f)
			fclose(f);
	}
	globfree(&found);
	return done;
}

static bool blink(const struct fact_disk *d)
{
	char text[200];
	bool there;

	if (!locate(d->name, "1"))
		return form_ask("Blink",
				"The slot of this disk has no locator LED that the "
				"system can switch.",
				"Close", NULL) >= 0;
	snprintf(text, sizeof(text), "The locator LED of %.40s is lit, until this is closed.",
		 d->name);
	there = form_ask("Blink", text, "Close", NULL) >= 0;
	locate(d->name, "0");
	return there;
}

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

static void fill(struct list *l, const struct choices *c)
{
	char row[ROW];
	int at = -1;

	for (size_t i = 0; i < l->facts->disk_count; i++) {
		const struct fact_disk *d = &l->facts->disks[i];

		if (c->disk_count ? strcmp(c->disks[0].name, d->name) == 0
				  : at < 0 && !d->boot_medium) {
			at = (int)i;
			l->at = d;
		}
	}
	if (!l->at && l->facts->disk_count)
		l->at = &l->facts->disks[0];
	for (size_t i = 0; i < l->facts->disk_count; i++) {
		const struct fact_disk *d = &l->facts->disks[i];

		row_text(d, d == l->at, row);
		newtListboxAppendEntry(l->box, row, d);
	}
	newtListboxSetCurrent(l->box, at < 0 ? 0 : at);
}

/* The disks that can be the second one. */
static void fill_second(struct list *l, const struct choices *c)
{
	char row[ROW];
	int n = 0, at = 0;

	for (size_t i = 0; i < l->facts->disk_count; i++)
		if (c->disk_count > 1 && strcmp(c->disks[1].name, l->facts->disks[i].name) == 0)
			l->at = &l->facts->disks[i];
	any_row(NULL, !l->at, row);
	newtListboxAppendEntry(l->box, row, NULL);
	for (size_t i = 0; i < l->facts->disk_count; i++) {
		const struct fact_disk *d = &l->facts->disks[i];

		if (strcmp(d->name, c->disks[0].name) == 0 || d->boot_medium)
			continue;
		n++;
		if (d == l->at)
			at = n;
		row_text(d, d == l->at, row);
		newtListboxAppendEntry(l->box, row, d);
	}
	newtListboxSetCurrent(l->box, at);
}

static bool any_led(const struct facts *f)
{
	for (size_t i = 0; i < f->disk_count; i++)
		if (locate(f->disks[i].name, NULL))
			return true;
	return false;
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

static enum ui_go ended(struct screens *u, struct form *f, struct list *l, enum form_end end)
{
	const struct fact_disk *d = newtListboxGetCurrent(l->box);
	int good;

	if (end == FORM_MORE && f->button == 4)
		return blink(d) ? UI_AGAIN : UI_LOST;
	if (end == FORM_MORE && f->button == 3)
		return rescan(u);
	if (end == FORM_MORE)
		return show_details(l->facts, d) ? UI_AGAIN : UI_LOST;
	if (end == FORM_LOST || end == FORM_BACK)
		return screens_go(end);
	good = check(u, 0, d);
	if (good <= 0)
		return good < 0 ? UI_LOST : UI_AGAIN;
	/* Another first disk, and the pair is asked for again. */
	if (!u->choices.disk_count || strcmp(u->choices.disks[0].name, d->name) != 0)
		u->choices.disk_count = 1;
	choices_take_disk(&u->choices, 0, &u->session->facts, d);
	return UI_NEXT;
}

SCREEN(disk)
{
	struct screens *u = ui;
	struct list l = { .facts = &u->session->facts };
	struct form f;
	enum form_end end;
	enum ui_go go;

	(void)to;
	if (!l.facts->disk_count)
		return no_disk(u);
	form_open(&f, step->title, step->help,
		  "Which disk is Socle installed to? ALL THAT IS ON IT IS LOST; other disks "
		  "are not touched.");
	form_label(&f, 1, f.row,
		   "    Disk           Size  Bus     Model                 On it now");
	f.row++;
	l.box = form_list(&f, 1, FORM_WIDTH - 2, l.facts->disk_count, NEWT_FLAG_RETURNEXIT);
	fill(&l, &u->choices);
	newtComponentAddCallback(l.box, moved, &l);
	if (any_led(l.facts))
		form_buttons(&f, "Next", "Back", "Details", "Rescan", "Blink", NULL);
	else
		form_buttons(&f, "Next", "Back", "Details", "Rescan", NULL);
	/* Looking at one, and closing that, one is where one was. */
	do {
		newtFormSetCurrent(f.form, l.box);
		end = form_run(&f);
		go = ended(u, &f, &l, end);
	} while (go == UI_AGAIN && !(end == FORM_MORE && f.button == 3));
	form_close(&f);
	return go;
}

bool mirror_applies(const void *ui)
{
	const struct screens *u = ui;
	const struct facts *f = &u->session->facts;
	size_t others = 0;

	for (size_t i = 0; i < f->disk_count; i++)
		others += !f->disks[i].boot_medium && !f->disks[i].removable &&
			  f->disks[i].size >= PLAN_DISK_MIN &&
			  strcmp(f->disks[i].name, u->choices.disks[0].name) != 0;
	return others && choices_can("disk --serial=a\ndisk --serial=b\nmirror\n");
}

static enum ui_go second_ended(struct screens *u, struct form *f, struct list *l, enum form_end end)
{
	const struct fact_disk *d = newtListboxGetCurrent(l->box);
	int good;

	if (end == FORM_MORE && d && f->button == 3)
		return blink(d) ? UI_AGAIN : UI_LOST;
	if (end == FORM_MORE)
		return !d || show_details(l->facts, d) ? UI_AGAIN : UI_LOST;
	if (end != FORM_NEXT)
		return screens_go(end);
	if (!d) {
		u->choices.disk_count = 1;
		return UI_NEXT;
	}
	good = check(u, 1, d);
	if (good <= 0)
		return good < 0 ? UI_LOST : UI_AGAIN;
	u->choices.disk_count = 2;
	choices_take_disk(&u->choices, 1, &u->session->facts, d);
	return UI_NEXT;
}

SCREEN(mirror)
{
	struct screens *u = ui;
	struct list l = { .facts = &u->session->facts };
	struct form f;
	enum form_end end;
	enum ui_go go;

	(void)to;
	form_open(&f, step->title, step->help,
		  "Mirror the system on a second disk (RAID 1), so that either may fail? ALL THAT "
		  "IS ON IT IS LOST, too.");
	form_label(&f, 1, f.row++,
		   "    Disk           Size  Bus     Model                 On it now");
	l.box = form_list(&f, 1, FORM_WIDTH - 2, l.facts->disk_count + 1, NEWT_FLAG_RETURNEXIT);
	fill_second(&l, &u->choices);
	newtComponentAddCallback(l.box, moved, &l);
	if (any_led(l.facts))
		form_buttons(&f, "Next", "Back", "Details", "Blink", NULL);
	else
		form_buttons(&f, "Next", "Back", "Details", NULL);
	do {
		newtFormSetCurrent(f.form, l.box);
		end = form_run(&f);
		go = second_ended(u, &f, &l, end);
	} while (go == UI_AGAIN);
	form_close(&f);
	return go;
}
