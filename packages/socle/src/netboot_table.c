/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines as a table, for a list and for the live screen.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "netboot.h"
#include "socle/buf.h"
#include "socle/fs.h"

static const char *text(const json_t *m, const char *key)
{
	const char *s = json_string_value(json_object_get(m, key));

	return s ? s : "";
}

static json_int_t number(const json_t *m, const char *key)
{
	return json_integer_value(json_object_get(m, key));
}

static bool is(const json_t *m, const char *state)
{
	return strcmp(text(m, "state"), state) == 0;
}

/* What there is to say besides the state. */
static void add_detail(const json_t *m, struct buf *out)
{
	char rate[32];

	if (is(m, "installing") && number(m, "steps")) {
		buf_addf(out, "%3d%%  %d/%d %s", (int)number(m, "percent"), (int)number(m, "step"),
			 (int)number(m, "steps"), text(m, "step_says"));
		if (number(m, "bytes_per_second"))
			buf_addf(out, ", %s/s",
				 size_text((uint64_t)number(m, "bytes_per_second"), rate,
					   sizeof(rate)));
	} else if (is(m, "failed") || is(m, "waiting")) {
		buf_adds(out, text(m, "error"));
		if (*text(m, "bundle"))
			buf_addf(out, " [%s]", text(m, "bundle"));
	} else if (is(m, "done") && number(m, "ended") > number(m, "began")) {
		buf_addf(out, "%s in %d s", text(m, "kickstart"),
			 (int)(number(m, "ended") - number(m, "began")));
	} else {
		buf_adds(out, text(m, "kickstart"));
	}
}

static void print_line(FILE *out, const char *line, int width)
{
	int len = (int)strlen(line);

	fprintf(out, "%.*s\n", width && len > width ? width : len, line);
}

static void print_row(FILE *out, const json_t *m, const int wide[2], int width)
{
	struct buf line = BUF_INIT;
	char mac[32];

	snprintf(mac, sizeof(mac), "%s", *text(m, "mac") ? text(m, "mac") : "-");
	buf_addf(&line, "%-17s  %-*s  %-*s  %-15s  %-10s  ", mac, wide[0],
		 *text(m, "serial") ? text(m, "serial") : "-", wide[1],
		 *text(m, "name") ? text(m, "name") : "-", *text(m, "ip") ? text(m, "ip") : "-",
		 text(m, "state"));
	add_detail(m, &line);
	while (line.len && line.s[line.len - 1] == ' ')
		line.s[--line.len] = '\0';
	print_line(out, line.s, width);
	buf_clear(&line);
}

static int widest(const json_t *machines, const char *key, int least, int most)
{
	const json_t *m;
	size_t i;

	json_array_foreach(machines, i, m)
	{
		int len = (int)strlen(text(m, key));

		least = len > least ? len : least;
	}
	return least > most ? most : least;
}

void netboot_print(FILE *out, const json_t *machines, int width, int rows)
{
	const int wide[2] = { widest(machines, "serial", 6, 24), widest(machines, "name", 4, 24) };
	size_t i, n = json_array_size(machines);
	char head[128];
	const json_t *m;

	if (!n)
		return;
	snprintf(head, sizeof(head), "%-17s  %-*s  %-*s  %-15s  %s", "MAC", wide[0], "SERIAL",
		 wide[1], "NAME", "ADDRESS", "STATE");
	print_line(out, head, width);
	json_array_foreach(machines, i, m)
	{
		if (rows && (int)i == rows - 1 && n - i > 1) {
			fprintf(out, "and %zu more\n", n - i);
			break;
		}
		print_row(out, m, wide, width);
	}
}
