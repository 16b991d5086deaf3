/* SPDX-License-Identifier: GPL-2.0-or-later */
/* streamOptimized, in order: the header, what is in front, then grains and markers. */
#include <errno.h>
#include <stdlib.h>

#include "socle/cleanup.h"
#include "vmdk.h"

struct stream {
	const struct sparse *s;
	char *data;	     /* a marker and its grain */
	unsigned char *seen; /* a bit per grain: a second one would be a second truth */
	uint64_t count;	     /* of grains so far */
	uint64_t expected;   /* by the tables in front; 0 when there are none */
	int (*emit)(void *ctx, const struct extent *x, const void *data);
	void *ctx;
};

/* A grain whose first sector is in st->data. */
static int take_grain(struct stream *st, uint64_t at, struct err *e)
{
	const struct sparse *s = st->s;
	uint64_t sector = get_le64(st->data, MARKER_NUMBER);
	uint64_t size = get_le32(st->data, MARKER_SIZE), number = sector / (s->grain / SECTOR);
	struct extent x = { .kind = EXTENT_ZLIB,
			    .offset = number * s->grain,
			    .length = s->grain,
			    .in = s->in,
			    .at = at + MARKER_DATA,
			    .stored = size,
			    .unit = (uint32_t)s->grain };
	uint64_t end = (MARKER_DATA + size + SECTOR - 1) / SECTOR * SECTOR;
	int r;

	if (size > s->grain + STORED_EXTRA)
		return err_set(e, -EBADMSG,
			       "%s: byte %" PRIu64 ": a grain of %" PRIu64 " compressed bytes",
			       s->in->name, at, size);
	if (sector % (s->grain / SECTOR) || sector >= s->capacity / SECTOR)
		return err_set(e, -EBADMSG,
			       "%s: byte %" PRIu64 ": a grain of sector %" PRIu64 " cannot be",
			       s->in->name, at, sector);
	if (st->seen[number / 8] & 1 << number % 8)
		return err_set(e, -EBADMSG,
			       "%s: grain %" PRIu64 " at byte %" PRIu64 " is there twice",
			       s->in->name, number, at);
	st->seen[number / 8] |= (unsigned char)(1 << number % 8);
	st->count++;
	r = input_read_full(s->in, st->data + SECTOR, end - SECTOR, e);
	if (r < 0)
		return err_wrap(e, "%s: grain %" PRIu64, s->in->name, number);
	extent_clip(&x, x.offset, s->capacity);
	return st->emit(st->ctx, &x, st->data + MARKER_DATA);
}

/* A table or directory, which grains in order make needless.  1: the end. */
static int take_marker(struct stream *st, uint64_t at, struct err *e)
{
	const struct sparse *s = st->s;
	uint32_t type = get_le32(st->data, MARKER_TYPE);
	uint64_t sectors = get_le64(st->data, MARKER_NUMBER);

	if (type == MARKER_END && sectors == 0)
		return 1;
	if (type > MARKER_FOOTER || sectors > IMAGE_TABLE_MAX / SECTOR)
		return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": neither a grain nor a marker",
			       s->in->name, at);
	return input_skip_to(s->in, s->in->at + sectors * SECTOR, e);
}

/* The first sector of what comes next; 1 at the end of the file. */
static int next_sector(const struct stream *st, struct err *e)
{
	struct input *in = st->s->in;
	ssize_t n = input_read(in, st->data, SECTOR, e);

	if (n < 0)
		return (int)n;
	if (n == 0)
		return 1;
	return input_read_full(in, st->data + n, SECTOR - (size_t)n, e);
}

/* Nothing more comes; whether all was there. */
static int ended(const struct stream *st, bool marked, struct err *e)
{
	const struct sparse *s = st->s;

	if (!marked && (s->footer || s->directory >= s->in->at))
		return err_set(e, -ENODATA, "%s: ends at byte %" PRIu64 " without its directory",
			       s->in->name, s->in->at);
	if (st->count < st->expected)
		return err_set(e, -ENODATA,
			       "%s: ends at byte %" PRIu64 " after %" PRIu64 " of %" PRIu64
			       " grains",
			       s->in->name, s->in->at, st->count, st->expected);
	return 0;
}

static int decode(struct stream *st, struct err *e)
{
	struct input *in = st->s->in;

	for (;;) {
		uint64_t at = in->at;
		int r = next_sector(st, e);

		if (r == 1)
			return ended(st, false, e);
		if (r == 0)
			r = get_le32(st->data, MARKER_SIZE) ? take_grain(st, at, e)
							    : take_marker(st, at, e);
		if (r != 0)
			return r == 1 ? ended(st, true, e) : r;
	}
}

/* The grains that the tables have, when they come in front and in order. */
static int count_tables(struct stream *st, const char *directory, size_t n, struct err *e)
{
	const struct sparse *s = st->s;
	char table[4 * PER_TABLE_MAX];
	size_t len = (size_t)s->per_table * 4;

	for (size_t i = 0; i < n; i++) {
		uint64_t at = get_le32(directory, i * 4) * SECTOR;
		int r;

		if (at == 0)
			continue;
		if (at < s->in->at || at + len > s->front) {
			st->expected = 0;
			return 0;
		}
		if ((r = input_skip_to(s->in, at, e)) < 0 ||
		    (r = input_read_full(s->in, table, len, e)) < 0)
			return r;
		for (size_t entry = 0; entry < len; entry += 4)
			st->expected += get_le32(table, entry) > 1;
	}
	return 0;
}

/* What comes before the first grain. */
static int pass_front(struct stream *st, struct err *e)
{
	const struct sparse *s = st->s;
	uint64_t per = s->grain * s->per_table, n = (s->capacity + per - 1) / per;
	_cleanup_free_ char *directory = NULL;
	int r = 0;

	if (!s->footer && s->directory >= s->in->at && s->directory + n * 4 <= s->front) {
		directory = malloc((size_t)n * 4);
		if (!directory)
			return err_sys(e, -ENOMEM, "%s", s->in->name);
		if ((r = input_skip_to(s->in, s->directory, e)) < 0 ||
		    (r = input_read_full(s->in, directory, (size_t)n * 4, e)) < 0)
			return r;
		r = count_tables(st, directory, (size_t)n, e);
	}
	return r < 0 ? r : input_skip_to(s->in, s->front, e);
}

int vmdk_stream(struct image *img, const struct sparse *s,
		int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		struct err *e)
{
	uint64_t grains = (s->capacity + s->grain - 1) / s->grain;
	_cleanup_free_ char *data = malloc(s->grain + STORED_EXTRA + 2 * SECTOR);
	_cleanup_free_ unsigned char *seen = NULL;
	struct stream st = { .s = s, .data = data, .emit = emit, .ctx = ctx };
	int r;

	if (grains / 8 > IMAGE_TABLE_MAX)
		return err_set(e, -EFBIG, "%s: has too many grains", img->in->name);
	st.seen = seen = calloc(1, (size_t)(grains / 8 + 1));
	if (!data || !seen)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = pass_front(&st, e);
	return r < 0 ? r : decode(&st, e);
}
