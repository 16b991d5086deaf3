/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle kickstart show
 */
#include <stdio.h>
#include <string.h>

#include "answers_json.h"
#include "messages.h"
#include "socle/cleanup.h"

static bool show_json;

const struct cmd_opt kickstart_show_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &show_json, "all of them as JSON, also what is not said" },
	{ 0 },
};

/* Whether there is nothing to say of it. */
static bool is_empty(const json_t *value)
{
	return json_is_null(value) || json_is_false(value) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

static void print_scalar(const json_t *value)
{
	if (json_is_integer(value))
		printf("%lld", (long long)json_integer_value(value));
	else
		fputs(json_is_true(value) ? "yes" : json_string_value(value), stdout);
}

static void print_fields(json_t *object, int depth);

/* "name  value", "name  one, other", or the fields of a struct, deeper. */
static void print_value(const char *name, json_t *value, int depth)
{
	json_t *item;
	size_t i;

	if (json_is_object(value)) {
		printf("%*s%s\n", depth * 4, "", name);
		print_fields(value, depth + 1);
		return;
	}
	if (json_is_array(value) && json_is_object(json_array_get(value, 0))) {
		json_array_foreach(value, i, item) print_value(name, item, depth);
		return;
	}
	printf("%*s%-*s  ", depth * 4, "", 16 - depth * 4, name);
	if (!json_is_array(value))
		print_scalar(value);
	json_array_foreach(value, i, item) printf("%s%s", i ? ", " : "", json_string_value(item));
	putchar('\n');
}

static void print_fields(json_t *object, int depth)
{
	const char *name;
	json_t *value;

	json_object_foreach(object, name, value) if (!is_empty(value))
		print_value(name, value, depth);
}

int run_kickstart_show(size_t argc, char **argv)
{
	_cleanup_json_ json_t *json = NULL;
	struct err e = { 0 };
	struct loaded l;
	int ret = kickstart_load(argv[0], &l, &e), code = ret < 0;

	(void)argc;
	/* With --json, warnings would only be in the way. */
	if (!show_json || ret < 0)
		messages_print(&l);
	if (ret < 0 && !l.messages.errors) {
		fail(&e);
	} else if (ret == 0) {
		json = answers_json(&l.answers);
		if (show_json || !json)
			code = print_json(json, JSON_INDENT(2));
		else
			print_fields(json, 0);
	}
	kickstart_unload(&l);
	return code;
}
