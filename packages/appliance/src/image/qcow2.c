/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qcow2, versions 2 and 3, as qemu's docs/interop/qcow2.txt describes it.
 *
 * The active state is read; internal snapshots are left alone.  "Dirty" only
 * means that reference counts are behind, which do not matter to a reader;
 * "corrupt" means that the tables themselves are in doubt, so it is refused.
 */
#include <errno.h>
#include <stdlib.h>

#include "private.h"
#include "socle/cleanup.h"

/* The header, big-endian. */
enum {
	H_VERSION = 4,	     /* 32 */
	H_BACKING = 8,	     /* 64: place of the name, 32: its length */
	H_CLUSTER_BITS = 20, /* 32 */
	H_SIZE = 24,	     /* 64 */
	H_CRYPT = 32,	     /* 32 */
	H_L1_SIZE = 36,	     /* 32: entries */
	H_L1 = 40,	     /* 64 */
	H_V2_LENGTH = 72,    /* of the whole header */
	H_INCOMPATIBLE = 72, /* 64 */
	H_LENGTH = 100,	     /* 32: of the whole header */
	H_COMPRESSION = 104, /* 8 */
	H_MAX = 112
};
enum { DIRTY = 1, CORRUPT = 2, DATA_FILE = 4, COMPRESSION = 8, EXTENDED_L2 = 16 };
enum { BACKING_FORMAT = 0xe2792aca, BACKING_NAME_MAX = 1023, L1_MAX = 32 << 20, SUBCLUSTERS = 32 };
#define OFFSET_MASK UINT64_C(0x00fffffffffffe00)
#define COMPRESSED  (UINT64_C(1) << 62)
#define ALL_ZEROS   UINT64_C(1)

struct qcow2 {
	unsigned int version;
	unsigned int cluster_bits;
	uint64_t cluster;	   /* bytes */
	uint64_t l1;		   /* byte in the file */
	uint64_t l1_size;	   /* entries */
	uint64_t entry, per_table; /* of a table of the second level: bytes, entries */
	enum extent_kind compression;
};

static bool qcow2_probe(const void *head, size_t len)
{
	return len >= 8 && memcmp(head, "QFI\xfb", 4) == 0;
}

/* Where a cluster is, for messages. */
static int bad(const struct image *img, uint64_t number, uint64_t at, const char *what,
	       struct err *e)
{
	return err_set(e, -EBADMSG, "%s: cluster %" PRIu64 " at byte %" PRIu64 ": %s",
		       img->in->name, number, at, what);
}

static int check_features(struct image *img, struct qcow2 *q, const char *h, struct err *e)
{
	static const struct {
		uint64_t bit;
		const char *why;
	} refused[] = {
		{ CORRUPT, "is marked as corrupt; \"qemu-img check -r all\" may mend it" },
		{ DATA_FILE, "has its data in another file, which is not read" },
	};
	uint64_t bits = q->version >= 3 ? get_be64(h, H_INCOMPATIBLE) : 0;
	uint64_t unknown = bits &
			   ~(uint64_t)(DIRTY | CORRUPT | DATA_FILE | COMPRESSION | EXTENDED_L2);
	unsigned int type;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (bits & refused[i].bit)
			return err_set(e, -EINVAL, "%s: %s", img->in->name, refused[i].why);
	if (unknown)
		return err_set(e, -EINVAL, "%s: has features that are not known (0x%" PRIx64 ")",
			       img->in->name, unknown);
	type = bits & COMPRESSION ? (unsigned char)h[H_COMPRESSION] : 0;
	if (type > 1)
		return err_set(e, -EINVAL, "%s: compression %u is not known", img->in->name, type);
	q->compression = type ? EXTENT_ZSTD : EXTENT_DEFLATE;
	q->entry = bits & EXTENDED_L2 ? 16 : 8;
	if (get_be32(h, H_CRYPT) != 0)
		return err_set(e, -EINVAL, "%s: is encrypted", img->in->name);
	return 0;
}

