/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart check, socle kickstart reference
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kickstart/reference.h"
#include "messages.h"
#include "socle/buf.h"
#include "socle/cleanup.h"

static bool check_json, check_strict;

const struct cmd_opt kickstart_check_opts[] = {
	{ "strict", 0, OPT_BOOL, NULL, &check_strict, "warnings count as errors" },
	{ "json", 0, OPT_BOOL, NULL, &check_json, "one JSON object a line for each file" },
	{ 0 },
};

/* What there is to say of one file. */
struct verdict {
	const struct loaded *l;
	const char *unread; /* why it was not, or NULL */
	const char *lack;   /* why no machine can be installed by it alone, or NULL */
	bool ok;
};

static json_t *message_json(unsigned int line, unsigned int column, const char *text)
{
	return json_pack("{s:I, s:I, s:o}", "line", (json_int_t)line, "column", (json_int_t)column,
			 "message", json_text(text));
}

static void add_message(json_t *list, const struct ks_message *m)
{
	json_t *json = message_json(m->pos.line, m->pos.column, m->text);

	if (m->pos.file)
		json_object_set_new(json, "file", json_text(m->pos.file));
	if (m->trail)
		json_object_set_new(json, "included", json_text(m->trail));
	json_array_append_new(list, json);
}

static json_t *verdict_json(const struct verdict *v)
{
	json_t *errors = json_array(), *warnings = json_array();
	const struct ks_messages *m = &v->l->messages;

	if (v->unread)
		json_array_append_new(errors, message_json(0, 0, v->unread));
	for (size_t i = 0; i < m->count; i++)
		add_message(m->item[i].severity == KS_ERROR ? errors : warnings, &m->item[i]);
	if (v->lack)
		json_array_append_new(warnings, message_json(0, 0, v->lack));
	return json_pack("{s:o, s:b, s:o, s:o}", "file", json_text(v->l->name), "ok", v->ok,
			 "errors", errors, "warnings", warnings);
}

static void print_verdict(const struct verdict *v)
{
	const char *word = !v->ok		     ? "refused"
			   : v->l->messages.refusals ? "accepted, but the installer refuses it"
						     : "accepted";

	messages_print(v->l);
	if (v->lack)
		fprintf(stderr, "%s: warning: %s\n", v->l->name, v->lack);
	if (v->unread)
		fprintf(stderr, "%s: error: %s\n", v->l->name, v->unread);
	else
		printf("%s: %s\n", v->l->name, word);
	fflush(stdout);
}

/* "x.ks: cannot be opened" of x.ks is "cannot be opened". */
static const char *without_path(const char *text, const char *path)
{
	size_t len = strlen(path);

	return strncmp(text, path, len) == 0 && strncmp(text + len, ": ", 2) == 0 ? text + len + 2
										  : text;
}

static int check_file(const char *path)
{
	struct loaded l;
	struct err e = { 0 };
	int ret = kickstart_load(path, &l, &e), code = 0;
	struct verdict v = { .l = &l };

	if (ret < 0 && !l.messages.errors)
		v.unread = without_path(err_text(&e), l.name);
	else if (ret == 0)
		v.lack = answers_lack(&l.answers);
	v.ok = ret == 0 && !(check_strict && (l.messages.count || v.lack));
	if (check_json) {
		_cleanup_json_ json_t *json = verdict_json(&v);

		code = print_json(json, JSON_COMPACT);
	} else {
		print_verdict(&v);
	}
	kickstart_unload(&l);
	return code | !v.ok;
}

int run_kickstart_check(size_t argc, char **argv)
{
	int code = 0;

	for (size_t i = 0; i < argc; i++)
		code |= check_file(argv[i]);
	return code;
}

static bool reference_markdown, reference_words;

const struct cmd_opt kickstart_reference_opts[] = {
	{ "markdown", 0, OPT_BOOL, NULL, &reference_markdown, "as docs/kickstart.md" },
	{ "words", 0, OPT_BOOL, NULL, &reference_words,
	  "a line for each command with its options, for editors" },
	{ 0 },
};

int run_kickstart_reference(size_t argc, char **argv)
{
	struct buf text = BUF_INIT;

	(void)argc;
	(void)argv;
	if (reference_words)
		ks_reference_words(&text);
	else if (reference_markdown)
		ks_reference_markdown(&text);
	else
		ks_reference(&text);
	fputs(text.s, stdout);
	buf_clear(&text);
	return 0;
}
