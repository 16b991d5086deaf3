/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arrays of md.  Nobody waits until their halves are equal: what is written goes to
 * both, and the rest is made equal by the running host.  Until then that is held
 * back here, so that it takes nothing from the disks while the system is written.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/fs.h"
#include "socle/proc.h"

enum { MDADM_TIMEOUT = 120, MEMBERS_MAX = 64 };

static const char *base(const char *device)
{
	return strrchr(device, '/') ? strrchr(device, '/') + 1 : device;
}

void make_arrays_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "arrays"), *array;
	size_t i, j;

	for (i = 0; i < json_array_size(list) && (array = json_array_get(list, i)); i++) {
		const json_t *members = json_object_get(array, "members");

		buf_addf(out, "%s %s (RAID %s of", i ? "," : "arrays",
			 base(arg_string(array, "device")), arg_string(array, "level"));
		for (j = 0; j < json_array_size(members); j++)
			buf_addf(out, "%s %s", j ? " and" : "",
				 base(json_string_value(json_array_get(members, j))));
		buf_adds(out, ")");
	}
}

/* An array that is kept under a name of its own is the same on every host. */
static int create(struct exec *x, const json_t *array, struct err *e)
{
	const json_t *members = json_object_get(array, "members");
	char level[24], count[24], metadata[32], uuid[64], size[40], name[80], chunk[40];
	const char *argv[16 + MEMBERS_MAX] = { "mdadm", "--create" };
	const char *device = arg_string(array, "device");
	size_t n = 2;

	if (json_array_size(members) > MEMBERS_MAX)
		return err_set(e, -E2BIG, "%s: too many members", device);
	snprintf(level, sizeof(level), "--level=%.8s", arg_string(array, "level"));
	snprintf(count, sizeof(count), "--raid-devices=%zu", json_array_size(members));
	snprintf(metadata, sizeof(metadata), "--metadata=%.8s", arg_string(array, "metadata"));
	snprintf(uuid, sizeof(uuid), "--uuid=%.40s", arg_string(array, "uuid"));
	snprintf(name, sizeof(name), "--name=%.64s", base(device));
	snprintf(size, sizeof(size), "--size=%lluK",
		 (unsigned long long)(arg_uint(array, "size") >> 10));
	snprintf(chunk, sizeof(chunk), "--chunk=%lluK",
		 (unsigned long long)arg_uint(array, "chunk"));
	argv[n++] = device;
	argv[n++] = "--run";
	argv[n++] = "--homehost=any";
	argv[n++] = name;
	argv[n++] = uuid;
	argv[n++] = level;
	argv[n++] = metadata;
	/* Level 0 has nothing to be made equal. */
	if (strcmp(arg_string(array, "level"), "0") != 0)
		argv[n++] = "--bitmap=internal";
	if (arg_uint(array, "chunk"))
		argv[n++] = chunk;
	/* At the end of the member, 1.0 has no offset to be said. */
	if (arg_uint(array, "size") && strcmp(arg_string(array, "metadata"), "1.0") != 0)
		argv[n++] = "--data-offset=4M";
	if (arg_uint(array, "size"))
		argv[n++] = size;
	argv[n++] = count;
	for (size_t i = 0; i < json_array_size(members); i++)
		argv[n++] = json_string_value(json_array_get(members, i));
	return exec_run(x, MDADM_TIMEOUT, argv, e);
}

/* The path of an attribute that the kernel has of an array, if there is the array. */
static bool md_attribute(const char *device, const char *name, char path[PATH_MAX])
{
	char *node = realpath(device, NULL);
	bool there = node != NULL;

	snprintf(path, PATH_MAX, "/sys/class/block/%.64s/md/%.32s", node ? base(node) : "", name);
	free(node);
	return there;
}

/* Have the making equal wait, until the array is stopped. */
static void hold(const char *device)
{
	char path[PATH_MAX];
	int fd;

	if (!md_attribute(device, "sync_action", path))
		return;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		dprintf(fd, "frozen");
		close(fd);
	}
}

static int wait_members(struct exec *x, const json_t *members, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < json_array_size(members) && ret == 0; i++) {
		const char *member = json_string_value(json_array_get(members, i));
		char path[DEVICE_PATH];
		json_t *args;

		if (strcmp(member, "missing") == 0)
			continue;
		args = json_pack("{s:s}", "device", member);
		ret = exec_partition(x, args, path, e);
		json_decref(args);
	}
	return ret;
}

