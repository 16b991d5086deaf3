/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compressed streams: gzip (RFC 1952) by ISA-L, xz by liblzma on several cores
 * where the stream has several blocks, zstd (RFC 8878).
 */
#include <errno.h>
#include <inttypes.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "socle/cleanup.h"
#include "streams.h"

enum { UNPACK_BUFFER = 256 << 10, XZ_THREADS_MAX = 8, ZSTD_WINDOW_LOG_MAX = 27 };

static const uint64_t xz_memory_max = UINT64_C(256) << 20;

struct unpack;

struct unpacker {
	const char *name;
	int (*start)(struct unpack *u);
	/* Consume from u->next, u->left; produce up to len bytes, *made of them. */
	int (*step)(struct unpack *u, void *out, size_t len, size_t *made, struct err *e);
	void (*stop)(struct unpack *u);
};

struct unpack {
	struct input in;
	struct input *below;
	const struct unpacker *kind;
	unsigned char *buffer, *next;
	size_t left;
	bool ended;  /* nothing more comes from below */
	bool inside; /* a member, frame or stream was begun and did not end */
	bool over;   /* all is given out */
	union {
		struct inflate_state gz;
		lzma_stream xz;
		ZSTD_DStream *zst;
	};
};

static int damaged(const struct unpack *u, struct err *e)
{
	return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": the %s data is damaged", u->in.name,
		       u->below->at - u->left, u->kind->name);
}

static int gz_start(struct unpack *u)
{
	isal_inflate_init(&u->gz);
	u->gz.crc_flag = ISAL_GZIP;
	return 0;
}

/* Between members: another one follows, or zeros that fill up a tape's block. */
static int gz_between(struct unpack *u, struct err *e)
{
	while (u->left && *u->next == 0) {
		u->next++;
		u->left--;
	}
	if (!u->left)
		return 0;
	if (*u->next != 0x1f)
		return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": something follows the gzip data",
			       u->in.name, u->below->at - u->left);
	isal_inflate_reset(&u->gz);
	u->gz.crc_flag = ISAL_GZIP;
	u->inside = true;
	return 0;
}

static int gz_step(struct unpack *u, void *out, size_t len, size_t *made, struct err *e)
{
	int r;

	if (!u->inside) {
		r = gz_between(u, e);
		if (r < 0 || !u->inside)
			return r;
	}
	u->gz.next_in = u->next;
	u->gz.avail_in = (uint32_t)u->left;
	u->gz.next_out = out;
	u->gz.avail_out = (uint32_t)len;
	r = isal_inflate(&u->gz);
	u->next = u->gz.next_in;
	u->left = u->gz.avail_in;
	*made = len - u->gz.avail_out;
	if (r != ISAL_DECOMP_OK && r != ISAL_END_INPUT)
		return damaged(u, e);
	u->inside = u->gz.block_state != ISAL_BLOCK_FINISH;
	return 0;
}

static int xz_start(struct unpack *u)
{
	uint32_t threads = lzma_cputhreads();
	lzma_mt mt = {
		.flags = LZMA_CONCATENATED,
		.threads = threads < 1		      ? 1
			   : threads > XZ_THREADS_MAX ? XZ_THREADS_MAX
						      : threads,
		.memlimit_threading = xz_memory_max / 4,
		.memlimit_stop = xz_memory_max,
	};

	u->xz = (lzma_stream)LZMA_STREAM_INIT;
	return lzma_stream_decoder_mt(&u->xz, &mt) == LZMA_OK ? 0 : -ENOMEM;
}

static int xz_step(struct unpack *u, void *out, size_t len, size_t *made, struct err *e)
{
	lzma_ret r;

	u->xz.next_in = u->next;
	u->xz.avail_in = u->left;
	u->xz.next_out = out;
	u->xz.avail_out = len;
	r = lzma_code(&u->xz, u->ended ? LZMA_FINISH : LZMA_RUN);
	u->next = (unsigned char *)u->xz.next_in;
	u->left = u->xz.avail_in;
	*made = len - u->xz.avail_out;
	if (r == LZMA_MEMLIMIT_ERROR)
		return err_set(e, -EFBIG, "%s: its xz data needs more than 256 MiB of memory",
			       u->in.name);
	if (r != LZMA_OK && r != LZMA_STREAM_END && r != LZMA_BUF_ERROR)
		return damaged(u, e);
	u->inside = r != LZMA_STREAM_END;
	return 0;
}

