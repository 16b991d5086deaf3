/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seSparse, ESX's snapshots of disks over 2 TiB.  VMware has not published it;
 * this is the one shape that its products write (version 2.1, grains of 4 KiB,
 * tables of 32 KiB), all numbers le64 and in sectors.
 */
#include <errno.h>
#include <stdlib.h>

#include "vmdk.h"

enum {
	S_VERSION = 8,
	S_CAPACITY = 16,
	S_GRAIN = 24,
	S_TABLE = 32,
	S_FLAGS = 40,
	S_VOLATILE = 80,   /* place of the volatile header */
	S_DIRECTORY = 128, /* place, length */
	S_TABLES = 144,
	S_GRAINS = 192,
	V_REPLAY = 24 /* of the volatile header: whether its journal is to be replayed */
};
enum { GRAIN_BYTES = 4096, TABLE_BYTES = 32768 };
#define CONST_MAGIC    UINT64_C(0xcafebabe)
#define VOLATILE_MAGIC UINT64_C(0xcafecafe)
#define VERSION_2_1    UINT64_C(0x0000000200000001)

/* Entry of the directory: which table, by number. Of a table: which grain, its low 12 bits on top.
 */
static int find(struct image *img, const struct sparse *s, uint64_t number, struct grain *g,
		struct err *e)
{
	uint64_t table = number / s->per_table, entry = number % s->per_table, v;
	char le[8];
	int r = tables_read(img, s->in, s->directory + table * 8, le, sizeof(le), e);

	*g = (struct grain){ .n = s->per_table - entry };
	v = get_le64(le, 0);
	if (r < 0 || v == 0)
		return r;
	if (v >> 32 != 0x10000000)
		return err_set(e, -EBADMSG, "%s: entry %" PRIu64 " of the directory is damaged",
			       s->in->name, table);
	r = tables_read(img, s->in, s->tables + (v & UINT32_MAX) * TABLE_BYTES + entry * 8, le,
			sizeof(le), e);
	if (r < 0)
		return r;
	v = get_le64(le, 0);
	g->n = 1;
	if (v == 0)
		return 0;
	if (v >> 60 == 0 || v >> 60 > 3)
		return err_set(e, -EBADMSG, "%s: the table's entry 0x%" PRIx64 " is damaged",
			       s->in->name, v);
	g->kind = v >> 60 == 3 ? GRAIN_STORED : GRAIN_ZERO; /* 1: unmapped, 2: zeros */
	g->at = (v >> 48 & 0xfff) | (v & UINT64_C(0xffffffffffff)) << 12;
	if (g->at > IMAGE_SIZE_MAX / GRAIN_BYTES)
		return err_set(e, -EBADMSG, "%s: the table's entry 0x%" PRIx64 " is damaged",
			       s->in->name, v);
	g->at = s->grains + g->at * GRAIN_BYTES;
	return 0;
}

/* What was written last may be in the journal only. */
static int check_journal(const struct sparse *s, uint64_t at, struct err *e)
{
	char h[SECTOR];
	int r;

	if (at > IMAGE_SIZE_MAX / SECTOR)
		return err_set(e, -EINVAL, "%s: has no volatile header", s->in->name);
	r = input_pread_full(s->in, h, sizeof(h), at * SECTOR, e);
	if (r < 0)
		return r;
	if (get_le64(h, 0) != VOLATILE_MAGIC)
		return err_set(e, -EINVAL, "%s: byte %" PRIu64 ": no volatile header", s->in->name,
			       at * SECTOR);
	if (get_le64(h, V_REPLAY))
		return err_set(e, -EINVAL, "%s: was not closed; ESX can replay its journal",
			       s->in->name);
	return 0;
}

int sesparse_open(struct part *p, struct err *e)
{
	struct sparse *s = p->s = calloc(1, sizeof(*s));
	char h[SECTOR];
	int r;

	if (!s)
		return err_sys(e, -ENOMEM, "%s", p->in->name);
	s->in = p->in;
	p->find = find;
	r = input_pread_full(s->in, h, sizeof(h), 0, e);
	if (r < 0)
		return r;
	if (get_le64(h, 0) != CONST_MAGIC || get_le64(h, S_VERSION) != VERSION_2_1 ||
	    get_le64(h, S_GRAIN) != GRAIN_BYTES / SECTOR ||
	    get_le64(h, S_TABLE) != TABLE_BYTES / SECTOR || get_le64(h, S_FLAGS) != 0)
		return err_set(e, -EINVAL,
			       "%s: byte 0: no header of a seSparse disk of version 2.1",
			       s->in->name);
	for (size_t field = S_DIRECTORY; field <= S_GRAINS; field += 16)
		if (get_le64(h, field) > IMAGE_SIZE_MAX / SECTOR)
			return err_set(e, -EINVAL, "%s: byte %zu: a place past any file",
				       s->in->name, field);
	s->capacity = get_le64(h, S_CAPACITY);
	if (s->capacity > IMAGE_SIZE_MAX / SECTOR)
		return err_set(e, -EFBIG, "%s: is larger than 64 TiB", s->in->name);
	s->capacity *= SECTOR;
	s->grain = GRAIN_BYTES;
	s->per_table = TABLE_BYTES / 8;
	s->directory = get_le64(h, S_DIRECTORY) * SECTOR;
	s->tables = get_le64(h, S_TABLES) * SECTOR;
	s->grains = get_le64(h, S_GRAINS) * SECTOR;
	return check_journal(s, get_le64(h, S_VOLATILE), e);
}
