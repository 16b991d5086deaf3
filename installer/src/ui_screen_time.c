/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The time zone, and what the clock is kept by.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "ui_screens.h"

#define ZONES "/usr/share/zoneinfo/zone.tab"

enum { ZONES_MAX = 1024, TAB_MAX = 1 << 20, REGIONS_MAX = 24, REGION = 20 };

struct zones {
	char *item[ZONES_MAX];
	size_t count;
	char region[REGIONS_MAX][REGION];
	size_t region_count;
	newtComponent regions, places;
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add(struct zones *z, const char *name, size_t len)
{
	if (z->count < ZONES_MAX && memchr(name, '/', len))
		z->item[z->count] = strndup(name, len);
	z->count += z->count < ZONES_MAX && z->item[z->count];
}

/* "DE	+5230+01322	Europe/Berlin	most of Germany" */
static void load(struct zones *z)
{
	struct buf text = BUF_INIT;
	char *save = NULL;

	add(z, "Etc/UTC", 7);
	if (fs_read(ZONES, TAB_MAX, &text, NULL) == 0)
		for (char *s = strtok_r(text.s, "\n", &save); s; s = strtok_r(NULL, "\n", &save)) {
			const char *name = *s == '#' ? NULL : strchr(s, '\t');

			name = name ? strchr(name + 1, '\t') : NULL;
			if (name)
				add(z, name + 1, strcspn(name + 1, "\t"));
		}
	buf_clear(&text);
	qsort(z->item, z->count, sizeof(z->item[0]), compare);
	for (size_t i = 0; i < z->count && z->region_count < REGIONS_MAX; i++) {
		char now[REGION];

		snprintf(now, sizeof(now), "%.*s", (int)strcspn(z->item[i], "/"), z->item[i]);
		if (!z->region_count || strcmp(z->region[z->region_count - 1], now) != 0)
			memcpy(z->region[z->region_count++], now, sizeof(now));
	}
}

static void unload(struct zones *z)
{
	for (size_t i = 0; i < z->count; i++)
		free(z->item[i]);
}

/* The places of the region that the bar is on. */
static void refill(newtComponent box, void *data)
{
	struct zones *z = data;
	const char *region = newtListboxGetCurrent(box);
	size_t len = strlen(region);

	newtListboxClear(z->places);
	for (size_t i = 0; i < z->count; i++)
		if (strncmp(z->item[i], region, len) == 0 && z->item[i][len] == '/')
			newtListboxAppendEntry(z->places, z->item[i] + len + 1, z->item[i]);
}

static void show_current(struct zones *z, const char *zone)
{
	size_t len = strcspn(zone, "/");

	for (size_t i = 0; i < z->region_count; i++)
		if (strlen(z->region[i]) == len && strncmp(zone, z->region[i], len) == 0)
			newtListboxSetCurrent(z->regions, (int)i);
	refill(z->regions, z);
	for (int i = 0; i < newtListboxItemCount(z->places); i++) {
		char *text;
		void *name;

		newtListboxGetEntry(z->places, i, &text, &name);
		if (strcmp(name, zone) == 0)
			newtListboxSetCurrent(z->places, i);
	}
}

SCREEN(zone)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	struct zones z = { 0 };
	struct form f;
	enum form_end end;

	(void)to;
	load(&z);
	form_open(&f, step->title, step->help,
		  "Where is this machine? Tab moves from the part of "
		  "the world to the place.");
	z.regions = form_list(&f, 1, 18, z.region_count, 0);
	z.places = form_list(&f, 22, FORM_WIDTH - 24, z.count, NEWT_FLAG_RETURNEXIT);
	for (size_t i = 0; i < z.region_count; i++)
		newtListboxAppendEntry(z.regions, z.region[i], z.region[i]);
	show_current(&z, c->timezone);
	newtComponentAddCallback(z.regions, refill, &z);
	form_buttons(&f, "Next", "Back", NULL);
	end = form_run(&f);
	if (end == FORM_NEXT)
		snprintf(c->timezone, sizeof(c->timezone), "%s",
			 (const char *)newtListboxGetCurrent(z.places));
	form_close(&f);
	unload(&z);
	return screens_go(end);
}

SCREEN(time)
{
	static const char *const kinds[] = {
		[NTP_DEFAULT] = "by the usual servers of the Internet",
		[NTP_SERVERS] = "by these time servers:",
		[NTP_OFF] = "by nothing; I see to it myself",
	};
	struct screens *u = ui;
	struct choices *c = &u->choices;
	newtComponent radio[ARRAY_SIZE(kinds)], entry = NULL, last = NULL;
	struct form f;
	enum form_end end;
	char text[CHOICE_LINE + 64];

	(void)to;
	form_open(&f, step->title, step->help, "What is the clock kept by?");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		radio[i] = last = newtRadiobutton(1, f.row++, kinds[i],
						  c->ntp == (enum choice_ntp)i, last);
		form_add(&f, last);
		if (i != NTP_SERVERS)
			continue;
		entry = form_entry(&f, "", 5, c->ntp_servers, 60, 0);
		form_label(&f, 5, f.row++, "parted by commas");
	}
	form_buttons(&f, "Next", "Back", NULL);
	if (c->ntp == NTP_DEFAULT)
		newtFormSetCurrent(f.form, f.buttons[0]);
	end = form_run(&f);
	if (end != FORM_LOST) {
		newtComponent now = newtRadioGetCurrent(radio[0]);

		for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
			if (radio[i] == now)
				c->ntp = (enum choice_ntp)i;
		screens_take(entry, c->ntp_servers, sizeof(c->ntp_servers));
	}
	form_close(&f);
	/* Who types a server means it. */
	if (*c->ntp_servers && c->ntp == NTP_DEFAULT)
		c->ntp = NTP_SERVERS;
	if (end == FORM_NEXT && c->ntp == NTP_SERVERS) {
		struct buf list = BUF_INIT;

		choices_list(c->ntp_servers, &list);
		snprintf(text, sizeof(text), "timezone --utc --ntpservers=%s Etc/UTC\n", list.s);
		buf_clear(&list);
		if (!*c->ntp_servers || !choices_can(text))
			return form_ask(
				       step->title,
				       "Give the names or the addresses of time servers, parted by "
				       "commas.",
				       "Close", NULL) < 0
				       ? UI_LOST
				       : UI_AGAIN;
	}
	return screens_go(end);
}
