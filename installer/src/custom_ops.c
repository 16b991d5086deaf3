/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Partitions, arrays, groups and file systems of one's own as arguments of the
 * operations that make them.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"

#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define TYPE_SWAP  "0657FD6D-A4AB-43C4-84E5-0933C84B4F4F"
#define TYPE_LVM   "E6D6D379-F507-44C2-A23C-238F2A3DF928"
#define TYPE_RAID  "A19D880F-05FC-4D3B-A006-743F0F84911E"

static const char *part_type(const char *mount)
{
	if (strcmp(mount, "swap") == 0)
		return TYPE_SWAP;
	if (strncmp(mount, "pv.", 3) == 0)
		return TYPE_LVM;
	return strncmp(mount, "raid.", 5) == 0 ? TYPE_RAID : TYPE_LINUX;
}

/* "/srv/vms" is "srv-vms"; a GPT has 36 letters for it. */
static void part_name(const char *mount, char out[37])
{
	snprintf(out, 37, "%s", mount + (*mount == '/'));
	for (char *p = out; *p; p++)
		if (*p == '/')
			*p = '-';
}

/* An identifier that follows from the disk and from what it is for. */
static void purpose_id(const struct draft *d, size_t disk, const char *kind, const char *what,
		       char out[UUID_TEXT])
{
	struct buf purpose = BUF_INIT;

	buf_addf(&purpose, "%s-%zu-%s", kind, disk, what);
	ids_named(d->facts, d->plan->disks[disk], purpose.s, out);
	buf_clear(&purpose);
}

void custom_partitions(const struct draft *d, size_t disk, json_t *list)
{
	const struct answers *a = d->answers;

	for (size_t i = 0; i < a->part_count; i++) {
		const char *mount = a->parts[i].mount;
		char uuid[UUID_TEXT], name[37], what[16];

		if (d->custom.part[i].gone || d->custom.part[i].disk != disk)
			continue;
		part_name(mount, name);
		snprintf(what, sizeof(what), "%u", d->custom.part[i].number);
		purpose_id(d, disk, "part", what, uuid);
		json_array_append_new(list, json_pack("{s:I, s:s, s:s, s:s, s:I, s:I}", "number",
						      (json_int_t)d->custom.part[i].number, "name",
						      name, "type", part_type(mount), "uuid", uuid,
						      "start", (json_int_t)d->custom.part[i].start,
						      "size", (json_int_t)d->custom.part[i].size));
	}
}

static void part_device(const struct draft *d, size_t i, char path[DEVICE_PATH])
{
	device_partition(d->plan->disks[d->custom.part[i].disk]->path, d->custom.part[i].number,
			 path);
}

static void raid_device(const struct ks_raid *r, char path[DEVICE_PATH])
{
	snprintf(path, DEVICE_PATH, "/dev/md/%.64s", r->device);
}

/* The devices of members, which custom_read() has found all. */
static json_t *member_devices(const struct draft *d, const struct ks_strings *members)
{
	const struct answers *a = d->answers;
	json_t *list = json_array();
	char path[DEVICE_PATH];

	for (size_t m = 0; m < members->count; m++) {
		for (size_t i = 0; i < a->part_count; i++) {
			if (strcmp(a->parts[i].mount, members->item[m]) != 0)
				continue;
			part_device(d, i, path);
			json_array_append_new(list, json_string(path));
		}
		for (size_t i = 0; i < a->raid_count; i++) {
			if (strcmp(a->raids[i].mount, members->item[m]) != 0)
				continue;
			raid_device(&a->raids[i], path);
			json_array_append_new(list, json_string(path));
		}
	}
	return list;
}

void custom_arrays(const struct draft *d, json_t *list)
{
	const struct answers *a = d->answers;

	for (size_t i = 0; i < a->raid_count; i++) {
		const struct ks_raid *r = &a->raids[i];
		char uuid[UUID_TEXT], md[UUID_TEXT], path[DEVICE_PATH];

		if (d->custom.raid_gone[i])
			continue;
		raid_device(r, path);
		purpose_id(d, 0, "array", r->device, uuid);
		layout_array_uuid(uuid, md);
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:s, s:I, s:o}", "device", path,
						"uuid", md, "level", custom_level(r), "metadata",
						"1.2", "chunk", (json_int_t)r->chunk_size,
						"members", member_devices(d, &r->members)));
	}
}

