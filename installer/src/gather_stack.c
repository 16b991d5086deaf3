/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that lies on disks, partitions and other volumes: to the arrays and maps
 * that are there come volume groups, by LVM's reports, and what has no driver
 * here, or is not started, by the signatures of its members.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"
#include "socle/proc.h"

enum { LVM_TIMEOUT = 60 };

/* The volume of an id, made when it is not there; NULL when there are too many. */
static json_t *volume_named(json_t *volumes, const char *id)
{
	json_t *v = json_object_get(volumes, id);

	if (v || json_object_size(volumes) >= FACTS_VOLUMES_MAX)
		return v;
	v = json_pack("{s:o, s:[]}", "id", gather_text(id), "on");
	json_object_set_new(volumes, id, v);
	return v;
}

/* Rows of an LVM report, or NULL. */
static json_t *lvm_report(const char *const *argv, const char *section)
{
	struct buf out = BUF_INIT;
	json_t *report = NULL, *rows = NULL;

	if (proc_run(&(struct proc){ .argv = argv, .out = &out, .timeout_s = LVM_TIMEOUT }, NULL) ==
	    0)
		report = json_loadb(out.s, out.len, 0, NULL);
	rows = json_incref(
		json_object_get(json_array_get(json_object_get(report, "report"), 0), section));
	json_decref(report);
	buf_clear(&out);
	return rows;
}

static void add_group_row(struct udev *udev, const json_t *row, json_t *volumes)
{
	const char *vg = gather_member(row, "vg_uuid"), *pv = gather_member(row, "pv_name");
	struct buf id = BUF_INIT;
	char *real;
	json_t *v;

	if (!*vg)
		return;
	buf_addf(&id, "vg:%s", vg);
	v = volume_named(volumes, id.s);
	buf_clear(&id);
	if (!v)
		return;
	gather_set(v, "kind", "group");
	gather_set(v, "name", gather_member(row, "vg_name"));
	gather_set(v, "uuid", vg);
	json_object_set_new(v, "size", json_integer(atoll(gather_member(row, "vg_size"))));
	json_object_set_new(v, "members", json_integer(atoll(gather_member(row, "pv_count"))));
	json_object_set_new(v, "degraded",
			    json_boolean(atoll(gather_member(row, "vg_missing_pv_count")) > 0));
	real = realpath(pv, NULL);
	if (real && strncmp(real, "/dev/", 5) == 0) {
		gather_device_id(udev, real + 5, &id);
		gather_name(json_object_get(v, "on"), id.s);
	}
	free(real);
	buf_clear(&id);
}

static void add_volume_row(const json_t *row, json_t *volumes)
{
	const char *pool = gather_member(row, "pool_lv_uuid");
	struct buf id = BUF_INIT, on = BUF_INIT;
	json_t *v, *list = json_array();

	buf_addf(&id, "lv:%s", gather_member(row, "lv_uuid"));
	buf_addf(&on, "%s:%s", *pool ? "lv" : "vg", *pool ? pool : gather_member(row, "vg_uuid"));
	v = volume_named(volumes, id.s);
	gather_name(list, on.s);
	if (v) {
		gather_set(v, "kind", "volume");
		gather_set(v, "name", gather_member(row, "lv_name"));
		gather_set(v, "uuid", gather_member(row, "lv_uuid"));
		gather_set(v, "level", gather_member(row, "lv_layout"));
		json_object_set_new(v, "size", json_integer(atoll(gather_member(row, "lv_size"))));
		json_object_set(v, "on", list);
	}
	json_decref(list);
	buf_clear(&id);
	buf_clear(&on);
}

static bool is_type(const json_t *o, const char *type)
{
	return strcmp(gather_member(o, "type"), type) == 0;
}

/* Whether there is an LVM physical volume anywhere; LVM's programs take their time. */
static bool has_lvm(json_t *disks, json_t *volumes)
{
	const char *id;
	json_t *v, *disk, *c;
	size_t i, j;

	json_object_foreach(volumes, id, v) if (is_type(v, "LVM2_member")) return true;
	json_array_foreach(disks, i, disk) json_array_foreach(
		json_object_get(disk, "contents"), j, c) if (is_type(c, "LVM2_member")) return true;
	return false;
}

static void add_lvm(struct udev *udev, json_t *volumes)
{
	static const char *const pvs[] = {
		"lvm", "pvs", "--units",
		"b",   "-o",  "pv_name,vg_name,vg_uuid,vg_size,pv_count,vg_missing_pv_count",
		NULL,  NULL,  NULL,
		NULL
	};
	static const char *const lvs[] = {
		"lvm", "lvs", "--units",
		"b",   "-o",  "vg_uuid,lv_name,lv_uuid,lv_size,lv_layout,pool_lv_uuid",
		NULL,  NULL,  NULL,
		NULL
	};
	static const char *const format[] = { "--nosuffix", "--reportformat", "json" };
	const char *argv[10];
	json_t *rows, *row;
	size_t i;

	for (int both = 0; both < 2; both++) {
		memcpy(argv, both ? lvs : pvs, sizeof(argv));
		memcpy(argv + 6, format, sizeof(format));
		rows = lvm_report(argv, both ? "lv" : "pv");
		json_array_foreach(rows, i, row) if (both) add_volume_row(row, volumes);
		else add_group_row(udev, row, volumes);
		json_decref(rows);
	}
}