static int check_shape(struct image *img, struct qcow2 *q, const char *h, struct err *e)
{
	uint64_t size = get_be64(h, H_SIZE), reach;

	q->cluster_bits = get_be32(h, H_CLUSTER_BITS);
	if (q->cluster_bits < (q->entry == 16 ? 14 : 9) || q->cluster_bits > 21)
		return err_set(e, -EINVAL, "%s: clusters of 2^%u bytes are not possible",
			       img->in->name, q->cluster_bits);
	q->cluster = UINT64_C(1) << q->cluster_bits;
	q->per_table = q->cluster / q->entry;
	q->l1 = get_be64(h, H_L1);
	q->l1_size = get_be32(h, H_L1_SIZE);
	reach = q->cluster * q->per_table;
	if (size > IMAGE_SIZE_MAX)
		return err_set(e, -EFBIG, "%s: a disk of %" PRIu64 " bytes is larger than 64 TiB",
			       img->in->name, size);
	if (q->l1_size * 8 > L1_MAX || (size + reach - 1) / reach > q->l1_size)
		return err_set(e, -EINVAL,
			       "%s: a first table of %" PRIu64 " entries for a disk of %" PRIu64
			       " bytes is not possible",
			       img->in->name, q->l1_size, size);
	if (q->l1 % q->cluster || !inside(img->in, q->l1, q->l1_size * 8))
		return err_set(e, -EINVAL, "%s: no first table at byte %" PRIu64, img->in->name,
			       q->l1);
	img->info.size = size;
	img->info.cluster = (uint32_t)q->cluster;
	return 0;
}

/* The extension of the header that says the backing file's format; *format stays when none. */
static int backing_format(struct image *img, const struct qcow2 *q, const char *h,
			  const struct image_format **format, struct err *e)
{
	uint64_t at = q->version >= 3 ? get_be32(h, H_LENGTH) : H_V2_LENGTH;
	char ext[8], name[16] = "";

	for (;;) {
		uint64_t len;
		int r;

		if (at + sizeof(ext) > q->cluster)
			return 0;
		r = input_pread_full(img->in, ext, sizeof(ext), at, e);
		len = get_be32(ext, 4);
		if (r < 0 || get_be32(ext, 0) == 0)
			return r;
		if (len > q->cluster)
			return err_set(e, -EINVAL,
				       "%s: byte %" PRIu64 ": an extension of %" PRIu64 " bytes",
				       img->in->name, at, len);
		at += sizeof(ext);
		if (get_be32(ext, 0) == BACKING_FORMAT && len < sizeof(name)) {
			r = input_pread_full(img->in, name, (size_t)len, at, e);
			if (r < 0)
				return r;
			*format = image_format_by_name(strcmp(name, "vpc") == 0 ? "vhd" : name);
			return *format ? 0
				       : err_set(e, -EINVAL,
						 "%s: its backing file's format, "
						 "%s, is not read",
						 img->in->name, name);
		}
		at += (len + 7) & ~UINT64_C(7);
	}
}

static int open_backing(struct image *img, const struct qcow2 *q, const char *h, struct err *e)
{
	const struct image_format *format = NULL;
	uint64_t at = get_be64(h, H_BACKING);
	size_t len = get_be32(h, H_BACKING + 8);
	char name[BACKING_NAME_MAX + 1] = "";
	int r;

	if (at == 0 || len == 0)
		return 0;
	if (len > BACKING_NAME_MAX || at > q->cluster - len)
		return err_set(e, -EINVAL,
			       "%s: a backing file's name of %zu bytes at byte %" PRIu64,
			       img->in->name, len, at);
	r = input_pread_full(img->in, name, len, at, e);
	if (r == 0)
		r = backing_format(img, q, h, &format, e);
	return r < 0 ? r : image_open_parent(img, name, format, e);
}

static int qcow2_open(struct image *img, struct err *e)
{
	struct qcow2 *q = img->state = calloc(1, sizeof(*q));
	char h[H_MAX] = "";
	int r;

	if (!q)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = input_pread_full(img->in, h, H_V2_LENGTH, 0, e);
	if (r < 0)
		return r;
	q->version = get_be32(h, H_VERSION);
	if (!qcow2_probe(h, sizeof(h)) || q->version < 2 || q->version > 3)
		return err_set(e, -EINVAL, "%s: qcow version %u is not read", img->in->name,
			       q->version);
	if (q->version == 3) {
		r = input_pread_full(img->in, h, H_COMPRESSION, 0, e);
		if (r == 0 && get_be32(h, H_LENGTH) > H_COMPRESSION)
			r = input_pread_full(img->in, h, H_MAX, 0, e);
	}
	if (r < 0 || (r = check_features(img, q, h, e)) < 0 || (r = check_shape(img, q, h, e)) < 0)
		return r;
	return open_backing(img, q, h, e);
}

