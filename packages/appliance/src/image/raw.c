/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Raw: the guest's bytes, one after the other; a last sector that is not whole ends in zeros. */
#include <errno.h>
#include <stdlib.h>

#include "private.h"
#include "socle/cleanup.h"

static bool raw_probe(const void *head, size_t len)
{
	(void)head;
	(void)len;
	return true;
}

static uint64_t whole_sectors(uint64_t size)
{
	return size == INPUT_UNKNOWN ? size : (size + SECTOR - 1) / SECTOR * SECTOR;
}

static int raw_open(struct image *img, struct err *e)
{
	(void)e;
	img->info.size = whole_sectors(img->in->size);
	img->info.cluster = 1;
	return 0;
}

/* A hole of the file, and what the last sector has more than the file, are zeros. */
static int raw_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	uint64_t end = img->info.size, from = end, to;

	(void)e;
	if (offset < img->in->size)
		input_data(img->in, offset, &from, &to);
	if (from == img->in->size)
		from = end;
	if (from > offset)
		*x = (struct extent){ .kind = EXTENT_ZERO,
				      .offset = offset,
				      .length = from - offset };
	else
		*x = (struct extent){ .kind = EXTENT_RAW,
				      .offset = offset,
				      .length = to - offset,
				      .in = img->in,
				      .at = offset,
				      .stored = to - offset };
	return 0;
}

static int raw_emit(struct image *img, uint64_t at, const void *data, size_t len,
		    int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx)
{
	const struct extent x = { .kind = EXTENT_RAW,
				  .offset = at,
				  .length = len,
				  .in = img->in,
				  .at = at,
				  .stored = len };

	return len ? emit(ctx, &x, data) : 0;
}

/* Fill a buffer as far as the input goes. */
static ssize_t read_chunk(struct input *in, char *data, size_t len, struct err *e)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = input_read(in, data + got, len - got, e);

		if (n < 0)
			return n;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static int raw_ended(const struct image *img, uint64_t at, struct err *e)
{
	if (img->info.size == INPUT_UNKNOWN || img->info.size == whole_sectors(at))
		return 0;
	return err_set(e, -ENODATA, "%s: ends after %" PRIu64 " of %" PRIu64 " bytes",
		       img->in->name, at, img->info.size);
}

static int raw_stream(struct image *img,
		      int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		      struct err *e)
{
	static const size_t chunk = 1 << 20;
	_cleanup_free_ char *data = malloc(chunk);
	size_t have = img->head_len; /* so that all chunks but the last are aligned */

	if (!data)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	memcpy(data, img->head, have);
	for (uint64_t at = 0;; at += chunk, have = 0) {
		ssize_t n = read_chunk(img->in, data + have, chunk - have, e);
		int r;

		if (n < 0)
			return (int)n;
		have += (size_t)n;
		r = raw_emit(img, at, data, have, emit, ctx);
		if (r != 0)
			return r;
		if (have < chunk)
			return raw_ended(img, at + have, e);
	}
}

const struct image_format raw_format = {
	.name = "raw",
	.probe = raw_probe,
	.open = raw_open,
	.lookup = raw_lookup,
	.open_stream = raw_open,
	.stream = raw_stream,
};
