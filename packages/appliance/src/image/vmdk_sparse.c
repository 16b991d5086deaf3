/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "vmdk.h"

/* The header, in sectors where it says a place or a length. */
enum {
	H_VERSION = 4,	   /* le32 */
	H_FLAGS = 8,	   /* le32 */
	H_CAPACITY = 12,   /* le64 */
	H_GRAIN = 20,	   /* le64 */
	H_DESCRIPTOR = 28, /* le64, le64: place, length */
	H_PER_TABLE = 44,  /* le32 */
	H_SPARE = 48,	   /* le64: the spare directory */
	H_DIRECTORY = 56,  /* le64 */
	H_FRONT = 64,	   /* le64 */
	H_LINE_ENDS = 73,  /* 4 bytes */
	H_COMPRESSION = 77 /* le16 */
};
enum {
	FLAG_LINE_ENDS = 1 << 0,
	FLAG_SPARE = 1 << 1,
	FLAG_COMPRESSED = 1 << 16,
	FLAG_MARKERS = 1 << 17,
};
enum { COMPRESSION_DEFLATE = 1 };
#define DIRECTORY_AT_END UINT64_MAX

/* Sectors to bytes; what is past any file is a fault of the header. */
static int bytes_of(const struct sparse *s, const void *h, size_t field, const char *what,
		    uint64_t *bytes, struct err *e)
{
	if (!__builtin_mul_overflow(get_le64(h, field), SECTOR, bytes) && *bytes <= IMAGE_SIZE_MAX)
		return 0;
	return err_set(e, -EINVAL, "%s: the header's %s, %" PRIu64 " sectors, is absurd",
		       s->in->name, what, get_le64(h, field));
}

static int check_shape(const struct sparse *s, const void *h, uint64_t at, struct err *e)
{
	uint32_t version = get_le32(h, H_VERSION), flags = get_le32(h, H_FLAGS);

	if (version < 1 || version > 3)
		return err_set(e, -EINVAL, "%s: VMDK version %" PRIu32 " is not known", s->in->name,
			       version);
	if ((flags & FLAG_LINE_ENDS) && memcmp((const char *)h + H_LINE_ENDS, "\n \r\n", 4) != 0)
		return err_set(e, -EBADMSG,
			       "%s: byte %" PRIu64 ": was damaged by a transfer as text",
			       s->in->name, at + H_LINE_ENDS);
	if (!is_power_of_2(s->grain) || s->grain > IMAGE_CHUNK_MAX)
		return err_set(e, -EINVAL, "%s: grains of %" PRIu64 " bytes", s->in->name,
			       s->grain);
	if (s->per_table == 0 || s->per_table > PER_TABLE_MAX)
		return err_set(e, -EINVAL, "%s: tables of %" PRIu64 " grains", s->in->name,
			       s->per_table);
	if ((flags & FLAG_COMPRESSED) && get_le16(h, H_COMPRESSION) != COMPRESSION_DEFLATE)
		return err_set(e, -EINVAL, "%s: compression %d is not known", s->in->name,
			       get_le16(h, H_COMPRESSION));
	if (s->capacity / s->grain / s->per_table * 4 > IMAGE_TABLE_MAX)
		return err_set(e, -EFBIG, "%s: the directory is too large", s->in->name);
	return 0;
}