int make_arrays_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "arrays"), *array;
	size_t i;
	int ret = 0;

	/* Whatever ends it, all of these are stopped; those that were not made yet are not there.
	 */
	x->arrays = list;
	x->arrays_made = true;
	for (i = 0; i < json_array_size(list) && (array = json_array_get(list, i)); i++) {
		char path[DEVICE_PATH];

		if (ret == 0)
			ret = wait_members(x, json_object_get(array, "members"), e);
		if (ret == 0)
			ret = create(x, array, e);
		if (ret == 0)
			ret = exec_partition(x, array, path, e);
		if (ret == 0)
			ret = exec_wipe_array(path, e);
		if (ret < 0)
			return ret;
		hold(path);
	}
	return ret;
}

void use_arrays_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "arrays");

	buf_adds(out, "use the arrays that are there:");
	for (size_t i = 0; i < json_array_size(list); i++)
		buf_addf(out, "%s %s", i ? "," : "",
			 base(arg_string(json_array_get(list, i), "device")));
}

/* udev may have done it when the disks were found. */
static int assemble(struct exec *x, const json_t *array, struct err *e)
{
	const json_t *members = json_object_get(array, "members");
	const char *argv[8 + MEMBERS_MAX] = { "mdadm", "--assemble", "--run" };
	const char *device = arg_string(array, "device");
	char uuid[64];
	size_t n = 3;

	if (access(device, F_OK) == 0)
		return 0;
	if (json_array_size(members) > MEMBERS_MAX)
		return err_set(e, -E2BIG, "%s: too many members", device);
	snprintf(uuid, sizeof(uuid), "--uuid=%.40s", arg_string(array, "uuid"));
	argv[n++] = uuid;
	argv[n++] = device;
	for (size_t i = 0; i < json_array_size(members); i++) {
		const char *member = json_string_value(json_array_get(members, i));

		if (strcmp(member, "missing") != 0)
			argv[n++] = member;
	}
	return exec_run(x, MDADM_TIMEOUT, argv, e);
}

int use_arrays_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "arrays"), *array;
	int ret = exec_check_disk(x, NULL, e);
	size_t i;

	if (ret == 0)
		ret = exec_lock_all(x, e);
	x->arrays = list;
	for (i = 0; i < json_array_size(list) && (array = json_array_get(list, i)); i++) {
		char path[DEVICE_PATH];

		if (ret == 0)
			ret = assemble(x, array, e);
		if (ret == 0)
			ret = exec_partition(x, array, path, e);
	}
	return ret;
}

/*
 * An array that was made here has all its members: one that failed, or was taken away
 * while the system was written, does not have it, and the firmware may start from it.
 */
static int check_whole(const json_t *array, struct err *e)
{
	const json_t *members = json_object_get(array, "members");
	const char *device = arg_string(array, "device");
	unsigned long lacks, missing = 0;
	struct buf text = BUF_INIT;
	char path[PATH_MAX];

	for (size_t i = 0; i < json_array_size(members); i++)
		missing += strcmp(json_string_value(json_array_get(members, i)), "missing") == 0;
	/* Level 0 has no such file, and fails as a whole. */
	if (!md_attribute(device, "degraded", path) || fs_read(path, 32, &text, NULL) < 0)
		return 0;
	lacks = strtoul(text.s, NULL, 10);
	buf_clear(&text);
	if (lacks <= missing)
		return 0;
	return err_set(e, -EIO, "%s lost %lu of its %zu disks while the system was written",
		       base(device), lacks - missing, json_array_size(members));
}

int exec_stop_arrays(struct exec *x, struct err *e)
{
	int ret = 0, whole = 0;

	for (size_t i = json_array_size(x->arrays); i > 0; i--) {
		const json_t *array = json_array_get(x->arrays, i - 1);
		const char *device = arg_string(array, "device");

		if (access(device, F_OK) != 0)
			continue;
		if (x->arrays_made && whole == 0)
			whole = check_whole(array, e);
		/* Not by exec_run(), which does nothing more once it was interrupted. */
		if (proc_cmd(ret == 0 && whole == 0 ? e : NULL, "mdadm", "--stop", device,
			     (char *)NULL) < 0)
			ret = -EBUSY;
	}
	if (ret == 0)
		x->arrays = NULL;
	return ret < 0 ? ret : whole;
}
