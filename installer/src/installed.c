/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "boot_order.h"
#include "leave.h"
#include "socle/cleanup.h"

static json_t *image_json(const struct image *i)
{
	json_t *files = json_object();

	for (size_t k = 0; k < i->file_count; k++)
		json_object_set_new(files, i->files[k].name, json_string(i->files[k].sha256));
	return files;
}

int intent_make(struct draft *d, struct err *e)
{
	static const char *const keys[] = { "kickstart", "machine", "disk", "mirror" };
	_cleanup_json_ json_t *wanted = image_json(d->image);
	struct plan *p = d->plan;
	char *text;

	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		json_object_set(wanted, keys[i], json_object_get(p->head, keys[i]));
	text = json_dumps(wanted, JSON_COMPACT | JSON_SORT_KEYS);
	if (!text)
		return err_sys(e, -ENOMEM, "plan");
	sha256_mem(text, strlen(text), p->intent);
	free(text);
	for (size_t i = 0; i < p->system_count; i++)
		if (strcmp(p->disks[i]->installed.intent, p->intent) == 0)
			p->done = &p->disks[i]->installed;
	return 0;
}

int installed_write(const struct exec *x, struct err *e)
{
	const struct plan *p = x->plan;
	_cleanup_json_ json_t *json = NULL;
	time_t now = time(NULL);
	char when[32], *text;
	struct tm tm;
	int ret;

	strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S UTC", gmtime_r(&now, &tm));
	json = json_pack("{s:s, s:s, s:s, s:s, s:s}", "intent", p->intent, "plan", p->hash, "time",
			 when, "hostname", arg_string(p->head, "hostname"), "version",
			 arg_string(json_object_get(p->head, "image"), "version"));
	text = json_dumps(json, JSON_INDENT(1));
	ret = text ? fs_mkdirs(EXEC_ESP "/socle", 0700, e) : err_sys(e, -ENOMEM, "marker");
	if (ret == 0)
		ret = fs_write(EXEC_ESP "/" INSTALLED_FILE, text, strlen(text), 0600, e);
	free(text);
	return ret;
}

static const char *esp_guid(const struct plan *p)
{
	for (size_t i = 0; i < p->op_count; i++)
		if (p->ops[i].kind == &op_kinds[OP_BOOT_ENTRY])
			return arg_string(
				json_array_get(json_object_get(p->ops[i].args, "entries"), 0),
				"uuid");
	return "";
}

int installed_start(const struct plan *p, struct err *e)
{
	const char *guid = esp_guid(p);

	if (*guid && boot_next(EFI_VARIABLES, guid, e) == 0)
		return leave("reboot", false, e);
	if (leave_has_disc())
		return leave("reboot", true, e);
	return err_set(e, -ENOTSUP,
		       "the firmware cannot be told to: take the medium out, or have it start the "
		       "disk first");
}