int sparse_header(struct sparse *s, const void *h, uint64_t at, struct err *e)
{
	uint32_t flags = get_le32(h, H_FLAGS);
	int r = 0;

	if (memcmp(h, "KDMV", 4) != 0)
		return err_set(e, -EINVAL, "%s: byte %" PRIu64 ": no header of a sparse VMDK",
			       s->in->name, at);
	s->per_table = get_le32(h, H_PER_TABLE);
	s->compressed = flags & FLAG_COMPRESSED;
	s->markers = flags & FLAG_MARKERS;
	if ((r = bytes_of(s, h, H_CAPACITY, "capacity", &s->capacity, e)) < 0 ||
	    (r = bytes_of(s, h, H_GRAIN, "grain size", &s->grain, e)) < 0 ||
	    (r = bytes_of(s, h, H_FRONT, "overhead", &s->front, e)) < 0 ||
	    (r = bytes_of(s, h, H_DESCRIPTOR, "descriptor", &s->descriptor, e)) < 0 ||
	    (r = bytes_of(s, h, H_DESCRIPTOR + 8, "descriptor's size", &s->descriptor_len, e)) < 0)
		return r;
	s->footer = get_le64(h, H_DIRECTORY) == DIRECTORY_AT_END;
	s->directory = DIRECTORY_AT_END;
	if (!s->footer && (r = bytes_of(s, h, H_DIRECTORY, "directory", &s->directory, e)) < 0)
		return r;
	if (s->directory == 0 && (flags & FLAG_SPARE) &&
	    (r = bytes_of(s, h, H_SPARE, "spare directory", &s->directory, e)) < 0)
		return r;
	return check_shape(s, h, at, e);
}

/* The footer is the last sector but one: the end marker comes after it. */
static int read_footer(struct sparse *s, struct err *e)
{
	struct sparse footer = { .in = s->in };
	char h[SECTOR];
	uint64_t at;
	int r;

	if (s->in->size < 4 * SECTOR)
		return err_set(e, -ENODATA, "%s: ends before its footer", s->in->name);
	at = s->in->size - 2 * SECTOR;
	r = input_pread_full(s->in, h, sizeof(h), at, e);
	if (r == 0)
		r = sparse_header(&footer, h, at, e);
	if (r < 0)
		return err_wrap(e, "%s: the footer", s->in->name);
	if (footer.footer || footer.capacity != s->capacity || footer.grain != s->grain ||
	    footer.per_table != s->per_table)
		return err_set(e, -EBADMSG,
			       "%s: the footer at byte %" PRIu64 " is not that of the header",
			       s->in->name, at);
	s->directory = footer.directory;
	return 0;
}

static struct sparse *new_sparse(struct part *p, struct err *e)
{
	p->s = calloc(1, sizeof(*p->s));
	if (!p->s)
		err_sys(e, -ENOMEM, "%s", p->in->name);
	else
		p->s->in = p->in;
	return p->s;
}

/* Where a grain is; the directory and the tables have entries of 4 bytes, in sectors. */
static int find(struct image *img, const struct sparse *s, uint64_t number, struct grain *g,
		struct err *e)
{
	uint64_t table = number / s->per_table, entry = number % s->per_table;
	char le[4];
	int r = tables_read(img, s->in, s->directory + table * 4, le, sizeof(le), e);

	*g = (struct grain){ .n = s->per_table - entry };
	if (r < 0 || get_le32(le, 0) == 0)
		return r;
	r = tables_read(img, s->in, get_le32(le, 0) * SECTOR + entry * 4, le, sizeof(le), e);
	g->n = 1;
	g->at = get_le32(le, 0) * SECTOR;
	/* Sector 1 is never a grain's, whether or not the header says that it means zeros. */
	g->kind = g->at == 0 ? GRAIN_HOLE : g->at == SECTOR ? GRAIN_ZERO : GRAIN_STORED;
	return r;
}

int sparse_open(struct part *p, struct err *e)
{
	struct sparse *s = new_sparse(p, e);
	char h[SECTOR];
	int r;

	if (!s)
		return -ENOMEM;
	p->find = find;
	r = input_pread_full(s->in, h, sizeof(h), 0, e);
	if (r == 0)
		r = sparse_header(s, h, 0, e);
	if (r == 0 && s->front > s->in->size)
		r = err_set(e, -ENODATA, "%s: ends at byte %" PRIu64 ", before its first grain",
			    s->in->name, s->in->size);
	if (r == 0 && s->footer)
		r = read_footer(s, e);
	if (r == 0 && s->directory < SECTOR)
		r = err_set(e, -EINVAL, "%s: has no directory of grains", s->in->name);
	return r;
}

