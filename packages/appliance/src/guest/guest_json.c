/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "appliance/guest.h"
#include "xlcfg.h"

static json_t *disks(const struct guest *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_disks; i++) {
		const struct guest_disk *d = &g->disks[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b, s:b}", "vdev", d->vdev,
						      "path", d->path, "format", d->format, "cdrom",
						      d->cdrom, "readonly", d->readonly));
	}
	return list;
}

static json_t *nics(const struct guest *g)
{
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_nics; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s}", "mac", g->nics[i].mac,
						      "bridge", g->nics[i].bridge, "model",
						      g->type == VIRT_HVM ? g->nics[i].model : ""));
	return list;
}

static json_t *problems(const struct guest *g)
{
	static const char *const severity[] = { "note", "warning", "fatal" };
	json_t *list = json_array();

	for (size_t i = 0; i < g->n_problems; i++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s}", "severity",
						severity[g->problems[i].severity], "id",
						g->problems[i].id, "text", g->problems[i].text));
	return list;
}

static bool is_secret(const struct guest *g, const char *key)
{
	const json_t *item;
	size_t i;

	json_array_foreach(g->secret, i,
			   item) if (strcmp(json_string_value(item), key) == 0) return true;
	return false;
}

static json_t *properties(const struct guest *g)
{
	json_t *shown = json_object(), *value;
	const char *key;

	json_object_foreach(g->values, key, value)
	{
		bool hide = is_secret(g, key) && *json_string_value(value);

		json_object_set_new(shown, key,
				    hide ? json_string("(hidden)") : json_incref(value));
	}
	return shown;
}

json_t *guest_json(const struct guest *g)
{
	static const char *const starts[] = { "firmware", "kernel", "pvgrub" };
	bool hvm = g->type == VIRT_HVM;

	return json_pack(
		"{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:o, s:o, s:s, "
		"s:s}",
		"name", g->name, "uuid", g->uuid, "type", guest_type_name(g->type), "firmware",
		!hvm			       ? NULL
		: g->firmware == FIRMWARE_UEFI ? "uefi"
					       : "bios",
		"start", starts[g->start], "why", g->why, "kernel", g->kernel, "ramdisk",
		g->ramdisk, "cmdline", g->cmdline, "cpus", (int)g->cpus, "memory",
		(json_int_t)g->memory, "disks", disks(g), "nics", nics(g), "problems", problems(g),
		"properties", properties(g), "seed", g->seed, "origin", g->origin);
}