static void xz_stop(struct unpack *u)
{
	lzma_end(&u->xz);
}

static int zst_start(struct unpack *u)
{
	u->zst = ZSTD_createDStream();
	if (!u->zst)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(u->zst, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
	return 0;
}

static int zst_step(struct unpack *u, void *out, size_t len, size_t *made, struct err *e)
{
	ZSTD_inBuffer from = { u->next, u->left, 0 };
	ZSTD_outBuffer to = { out, len, 0 };
	size_t r;

	r = ZSTD_decompressStream(u->zst, &to, &from);
	u->next += from.pos;
	u->left -= from.pos;
	*made = to.pos;
	if (ZSTD_isError(r))
		return damaged(u, e);
	if (from.pos || to.pos)
		u->inside = r != 0;
	return 0;
}

static void zst_stop(struct unpack *u)
{
	ZSTD_freeDStream(u->zst);
}

static const struct unpacker unpackers[] = {
	[COMPRESSION_GZIP] = { "gzip", gz_start, gz_step, NULL },
	[COMPRESSION_XZ] = { "xz", xz_start, xz_step, xz_stop },
	[COMPRESSION_ZSTD] = { "zstd", zst_start, zst_step, zst_stop },
};

static int refill(struct unpack *u, struct err *e)
{
	ssize_t n;

	if (u->left || u->ended)
		return 0;
	n = input_read(u->below, u->buffer, UNPACK_BUFFER, e);
	if (n < 0)
		return (int)n;
	u->ended = n == 0;
	u->next = u->buffer;
	u->left = (size_t)n;
	return 0;
}

static ssize_t unpack_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct unpack *u = (struct unpack *)in;
	size_t made = 0, before;
	int r;

	if (len > UINT32_MAX)
		len = UINT32_MAX;
	while (!made && !u->over) {
		r = refill(u, e);
		if (r < 0)
			return r;
		before = u->left;
		r = u->kind->step(u, data, len, &made, e);
		if (r < 0)
			return r;
		if (made || !u->ended || u->left != before)
			continue;
		if (u->inside)
			return err_set(e, -ENODATA,
				       "%s: byte %" PRIu64 ": the %s data ends too early",
				       u->in.name, u->below->at, u->kind->name);
		u->over = true;
	}
	return (ssize_t)made;
}

static void unpack_close(struct input *in)
{
	struct unpack *u = (struct unpack *)in;

	if (u->kind->stop)
		u->kind->stop(u);
	free(u->buffer);
	input_free(u->below);
}

static const struct input_ops unpack_ops = { unpack_read, NULL, unpack_close };

struct input *input_unpack(struct input *below, enum model_compression packing, struct err *e)
{
	struct unpack *u = calloc(1, sizeof(*u));

	if (!u || !(u->buffer = malloc(UNPACK_BUFFER)) || !(u->in.name = strdup(below->name)))
		goto fail;
	u->in.ops = &unpack_ops;
	u->in.size = INPUT_UNKNOWN;
	u->kind = &unpackers[packing];
	u->inside = true;
	if (u->kind->start(u) < 0)
		goto fail;
	u->below = below;
	return &u->in;
fail:
	err_sys(e, -ENOMEM, "%s", below->name);
	if (u) {
		free(u->buffer);
		free(u->in.name);
		free(u);
	}
	input_free(below);
	return NULL;
}

enum model_compression packing_of(const void *head, size_t len)
{
	static const struct {
		const char *magic;
		size_t len;
		enum model_compression packing;
	} magics[] = {
		{ "\x1f\x8b\x08", 3, COMPRESSION_GZIP },
		{ "\xfd"
		  "7zXZ\0",
		  6, COMPRESSION_XZ },
		{ "\x28\xb5\x2f\xfd", 4, COMPRESSION_ZSTD },
	};

	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++)
		if (len >= magics[i].len && memcmp(head, magics[i].magic, magics[i].len) == 0)
			return magics[i].packing;
	return COMPRESSION_NONE;
}