/* ESX's copy-on-write disks: 4096 grains to a table, all numbers le32 and in sectors. */
int cowd_open(struct part *p, struct err *e)
{
	enum { C_VERSION = 4, C_CAPACITY = 12, C_GRAIN = 16, C_DIRECTORY = 20, C_TABLES = 24 };
	struct sparse *s = new_sparse(p, e);
	char h[SECTOR];
	int r;

	if (!s)
		return -ENOMEM;
	p->find = find;
	r = input_pread_full(s->in, h, sizeof(h), 0, e);
	if (r < 0)
		return r;
	if (memcmp(h, "COWD", 4) != 0 || get_le32(h, C_VERSION) != 1)
		return err_set(e, -EINVAL, "%s: byte 0: no header of a sparse ESX disk",
			       s->in->name);
	s->capacity = get_le32(h, C_CAPACITY) * SECTOR;
	s->grain = get_le32(h, C_GRAIN) * SECTOR;
	s->per_table = 4096;
	s->directory = get_le32(h, C_DIRECTORY) * SECTOR;
	if (!is_power_of_2(s->grain) || s->grain > IMAGE_CHUNK_MAX || s->directory == 0 ||
	    s->capacity / s->grain / s->per_table > get_le32(h, C_TABLES))
		return err_set(e, -EINVAL,
			       "%s: grains of %" PRIu64 " bytes and a directory of %" PRIu32
			       " for %" PRIu64 " bytes of the guest are not possible",
			       s->in->name, s->grain, get_le32(h, C_TABLES), s->capacity);
	return 0;
}

/* How a compressed grain is stored: with a marker in front of it, or (some writers) without. */
static int compressed(const struct sparse *s, uint64_t number, struct extent *x, struct err *e)
{
	char marker[MARKER_DATA];
	uint64_t sector = number * (s->grain / SECTOR);
	int r;

	if (s->markers) {
		r = input_pread_full(s->in, marker, sizeof(marker), x->at, e);
		if (r < 0)
			return err_wrap(e, "%s: grain %" PRIu64, s->in->name, number);
		x->stored = get_le32(marker, MARKER_SIZE);
		if (get_le64(marker, MARKER_NUMBER) != sector)
			return err_set(e, -EBADMSG,
				       "%s: grain %" PRIu64 " at byte %" PRIu64
				       ": what is there is sector %" PRIu64 ", not %" PRIu64,
				       s->in->name, number, x->at, get_le64(marker, 0), sector);
		if (x->stored == 0 || x->stored > s->grain + STORED_EXTRA)
			return err_set(e, -EBADMSG,
				       "%s: grain %" PRIu64 " at byte %" PRIu64 ": %" PRIu64
				       " compressed bytes are not possible",
				       s->in->name, number, x->at, x->stored);
		x->at += MARKER_DATA;
	} else {
		uint64_t left = x->at < s->in->size ? s->in->size - x->at : 0;

		x->stored = left < s->grain + STORED_EXTRA ? left : s->grain + STORED_EXTRA;
	}
	x->kind = EXTENT_ZLIB;
	x->unit = (uint32_t)s->grain;
	return 0;
}

int sparse_lookup(struct image *img, const struct part *p, uint64_t offset, struct extent *x,
		  struct err *e)
{
	const struct sparse *s = p->s;
	uint64_t number = offset / s->grain;
	struct grain g;
	int r = p->find(img, s, number, &g, e);

	if (r < 0)
		return err_wrap(e, "%s: grain %" PRIu64, s->in->name, number);
	*x = (struct extent){ .offset = number * s->grain, .length = g.n * s->grain, .at = g.at };
	x->kind = g.kind == GRAIN_HOLE	 ? EXTENT_HOLE
		  : g.kind == GRAIN_ZERO ? EXTENT_ZERO
					 : EXTENT_RAW;
	if (g.kind == GRAIN_STORED) {
		x->in = s->in;
		if (!inside(s->in, g.at, 1))
			return err_set(e, -ENODATA,
				       "%s: grain %" PRIu64 " at byte %" PRIu64
				       ": the file ends at byte %" PRIu64,
				       s->in->name, number, g.at, s->in->size);
	}
	if (g.kind == GRAIN_STORED && s->compressed)
		r = compressed(s, number, x, e);
	else
		x->stored = x->length;
	extent_clip(x, x->offset, s->capacity);
	return r;
}
