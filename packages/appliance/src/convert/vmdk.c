/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writing streamOptimized VMDK (VMware, Virtual Disk Format 5.0): header and
 * descriptor, compressed grains each behind a marker, a grain table after the
 * grains that it lists, the directory, a footer that says where the directory is.
 * Nothing is gone back to, so the output may be a pipe.
 *
 * The threads compress blocks of the disk; the caller's thread writes them in the
 * disk's order.  The content identifier follows from the size of the disk, not
 * from a clock or chance.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <isa-l/crc.h>
#include <isa-l/mem_routines.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/convert.h"
#include "convert/deflate.h"
#include "convert/pool.h"
#include "socle/clock.h"

enum {
	SECTOR = 512,
	GRAIN = 64 << 10,
	BLOCK = 1 << 20, /* of the disk, a job */
	GRAINS = BLOCK / GRAIN,
	ENTRIES = 512, /* grains of a table */
	DESCRIPTOR_SECTORS = 20,
	OVERHEAD = 128, /* sectors before the first grain */
	PROGRESS_MS = 100,
};
#define AT_END UINT64_MAX /* the directory's place is in the footer */

enum marker { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

struct vmdk_header {
	char magic[4];
	uint32_t version, flags;
	uint64_t capacity, grain, descriptor_at, descriptor_sectors;
	uint32_t entries;
	uint64_t spare_directory_at, directory_at, overhead;
	uint8_t unclean;
	char newlines[4];
	uint16_t compression;
	uint8_t pad[433];
} __attribute__((packed));

_Static_assert(sizeof(struct vmdk_header) == SECTOR, "the header is a sector");

/* Compressed grains with their markers, as they are in the file. */
struct block {
	uint64_t number;
	size_t len;
	uint32_t sectors[GRAINS]; /* 0 for a grain of zeros */
	char *out;
};

struct vmdk {
	struct image *img;
	const struct convert_opts *opts;
	struct pool pool;
	struct block *blocks;
	struct thread {
		struct deflate *deflate;
		char *data; /* a block of the disk */
	} threads[POOL_THREADS_MAX];
	struct output *out;
	uint64_t at; /* sectors written */
	uint32_t table[ENTRIES];
	uint64_t table_number;
	bool table_used;
	uint32_t *directory;
	uint64_t tables;
	uint64_t read;
	int64_t told;
};

static size_t to_sector(size_t n)
{
	return (n + SECTOR - 1) / SECTOR * SECTOR;
}

static uint64_t capacity(const struct vmdk *v)
{
	return (v->img->info.size + SECTOR - 1) / SECTOR;
}

/* A grain behind its marker: its first sector, its length; returns the bytes, 0 for a fault. */
static size_t pack(struct deflate *d, uint64_t lba, const char *grain, char *out)
{
	size_t len = deflate_unit(d, grain, GRAIN, out + 12);
	uint32_t stored = htole32((uint32_t)len);

	if (len == 0)
		return 0;
	lba = htole64(lba);
	memcpy(out, &lba, sizeof(lba));
	memcpy(out + 8, &stored, sizeof(stored));
	memset(out + 12 + len, 0, to_sector(12 + len) - (12 + len));
	return to_sector(12 + len);
}

static int work(void *ctx, unsigned int thread, void *job, struct err *e)
{
	struct vmdk *v = ctx;
	struct thread *t = &v->threads[thread];
	struct block *b = job;
	uint64_t start = b->number * BLOCK, left = v->img->info.size - start;
	size_t len = left < BLOCK ? (size_t)left : BLOCK;
	int ret = image_pread(v->img, t->data, len, start, e);

	if (ret < 0)
		return ret;
	memset(t->data + len, 0, BLOCK - len);
	b->len = 0;
	for (size_t i = 0; i < GRAINS; i++) {
		size_t n;

		b->sectors[i] = 0;
		if (isal_zero_detect(t->data + i * GRAIN, GRAIN) == 0)
			continue;
		n = pack(t->deflate, (start + i * GRAIN) / SECTOR, t->data + i * GRAIN,
			 b->out + b->len);
		if (n == 0)
			return err_set(e, -EIO, "%s: byte %" PRIu64 ": compression failed",
				       v->img->in->name, start + i * GRAIN);
		b->sectors[i] = (uint32_t)(n / SECTOR);
		b->len += n;
	}
	return 0;
}

static int put(struct vmdk *v, const void *data, size_t len, struct err *e)
{
	v->at += len / SECTOR;
	/* Tables have 32 bits for a sector. */
	if (v->at > UINT32_MAX)
		return err_set(e, -EFBIG, "a compressed VMDK has at most 2 TiB");
	return v->out->write(v->out, data, len, e);
}

static int put_marker(struct vmdk *v, enum marker type, size_t bytes, struct err *e)
{
	struct {
		uint64_t sectors;
		uint32_t size, type;
		uint8_t pad[SECTOR - 16];
	} m = { .sectors = htole64(bytes / SECTOR), .type = htole32(type) };

	return put(v, &m, sizeof(m), e);
}

static int put_header(struct vmdk *v, uint64_t directory_at, struct err *e)
{
	struct vmdk_header h = {
		.magic = { 'K', 'D', 'M', 'V' },
		.version = htole32(3),
		.flags = htole32(1 | 1 << 16 | 1 << 17), /* newlines, compressed, markers */
		.capacity = htole64(capacity(v)),
		.grain = htole64(GRAIN / SECTOR),
		.descriptor_at = htole64(1),
		.descriptor_sectors = htole64(DESCRIPTOR_SECTORS),
		.entries = htole32(ENTRIES),
		.directory_at = htole64(directory_at),
		.overhead = htole64(OVERHEAD),
		.newlines = { '\n', ' ', '\r', '\n' }, /* a transfer as text would change them */
		.compression = htole16(1),
	};

	return put(v, &h, sizeof(h), e);
}

static int put_start(struct vmdk *v, struct err *e)
{
	char text[(OVERHEAD - 1) * SECTOR] = "";
	uint64_t sectors = capacity(v), cylinders = sectors / (255 * 63);
	uint64_t size = htole64(sectors);
	/* The two highest values mean that there is none. */
	uint32_t cid = crc32_ieee(0, (const unsigned char *)&size, sizeof(size)) & 0x7fffffff;
	int ret = put_header(v, AT_END, e);

	snprintf(text, DESCRIPTOR_SECTORS * SECTOR,
		 "# Disk DescriptorFile\n"
		 "version=1\n"
		 "CID=%08" PRIx32 "\n"
		 "parentCID=ffffffff\n"
		 "createType=\"streamOptimized\"\n"
		 "\n"
		 "# Extent description\n"
		 "RDONLY %" PRIu64 " SPARSE \"disk.vmdk\"\n"
		 "\n"
		 "# The Disk Data Base\n"
		 "#DDB\n"
		 "\n"
		 "ddb.adapterType = \"lsilogic\"\n"
		 "ddb.geometry.cylinders = \"%" PRIu64 "\"\n"
		 "ddb.geometry.heads = \"255\"\n"
		 "ddb.geometry.sectors = \"63\"\n"
		 "ddb.virtualHWVersion = \"4\"\n",
		 cid, sectors,
		 cylinders > 65535 ? 65535
		 : cylinders	   ? cylinders
				   : 1);
	return ret < 0 ? ret : put(v, text, sizeof(text), e);
}

/* The grain table of the grains before. */
static int put_table(struct vmdk *v, struct err *e)
{
	int ret;

	if (!v->table_used)
		return 0;
	ret = put_marker(v, MARKER_TABLE, sizeof(v->table), e);
	if (ret < 0)
		return ret;
	v->directory[v->table_number] = htole32((uint32_t)v->at);
	ret = put(v, v->table, sizeof(v->table), e);
	memset(v->table, 0, sizeof(v->table));
	v->table_used = false;
	return ret;
}

static int retire(void *ctx, void *job, struct err *e)
{
	struct vmdk *v = ctx;
	struct block *b = job;
	uint64_t grain = b->number * GRAINS;
	uint64_t at;
	int ret = 0;

	if (b->len == 0)
		return 0;
	if (grain / ENTRIES != v->table_number)
		ret = put_table(v, e);
	v->table_number = grain / ENTRIES;
	v->table_used = true;
	at = v->at;
	for (size_t i = 0; i < GRAINS; i++) {
		if (b->sectors[i])
			v->table[grain % ENTRIES + i] = htole32((uint32_t)at);
		at += b->sectors[i];
	}
	return ret < 0 ? ret : put(v, b->out, b->len, e);
}

static int put_end(struct vmdk *v, struct err *e)
{
	size_t bytes = to_sector((size_t)v->tables * sizeof(*v->directory));
	uint64_t directory_at = 0;
	int ret = put_table(v, e);

	if (ret == 0)
		ret = put_marker(v, MARKER_DIRECTORY, bytes, e);
	directory_at = v->at;
	if (ret == 0)
		ret = put(v, v->directory, bytes, e);
	if (ret == 0)
		ret = put_marker(v, MARKER_FOOTER, SECTOR, e);
	if (ret == 0)
		ret = put_header(v, directory_at, e);
	return ret < 0 ? ret : put_marker(v, MARKER_END, 0, e);
}

static void progress(struct vmdk *v, uint64_t done, bool always)
{
	int64_t now = clock_ms();

	if (!v->opts->progress || (!always && now - v->told < PROGRESS_MS))
		return;
	v->told = now;
	if (done > v->img->info.size)
		done = v->img->info.size;
	v->opts->progress(v->opts->ctx, done, v->img->info.size, v->read);
}

/* The next block from "at" on that is not known to be zeros, or the disk's size. */
static int next_block(struct vmdk *v, uint64_t at, uint64_t *found, struct err *e)
{
	uint64_t size = v->img->info.size;

	while (at < size) {
		struct extent x;
		uint64_t end;
		int ret = image_lookup(v->img, at, &x, e);

		if (ret < 0)
			return ret;
		end = x.length < size - x.offset ? (x.offset + x.length) / BLOCK * BLOCK : size;
		if (x.kind != EXTENT_ZERO || end <= at)
			break;
		at = end;
	}
	*found = at;
	return 0;
}

static int encode(struct vmdk *v, struct err *e)
{
	uint64_t at = 0;
	int ret = put_start(v, e);

	while (ret == 0 && (ret = next_block(v, at, &at, e)) == 0 && at < v->img->info.size) {
		void *job;

		ret = pool_next(&v->pool, &job, e);
		if (ret < 0)
			return ret;
		((struct block *)job)->number = at / BLOCK;
		pool_submit(&v->pool);
		at += BLOCK;
		v->read += BLOCK;
		progress(v, at, false);
	}
	return ret;
}

static int prepare(struct vmdk *v, int level, struct err *e)
{
	struct pool *p = &v->pool;
	uint64_t span = (uint64_t)ENTRIES * GRAIN;

	p->work = work;
	p->retire = retire;
	p->ctx = v;
	p->stop = v->opts->stop;
	p->threads = v->opts->threads ? v->opts->threads : pool_default_threads();
	if (p->threads > POOL_THREADS_MAX)
		p->threads = POOL_THREADS_MAX;
	p->count = 2 * (size_t)p->threads + 2;
	p->slots = calloc(p->count, sizeof(*p->slots));
	v->blocks = calloc(p->count, sizeof(*v->blocks));
	v->tables = (v->img->info.size + span - 1) / span;
	v->directory = calloc(1, to_sector((size_t)v->tables * sizeof(*v->directory)) + SECTOR);
	if (!p->slots || !v->blocks || !v->directory)
		return err_sys(e, -ENOMEM, "jobs");
	for (size_t i = 0; i < p->count; i++) {
		p->slots[i].job = &v->blocks[i];
		v->blocks[i].out = malloc(GRAINS * (to_sector(12 + deflate_bound(GRAIN))));
		if (!v->blocks[i].out)
			return err_sys(e, -ENOMEM, "jobs");
	}
	for (unsigned int i = 0; i < p->threads; i++) {
		v->threads[i].deflate = deflate_new(level);
		v->threads[i].data = malloc(BLOCK);
		if (!v->threads[i].deflate || !v->threads[i].data)
			return err_sys(e, -ENOMEM, "jobs");
	}
	return pool_start(p, e);
}

static void clear(struct vmdk *v)
{
	pool_stop(&v->pool);
	for (size_t i = 0; v->blocks && i < v->pool.count; i++)
		free(v->blocks[i].out);
	for (unsigned int i = 0; i < POOL_THREADS_MAX; i++) {
		deflate_free(v->threads[i].deflate);
		free(v->threads[i].data);
	}
	free(v->blocks);
	free(v->directory);
	free(v->pool.slots);
}

int convert_vmdk(struct image *img, struct output *out, int level, const struct convert_opts *o,
		 uint64_t *written, struct err *e)
{
	static const struct convert_opts none = { 0 };
	struct vmdk v = { .img = img, .out = out, .opts = o ? o : &none };
	int ret;

	if (level < 1 || level > DEFLATE_LEVEL_MAX)
		return err_set(e, -EINVAL, "compression level %d", level);
	ret = prepare(&v, level, e);
	if (ret == 0)
		ret = encode(&v, e);
	if (ret == 0)
		ret = pool_drain(&v.pool, e);
	if (ret == 0)
		ret = put_end(&v, e);
	clear(&v);
	*written = v.at * SECTOR;
	if (ret == 0)
		progress(&v, img->info.size, true);
	return ret;
}
