/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/file_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socle/fs.h"

void *file_sink_new(size_t len, const struct sink_ops *ops, int fd, const char *name, uint64_t size,
		    struct err *e)
{
	struct file_sink *f = calloc(1, len);

	if (!f || !(f->sink.name = strdup(name))) {
		free(f);
		close(fd);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	f->sink.ops = ops;
	f->sink.size = size;
	f->sink.hole = SINK_HOLE;
	f->fd = fd;
	pthread_mutex_init(&f->lock, NULL);
	return f;
}

int file_sink_empty(struct file_sink *f, struct err *e)
{
	struct stat st;

	if (fstat(f->fd, &st) < 0)
		return err_sys(e, -errno, "%s", f->sink.name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not a regular file", f->sink.name);
	if (ftruncate(f->fd, 0) < 0)
		return err_sys(e, -errno, "%s", f->sink.name);
	return 0;
}

int file_sink_pwrite(struct file_sink *f, const void *data, size_t len, uint64_t offset,
		     struct err *e)
{
	int ret = fs_pwrite(f->fd, data, len, offset, e);

	return ret < 0 ? err_wrap(e, "%s", f->sink.name) : 0;
}

int file_sink_sync(struct file_sink *f, struct err *e)
{
	return fsync(f->fd) < 0 ? err_sys(e, -errno, "%s", f->sink.name) : 0;
}

void file_sink_free(struct sink *s)
{
	struct file_sink *f = (struct file_sink *)s;

	close(f->fd);
	pthread_mutex_destroy(&f->lock);
}
