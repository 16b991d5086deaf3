/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/input.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "socle/cleanup.h"

ssize_t input_read(struct input *in, void *data, size_t len, struct err *e)
{
	ssize_t n = in->ops->read(in, data, len, e);

	if (n > 0)
		in->at += (uint64_t)n;
	return n;
}

static int ends_early(const struct input *in, uint64_t at, size_t got, size_t len, struct err *e)
{
	return err_set(e, -ENODATA, "%s: byte %" PRIu64 ": ends after %zu of %zu bytes", in->name,
		       at, got, len);
}

int input_read_full(struct input *in, void *data, size_t len, struct err *e)
{
	uint64_t at = in->at;
	size_t got = 0;

	while (got < len) {
		ssize_t n = input_read(in, (char *)data + got, len - got, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return ends_early(in, at, got, len, e);
		got += (size_t)n;
	}
	return 0;
}

int input_pread_full(struct input *in, void *data, size_t len, uint64_t offset, struct err *e)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = in->ops->pread(in, (char *)data + got, len - got, offset + got, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			return ends_early(in, offset, got, len, e);
		got += (size_t)n;
	}
	return 0;
}

int input_skip_to(struct input *in, uint64_t to, struct err *e)
{
	static const size_t step = 64 << 10;
	_cleanup_free_ char *waste = NULL;

	if (to < in->at)
		return err_set(e, -ESPIPE, "%s: byte %" PRIu64 " was read already", in->name, to);
	if (input_seekable(in) && to <= in->size)
		in->at = to;
	if (to == in->at)
		return 0;
	waste = malloc(step);
	if (!waste)
		return err_sys(e, -ENOMEM, "%s", in->name);
	while (in->at < to) {
		uint64_t left = to - in->at;
		int r = input_read_full(in, waste, left < step ? (size_t)left : step, e);

		if (r < 0)
			return r;
	}
	return 0;
}

void input_free(struct input *in)
{
	if (!in)
		return;
	in->ops->close(in);
	free(in->name);
	free(in);
}

struct fd_input {
	struct input in;
	int fd;
	uint64_t start; /* of the part, in the file */
};

static ssize_t fd_pread(struct input *in, void *data, size_t len, uint64_t offset, struct err *e)
{
	struct fd_input *f = (struct fd_input *)in;
	ssize_t n;

	if (offset >= in->size)
		return 0;
	if (len > in->size - offset)
		len = (size_t)(in->size - offset);
	do {
		n = pread(f->fd, data, len, (off_t)(f->start + offset));
	} while (n < 0 && errno == EINTR);
	return n >= 0 ? n : err_sys(e, -errno, "%s: byte %" PRIu64, in->name, offset);
}

static ssize_t fd_read_part(struct input *in, void *data, size_t len, struct err *e)
{
	return fd_pread(in, data, len, in->at, e);
}

static ssize_t fd_read_pipe(struct input *in, void *data, size_t len, struct err *e)
{
	struct fd_input *f = (struct fd_input *)in;
	ssize_t n;

	do {
		n = read(f->fd, data, len);
	} while (n < 0 && errno == EINTR);
	return n >= 0 ? n : err_sys(e, -errno, "%s: byte %" PRIu64, in->name, in->at);
}

static void fd_close(struct input *in)
{
	close(((struct fd_input *)in)->fd);
}

static const struct input_ops part_ops = { fd_read_part, fd_pread, fd_close };
static const struct input_ops pipe_ops = { fd_read_pipe, NULL, fd_close };

/* The bytes from offset to the file's end, or INPUT_UNKNOWN for what has no end to seek to. */
static uint64_t size_from(int fd, uint64_t offset)
{
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return INPUT_UNKNOWN;
	return (uint64_t)end > offset ? (uint64_t)end - offset : 0;
}

struct input *input_fd(int fd, const char *name, uint64_t offset, uint64_t size, struct err *e)
{
	uint64_t there = size_from(fd, offset);
	struct fd_input *f = calloc(1, sizeof(*f));

	if (!f || !(f->in.name = strdup(name))) {
		free(f);
		close(fd);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	f->fd = fd;
	f->start = offset;
	f->in.size = there == INPUT_UNKNOWN || size < there ? size : there;
	f->in.ops = there == INPUT_UNKNOWN ? &pipe_ops : &part_ops;
	return &f->in;
}

int input_fd_of(const struct input *in)
{
	return ((const struct fd_input *)in)->fd;
}

void input_data(struct input *in, uint64_t offset, uint64_t *from, uint64_t *to)
{
	struct fd_input *f = (struct fd_input *)in;
	off_t data, hole;

	*from = offset;
	*to = in->size;
	if (in->ops != &part_ops || offset >= in->size)
		return;
	data = lseek(f->fd, (off_t)(f->start + offset), SEEK_DATA);
	if (data < 0) {
		/* Nothing but a hole follows; any other error is that of who reads it. */
		if (errno == ENXIO)
			*from = in->size;
		return;
	}
	hole = lseek(f->fd, data, SEEK_HOLE);
	*from = (uint64_t)data - f->start;
	if (*from > in->size)
		*from = in->size;
	if (hole > data && (uint64_t)hole - f->start < in->size)
		*to = (uint64_t)hole - f->start;
}

struct memory_input {
	struct input in;
	const char *data;
};

static ssize_t memory_pread(struct input *in, void *data, size_t len, uint64_t offset,
			    struct err *e)
{
	(void)e;
	if (offset >= in->size)
		return 0;
	if (len > in->size - offset)
		len = (size_t)(in->size - offset);
	memcpy(data, ((struct memory_input *)in)->data + offset, len);
	return (ssize_t)len;
}

static ssize_t memory_read(struct input *in, void *data, size_t len, struct err *e)
{
	return memory_pread(in, data, len, in->at, e);
}

static void memory_close(struct input *in)
{
	(void)in;
}

static const struct input_ops memory_ops = { memory_read, memory_pread, memory_close };

struct input *input_memory(const void *data, size_t len, const char *name, struct err *e)
{
	struct memory_input *m = calloc(1, sizeof(*m));

	if (!m || !(m->in.name = strdup(name))) {
		free(m);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	m->in.ops = &memory_ops;
	m->in.size = len;
	m->data = data;
	return &m->in;
}