/* 1 to 2 units of 512 bytes more than there are, since only the sectors are counted. */
static int compressed(struct image *img, const struct qcow2 *q, uint64_t entry, struct extent *x,
		      struct err *e)
{
	unsigned int bits = 62 - (q->cluster_bits - 8);
	uint64_t number = x->offset >> q->cluster_bits, left;

	x->at = entry & ((UINT64_C(1) << bits) - 1);
	x->stored = (((entry & ~(UINT64_C(3) << 62)) >> bits) + 1) * SECTOR - x->at % SECTOR;
	if (x->at >= img->in->size)
		return bad(img, number, x->at, "is past the file's end", e);
	left = img->in->size - x->at; /* nobody pads the last one */
	if (left > q->cluster + STORED_EXTRA)
		left = q->cluster + STORED_EXTRA;
	if (x->stored > left)
		x->stored = left;
	x->kind = q->compression;
	x->in = img->in;
	x->unit = (uint32_t)q->cluster;
	return 0;
}

/* A cluster in 32 parts, each of which is stored, zeros, or not there. */
static int subcluster(struct image *img, const struct qcow2 *q, uint64_t entry, uint64_t bitmap,
		      uint64_t offset, struct extent *x, struct err *e)
{
	uint64_t size = q->cluster / SUBCLUSTERS, i = offset % q->cluster / size;
	bool stored = bitmap >> i & 1, zeros = bitmap >> (SUBCLUSTERS + i) & 1;

	if (stored && (zeros || !(entry & OFFSET_MASK)))
		return bad(img, x->offset >> q->cluster_bits, entry & OFFSET_MASK,
			   "is both stored and not", e);
	x->kind = stored ? EXTENT_RAW : zeros ? EXTENT_ZERO : EXTENT_HOLE;
	x->at = (entry & OFFSET_MASK) + i * size;
	x->offset += i * size;
	x->length = size;
	return 0;
}

/* What an entry of the second level says of its cluster. */
static int cluster(struct image *img, const struct qcow2 *q, const char *be, uint64_t offset,
		   struct extent *x, struct err *e)
{
	uint64_t entry = get_be64(be, 0), at = entry & OFFSET_MASK;
	int r = 0;

	if (entry & COMPRESSED)
		return compressed(img, q, entry, x, e);
	if (at % q->cluster)
		return bad(img, x->offset >> q->cluster_bits, at, "is not where one can be", e);
	x->at = at;
	if (q->entry == 16)
		r = subcluster(img, q, entry, get_be64(be, 8), offset, x, e);
	else if (entry & ALL_ZEROS && q->version < 3)
		r = bad(img, x->offset >> q->cluster_bits, at, "zeros are not known to version 2",
			e);
	else
		x->kind = entry & ALL_ZEROS ? EXTENT_ZERO : at ? EXTENT_RAW : EXTENT_HOLE;
	if (r == 0 && x->kind == EXTENT_RAW) {
		x->in = img->in;
		x->stored = x->length;
	}
	return r;
}

static int qcow2_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	const struct qcow2 *q = img->state;
	uint64_t number = offset >> q->cluster_bits;
	uint64_t index = number / q->per_table, entry = number % q->per_table, table;
	char be[16];
	int r = tables_read(img, img->in, q->l1 + index * 8, be, 8, e);

	if (r < 0)
		return r;
	*x = (struct extent){ .offset = number << q->cluster_bits, .length = q->cluster };
	table = get_be64(be, 0) & OFFSET_MASK;
	if (table == 0) {
		x->length = (q->per_table - entry) << q->cluster_bits;
		return 0;
	}
	if (table % q->cluster)
		return bad(img, number, table, "its table is not where one can be", e);
	r = tables_read(img, img->in, table + entry * q->entry, be, (size_t)q->entry, e);
	if (r < 0)
		return err_wrap(e, "%s: cluster %" PRIu64, img->in->name, number);
	return cluster(img, q, be, offset, x, e);
}

static void qcow2_close(struct image *img)
{
	free(img->state);
}

const struct image_format qcow2_format = {
	.name = "qcow2",
	.probe = qcow2_probe,
	.open = qcow2_open,
	.lookup = qcow2_lookup,
	.close = qcow2_close,
};
