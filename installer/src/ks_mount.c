/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files of file systems that are mounted just to read them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "kickstart/kickstart.h"
#include "ks_place.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/proc.h"

#define MOUNT_POINT   "/run/socle/ks"
#define MOUNT_OPTIONS "ro,nosuid,nodev,noexec"

/* Whoever wrote the file system must not lead us to files of the running one. */
static int open_in(int folder, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
				.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS };

	return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

int ks_read_under(const char *folder, const char *path, struct buf *out, struct err *e)
{
	_cleanup_close_ int dir = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	_cleanup_close_ int fd = dir < 0 ? -1 : open_in(dir, path);

	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	return fs_read_regular_fd(fd, path, KS_FILE_MAX, out, e);
}

static int mount_it(const struct ks_mount *m, struct err *e)
{
	char options[1024];
	struct proc p = { .argv = (const char *const[]){ m->helper, m->device, MOUNT_POINT, "-o",
							 options, NULL },
			  .timeout_s = m->seconds };

	if (!m->helper) {
		if (mount(m->device, MOUNT_POINT, m->type,
			  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, m->data) == 0)
			return 0;
		return err_sys(e, -errno, "mount %s (%s)", m->device, m->type);
	}
	/* Ours come last, and count. */
	if (snprintf(options, sizeof(options), "%s,%s", m->data, MOUNT_OPTIONS) >=
	    (int)sizeof(options))
		return err_set(e, -EINVAL, "the options of the mount are too long");
	return proc_run(&p, e);
}

int ks_mount_read(const struct ks_mount *m, const char *path, struct buf *out, struct err *e)
{
	int ret = fs_mkdirs(MOUNT_POINT, 0700, e);

	if (ret == 0)
		ret = mount_it(m, e);
	if (ret < 0)
		return ret;
	ret = ks_read_under(MOUNT_POINT, path, out, e);
	umount2(MOUNT_POINT, MNT_DETACH | UMOUNT_NOFOLLOW);
	return ret;
}
