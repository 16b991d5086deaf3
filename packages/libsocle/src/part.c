/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/part.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static void remove_all(const char *path)
{
	(void)!nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* The name as a pattern that matches nothing else. */
static char *quoted(const char *name)
{
	char *text = malloc(2 * strlen(name) + sizeof(".part-[0-9]*")), *at = text;

	for (; text && *name; *at++ = *name++)
		if (strchr("*?[\\", *name))
			*at++ = '\\';
	if (text)
		strcpy(at, ".part-[0-9]*");
	return text;
}

/* Those that nobody has locked any more. */
static void remove_abandoned(const char *name)
{
	_cleanup_free_ char *pattern = quoted(name);
	glob_t found;

	if (!pattern || glob(pattern, GLOB_NOSORT, NULL, &found) != 0)
		return;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		_cleanup_close_ int fd = open(found.gl_pathv[i],
					      O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

		if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
			remove_all(found.gl_pathv[i]);
	}
	globfree(&found);
}

static int make(const struct part *p, bool folder)
{
	if (!folder)
		return open(p->path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	return mkdir(p->path, 0777) < 0 ? -1 : open(p->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int part_begin(struct part *p, const char *name, bool folder, struct err *e)
{
	struct stat st;

	remove_abandoned(name);
	if (asprintf(&p->path, "%s.part-%d", name, (int)getpid()) < 0) {
		p->path = NULL;
		return err_sys(e, -ENOMEM, "%s", name);
	}
	p->fd = make(p, folder);
	if (p->fd < 0) {
		int ret = err_sys(e, -errno, "%s", name);

		free(take_ptr(p->path));
		return ret;
	}
	/* Another one may have seen it before it was locked, and taken it for abandoned. */
	if ((flock(p->fd, LOCK_EX | LOCK_NB) < 0 && errno == EWOULDBLOCK) ||
	    (fstat(p->fd, &st) == 0 && st.st_nlink == 0))
		return err_set(e, -EBUSY, "%s: is being made by another process", name);
	return 0;
}

int part_commit(struct part *p, const char *name, struct err *e)
{
	if (fsync(p->fd) < 0 || rename(p->path, name) < 0)
		return err_sys(e, -errno, "%s", name);
	free(take_ptr(p->path));
	return fs_sync_folder_of(name, e);
}

void part_clear(struct part *p)
{
	if (p->path)
		remove_all(p->path);
	free(take_ptr(p->path));
	if (p->fd >= 0)
		close(p->fd);
	p->fd = -1;
}
