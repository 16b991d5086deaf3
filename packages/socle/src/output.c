/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "socle.h"
#include "socle/cleanup.h"

static const struct cmd_program program = { .name = "socle" };

int fail(const struct err *e)
{
	return cmd_fail(&program, "%s", err_text(e));
}

int print_json(const json_t *json, size_t flags)
{
	struct err e = { 0 };

	if (!json) {
		err_sys(&e, -ENOMEM, "JSON");
		return fail(&e);
	}
	if (json_dumpf(json, stdout, flags) < 0 || putchar('\n') == EOF) {
		err_sys(&e, -EIO, "standard output");
		return fail(&e);
	}
	return 0;
}

json_t *json_text(const char *text)
{
	_cleanup_free_ char *copy = NULL;
	json_t *json = json_string(text);

	if (json)
		return json;
	copy = strdup(text);
	for (char *s = copy; s && *s; s++)
		if ((unsigned char)*s >= 0x80)
			*s = '?';
	return copy ? json_string(copy) : NULL;
}
