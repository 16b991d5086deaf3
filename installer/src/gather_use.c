/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who uses a disk: volumes and arrays on it, mounts, swap; and whether the
 * running system was booted from it.
 */
#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "gather.h"

/* Where dracut's dmsquash-live mounts what it booted from. */
#define LIVE_MOUNT "/run/initramfs/live"

/* The label of our ISO begins so; on a USB stick the whole disk has it. */
#define ISO_LABEL "SOCLE"

enum { HOLDER_DEPTH = 8 };

struct use {
	json_t *holders, *mounts;
	bool live;
	struct buf mountinfo, swaps;
};

/* In alphabetical order and once each: the same disk gives the same facts. */
void gather_name(json_t *list, const char *name)
{
	json_t *text = gather_text(name);
	size_t i = 0;
	int order = 1;

	while (i < json_array_size(list) &&
	       (order = strcmp(json_string_value(text),
			       json_string_value(json_array_get(list, i)))) > 0)
		i++;
	if ((order == 0 && i < json_array_size(list)) || json_array_size(list) == FACTS_NAMES_MAX)
		json_decref(text);
	else
		json_array_insert_new(list, i, text);
}

/*
 * A volume by its name, "socle-state"; its number, dm-0, is another after each
 * boot.  The partitions of a disk with several paths are maps, but no volumes.
 */
static void add_holder(struct use *u, const char *name)
{
	struct buf dm = BUF_INIT, uuid = BUF_INIT;

	gather_read(&dm, "/sys/class/block/%s/dm/name", name);
	gather_read(&uuid, "/sys/class/block/%s/dm/uuid", name);
	if (!gather_is_part(uuid.s))
		gather_name(u->holders, dm.len ? dm.s : name);
	buf_clear(&dm);
	buf_clear(&uuid);
}

/*
 * proc_pid_mountinfo(5): "36 35 98:0 /root /mount/point … - type source …".  A
 * btrfs has a number of its own in the place of its device's; its source tells.
 */
static bool is_mount_of(const char *line, const char *number)
{
	const char *tail = strstr(line, " - ");
	char dev[32] = "", source[512] = "";
	struct stat st;

	if (sscanf(line, "%*s %*s %31s", dev) == 1 && strcmp(dev, number) == 0)
		return true;
	if (!tail || sscanf(tail, " - %*s %511s", source) != 1 ||
	    strncmp(source, "/dev/", 5) != 0 || stat(source, &st) < 0 || !S_ISBLK(st.st_mode))
		return false;
	snprintf(dev, sizeof(dev), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	return strcmp(dev, number) == 0;
}

static void find_mounts(struct use *u, const char *number)
{
	char *copy = strdup(u->mountinfo.s), *save = NULL;

	for (char *line = copy ? strtok_r(copy, "\n", &save) : NULL; line;
	     line = strtok_r(NULL, "\n", &save)) {
		char where[512] = "";

		if (!is_mount_of(line, number) || sscanf(line, "%*s %*s %*s %*s %511s", where) != 1)
			continue;
		gather_name(u->mounts, where);
		if (strcmp(where, LIVE_MOUNT) == 0)
			u->live = true;
	}
	free(copy);
}

static void find_swap(struct use *u, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/%s ", name);
	if (strstr(u->swaps.s, path))
		gather_name(u->mounts, "swap");
}

json_t *gather_mounts(const char *name)
{
	struct use u = { .mounts = json_array(), .mountinfo = BUF_INIT, .swaps = BUF_INIT };
	struct buf number = BUF_INIT;

	gather_read(&u.mountinfo, "/proc/self/mountinfo");
	gather_read(&u.swaps, "/proc/swaps");
	gather_read(&number, "/sys/class/block/%s/dev", name);
	find_mounts(&u, number.s);
	find_swap(&u, name);
	buf_clear(&number);
	buf_clear(&u.mountinfo);
	buf_clear(&u.swaps);
	return u.mounts;
}

/* One block device, and, depth first, the partitions and holders above it. */
static void visit(struct use *u, const char *name, int depth)
{
	struct buf number = BUF_INIT;
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;

	gather_read(&number, "/sys/class/block/%s/dev", name);
	find_mounts(u, number.s);
	find_swap(u, name);
	buf_clear(&number);
	snprintf(path, sizeof(path), "/sys/class/block/%s/holders", name);
	dir = depth < HOLDER_DEPTH ? opendir(path) : NULL;
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.')
			continue;
		add_holder(u, d->d_name);
		visit(u, d->d_name, depth + 1);
	}
	if (dir)
		closedir(dir);
}

static void visit_partitions(struct use *u, const char *name)
{
	char path[PATH_MAX];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/block/%s", name);
	dir = opendir(path);
	while (dir && (d = readdir(dir)))
		if (strncmp(d->d_name, name, strlen(name)) == 0)
			visit(u, d->d_name, 0);
	if (dir)
		closedir(dir);
}

static bool has_our_iso(const json_t *disk)
{
	const json_t *contents = json_object_get(disk, "contents");

	for (size_t i = 0; i < json_array_size(contents); i++) {
		const json_t *c = json_array_get(contents, i);
		const char *type = json_string_value(json_object_get(c, "type"));
		const char *label = json_string_value(json_object_get(c, "label"));

		if (type && label && strcmp(type, "iso9660") == 0 &&
		    strncasecmp(label, ISO_LABEL, strlen(ISO_LABEL)) == 0)
			return true;
	}
	return false;
}

void gather_use(const char *name, json_t *disk)
{
	struct use u = { .holders = json_array(),
			 .mounts = json_array(),
			 .mountinfo = BUF_INIT,
			 .swaps = BUF_INIT };

	gather_read(&u.mountinfo, "/proc/self/mountinfo");
	gather_read(&u.swaps, "/proc/swaps");
	visit(&u, name, 0);
	visit_partitions(&u, name);
	json_object_set_new(disk, "holders", u.holders);
	json_object_set_new(disk, "mounts", u.mounts);
	json_object_set_new(disk, "boot_medium", json_boolean(u.live || has_our_iso(disk)));
	buf_clear(&u.mountinfo);
	buf_clear(&u.swaps);
}
