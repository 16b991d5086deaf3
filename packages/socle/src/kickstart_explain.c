/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart explain
 */
#include "kickstart/explain.h"

#include <stdio.h>
#include <string.h>

#include "messages.h"
#include "socle/cleanup.h"

static bool explain_json;

const struct cmd_opt kickstart_explain_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &explain_json, "as JSON" },
	{ 0 },
};

static const char *const effects[] = {
	[KS_EFFECT_ACTS] = "acts",
	[KS_EFFECT_NOTHING] = "accepted",
	[KS_EFFECT_IGNORED] = "ignored",
	[KS_EFFECT_REFUSED] = "refused",
};

/* What is collected, and printed from then. */
struct explanation {
	const struct ks_messages *m;
	json_t *lines;
};

/* The other messages of these lines and of what they include. */
static json_t *notes(const struct ks_messages *m, const struct ks_line *line)
{
	json_t *list = json_array();

	for (size_t i = 0; i < m->count; i++) {
		const struct ks_message *item = &m->item[i];

		if (item->order[0] >= line->pos.line && item->order[0] <= line->last &&
		    !strstr(item->text, line->text) && !strstr(line->text, item->text))
			json_array_append_new(list, json_text(item->text));
	}
	return list;
}

static void add_line(void *ctx, const struct ks_line *line)
{
	struct explanation *x = ctx;

	json_array_append_new(
		x->lines,
		json_pack("{s:I, s:I, s:I, s:o, s:s, s:o, s:o}", "line", (json_int_t)line->pos.line,
			  "column", (json_int_t)line->pos.column, "last", (json_int_t)line->last,
			  "source", json_text(line->source), "effect", effects[line->effect],
			  "text", json_text(line->text), "notes", notes(x->m, line)));
}

static json_int_t number(const json_t *line, const char *key)
{
	return json_integer_value(json_object_get(line, key));
}

static const char *text(const json_t *line, const char *key)
{
	return json_string_value(json_object_get(line, key));
}

static void print_line(const json_t *line)
{
	const json_t *note;
	char range[32] = "";
	size_t i;

	if (number(line, "last") > number(line, "line"))
		snprintf(range, sizeof(range), "  (to line %lld)", (long long)number(line, "last"));
	printf("%5lld  %s%s\n", (long long)number(line, "line"), text(line, "source"), range);
	printf("       %-8s  %s\n", text(line, "effect"), text(line, "text"));
	json_array_foreach(json_object_get(line, "notes"), i, note)
		printf("       %-8s  %s\n", "", json_string_value(note));
}

/* "9 lines: 6 act, 1 accepted, 1 ignored, 1 refused" */
static void print_sum(const json_t *lines)
{
	static const char *const words[] = { "act", "accepted without effect", "ignored",
					     "refused" };
	size_t count[sizeof(words) / sizeof(words[0])] = { 0 }, i;
	const char *comma = "";
	const json_t *line;

	json_array_foreach(lines, i, line) for (size_t n = 0; n < sizeof(words) / sizeof(words[0]);
						n++)
		count[n] += strcmp(text(line, "effect"), effects[n]) == 0;
	printf("%zu command%s: ", json_array_size(lines), json_array_size(lines) == 1 ? "" : "s");
	for (size_t n = 0; n < sizeof(words) / sizeof(words[0]); n++) {
		if (!count[n])
			continue;
		printf("%s%zu %s", comma, count[n], words[n]);
		comma = ", ";
	}
	putchar('\n');
}

static int explain(const struct loaded *l, bool ok, struct err *e)
{
	_cleanup_json_ json_t *lines = json_array();
	_cleanup_json_ json_t *all = NULL;
	struct explanation x = { &l->messages, lines };
	const char *lack = ok ? answers_lack(&l->answers) : NULL;
	const json_t *line;
	size_t i;

	if (ks_explain(l->text.s, l->text.len, &l->messages, add_line, &x, e) < 0)
		return fail(e);
	if (explain_json) {
		all = json_pack("{s:o, s:b, s:O, s:o}", "file", json_text(l->name), "ok", ok,
				"lines", lines, "lack", lack ? json_text(lack) : json_null());
		return print_json(all, JSON_INDENT(2)) | !ok;
	}
	json_array_foreach(lines, i, line) print_line(line);
	print_sum(lines);
	if (lack)
		printf("Nothing could be installed by it alone: %s\n", lack);
	return !ok;
}

int run_kickstart_explain(size_t argc, char **argv)
{
	struct err e = { 0 };
	struct loaded l;
	int ret = kickstart_load(argv[0], &l, &e), code;

	(void)argc;
	if (ret < 0 && !l.messages.errors)
		code = fail(&e);
	else
		code = explain(&l, ret == 0, &e);
	kickstart_unload(&l);
	return code;
}
