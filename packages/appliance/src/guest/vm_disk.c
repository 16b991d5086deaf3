/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vm_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/proc.h"

enum { LVM_SECONDS = 120 };

/*
 * The name of a clone's disk: that of the original's where each guest has a folder,
 * else with the other guest's name in the place of its own.
 */
static char *other_name(const char *path, const char *from, const char *guest)
{
	const char *base = strrchr(path, '/') + 1;
	size_t len = strlen(from), before = (size_t)(base - 1 - path);
	char *name = NULL;

	if (before > len && path[before - len - 1] == '/' &&
	    strncmp(path + before - len, from, len) == 0)
		return strdup(base);
	if (strncmp(base, from, len) == 0)
		return asprintf(&name, "%s%s", guest, base + len) < 0 ? NULL : name;
	return asprintf(&name, "%s.%s", guest, base) < 0 ? NULL : name;
}

static int snapshot(const char *volume, const char *name, char **to, struct err *e)
{
	const char *lvs[] = { "lvs", "--noheadings",	"--separator", "/",
			      "-o",  "pool_lv,vg_name", volume,	       NULL };
	const char *make[] = { "lvcreate", "-q", "-y", "-s", "-k", "n", "-n", name, volume, NULL };
	struct buf text = BUF_INIT;
	char *pool, *vg;
	int ret = proc_run(&(struct proc){ .argv = lvs, .out = &text }, e);

	if (ret < 0)
		return ret;
	pool = text.s + strspn(text.s, " \t\n");
	vg = strchr(pool, '/');
	if (!vg || vg == pool) {
		buf_clear(&text);
		return err_set(e, -EINVAL, "%s is no thin volume: it cannot be cloned at once",
			       volume);
	}
	vg[1 + strcspn(vg + 1, " \n")] = '\0';
	if (asprintf(to, "/dev/%s/%s", vg + 1, name) < 0)
		*to = NULL;
	buf_clear(&text);
	if (!*to)
		return err_sys(e, -ENOMEM, "%s", volume);
	return proc_run(&(struct proc){ .argv = make, .timeout_s = LVM_SECONDS }, e);
}

/* -EOPNOTSUPP where the file system shares no blocks between files. */
static int reflink(const char *from, const char *to, struct err *e)
{
	_cleanup_close_ int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
	int ret = 0;

	if (in < 0)
		return err_sys(e, -errno, "%s", from);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0)
		return err_sys(e, -errno, "%s", to);
	if (ioctl(out, FICLONE, in) < 0)
		ret = errno == EXDEV || errno == EINVAL || errno == ENOTTY ? -EOPNOTSUPP : -errno;
	if (ret < 0) {
		unlink(to);
		err_sys(e, ret, "%s", to);
	}
	return ret;
}

static int clone_file(const struct guest_disk *from, const char *dir, const char *name, char **to,
		      char format[8], bool *over, struct err *e)
{
	uint64_t bytes;
	int ret = fs_mkdirs(dir, 0700, e);

	if (ret < 0)
		return ret;
	if (asprintf(to, "%s/%s", dir, name) < 0)
		return err_sys(e, -ENOMEM, "%s", name);
	snprintf(format, 8, "%s", from->format);
	ret = reflink(from->path, *to, e);
	if (ret != -EOPNOTSUPP)
		return ret;
	free(*to);
	if (asprintf(to, "%s/%s.qcow2", dir, name) < 0)
		return err_sys(e, -ENOMEM, "%s", name);
	snprintf(format, 8, "qcow2");
	*over = true;
	ret = disk_size(from->path, from->format, &bytes, e);
	return ret < 0 ? ret : overlay_new(*to, from->path, from->format, bytes, e);
}

int vm_disk_clone(const struct guest_disk *from, const char *from_guest, const char *guest,
		  const char *dir, char **to, char format[8], bool *over, struct err *e)
{
	_cleanup_free_ char *name = NULL;
	struct stat st;
	int ret;

	*to = NULL;
	*over = false;
	if (from->path[0] != '/' || stat(from->path, &st) < 0)
		return err_sys(e, from->path[0] == '/' ? -errno : -EINVAL, "%s", from->path);
	name = other_name(from->path, from_guest, guest);
	if (!name)
		return err_sys(e, -ENOMEM, "%s", from->path);
	snprintf(format, 8, "%s", from->format);
	ret = S_ISBLK(st.st_mode) ? snapshot(from->path, name, to, e)
				  : clone_file(from, dir, name, to, format, over, e);
	if (ret < 0) {
		free(*to);
		*to = NULL;
	}
	return ret;
}

int vm_disk_remove(const char *path, struct err *e)
{
	struct stat st;

	if (lstat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", path);
	if (S_ISREG(st.st_mode))
		return unlink(path) == 0 ? 0 : err_sys(e, -errno, "%s", path);
	/* A volume is a link of udev's, to a device. */
	if (stat(path, &st) == 0 && S_ISBLK(st.st_mode))
		return proc_cmd(e, "lvremove", "-q", "-f", path, NULL);
	return err_set(e, -EINVAL, "%s: neither a file nor a volume", path);
}
