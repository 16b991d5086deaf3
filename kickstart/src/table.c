/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

const struct ks_family ks_families[] = {
	{ "Language and time", commands_locale },
	{ "Access", commands_access },
	{ "Network", commands_network },
	{ "Disks", commands_storage },
	{ "Partitions and volumes", commands_partitions },
	{ "The installed system", commands_system },
	{ "Where the system comes from", commands_source },
	{ "At the end", commands_finish },
	{ "How the installer runs", commands_mode },
	{ "Sections", commands_sections },
	{ "Socle's own", commands_socle },
	{ "Reports of Socle", commands_report },
	{ "VMware ESXi", commands_esxi },
	{ "Oracle VM Server", commands_oracle },
	{ "Of other systems", commands_other },
	{ 0 },
};

const struct ks_command *table_find(const char *name, size_t *index)
{
	size_t n = 0;

	for (const struct ks_family *f = ks_families; f->title; f++) {
		for (const struct ks_command *c = f->commands; c->name; c++, n++) {
			if (strcmp(c->name, name) == 0) {
				if (index)
					*index = n;
				return c;
			}
		}
	}
	return NULL;
}

bool is_choice(const char *choices, const char *text, size_t len)
{
	for (const char *c = choices; *c; c += strcspn(c, "|"), c += *c == '|')
		if (strcspn(c, "|") == len && strncmp(c, text, len) == 0)
			return true;
	return false;
}

const char *names_text(const char *names, const char *prefix, char buffer[KS_NAMES])
{
	size_t n = 0;

	buffer[0] = '\0';
	for (const char *c = names; *c && n < KS_NAMES - 64; c += strcspn(c, "|"), c += *c == '|')
		n += (size_t)snprintf(buffer + n, KS_NAMES - n, "%s%s%.*s", n ? ", " : "", prefix,
				      (int)strcspn(c, "|"), c);
	return buffer;
}

size_t command_most(const struct ks_command *c)
{
	return c->operand && !c->most ? 1 : c->most;
}

const char *command_why(const struct ks_command *c)
{
	return c->why ? c->why : c->help ? c->help : "not supported yet";
}

const char *option_why(const struct ks_option *o)
{
	return o->why ? o->why : o->help ? o->help : "not supported yet";
}

enum { NAME_MAX_BYTES = 24 };

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/*
 * Optimal string alignment distance: letters added, dropped, changed, or two
 * neighbours swapped.  SIZE_MAX for names that are too long to be ours.
 */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][NAME_MAX_BYTES + 1], la = strlen(a), lb = strlen(b);

	if (la > NAME_MAX_BYTES || lb > NAME_MAX_BYTES)
		return SIZE_MAX;
	for (size_t j = 0; j <= lb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= la; i++) {
		size_t *now = row[i % 3], *prev = row[(i + 2) % 3], *prev2 = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			now[j] = min3(prev[j] + 1, now[j - 1] + 1,
				      prev[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
			    prev2[j - 2] + 1 < now[j])
				now[j] = prev2[j - 2] + 1;
		}
	}
	return row[la % 3][lb];
}

struct likest {
	const char *name;
	size_t distance;
};

/* One slip per three letters is taken for a slip, more for another word. */
static void consider(struct likest *best, const char *given, const char *name)
{
	size_t d = distance(given, name);

	if (d <= (strlen(name) + 2) / 3 && d < best->distance)
		*best = (struct likest){ name, d };
}

const char *table_like(const char *name)
{
	struct likest best = { NULL, 4 };

	for (const struct ks_family *f = ks_families; f->title; f++)
		for (const struct ks_command *c = f->commands; c->name; c++)
			consider(&best, name, c->name);
	return best.name;
}

const char *options_like(const struct ks_option *options, const char *name)
{
	struct likest best = { NULL, 4 };

	for (const struct ks_option *o = options; o && o->name; o++)
		consider(&best, name, o->name);
	return best.name;
}
