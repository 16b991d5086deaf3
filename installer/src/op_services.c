/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which services of the image start at boot.  Files are written for other systems,
 * too, so one that is not there is a warning.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "exec.h"

/* What is called otherwise here. */
static const struct {
	const char *name, *here;
} names[] = {
	{ "sshd", "ssh" },
	{ "chronyd", "systemd-timesyncd" },
	{ "ntpd", "systemd-timesyncd" },
	{ "multipath", "multipathd" },
};

/* "sshd" and "sshd.service" to "ssh.service"; other types of units are written as such. */
static json_t *unit_name(const char *text)
{
	size_t len = strlen(text);
	bool typed = strchr(text, '.') != NULL;

	if (len > 8 && strcmp(text + len - 8, ".service") == 0) {
		len -= 8;
		typed = false;
	}
	for (size_t i = 0; !typed && i < ARRAY_SIZE(names); i++)
		if (strlen(names[i].name) == len && strncmp(names[i].name, text, len) == 0)
			return json_sprintf("%s.service", names[i].here);
	return json_sprintf("%.*s%s", (int)len, text, typed ? "" : ".service");
}

static json_t *units(const struct ks_strings *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(all, unit_name(list->item[i]));
	return all;
}

json_t *services_args(const struct answers *a)
{
	return json_pack("{s:o, s:o}", "enable", units(&a->services_on), "disable",
			 units(&a->services_off));
}

static void add_list(const json_t *args, const char *verb, struct buf *out)
{
	const json_t *list = json_object_get(args, verb), *one;
	size_t i;

	for (i = 0; (one = json_array_get(list, i)); i++)
		buf_addf(out, "%s%s%s", i ? ", " : verb, i ? "" : " ", json_string_value(one));
}

void services_describe(const json_t *args, struct buf *out)
{
	bool both = json_array_size(json_object_get(args, "enable")) &&
		    json_array_size(json_object_get(args, "disable"));

	add_list(args, "enable", out);
	buf_adds(out, both ? "; " : "");
	add_list(args, "disable", out);
}

static int set_units(struct exec *x, const json_t *args, const char *verb, struct err *e)
{
	const json_t *list = json_object_get(args, verb), *one;
	size_t i;

	for (i = 0; (one = json_array_get(list, i)); i++) {
		const char *unit = json_string_value(one);
		int ret = exec_cmd(x, 60, e, "systemctl", "--root=" EXEC_ROOT, verb, unit);

		if (ret == -EINTR)
			return ret;
		if (ret < 0)
			exec_tell(x, EXEC_WARNING, err_text(e));
	}
	return 0;
}

int services_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = set_units(x, args, "enable", e);

	return ret < 0 ? ret : set_units(x, args, "disable", e);
}
