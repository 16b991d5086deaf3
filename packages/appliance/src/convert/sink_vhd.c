/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VHD (Microsoft, Virtual Hard Disk Image Format Specification 1.0): dynamic with
 * blocks of 2 MiB, and fixed.  Times and the identifier follow from the size, so
 * that the same contents give the same file.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "convert/file_sink.h"

enum {
	SECTOR = 512,
	BLOCK = 2 << 20,
	HEADER_AT = 512, /* of a dynamic disk, after the copy of the footer */
	TABLE_AT = 1536, /* the block allocation table */
	TYPE_FIXED = 2,
	TYPE_DYNAMIC = 3,
};
#define VHD_MAX	 (UINT64_C(2040) << 30)
#define NOWHERE	 UINT64_MAX /* a fixed disk has no header */
#define NO_BLOCK UINT32_MAX

struct vhd_footer {
	char cookie[8];
	uint32_t features, version;
	uint64_t header_at;
	uint32_t time;
	char creator[4];
	uint32_t creator_version;
	char creator_os[4];
	uint64_t original_size, size;
	uint16_t cylinders;
	uint8_t heads, sectors;
	uint32_t type, checksum;
	uint8_t id[16], saved, reserved[427];
} __attribute__((packed));

struct vhd_header {
	char cookie[8];
	uint64_t next, table_at;
	uint32_t version, blocks, block_size, checksum;
	uint8_t rest[1024 - 40]; /* of the parent: none */
} __attribute__((packed));

_Static_assert(sizeof(struct vhd_footer) == SECTOR, "the footer is a sector");
_Static_assert(sizeof(struct vhd_header) == 1024, "the header is two sectors");

struct vhd_sink {
	struct file_sink f;
	uint32_t *table;    /* as in the file, */
	size_t table_bytes; /* whole sectors */
	uint32_t blocks;
	uint64_t end; /* of the file so far, in sectors */
};

/* The one's complement of the sum of all bytes, its own being 0. */
static uint32_t checksum(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += p[i];
	return htobe32(~sum);
}

static uint64_t disk_size(const struct sink *s)
{
	return (s->size + SECTOR - 1) / SECTOR * SECTOR;
}

/* Cylinders, heads and sectors as the specification's appendix computes them. */
static void geometry(uint64_t sectors, struct vhd_footer *f)
{
	uint32_t total = sectors > 65535 * 16 * 255 ? 65535 * 16 * 255 : (uint32_t)sectors;
	uint32_t spt = 17, tracks = total / spt, heads = (tracks + 1023) / 1024;

	if (total >= 65535 * 16 * 63) {
		spt = 255;
		heads = 16;
		tracks = total / spt;
	} else {
		heads = heads < 4 ? 4 : heads;
		if (tracks >= heads * 1024 || heads > 16) {
			spt = 31;
			heads = 16;
			tracks = total / spt;
		}
		if (tracks >= heads * 1024) {
			spt = 63;
			heads = 16;
			tracks = total / spt;
		}
	}
	f->cylinders = htobe16((uint16_t)(tracks / heads));
	f->heads = (uint8_t)heads;
	f->sectors = (uint8_t)spt;
}

static int write_footer(struct vhd_sink *v, uint32_t type, uint64_t at, struct err *e)
{
	uint64_t size = disk_size(&v->f.sink);
	struct vhd_footer f = {
		.cookie = "conectix",
		.features = htobe32(2), /* reserved, always set */
		.version = htobe32(0x10000),
		.header_at = htobe64(type == TYPE_FIXED ? NOWHERE : HEADER_AT),
		/* Xen's blktap: of its files the size counts, of some others the geometry. */
		.creator = "tap",
		.creator_version = htobe32(0x10003),
		.original_size = htobe64(size),
		.size = htobe64(size),
		.type = htobe32(type),
		.id = "socle",
	};
	uint64_t sectors = htobe64(size / SECTOR);

	geometry(size / SECTOR, &f);
	memcpy(f.id + 8, &sectors, sizeof(sectors));
	f.id[6] = 0x40; /* of no kind but a valid one: version 4, */
	f.id[8] = 0x80; /* variant 1 */
	f.checksum = checksum(&f, sizeof(f));
	return file_sink_pwrite(&v->f, &f, sizeof(f), at, e);
}

static int write_header(struct vhd_sink *v, struct err *e)
{
	struct vhd_header h = {
		.cookie = "cxsparse",
		.next = htobe64(NOWHERE),
		.table_at = htobe64(TABLE_AT),
		.version = htobe32(0x10000),
		.blocks = htobe32(v->blocks),
		.block_size = htobe32(BLOCK),
	};

	h.checksum = checksum(&h, sizeof(h));
	return file_sink_pwrite(&v->f, &h, sizeof(h), HEADER_AT, e);
}

