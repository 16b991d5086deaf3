/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw contents.  Where the target does not read as zeros by itself, it is seen in
 * chunks: the first write to a chunk zeroes the rest of it, and at the end the
 * chunks that nothing was written to are zeroed (or left, see sink_raw_chunks()).
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "convert/file_sink.h"

enum {
	CHUNK = 64 << 10,	 /* of a device that has contents */
	DIRECT_ALIGN = 4096,	 /* of memory, offset and length */
	DIRECT_HOLE = 128 << 10, /* each write goes to the disk: shorter zeros cost less */
};

struct raw_sink {
	struct file_sink f;
	uint64_t room;	      /* bytes, whole sectors: the disk, or all of a new volume */
	uint64_t chunk;	      /* bytes; 0: the target reads as zeros */
	unsigned char *begun; /* a bit per chunk */
	bool rest;	      /* chunks that were not begun have contents, too */
	bool block;	      /* a block device */
	bool direct;
};

static uint64_t round_up(uint64_t n, uint64_t to)
{
	return (n + to - 1) / to * to;
}

/* Zeros, by the device or the file system where they can. */
static int zero(struct raw_sink *r, uint64_t from, uint64_t to, struct err *e)
{
	static const char zeros[64 << 10] __attribute__((aligned(DIRECT_ALIGN)));
	uint64_t range[2] = { from, to - from };
	int ret = 0;

	if (from == to)
		return 0;
	if (fallocate(r->f.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
		      (off_t)(to - from)) == 0)
		return 0;
	if (r->block && ioctl(r->f.fd, BLKZEROOUT, range) == 0)
		return 0;
	for (uint64_t n; ret == 0 && from < to; from += n) {
		n = to - from < sizeof(zeros) ? to - from : sizeof(zeros);
		ret = file_sink_pwrite(&r->f, zeros, (size_t)n, from, e);
	}
	return ret;
}

static bool is_begun(const struct raw_sink *r, uint64_t chunk)
{
	return r->begun[chunk / 8] & 1 << chunk % 8;
}

/* Zero what the write at offset leaves of the chunks that it is the first one to. */
static int begin_chunks(struct raw_sink *r, uint64_t offset, size_t len, struct err *e)
{
	uint64_t end = round_up(offset + len, 512);
	int ret = 0;

	pthread_mutex_lock(&r->f.lock);
	for (uint64_t c = offset / r->chunk; ret == 0 && c * r->chunk < offset + len; c++) {
		uint64_t from = c * r->chunk, to = from + r->chunk;

		if (is_begun(r, c))
			continue;
		if (to > r->room)
			to = r->room;
		if (from < offset)
			ret = zero(r, from, offset, e);
		if (ret == 0 && to > end)
			ret = zero(r, end, to, e);
		r->begun[c / 8] |= (unsigned char)(1 << c % 8);
	}
	pthread_mutex_unlock(&r->f.lock);
	return ret;
}

static int zero_rest(struct raw_sink *r, struct err *e)
{
	uint64_t from = 0, to;
	int ret = 0;

	for (uint64_t c = 0; ret == 0 && from < r->room; c++, from = to) {
		to = from;
		while (to < r->room && !is_begun(r, c)) {
			to += r->chunk;
			c++;
		}
		if (to > r->room)
			to = r->room;
		ret = zero(r, from, to, e);
		to = (c + 1) * r->chunk;
	}
	return ret;
}

/* Once and for all: unaligned writes are those of odd images, or of a disk's end. */
static void leave_direct(struct raw_sink *r)
{
	pthread_mutex_lock(&r->f.lock);
	if (r->direct)
		fcntl(r->f.fd, F_SETFL, fcntl(r->f.fd, F_GETFL) & ~O_DIRECT);
	r->direct = false;
	pthread_mutex_unlock(&r->f.lock);
}

static int raw_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	struct raw_sink *r = (struct raw_sink *)s;

	if (r->direct && ((uintptr_t)data | len | offset) % DIRECT_ALIGN)
		leave_direct(r);
	if (r->chunk) {
		int ret = begin_chunks(r, offset, len, e);

		if (ret < 0)
			return ret;
	}
	return file_sink_pwrite(&r->f, data, len, offset, e);
}

static int raw_finish(struct sink *s, struct err *e)
{
	struct raw_sink *r = (struct raw_sink *)s;
	int ret = r->chunk && r->rest ? zero_rest(r, e) : 0;

	return ret < 0 ? ret : file_sink_sync(&r->f, e);
}

static void raw_free(struct sink *s)
{
	free(((struct raw_sink *)s)->begun);
	file_sink_free(s);
}

static const struct sink_ops raw_ops = { raw_write, raw_finish, raw_free };

static int see_in_chunks(struct raw_sink *r, uint64_t chunk, struct err *e)
{
	r->begun = calloc(1, (size_t)(r->room / chunk / 8 + 1));
	if (!r->begun)
		return err_sys(e, -ENOMEM, "%s", r->f.sink.name);
	r->chunk = chunk;
	if (r->f.sink.hole < chunk)
		r->f.sink.hole = chunk;
	return 0;
}

int sink_raw_chunks(struct sink *s, uint64_t chunk, struct err *e)
{
	if (!chunk || chunk % SINK_HOLE)
		return err_set(e, -EINVAL, "%s: chunks of %" PRIu64 " bytes", s->name, chunk);
	return see_in_chunks((struct raw_sink *)s, chunk, e);
}

static int prepare_device(struct raw_sink *r, unsigned int flags, struct err *e)
{
	uint64_t size;

	if (ioctl(r->f.fd, BLKGETSIZE64, &size) < 0)
		return err_sys(e, -errno, "%s", r->f.sink.name);
	if (size < r->f.sink.size)
		return err_set(e, -ENOSPC, "%s: has %" PRIu64 " of the %" PRIu64 " bytes needed",
			       r->f.sink.name, size, r->f.sink.size);
	r->block = true;
	r->rest = !(flags & SINK_ZEROED);
	if (!r->rest)
		r->room = size / 512 * 512;
	return r->rest ? see_in_chunks(r, CHUNK, e) : 0;
}

static int prepare_file(struct raw_sink *r, unsigned int flags, struct err *e)
{
	int ret = flags & SINK_ZEROED ? 0 : file_sink_empty(&r->f, e);

	if (ret == 0 && ftruncate(r->f.fd, (off_t)r->f.sink.size) < 0)
		ret = err_sys(e, -errno, "%s", r->f.sink.name);
	return ret;
}

int sink_raw(int fd, const char *name, uint64_t size, unsigned int flags, struct sink **s,
	     struct err *e)
{
	struct raw_sink *r = file_sink_new(sizeof(*r), &raw_ops, fd, name, size, e);
	struct stat st;
	int ret;

	if (!r)
		return -ENOMEM;
	/* A device's own unit, which may go past the disk's end. */
	r->room = round_up(size, 512);
	if (fstat(fd, &st) < 0)
		ret = err_sys(e, -errno, "%s", name);
	else
		ret = S_ISBLK(st.st_mode) ? prepare_device(r, flags, e) : prepare_file(r, flags, e);
	if (ret < 0) {
		sink_free(&r->f.sink);
		return ret;
	}
	if (flags & SINK_DIRECT && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_DIRECT) == 0) {
		r->direct = true;
		r->f.sink.hole = r->chunk > DIRECT_HOLE ? r->chunk : DIRECT_HOLE;
	}
	*s = &r->f.sink;
	return 0;
}
