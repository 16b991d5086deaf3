/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_disk_list.h"

#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"

enum { ROW = FORM_WIDTH + 1 };

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

static void any_row(const struct disk_list *l, const struct fact_disk *d, bool chosen,
		    char row[ROW])
{
	if (d)
		row_text(d, chosen, row);
	else
		snprintf(row, ROW, "(%c) %s", chosen ? '*' : ' ', l->none);
}

/* The mark follows the bar: without colours the bar may not be seen. */
static void moved(newtComponent box, void *data)
{
	struct disk_list *l = data;
	const struct fact_disk *now = newtListboxGetCurrent(box);
	char row[ROW];

	for (int i = 0; i < newtListboxItemCount(box) && now != l->at; i++) {
		char *text;
		void *d;

		newtListboxGetEntry(box, i, &text, &d);
		if (d != now && d != l->at)
			continue;
		any_row(l, d, d == now, row);
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
	buf_addf(out, "%-12s%s%s%s\n", "Model", d->vendor, *d->vendor ? " " : "",
		 *d->model ? d->model : "not told");
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

static bool any_led(const struct facts *f)
{
	for (size_t i = 0; i < f->disk_count; i++)
		if (locate(f->disks[i].name, NULL))
			return true;
	return false;
}

void disk_list_open(struct disk_list *l, struct form *f, size_t rows, const char *extra)
{
	bool led = any_led(l->facts);

	form_label(f, 1, f->row++,
		   "    Disk           Size  Bus     Model                 On it now");
	l->box = form_list(f, 1, FORM_WIDTH - 2, rows, NEWT_FLAG_RETURNEXIT);
	l->details = 2;
	l->blink = !led ? 0 : extra ? 4 : 3;
	form_buttons(f, "Next", "Back", "Details",
		     extra ? extra
		     : led ? "Blink"
			   : NULL,
		     extra && led ? "Blink" : NULL, NULL);
}

void disk_list_add(struct disk_list *l, const struct fact_disk *d)
{
	char row[ROW];

	any_row(l, d, d == l->at, row);
	newtListboxAppendEntry(l->box, row, d);
	if (d == l->at)
		newtListboxSetCurrent(l->box, newtListboxItemCount(l->box) - 1);
}

enum form_end disk_list_run(struct disk_list *l, struct form *f, const struct fact_disk **chosen)
{
	newtComponentAddCallback(l->box, moved, l);
	for (;;) {
		enum form_end end;

		/* Looking at one, and closing that, one is where one was. */
		newtFormSetCurrent(f->form, l->box);
		end = form_run(f);
		*chosen = newtListboxGetCurrent(l->box);
		if (end != FORM_MORE || (f->button != l->details && f->button != l->blink))
			return end;
		if (*chosen &&
		    !(f->button == l->details ? show_details(l->facts, *chosen) : blink(*chosen)))
			return FORM_LOST;
	}
}
