/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays and maps that are there, by sysfs and udev: what lies on the disks
 * beyond their own contents.
 */
#include <ctype.h>
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gather.h"

enum { UUID_HEX = 32, LVM_UUID = 4 + 2 * UUID_HEX };

#define SYS "/sys/class/block/"

const char *gather_member(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

/* The digits of a UUID in the groups of five that it has as text. */
static void uuid_dashed(const char *s, const unsigned char groups[8], char *out)
{
	for (size_t g = 0; groups[g]; g++) {
		if (g)
			*out++ = '-';
		for (int i = 0; i < groups[g] && *s; s++)
			if (isalnum((unsigned char)*s))
				*out++ = *s, i++;
	}
	*out = 0;
}

bool gather_md_uuid(const char *s, char out[64])
{
	size_t digits = 0;

	for (const char *p = s; *p; p++)
		digits += isxdigit((unsigned char)*p) != 0;
	if (digits != UUID_HEX || strlen(s) > 40 || strspn(s, "0-:") == strlen(s))
		return false;
	uuid_dashed(s, (const unsigned char[8]){ 8, 4, 4, 4, 12 }, out);
	return true;
}

static const char *property(struct udev_device *dev, const char *name)
{
	const char *s = dev ? udev_device_get_property_value(dev, name) : NULL;

	return s ? s : "";
}

static void array_id(struct udev_device *dev, const char *name, struct buf *out)
{
	struct buf sys = BUF_INIT;
	char uuid[64];

	gather_read(&sys, SYS "%s/md/uuid", name);
	if (gather_md_uuid(sys.s, uuid) || gather_md_uuid(property(dev, "MD_UUID"), uuid))
		buf_addf(out, "md:%s", uuid);
	else
		buf_addf(out, "md:%s", name);
	buf_clear(&sys);
}

bool gather_is_part(const char *uuid)
{
	return strncmp(uuid, "part", 4) == 0 && strstr(uuid, "-mpath-");
}

/* A disk with several paths, or a partition of one. */
static bool is_joined(const char *uuid)
{
	return strncmp(uuid, "mpath-", 6) == 0 || gather_is_part(uuid);
}

/* dm's UUID of a logical volume is "LVM-", the group's and its own, and of a hidden one more. */
static void map_id(const char *name, struct buf *out)
{
	struct buf uuid = BUF_INIT, dm = BUF_INIT;
	char lv[64];

	gather_read(&uuid, SYS "%s/dm/uuid", name);
	gather_read(&dm, SYS "%s/dm/name", name);
	if (strncmp(uuid.s, "LVM-", 4) == 0 && uuid.len == LVM_UUID) {
		uuid_dashed(uuid.s + 4 + UUID_HEX, (const unsigned char[8]){ 6, 4, 4, 4, 4, 4, 6 },
			    lv);
		buf_addf(out, "lv:%s", lv);
	} else {
		buf_addf(out, "%s%s", is_joined(uuid.s) ? "" : "dm:", dm.s);
	}
	buf_clear(&uuid);
	buf_clear(&dm);
}

void gather_device_id(struct udev *udev, const char *name, struct buf *out)
{
	struct udev_device *dev = udev_device_new_from_subsystem_sysname(udev, "block", name);
	struct udev_device *disk =
		dev ? udev_device_get_parent_with_subsystem_devtype(dev, "block", "disk") : NULL;
	const char *whole = disk ? udev_device_get_sysname(disk) : name;

	if (strncmp(whole, "md", 2) == 0)
		array_id(disk ? disk : dev, whole, out);
	else if (strncmp(whole, "dm-", 3) == 0)
		map_id(whole, out);
	else
		whole = name, buf_adds(out, name);
	if (whole != name)
		buf_addf(out, "-part%llu",
			 (unsigned long long)gather_number(SYS "%s/partition", name));
	udev_device_unref(dev);
}

static json_t *slaves(struct udev *udev, const char *name)
{
	json_t *list = json_array();
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), SYS "%s/slaves", name);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		struct buf id = BUF_INIT;

		if (d->d_name[0] == '.')
			continue;
		gather_device_id(udev, d->d_name, &id);
		gather_name(list, id.s);
		buf_clear(&id);
	}
	if (dir)
		closedir(dir);
	return list;
}

/* The members of an array that have all of its data. */
static json_t *members_in_sync(struct udev *udev, const char *name)
{
	json_t *list = json_array();
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), SYS "%s/md", name);
	dir = opendir(path);
	while (dir && (d = readdir(dir))) {
		struct buf state = BUF_INIT, id = BUF_INIT;

		if (strncmp(d->d_name, "dev-", 4) != 0)
			continue;
		gather_read(&state, SYS "%s/md/%s/state", name, d->d_name);
		if (strstr(state.s, "in_sync")) {
			gather_device_id(udev, d->d_name + 4, &id);
			gather_name(list, id.s);
		}
		buf_clear(&state);
		buf_clear(&id);
	}
	if (dir)
		closedir(dir);
	return list;
}

void gather_set(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, gather_text(text));
}

#define EXTERNAL "external:"

/* "external:imsm" of a container, "external:/md127/0" of an array in one, or "1.2". */
static void set_metadata(json_t *v, const char *version)
{
	const char *external = NULL;

	if (strncmp(version, EXTERNAL, strlen(EXTERNAL)) == 0)
		external = version + strlen(EXTERNAL);
	gather_set(v, "metadata", external ? external : version);
	if (external)
		gather_set(v, "kind", "container");
}

