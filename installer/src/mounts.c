/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <time.h>

#include "draft.h"
#include "exec.h"

int exec_mount(struct exec *x, const char *source, const char *target, const char *type,
	       unsigned long flags, const char *data, struct err *e)
{
	char *copy;

	if (x->mount_count == EXEC_MOUNTS_MAX)
		return err_set(e, -EMFILE, "mount %s: too many", target);
	copy = strdup(target);
	if (!copy)
		return err_sys(e, -ENOMEM, "mount %s", target);
	if (mount(source, target, type, flags, data) < 0) {
		free(copy);
		return err_sys(e, -errno, "mount %s on %s", source, target);
	}
	x->mounts[x->mount_count++] = copy;
	return 0;
}

bool exec_is_mounted(const struct exec *x, const char *target)
{
	for (size_t i = 0; i < x->mount_count; i++)
		if (strcmp(x->mounts[i], target) == 0)
			return true;
	return false;
}

/* udev may look at what we just used, so "busy" gets a few more tries. */
static int unmount(const char *target)
{
	for (int i = 0; i < 20; i++) {
		if (umount2(target, UMOUNT_NOFOLLOW) == 0 || errno == EINVAL)
			return 0;
		if (errno != EBUSY)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return -errno;
}

int exec_unmount_all(struct exec *x, struct err *e)
{
	int ret = 0;

	while (x->mount_count) {
		char *target = x->mounts[--x->mount_count];
		int failed = unmount(target);

		/* Detached, it goes away with its last user, a left-over daemon of a script. */
		if (failed < 0 && ret == 0)
			ret = err_sys(e, failed, "unmount %s", target);
		if (failed < 0)
			umount2(target, MNT_DETACH | UMOUNT_NOFOLLOW);
		free(target);
	}
	return ret;
}

int exec_mount_esp(struct exec *x, const json_t *args, struct err *e)
{
	char device[DEVICE_PATH];
	int ret;

	if (exec_is_mounted(x, EXEC_ESP))
		return 0;
	ret = exec_partition(x, args, device, e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_ESP, 0700, e);
	if (ret == 0)
		ret = exec_mount(x, device, EXEC_ESP, "vfat", MS_NOATIME, "umask=0077", e);
	return ret;
}

int exec_mount_state(struct exec *x, const json_t *args, struct err *e)
{
	int ret;

	if (exec_is_mounted(x, EXEC_STATE))
		return 0;
	ret = fs_mkdirs(EXEC_STATE, 0700, e);
	if (ret == 0)
		ret = exec_mount(x, arg_string(args, "state"), EXEC_STATE, "ext4", MS_NOATIME, NULL,
				 e);
	return ret;
}
