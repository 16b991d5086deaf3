/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart explain
 */
#include "kickstart/explain.h"

#include <errno.h>
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

enum { EFFECTS = sizeof(effects) / sizeof(effects[0]) };

/* A file may have millions of lines: each is printed when it is known, and only counted. */
struct explanation {
	const struct ks_messages *m;
	size_t next; /* the first message that may be of a line to come; they are in order */
	size_t lines, count[EFFECTS];
	bool failed;
};

/* Call use for the other messages of these lines and of what they include. */
static void notes(struct explanation *x, const struct ks_line *line,
		  void (*use)(void *ctx, const char *text), void *ctx)
{
	for (; x->next < x->m->count && x->m->item[x->next].order[0] <= line->last; x->next++) {
		const struct ks_message *item = &x->m->item[x->next];

		if (item->order[0] >= line->pos.line && !strstr(item->text, line->text) &&
		    !strstr(line->text, item->text))
			use(ctx, item->text);
	}
}

static void print_note(void *ctx, const char *text)
{
	(void)ctx;
	printf("       %-8s  %s\n", "", text);
}

static void print_line(struct explanation *x, const struct ks_line *line)
{
	char range[32] = "";

	if (line->last > line->pos.line)
		snprintf(range, sizeof(range), "  (to line %u)", line->last);
	printf("%5u  %s%s\n", line->pos.line, line->source, range);
	printf("       %-8s  %s\n", effects[line->effect], line->text);
	notes(x, line, print_note, NULL);
}

static void add_note(void *ctx, const char *text)
{
	json_array_append_new(ctx, json_text(text));
}

static void print_element(struct explanation *x, const struct ks_line *line)
{
	json_t *list = json_array();
	_cleanup_json_ json_t *json = NULL;

	notes(x, line, add_note, list);
	json = json_pack("{s:I, s:I, s:I, s:o, s:s, s:o, s:o}", "line", (json_int_t)line->pos.line,
			 "column", (json_int_t)line->pos.column, "last", (json_int_t)line->last,
			 "source", json_text(line->source), "effect", effects[line->effect], "text",
			 json_text(line->text), "notes", list);
	fputs(x->lines ? ",\n    " : "\n    ", stdout);
	x->failed |= !json || json_dumpf(json, stdout, 0) < 0;
}

static void take_line(void *ctx, const struct ks_line *line)
{
	struct explanation *x = ctx;

	if (explain_json)
		print_element(x, line);
	else
		print_line(x, line);
	x->lines++;
	x->count[line->effect]++;
}

/* "9 commands: 6 act, 1 accepted without effect, 1 ignored, 1 refused" */
static void print_sum(const struct explanation *x)
{
	static const char *const words[EFFECTS] = { "act", "accepted without effect", "ignored",
						    "refused" };
	const char *comma = "";

	printf("%zu command%s: ", x->lines, x->lines == 1 ? "" : "s");
	for (size_t n = 0; n < EFFECTS; n++) {
		if (!x->count[n])
			continue;
		printf("%s%zu %s", comma, x->count[n], words[n]);
		comma = ", ";
	}
	putchar('\n');
}

static void print_string(const char *before, const char *text)
{
	_cleanup_json_ json_t *json = text ? json_text(text) : json_null();

	fputs(before, stdout);
	json_dumpf(json, stdout, JSON_ENCODE_ANY);
}

static int explain(const struct loaded *l, bool ok, struct err *e)
{
	struct explanation x = { .m = &l->messages };
	const char *lack = ok ? answers_lack(&l->answers) : NULL;

	if (explain_json) {
		print_string("{\n  \"file\": ", l->name);
		printf(",\n  \"ok\": %s,\n  \"lines\": [", ok ? "true" : "false");
	}
	if (ks_explain(l->text.s, l->text.len, &l->messages, take_line, &x, e) < 0)
		return fail(e);
	if (explain_json) {
		print_string("\n  ],\n  \"lack\": ", lack);
		fputs("\n}\n", stdout);
	} else {
		print_sum(&x);
		if (lack)
			printf("Nothing could be installed by it alone: %s\n", lack);
	}
	if (x.failed || fflush(stdout) == EOF || ferror(stdout)) {
		err_sys(e, -EIO, "standard output");
		return fail(e);
	}
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
