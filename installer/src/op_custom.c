/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Volume groups and file systems of one's own.  LVM is confined to their devices.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "exec.h"
#include "socle/proc.h"

enum { LVM_TIMEOUT = 120, MKFS_TIMEOUT = 600, WORDS_MAX = 64 };

void make_groups_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "groups"), *group, *volumes;
	size_t i, j;

	for (i = 0; i < json_array_size(list) && (group = json_array_get(list, i)); i++) {
		volumes = json_object_get(group, "volumes");
		buf_addf(out, "%sLVM group %s:", i ? "; " : "", arg_string(group, "group"));
		for (j = 0; j < json_array_size(volumes); j++)
			buf_addf(out, "%s %s", j ? "," : "",
				 arg_string(json_array_get(volumes, j), "name"));
		if (!json_array_size(volumes))
			buf_adds(out, " no volumes");
	}
}

static int wait_device(struct exec *x, const char *device, struct err *e)
{
	json_t *args = json_pack("{s:s}", "device", device);
	char path[DEVICE_PATH];
	int ret = exec_partition(x, args, path, e);

	json_decref(args);
	return ret;
}

static int create_group(struct exec *x, const json_t *group, const char *confined, struct err *e)
{
	const json_t *devices = json_object_get(group, "devices");
	const char *argv[10 + WORDS_MAX] = { "vgcreate", "-y", "--devices", confined };
	size_t n = 4;
	char extent[32];

	snprintf(extent, sizeof(extent), "%lluk", (unsigned long long)arg_uint(group, "extent"));
	if (arg_uint(group, "extent")) {
		argv[n++] = "-s";
		argv[n++] = extent;
	}
	argv[n++] = arg_string(group, "group");
	for (size_t i = 0; i < json_array_size(devices) && i < WORDS_MAX; i++)
		argv[n++] = json_string_value(json_array_get(devices, i));
	return exec_run(x, LVM_TIMEOUT, argv, e);
}

static int create_volume(struct exec *x, const char *group, const json_t *volume,
			 const char *confined, struct err *e)
{
	char size[40];

	if (arg_uint(volume, "percent"))
		snprintf(size, sizeof(size), "%llu%%FREE",
			 (unsigned long long)arg_uint(volume, "percent"));
	else
		snprintf(size, sizeof(size), "%llub", (unsigned long long)arg_uint(volume, "size"));
	return exec_cmd(x, LVM_TIMEOUT, e, "lvcreate", "-y", "--devices", confined, "-W", "y", "-Z",
			"y", arg_uint(volume, "percent") ? "-l" : "-L", size, "-n",
			arg_string(volume, "name"), group);
}

static int make_group(struct exec *x, const json_t *group, struct err *e)
{
	const json_t *devices = json_object_get(group, "devices"), *volumes;
	struct buf confined = BUF_INIT;
	int ret = 0;

	for (size_t i = 0; i < json_array_size(devices) && ret == 0; i++) {
		const char *device = json_string_value(json_array_get(devices, i));

		buf_addf(&confined, "%s%s", i ? "," : "", device);
		ret = wait_device(x, device, e);
	}
	if (ret == 0 && json_is_true(json_object_get(group, "new")))
		ret = create_group(x, group, confined.s, e);
	volumes = json_object_get(group, "volumes");
	for (size_t i = 0; i < json_array_size(volumes) && ret == 0; i++)
		ret = create_volume(x, arg_string(group, "group"), json_array_get(volumes, i),
				    confined.s, e);
	buf_clear(&confined);
	return ret;
}

int make_groups_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "groups");
	int ret = 0;

	/* Whatever ends it, all of these are deactivated. */
	x->groups = list;
	for (size_t i = 0; i < json_array_size(list) && ret == 0; i++)
		ret = make_group(x, json_array_get(list, i), e);
	return ret;
}

int exec_deactivate(struct exec *x, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < json_array_size(x->groups); i++) {
		const char *name = arg_string(json_array_get(x->groups, i), "group");

		if (proc_cmd(ret == 0 ? e : NULL, "vgchange", "-an", name, (char *)NULL) < 0)
			ret = -EBUSY;
	}
	if (x->volumes_active &&
	    proc_cmd(ret == 0 ? e : NULL, "vgchange", "-an", VG_NAME, (char *)NULL) < 0)
		ret = -EBUSY;
	if (ret == 0)
		x->volumes_active = false;
	if (ret == 0)
		x->groups = NULL;
	return ret;
}

void make_filesystems_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "filesystems"), *fs;
	size_t i;

	for (i = 0; i < json_array_size(list) && (fs = json_array_get(list, i)); i++) {
		buf_addf(out, "%s%s on %s", i ? ", " : "", arg_string(fs, "type"),
			 arg_string(fs, "device"));
		if (*arg_string(fs, "mount") == '/')
			buf_addf(out, " for %s", arg_string(fs, "mount"));
	}
}

/* How each is made: the words before the device, of which "U" is for its identifier. */
static const struct {
	const char *type, *label;
	const char *words[8];
} makers[] = {
	{ "ext4", "-L", { "mkfs.ext4", "-q", "-F", "-U", "U" } },
	{ "ext3", "-L", { "mkfs.ext3", "-q", "-F", "-U", "U" } },
	{ "ext2", "-L", { "mkfs.ext2", "-q", "-F", "-U", "U" } },
	{ "xfs", "-L", { "mkfs.xfs", "-q", "-f", "-m", "M" } },
	{ "vfat", "-n", { "mkfs.vfat", "-F", "32", "-i", "V" } },
	{ "swap", "-L", { "mkswap", "-q", "-f", "-U", "U" } },
};

/* Words of --mkfsoptions, parted by blanks; NULL when there are too many. */
static char *add_words(const char *text, const char **argv, size_t *n)
{
	char *copy = strdup(text), *save = NULL;

	for (char *w = copy ? strtok_r(copy, " ", &save) : NULL; w && *n < WORDS_MAX;
	     w = strtok_r(NULL, " ", &save))
		argv[(*n)++] = w;
	return copy;
}

static int make_one(struct exec *x, const json_t *fs, struct err *e)
{
	const char *device = arg_string(fs, "device"), *uuid = arg_string(fs, "uuid");
	const char *argv[8 + WORDS_MAX + 4] = { NULL };
	char volume[16], meta[64], *words;
	size_t i = 0, n = 0;
	int ret = wait_device(x, device, e);

	while (i + 1 < ARRAY_SIZE(makers) && strcmp(makers[i].type, arg_string(fs, "type")) != 0)
		i++;
	snprintf(volume, sizeof(volume), "%.8s", uuid);
	snprintf(meta, sizeof(meta), "uuid=%.40s", uuid);
	for (; makers[i].words[n]; n++)
		argv[n] = strcmp(makers[i].words[n], "U") == 0	 ? uuid
			  : strcmp(makers[i].words[n], "M") == 0 ? meta
			  : strcmp(makers[i].words[n], "V") == 0 ? volume
								 : makers[i].words[n];
	words = add_words(arg_string(fs, "make"), argv, &n);
	if (*arg_string(fs, "label")) {
		argv[n++] = makers[i].label;
		argv[n++] = arg_string(fs, "label");
	}
	argv[n++] = device;
	if (ret == 0)
		ret = words ? exec_run(x, MKFS_TIMEOUT, argv, e)
			    : err_sys(e, -ENOMEM, "%s", device);
	free(words);
	return ret;
}

int make_filesystems_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "filesystems");
	int ret = 0;

	for (size_t i = 0; i < json_array_size(list) && ret == 0; i++)
		ret = make_one(x, json_array_get(list, i), e);
	return ret;
}