static json_t *group_volumes(const struct draft *d, const char *group)
{
	const struct answers *a = d->answers;
	json_t *list = json_array();

	/* What takes a part of what is left comes after what has a size. */
	for (int rest = 0; rest < 2; rest++) {
		for (size_t i = 0; i < a->logvol_count; i++) {
			const struct ks_logvol *v = &a->logvols[i];
			json_int_t percent = v->grow ? 100 : v->percent;

			if (d->custom.volume_gone[i] || strcmp(v->group, group) != 0 ||
			    rest != (percent != 0))
				continue;
			json_array_append_new(
				list,
				json_pack("{s:s, s:I, s:I}", "name", v->name, "percent", percent,
					  "size",
					  percent ? 0 : (json_int_t)v->size * (json_int_t)MIB));
		}
	}
	return list;
}

/* The device of the system's own group. */
static json_t *data_device(const struct draft *d)
{
	json_t *on = layout_on_part(d, PART_DATA);
	char path[DEVICE_PATH];

	arg_device(on, path);
	json_decref(on);
	return json_pack("[s]", path);
}

json_t *custom_groups(const struct draft *d)
{
	const struct answers *a = d->answers;
	json_t *list = json_array(), *own = group_volumes(d, VG_NAME);

	if (json_array_size(own))
		json_array_append_new(list,
				      json_pack("{s:s, s:O, s:o, s:b}", "group", VG_NAME, "volumes",
						own, "devices", data_device(d), "new", 0));
	json_decref(own);
	for (size_t i = 0; i < a->volgroup_count; i++) {
		const struct ks_volgroup *g = &a->volgroups[i];

		if (d->custom.group_gone[i])
			continue;
		json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:I, s:b}", "group", g->name,
						      "volumes", group_volumes(d, g->name),
						      "devices", member_devices(d, &g->members),
						      "extent", (json_int_t)g->extent, "new", 1));
	}
	return list;
}

static void add_filesystem(const struct draft *d, json_t *list, const char *device,
			   const char *mount, const struct ks_filesystem *fs)
{
	bool swap = strcmp(mount, "swap") == 0;
	char uuid[UUID_TEXT];

	if (!swap && *mount != '/')
		return;
	purpose_id(d, 0, "fs", device, uuid);
	json_array_append_new(
		list, json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "device", device, "type",
				swap	   ? "swap"
				: fs->type ? fs->type
					   : "ext4",
				"label", fs->label ? fs->label : "", "uuid", uuid, "make",
				fs->make_options ? fs->make_options : "", "mount", mount, "options",
				fs->options ? fs->options : ""));
}

json_t *custom_filesystems(const struct draft *d)
{
	const struct answers *a = d->answers;
	json_t *list = json_array();
	char path[DEVICE_PATH];

	for (size_t i = 0; i < a->part_count; i++) {
		if (d->custom.part[i].gone)
			continue;
		part_device(d, i, path);
		add_filesystem(d, list, path, a->parts[i].mount, &a->parts[i].fs);
	}
	for (size_t i = 0; i < a->raid_count; i++) {
		if (d->custom.raid_gone[i])
			continue;
		raid_device(&a->raids[i], path);
		add_filesystem(d, list, path, a->raids[i].mount, &a->raids[i].fs);
	}
	for (size_t i = 0; i < a->logvol_count; i++) {
		if (d->custom.volume_gone[i])
			continue;
		snprintf(path, sizeof(path), "/dev/%.60s/%.60s", a->logvols[i].group,
			 a->logvols[i].name);
		add_filesystem(d, list, path, a->logvols[i].mount, &a->logvols[i].fs);
	}
	return list;
}
