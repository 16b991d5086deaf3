/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests as folders of files: DIR/.import-X/NAME in quarantine, then DIR/NAME.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"
#include "store_private.h"

/* Tells a guest's folder that an import has made from one that was there before. */
#define MARK ".import"

static int names(struct store *s, struct volume *v)
{
	if (asprintf(&v->path, "%s/%s/%s.%s", s->dir, v->guest, v->what, v->format) < 0)
		v->path = NULL;
	if (asprintf(&v->hidden, "%s/%s/%s.%s", s->journal, v->guest, v->what, v->format) < 0)
		v->hidden = NULL;
	return v->path && v->hidden ? 0 : -ENOMEM;
}

static int make_folder(struct store *s, const char *guest, struct err *e)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s", s->journal, guest);
	if (mkdir(path, 0755) < 0)
		return errno == EEXIST ? 0 : err_sys(e, -errno, "%s", path);
	snprintf(path, sizeof(path), "%s/%s/" MARK, s->journal, guest);
	return fs_write(path, s->id, strlen(s->id), 0600, e);
}

static int make(struct store *s, const struct volume *v, uint64_t size, int *fd, struct err *e)
{
	int r = make_folder(s, v->guest, e);

	(void)size; /* the file gets it from who writes it */
	if (r < 0)
		return r;
	*fd = open(v->hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return *fd >= 0 ? 0 : err_sys(e, -errno, "%s", v->hidden);
}

/* The parts that hold data, so that holes stay holes. */
static int copy_data(int in, int out, off_t size)
{
	off_t at = 0, to;

	while (at < size) {
		at = lseek(in, at, SEEK_DATA);
		if (at < 0)
			return errno == ENXIO ? 0 : -errno; /* nothing but a hole is left */
		to = lseek(in, at, SEEK_HOLE);
		if (to < 0)
			return -errno;
		while (at < to) {
			off_t from = at, into = at;
			ssize_t n = copy_file_range(in, &from, out, &into, (size_t)(to - at), 0);

			if (n <= 0)
				return n < 0 ? -errno : -EIO;
			at += n;
		}
	}
	return 0;
}

static int copy(struct store *s, const struct volume *v, const struct volume *to, struct err *e)
{
	_cleanup_close_ int in = open(v->hidden, O_RDONLY | O_CLOEXEC), out = -1;
	struct stat st;
	int r;

	if (in < 0 || fstat(in, &st) < 0)
		return err_sys(e, -errno, "%s", v->hidden);
	r = make(s, to, 0, &out, e);
	if (r < 0)
		return r;
	if (ioctl(out, FICLONE, in) < 0)
		r = ftruncate(out, st.st_size) < 0 ? -errno : copy_data(in, out, st.st_size);
	if (r == 0 && fsync(out) < 0)
		r = -errno;
	return r < 0 ? err_sys(e, r, "%s", to->hidden) : 0;
}

static int grow(struct store *s, const struct volume *v, uint64_t size, struct err *e)
{
	(void)s;
	return truncate(v->hidden, (off_t)size) == 0 ? 0 : err_sys(e, -errno, "%s", v->hidden);
}

static char *mark_of(struct store *s, const struct volume *v)
{
	char *path;

	return asprintf(&path, "%s/%s/" MARK, s->dir, v->guest) < 0 ? NULL : path;
}

/* Whether the guest's folder is one that this import has made. */
static bool is_ours(struct store *s, const char *mark)
{
	struct buf id = BUF_INIT;
	bool ours = fs_read_regular(mark, sizeof(s->id), &id, NULL) == 0 && *s->id &&
		    strcmp(id.s, s->id) == 0;

	buf_clear(&id);
	return ours;
}

/*
 * What has its name already goes with the whole guest: first its configuration, so that
 * it is not seen without its disks.
 */
static int remove_volume(struct store *s, const struct volume *v, struct err *e)
{
	_cleanup_free_ char *mark = mark_of(s, v), *folder = NULL;
	int r;

	if (asprintf(&folder, "%s/%s", s->dir, v->guest) < 0)
		folder = NULL;
	if (!mark || !folder)
		return err_sys(e, -ENOMEM, "%s", v->guest);
	if (unlink(v->hidden) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "%s", v->hidden);
	if (!is_ours(s, mark))
		return 0;
	r = store_forget_guest(s, v, e);
	return r == 0 ? store_remove_tree(folder, e) : r;
}

static int settle(struct store *s, const struct volume *v, struct err *e)
{
	_cleanup_free_ char *mark = mark_of(s, v);

	if (!mark)
		return err_sys(e, -ENOMEM, "%s", v->guest);
	return unlink(mark) == 0 || errno == ENOENT ? 0 : err_sys(e, -errno, "%s", mark);
}

static int sync_folder(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd >= 0 && fsync(fd) == 0 ? 0 : err_sys(e, -errno, "%s", path);
}

static int promote_guest(struct store *s, const char *guest, struct err *e)
{
	char from[4096], to[4096];

	snprintf(from, sizeof(from), "%s/%s", s->journal, guest);
	snprintf(to, sizeof(to), "%s/%s", s->dir, guest);
	if (access(from, F_OK) < 0)
		return 0; /* with another of its volumes */
	if (sync_folder(from, e) < 0)
		return e ? e->code : -EIO;
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	return errno == EEXIST ? err_set(e, -EEXIST, "%s is there already", to)
			       : err_sys(e, -errno, "%s", to);
}

static int promote(struct store *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		r = promote_guest(s, s->volumes[i].guest, e);
	return r == 0 ? sync_folder(s->dir, e) : r;
}

static int space(struct store *s, uint64_t *bytes, struct err *e)
{
	struct statvfs v;

	if (statvfs(s->dir, &v) < 0)
		return err_sys(e, -errno, "%s", s->dir);
	if (__builtin_mul_overflow((uint64_t)v.f_bavail, (uint64_t)v.f_frsize, bytes))
		*bytes = UINT64_MAX;
	return 0;
}

/* What was not written to a file is zeros. */
static int chunk(struct store *s, uint64_t *bytes, struct err *e)
{
	(void)s;
	(void)e;
	*bytes = 0;
	return 0;
}

/* Without a name from the start where the file system can, else without one at once. */
static int spool(struct store *s, int *fd, struct err *e)
{
	char path[4096];

	*fd = open(s->journal, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return 0;
	snprintf(path, sizeof(path), "%s/spool", s->journal);
	*fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (*fd < 0 || unlink(path) < 0)
		return err_sys(e, -errno, "%s", path);
	return 0;
}

const struct store_kind store_kind_folder = {
	.make = make,
	.copy = copy,
	.grow = grow,
	.remove = remove_volume,
	.names = names,
	.promote = promote,
	.settle = settle,
	.space = space,
	.chunk = chunk,
	.spool = spool,
};
