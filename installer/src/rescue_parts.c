/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rescue_parts.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "gather.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

/* Arrays that are assembled here; what udev had assembled before stays. */
#define ARRAYS "/dev/md/rescue-"
/* On which device the state volume was activated, for the end. */
#define NOTE "/run/socle/rescue-data"

/* What lies on a block device and whose name begins so ("md", "dm-"), as /dev/NAME. */
static bool holder(const char *device, const char *start, const char *volume,
		   char path[DEVICE_PATH])
{
	_cleanup_free_ char *node = realpath(device, NULL);
	char folder[PATH_MAX];
	struct dirent *d;
	bool found = false;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/sys/class/block/%.128s/holders",
		 node ? strrchr(node, '/') + 1 : "");
	dir = opendir(folder);
	while (dir && !found && (d = readdir(dir))) {
		struct buf name = BUF_INIT;

		if (strncmp(d->d_name, start, strlen(start)) != 0)
			continue;
		gather_read(&name, "/sys/class/block/%s/dm/name", d->d_name);
		found = !volume || strcmp(name.s, volume) == 0;
		buf_clear(&name);
		if (found)
			snprintf(path, DEVICE_PATH, "/dev/%.100s", d->d_name);
	}
	if (dir)
		closedir(dir);
	return found;
}

/* udev leaves an array that lacks a half as it is, inactive. */
static int start_array(const char *array, struct err *e)
{
	struct buf state = BUF_INIT;
	int ret = 0;

	gather_read(&state, "/sys/class/block/%s/md/array_state", strrchr(array, '/') + 1);
	if (strcmp(state.s, "inactive") == 0)
		ret = proc_cmd(e, "mdadm", "--run", array, (char *)NULL);
	buf_clear(&state);
	return ret;
}

int rescue_part(const struct rescue_system *s, unsigned int number, const char *name,
		char path[DEVICE_PATH], struct err *e)
{
	char half[2][DEVICE_PATH] = { "", "" }, array[DEVICE_PATH];

	for (size_t i = 0; i < s->disk_count; i++)
		device_partition(s->disks[i]->path, number, half[i]);
	snprintf(path, DEVICE_PATH, "%s", half[0]);
	if (!s->mirror)
		return 0;
	if (holder(half[0], "md", NULL, path))
		return start_array(path, e);
	snprintf(array, sizeof(array), ARRAYS "%.32s", name);
	snprintf(path, DEVICE_PATH, "%s", array);
	return proc_cmd(e, "mdadm", "--assemble", "--run", array, half[0],
			s->disk_count == 2 ? half[1] : (char *)NULL, (char *)NULL);
}

int rescue_state(const struct rescue_system *s, char path[DEVICE_PATH], struct err *e)
{
	char data[DEVICE_PATH];
	int ret = rescue_part(s, s->data, "data", data, e);

	if (ret == 0 && holder(data, "dm-", VG_NAME "-state", path))
		return 0;
	if (ret == 0)
		ret = fs_mkdirs("/run/socle", 0755, e);
	if (ret == 0)
		ret = fs_write(NOTE, data, strlen(data), 0600, e);
	/*
	 * Only this device: another system's group may have the same name.  And only this
	 * volume: a pool that is opened is written to.
	 */
	if (ret == 0)
		ret = proc_cmd(e, "lvchange", "-ay", "--devices", data, VG_NAME "/state",
			       (char *)NULL);
	if (ret == 0 && !holder(data, "dm-", VG_NAME "-state", path))
		ret = err_set(e, -EEXIST,
			      "the volume \"" VG_NAME
			      "/state\" of another disk is active; deactivate "
			      "it first: vgchange -an " VG_NAME);
	return ret;
}

int rescue_release(struct err *e)
{
	struct buf data = BUF_INIT;
	glob_t arrays;
	int ret = 0;

	if (fs_read(NOTE, DEVICE_PATH, &data, NULL) == 0) {
		ret = proc_cmd(e, "lvchange", "-an", "--devices", data.s, VG_NAME "/state",
			       (char *)NULL);
		if (ret == 0)
			unlink(NOTE);
	}
	buf_clear(&data);
	if (ret == 0 && glob(ARRAYS "*", 0, NULL, &arrays) == 0) {
		for (size_t i = 0; i < arrays.gl_pathc && ret == 0; i++)
			ret = proc_cmd(e, "mdadm", "--stop", arrays.gl_pathv[i], (char *)NULL);
		globfree(&arrays);
	}
	return ret;
}
