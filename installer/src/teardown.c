/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stop what is active on a disk, so that it can be erased: first what the plan
 * found, topmost first and by what does not change (a volume group by its UUID,
 * for two may have one name; an array by its UUID, for md127 is another one
 * after the next boot), then whatever udev has started since.
 *
 * mdadm --zero-superblock and pvremove are not used: erasing both ends of every
 * partition and all signatures, while the kernel keeps everybody else away, is
 * the same for all kinds, and needs no program that understands the old one.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "gather.h"
#include "teardown.h"

#define SYS "/sys/class/block/"

enum { HOLDER_DEPTH = 8, STOP_TIMEOUT = 60 };

static int stop_group(struct exec *x, const json_t *what, struct err *e)
{
	char select[128];

	snprintf(select, sizeof(select), "vg_uuid=%.64s", arg_string(what, "uuid"));
	return exec_cmd(x, STOP_TIMEOUT, e, "vgchange", "-an", "-S", select);
}

static int stop_map(struct exec *x, const json_t *what, struct err *e)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/dev/mapper/%.200s", arg_string(what, "name"));
	if (access(path, F_OK) < 0)
		return 0;
	return exec_cmd(x, STOP_TIMEOUT, e, "dmsetup", "remove", "--retry",
			arg_string(what, "name"));
}

static int stop_array(struct exec *x, const json_t *what, struct err *e)
{
	struct udev *udev = udev_new();
	DIR *dir = opendir(SYS);
	struct dirent *d;
	int ret = 0;

	while (udev && dir && ret == 0 && (d = readdir(dir))) {
		char device[DEVICE_PATH];
		struct buf id = BUF_INIT;

		if (strncmp(d->d_name, "md", 2) != 0)
			continue;
		gather_device_id(udev, d->d_name, &id);
		snprintf(device, sizeof(device), "/dev/%.64s", d->d_name);
		if (strcmp(id.s, arg_string(what, "id")) == 0)
			ret = exec_cmd(x, STOP_TIMEOUT, e, "mdadm", "--stop", device);
		buf_clear(&id);
	}
	if (dir)
		closedir(dir);
	udev_unref(udev);
	return ret;
}

static const struct {
	const char *name;
	int (*stop)(struct exec *x, const json_t *what, struct err *e);
} stops[] = {
	{ "group", stop_group },
	{ "map", stop_map },
	{ "array", stop_array },
};

static int stop_planned(struct exec *x, const json_t *list, struct err *e)
{
	const json_t *what;
	int ret = 0;
	size_t i;

	for (i = 0; ret == 0 && i < json_array_size(list) && (what = json_array_get(list, i)); i++)
		for (size_t k = 0; k < ARRAY_SIZE(stops) && ret == 0; k++)
			if (strcmp(stops[k].name, arg_string(what, "stop")) == 0)
				ret = stops[k].stop(x, what, e);
	return ret;
}

/* Whether a block device is the disk, one of its partitions, or lies on it. */
static bool lies_on(const char *name, const char *disk, int depth)
{
	char path[PATH_MAX];
	bool found = strcmp(name, disk) == 0;
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), SYS "%.64s/%.64s", disk, name);
	if (found || access(path, F_OK) == 0)
		return true;
	snprintf(path, sizeof(path), SYS "%.64s/slaves", name);
	dir = depth < HOLDER_DEPTH ? opendir(path) : NULL;
	while (dir && !found && (d = readdir(dir)))
		found = d->d_name[0] != '.' && lies_on(d->d_name, disk, depth + 1);
	if (dir)
		closedir(dir);
	return found;
}

/* Nothing is lost with swap space, unlike with a file system that somebody has mounted. */
static int stop_swap(struct exec *x, const char *disk, struct err *e)
{
	struct buf swaps = BUF_INIT;
	char *save = NULL;
	int ret = 0;

	gather_read(&swaps, "/proc/swaps");
	for (char *line = strtok_r(swaps.s, "\n", &save); line && ret == 0;
	     line = strtok_r(NULL, "\n", &save)) {
		char *device;

		line[strcspn(line, " \t")] = 0;
		device = realpath(line, NULL);
		if (device && strncmp(device, "/dev/", 5) == 0 && lies_on(device + 5, disk, 0))
			ret = exec_cmd(x, STOP_TIMEOUT, e, "swapoff", device);
		free(device);
	}
	buf_clear(&swaps);
	return ret;
}

static int stop_holders(struct exec *x, const char *name, int depth, struct err *e);

static int stop_holder(struct exec *x, const char *name, int depth, struct err *e)
{
	char path[PATH_MAX], device[DEVICE_PATH];
	struct buf dm = BUF_INIT;
	int ret;

	snprintf(path, sizeof(path), SYS "%.64s", name);
	/* It lay on a holder that came before it in the folder, and went with that one. */
	if (access(path, F_OK) < 0)
		return 0;
	ret = stop_holders(x, name, depth + 1, e);
	if (ret < 0)
		return ret;
	snprintf(device, sizeof(device), "/dev/%.64s", name);
	if (strncmp(name, "md", 2) == 0)
		return exec_cmd(x, STOP_TIMEOUT, e, "mdadm", "--stop", device);
	if (strncmp(name, "dm-", 3) != 0)
		return err_set(e, -EBUSY, "in use by %s, which cannot be stopped", name);
	gather_read(&dm, SYS "%.64s/dm/name", name);
	ret = exec_cmd(x, STOP_TIMEOUT, e, "dmsetup", "remove", "--retry", dm.s);
	buf_clear(&dm);
	return ret;
}

static int stop_holders(struct exec *x, const char *name, int depth, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	if (depth > HOLDER_DEPTH)
		return err_set(e, -ELOOP, "%s: volumes too deep upon each other", name);
	snprintf(path, sizeof(path), SYS "%.64s/holders", name);
	dir = opendir(path);
	while (dir && ret == 0 && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			ret = stop_holder(x, d->d_name, depth, e);
	if (dir)
		closedir(dir);
	return ret;
}

static int stop_rest(struct exec *x, const char *disk, struct err *e)
{
	char path[PATH_MAX];
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	snprintf(path, sizeof(path), SYS "%.64s", disk);
	dir = opendir(path);
	while (dir && ret == 0 && (d = readdir(dir)))
		if (strncmp(d->d_name, disk, strlen(disk)) == 0)
			ret = stop_holders(x, d->d_name, 0, e);
	if (dir)
		closedir(dir);
	return ret < 0 ? ret : stop_holders(x, disk, 0, e);
}

int teardown(struct exec *x, const char *disk, const json_t *list, struct err *e)
{
	char *real = realpath(disk, NULL);
	const char *name = real ? strrchr(real, '/') + 1 : "";
	int ret = real ? stop_swap(x, name, e) : err_sys(e, -errno, "%s", disk);

	if (ret == 0)
		ret = stop_planned(x, list, e);
	if (ret == 0)
		ret = stop_rest(x, name, e);
	free(real);
	return ret;
}
