/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decompression of single units.  What it needs is kept by each thread, since to
 * set up a decompressor costs as much as to decompress a small unit.
 */
#include <errno.h>
#include <libdeflate.h>
#include <pthread.h>
#include <stdlib.h>
#include <zstd.h>

#include "private.h"

struct unpacker {
	struct libdeflate_decompressor *deflate;
	ZSTD_DCtx *zstd;
	char *scratch; /* IMAGE_CHUNK_MAX, for units of which only a part is wanted */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int key_error;

static void unpacker_free(void *data)
{
	struct unpacker *u = data;

	libdeflate_free_decompressor(u->deflate);
	ZSTD_freeDCtx(u->zstd);
	free(u->scratch);
	free(u);
}

static void make_key(void)
{
	key_error = pthread_key_create(&key, unpacker_free);
}

/* This thread's; NULL when memory is exhausted. */
static struct unpacker *unpacker(void)
{
	struct unpacker *u;

	pthread_once(&once, make_key);
	if (key_error)
		return NULL;
	u = pthread_getspecific(key);
	if (u)
		return u;
	u = calloc(1, sizeof(*u));
	if (u && pthread_setspecific(key, u) != 0) {
		free(u);
		u = NULL;
	}
	return u;
}

static int no_memory(const struct extent *x, struct err *e)
{
	return err_sys(e, -ENOMEM, "byte %" PRIu64, x->offset);
}

static int damaged(const struct extent *x, const char *what, struct err *e)
{
	return err_set(e, -EBADMSG, "%s%s%s %" PRIu64 " at byte %" PRIu64 ": %s",
		       x->in ? x->in->name : "", x->in ? ": " : "",
		       x->kind == EXTENT_ZLIB ? "grain" : "cluster",
		       x->unit ? (x->offset - x->skip) / x->unit : 0, x->at, what);
}

/* Up to len bytes of a deflate or zlib stream; the input may have more after it. */
static int inflate(struct unpacker *u, const struct extent *x, const void *data, void *out,
		   size_t len, size_t *got, struct err *e)
{
	enum libdeflate_result r;
	size_t used = 0;

	if (!u->deflate && !(u->deflate = libdeflate_alloc_decompressor()))
		return no_memory(x, e);
	r = (x->kind == EXTENT_ZLIB ? libdeflate_zlib_decompress_ex
				    : libdeflate_deflate_decompress_ex)(
		u->deflate, data, (size_t)x->stored, out, len, &used, got);
	if (r == LIBDEFLATE_INSUFFICIENT_SPACE)
		return damaged(x, "unpacks to more than it should", e);
	if (r != LIBDEFLATE_SUCCESS)
		return damaged(x, "the compressed data are damaged", e);
	return 0;
}

/* Up to len bytes of one or more frames; what follows them is let be. */
static int unzstd(struct unpacker *u, const struct extent *x, const void *data, void *out,
		  size_t len, size_t *got, struct err *e)
{
	const char *at = data;
	size_t left = (size_t)x->stored;

	if (!u->zstd && !(u->zstd = ZSTD_createDCtx()))
		return no_memory(x, e);
	for (*got = 0; *got < len;) {
		size_t frame = ZSTD_findFrameCompressedSize(at, left), n;

		if (ZSTD_isError(frame))
			return damaged(x, ZSTD_getErrorName(frame), e);
		n = ZSTD_decompressDCtx(u->zstd, (char *)out + *got, len - *got, at, frame);
		if (ZSTD_isError(n))
			return damaged(x, ZSTD_getErrorName(n), e);
		*got += n;
		at += frame;
		left -= frame;
	}
	return 0;
}

static int decompress(struct unpacker *u, const struct extent *x, const void *data, void *out,
		      size_t len, struct err *e)
{
	size_t got = 0;
	int r = (x->kind == EXTENT_ZSTD ? unzstd : inflate)(u, x, data, out, len, &got, e);

	if (r == 0 && got < x->skip + x->length)
		return damaged(x, "unpacks to less than it should", e);
	return r;
}

int extent_unpack(const struct extent *x, const void *data, void *out, struct err *e)
{
	struct unpacker *u;
	int r;

	if (x->kind == EXTENT_RAW) {
		memcpy(out, data, (size_t)x->length);
		return 0;
	}
	if (x->kind == EXTENT_ZERO || x->kind == EXTENT_HOLE) {
		memset(out, 0, (size_t)x->length);
		return 0;
	}
	u = unpacker();
	if (!u)
		return no_memory(x, e);
	if (x->length == x->unit)
		return decompress(u, x, data, out, x->unit, e);
	if (!u->scratch && !(u->scratch = malloc(IMAGE_CHUNK_MAX)))
		return no_memory(x, e);
	r = decompress(u, x, data, u->scratch, x->unit, e);
	if (r == 0)
		memcpy(out, u->scratch + x->skip, (size_t)x->length);
	return r;
}
