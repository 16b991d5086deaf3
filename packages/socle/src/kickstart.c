/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart check, socle kickstart reference
 */
#include "kickstart/kickstart.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kickstart/reference.h"
#include "messages.h"
#include "socle.h"
#include "socle/buf.h"

static bool check_json;

const struct cmd_opt kickstart_check_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &check_json, "one JSON object a line for each file" },
	{ 0 },
};

int kickstart_load(const char *path, struct answers *a, struct ks_messages *m, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = fs_read(path, KS_FILE_MAX, &text, e);

	if (ret == 0) {
		ret = ks_parse(text.s, text.len, a, m, e);
		if (ret < 0)
			err_wrap(e, "%s", path);
		/* It may hold passwords. */
		explicit_bzero(text.s, text.len);
	}
	buf_clear(&text);
	return ret;
}

void messages_print(const char *path, const struct ks_messages *m)
{
	for (size_t i = 0; i < m->count; i++)
		fprintf(stderr, "%s:%u:%u: %s: %s\n", path, m->item[i].pos.line,
			m->item[i].pos.column,
			m->item[i].severity == KS_ERROR ? "error" : "warning", m->item[i].text);
}

json_t *messages_json(const char *path, const struct ks_messages *m, const struct err *unread)
{
	json_t *errors = json_array(), *warnings = json_array();

	if (unread)
		json_array_append_new(errors, json_pack("{s:i, s:i, s:o}", "line", 0, "column", 0,
							"message", json_text(err_text(unread))));
	for (size_t i = 0; i < m->count; i++)
		json_array_append_new(m->item[i].severity == KS_ERROR ? errors : warnings,
				      json_pack("{s:I, s:I, s:o}", "line",
						(json_int_t)m->item[i].pos.line, "column",
						(json_int_t)m->item[i].pos.column, "message",
						json_text(m->item[i].text)));
	return json_pack("{s:o, s:b, s:o, s:o}", "file", json_text(path), "ok",
			 json_array_size(errors) == 0, "errors", errors, "warnings", warnings);
}

/* kickstart_load(), and whether the answers are enough. */
static int load_whole(const char *path, struct answers *a, struct ks_messages *m, struct err *e)
{
	int ret = kickstart_load(path, a, m, e);
	const char *lack = ret < 0 ? NULL : answers_lack(a);

	return lack ? err_set(e, -EINVAL, "%s: %s", path, lack) : ret;
}

static int check_file(const char *path)
{
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	struct err e = { 0 };
	int ret = load_whole(path, &a, &m, &e), code = ret < 0;
	json_t *json;

	if (check_json) {
		json = messages_json(path, &m, ret < 0 && !m.errors ? &e : NULL);
		code |= print_json(json, JSON_COMPACT);
		json_decref(json);
	} else {
		messages_print(path, &m);
		if (ret < 0 && !m.errors)
			fail(&e);
		if (ret == 0 || ret == -EINVAL)
			printf("%s: %s\n", path, ret < 0 ? "refused" : "accepted");
	}
	answers_clear(&a);
	ks_messages_clear(&m);
	return code;
}

int run_kickstart_check(size_t argc, char **argv)
{
	int code = 0;

	for (size_t i = 0; i < argc; i++)
		code |= check_file(argv[i]);
	return code;
}

int run_kickstart_reference(size_t argc, char **argv)
{
	struct buf text = BUF_INIT;

	(void)argc;
	(void)argv;
	ks_reference(&text);
	fputs(text.s, stdout);
	buf_clear(&text);
	return 0;
}