/* An array inside a container lies on the container, which lies on the disks. */
static void set_container(struct udev *udev, json_t *v, const char *version)
{
	struct buf id = BUF_INIT, outer = BUF_INIT;
	char name[32];
	json_t *on;

	if (sscanf(version, EXTERNAL "%*[/-]%31[^/]", name) != 1)
		return;
	gather_read(&outer, SYS "%s/md/metadata_version", name);
	set_metadata(v, outer.s);
	gather_set(v, "kind", "array");
	buf_clear(&outer);
	gather_device_id(udev, name, &id);
	on = json_array();
	gather_name(on, id.s);
	json_object_set_new(v, "on", on);
	buf_clear(&id);
}

static void add_array(struct udev *udev, struct udev_device *dev, const char *name, json_t *v)
{
	struct buf state = BUF_INIT, version = BUF_INIT;
	const char *called = property(dev, "MD_NAME");

	gather_read(&state, SYS "%s/md/array_state", name);
	gather_read(&version, SYS "%s/md/metadata_version", name);
	gather_set(v, "kind", "array");
	gather_set(v, "name", *called ? called : property(dev, "MD_DEVNAME"));
	json_object_set_new(v, "level", gather_file(SYS "%s/md/level", name));
	set_metadata(v, version.s);
	set_container(udev, v, version.s);
	json_object_set_new(v, "active",
			    json_boolean(state.len && strcmp(state.s, "inactive") != 0 &&
					 strcmp(state.s, "clear") != 0));
	json_object_set_new(v, "degraded",
			    json_boolean(gather_number(SYS "%s/md/degraded", name) > 0));
	json_object_set_new(v, "members",
			    json_integer((json_int_t)gather_number(SYS "%s/md/raid_disks", name)));
	json_object_set_new(v, "in_sync", members_in_sync(udev, name));
	gather_set(v, "uuid",
		   strncmp(gather_member(v, "id"), "md:", 3) == 0 ? gather_member(v, "id") + 3
								  : "");
	buf_clear(&state);
	buf_clear(&version);
}

static const struct {
	const char *prefix, *kind;
} map_kinds[] = {
	{ "LVM-", "volume" },
	{ "CRYPT-", "crypt" },
	{ "", "map" },
};

static void add_map(const char *name, json_t *v)
{
	struct buf uuid = BUF_INIT, dm = BUF_INIT;
	size_t i = 0;

	gather_read(&uuid, SYS "%s/dm/uuid", name);
	gather_read(&dm, SYS "%s/dm/name", name);
	while (strncmp(uuid.s, map_kinds[i].prefix, strlen(map_kinds[i].prefix)) != 0)
		i++;
	gather_set(v, "kind",
		   strncmp(uuid.s, "LVM-", 4) == 0 && uuid.len != LVM_UUID ? "internal"
									   : map_kinds[i].kind);
	gather_set(v, "name", dm.s);
	gather_set(v, "uuid", uuid.s);
	json_object_set_new(v, "device", json_sprintf("/dev/mapper/%s", dm.s));
	json_object_set_new(v, "active", json_true());
	buf_clear(&uuid);
	buf_clear(&dm);
}

/* A partition of an array. */
static void add_partition(char *id, json_t *v)
{
	json_t *on = json_array();

	*strstr(id, "-part") = 0;
	gather_name(on, id);
	json_object_set_new(v, "on", on);
	json_object_set_new(v, "active", json_true());
	gather_set(v, "kind", "partition");
}

static json_t *device_volume(struct udev *udev, const char *name)
{
	struct udev_device *dev = udev_device_new_from_subsystem_sysname(udev, "block", name);
	struct buf id = BUF_INIT;
	json_t *v = json_object();

	gather_device_id(udev, name, &id);
	gather_set(v, "id", id.s);
	json_object_set_new(v, "on", slaves(udev, name));
	json_object_set_new(v, "device", json_sprintf("/dev/%s", name));
	json_object_set_new(v, "size",
			    json_integer((json_int_t)gather_number(SYS "%s/size", name) * 512));
	json_object_set_new(v, "mounts", gather_mounts(name));
	gather_set(v, "type", property(dev, "ID_FS_TYPE"));
	gather_set(v, "label", property(dev, "ID_FS_LABEL"));
	if (strncmp(name, "dm-", 3) == 0)
		add_map(name, v);
	else if (gather_number(SYS "%s/partition", name))
		add_partition(id.s, v);
	else
		add_array(udev, dev, name, v);
	buf_clear(&id);
	udev_device_unref(dev);
	return v;
}

/* A container has no size and no members of its own, but a format. */
static bool is_container(const char *name)
{
	struct buf version = BUF_INIT;
	bool external;

	gather_read(&version, SYS "%s/md/metadata_version", name);
	external = strncmp(version.s, EXTERNAL, strlen(EXTERNAL)) == 0;
	buf_clear(&version);
	return external;
}

/* The name of an array is there before it has members, and stays when they have gone. */
static bool is_there(const char *name)
{
	if (strncmp(name, "dm-", 3) == 0) {
		struct buf uuid = BUF_INIT;
		bool joined;

		gather_read(&uuid, SYS "%s/dm/uuid", name);
		joined = is_joined(uuid.s);
		buf_clear(&uuid);
		return !joined;
	}
	return strncmp(name, "md", 2) == 0 &&
	       (gather_number(SYS "%s/partition", name) ||
		gather_number(SYS "%s/md/raid_disks", name) || gather_number(SYS "%s/size", name) ||
		is_container(name));
}

void gather_devices(struct udev *udev, json_t *volumes)
{
	struct dirent *d;
	DIR *dir = opendir(SYS);

	while (dir && (d = readdir(dir))) {
		json_t *v;

		if (!is_there(d->d_name) || json_object_size(volumes) >= FACTS_VOLUMES_MAX)
			continue;
		v = device_volume(udev, d->d_name);
		json_object_set_new(volumes, gather_member(v, "id"), v);
	}
	if (dir)
		closedir(dir);
}