/* Where a block's data is stored; a new one says of all its sectors that they are there. */
static int block_at(struct vhd_sink *v, uint64_t block, uint64_t *at, struct err *e)
{
	unsigned char bitmap[SECTOR];
	int ret = 0;

	pthread_mutex_lock(&v->f.lock);
	if (v->table[block] == NO_BLOCK) {
		v->table[block] = htobe32((uint32_t)v->end);
		v->end += 1 + BLOCK / SECTOR;
		memset(bitmap, 0xff, sizeof(bitmap));
		*at = be32toh(v->table[block]);
		ret = file_sink_pwrite(&v->f, bitmap, sizeof(bitmap), *at * SECTOR, e);
	}
	*at = ((uint64_t)be32toh(v->table[block]) + 1) * SECTOR;
	pthread_mutex_unlock(&v->f.lock);
	return ret;
}

static int vhd_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	struct vhd_sink *v = (struct vhd_sink *)s;
	int ret = 0;

	for (size_t i = 0, n; ret == 0 && i < len; i += n) {
		uint64_t in = (offset + i) % BLOCK, at;

		n = len - i < BLOCK - in ? len - i : (size_t)(BLOCK - in);
		ret = block_at(v, (offset + i) / BLOCK, &at, e);
		if (ret == 0)
			ret = file_sink_pwrite(&v->f, (const char *)data + i, n, at + in, e);
	}
	return ret;
}

static int vhd_finish(struct sink *s, struct err *e)
{
	struct vhd_sink *v = (struct vhd_sink *)s;
	int ret = file_sink_pwrite(&v->f, v->table, v->table_bytes, TABLE_AT, e);

	if (ret == 0)
		ret = write_header(v, e);
	if (ret == 0)
		ret = write_footer(v, TYPE_DYNAMIC, v->end * SECTOR, e);
	if (ret == 0)
		ret = write_footer(v, TYPE_DYNAMIC, 0, e);
	return ret < 0 ? ret : file_sink_sync(&v->f, e);
}

static int fixed_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	return file_sink_pwrite((struct file_sink *)s, data, len, offset, e);
}

static int fixed_finish(struct sink *s, struct err *e)
{
	struct vhd_sink *v = (struct vhd_sink *)s;
	int ret = write_footer(v, TYPE_FIXED, disk_size(s), e);

	return ret < 0 ? ret : file_sink_sync(&v->f, e);
}

static void vhd_free(struct sink *s)
{
	free(((struct vhd_sink *)s)->table);
	file_sink_free(s);
}

static const struct sink_ops dynamic_ops = { vhd_write, vhd_finish, vhd_free };
static const struct sink_ops fixed_ops = { fixed_write, fixed_finish, vhd_free };

static int make_table(struct vhd_sink *v, struct err *e)
{
	v->blocks = (uint32_t)((v->f.sink.size + BLOCK - 1) / BLOCK);
	v->table_bytes = ((size_t)v->blocks * 4 + SECTOR) / SECTOR * SECTOR;
	v->table = malloc(v->table_bytes);
	if (!v->table)
		return err_sys(e, -ENOMEM, "%s", v->f.sink.name);
	memset(v->table, 0xff, v->table_bytes);
	v->end = (TABLE_AT + v->table_bytes) / SECTOR;
	return 0;
}

static int vhd_new(int fd, const char *name, uint64_t size, const struct sink_ops *ops,
		   struct sink **s, struct err *e)
{
	struct vhd_sink *v = file_sink_new(sizeof(*v), ops, fd, name, size, e);
	int ret;

	if (!v)
		return -ENOMEM;
	if (size > VHD_MAX)
		ret = err_set(e, -EFBIG,
			      "%s: a disk of %" PRIu64 " bytes; VHD has at most 2040 GiB", name,
			      size);
	else
		ret = file_sink_empty(&v->f, e);
	if (ret == 0 && ops == &dynamic_ops)
		ret = make_table(v, e);
	if (ret < 0) {
		sink_free(&v->f.sink);
		return ret;
	}
	v->f.sink.in_order = true;
	*s = &v->f.sink;
	return 0;
}

int sink_vhd(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	return vhd_new(fd, name, size, &dynamic_ops, s, e);
}

int sink_vhd_fixed(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	return vhd_new(fd, name, size, &fixed_ops, s, e);
}