/* Types of signatures that say of what a disk or partition is a part. */
static const struct {
	const char *type, *prefix, *kind, *metadata;
	bool examine; /* its UUID is known to mdadm, not to libblkid */
} member_types[] = {
	{ "linux_raid_member", "md", "array", "", false },
	{ "isw_raid_member", "md", "container", "imsm", true },
	{ "ddf_raid_member", "md", "container", "ddf", true },
	{ "zfs_member", "zfs", "pool", "", false },
	{ "btrfs", "btrfs", "pool", "", false },
};

/*
 * The UUID of a firmware RAID's container, of which this machine's firmware need
 * not know anything: the disk may come from another one.  "" when there is none.
 */
static void examine(const char *path, char uuid[64])
{
	const char *const argv[] = { "env",	  "IMSM_NO_PLATFORM=1", "mdadm",
				     "--examine", "--export",		path,
				     NULL };
	struct buf out = BUF_INIT;
	const char *line = NULL;

	*uuid = 0;
	if (proc_run(&(struct proc){ .argv = argv, .out = &out, .timeout_s = LVM_TIMEOUT }, NULL) ==
	    0)
		line = strstr(out.s, "MD_UUID=");
	if (line) {
		char text[64];

		snprintf(text, sizeof(text), "%.*s", (int)strcspn(line + 8, "\n"), line + 8);
		if (!gather_md_uuid(text, uuid))
			*uuid = 0;
	}
	buf_clear(&out);
}

static void add_member(json_t *volumes, const json_t *c, const char *name, const char *disk)
{
	size_t i = 0, n = sizeof(member_types) / sizeof(member_types[0]);
	const char *uuid = gather_member(c, "uuid");
	struct buf id = BUF_INIT;
	char examined[64];
	json_t *v;

	while (i < n && !is_type(c, member_types[i].type))
		i++;
	if (i < n && member_types[i].examine) {
		examine(disk, examined);
		uuid = examined;
	}
	if (i == n || !*uuid)
		return;
	buf_addf(&id, "%s:%s", member_types[i].prefix, uuid);
	v = json_object_get(volumes, id.s);
	/* A member that a running array has left behind is still one of its. */
	if (!v && (v = volume_named(volumes, id.s))) {
		gather_set(v, "kind", member_types[i].kind);
		gather_set(v, "name", gather_member(c, "label"));
		gather_set(v, "uuid", uuid);
		gather_set(v, "metadata", member_types[i].metadata);
		json_object_set_new(v, "active", json_false());
	}
	if (v)
		gather_name(json_object_get(v, "on"), name);
	buf_clear(&id);
}

static void add_members(json_t *disks, json_t *volumes)
{
	json_t *disk, *c;
	size_t i, j;

	json_array_foreach(disks, i, disk)
	{
		const char *name = gather_member(disk, "name");
		bool digit = *name && isdigit((unsigned char)name[strlen(name) - 1]);

		json_array_foreach(json_object_get(disk, "contents"), j, c)
		{
			long long number = json_integer_value(json_object_get(c, "number"));
			char part[96];

			snprintf(part, sizeof(part), "%.64s%s%lld", name,
				 json_object_get(disk, "paths") ? "-part"
				 : digit			? "p"
								: "",
				 number);
			add_member(volumes, c, number ? part : name, gather_member(disk, "path"));
		}
	}
}

/* Whether something that is still to come lies under it. */
static bool waits(const json_t *v, const json_t *pending)
{
	const json_t *on = json_object_get(v, "on");

	for (size_t i = 0; i < json_array_size(on); i++)
		if (json_object_get(pending, json_string_value(json_array_get(on, i))))
			return true;
	return false;
}

static int by_id(const void *a, const void *b)
{
	const json_t *const *x = a, *const *y = b;

	return strcmp(gather_member(*x, "id"), gather_member(*y, "id"));
}

/* As a list, each after what it lies on, otherwise in the order of the ids. */
static json_t *ordered(json_t *volumes)
{
	json_t *items[FACTS_VOLUMES_MAX], *out = json_array(), *v;
	size_t n = 0, before;
	const char *id;

	json_object_foreach(volumes, id, v) items[n++] = v;
	if (n)
		qsort(items, n, sizeof(items[0]), by_id);
	do {
		before = json_array_size(out);
		for (size_t i = 0; i < n; i++) {
			if (!items[i] || waits(items[i], volumes))
				continue;
			json_array_append(out, items[i]);
			items[i] = NULL;
		}
		for (size_t i = before; i < json_array_size(out); i++) {
			v = json_incref(json_array_get(out, i));
			json_object_del(volumes, gather_member(v, "id"));
			json_decref(v);
		}
	} while (json_array_size(out) > before);
	json_decref(volumes);
	return out;
}

json_t *gather_volumes(struct udev *udev, json_t *disks)
{
	json_t *volumes = json_object();

	gather_devices(udev, volumes);
	if (has_lvm(disks, volumes))
		add_lvm(udev, volumes);
	add_members(disks, volumes);
	return ordered(volumes);
}
