/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VHD: fixed, dynamic and differencing, as Microsoft's "Virtual Hard Disk Image
 * Format Specification" 1.0 has it; all numbers are big-endian.
 *
 * A disk has two sizes: that of the footer, and that which the footer's geometry
 * of cylinders makes, which is a little less or the same.  Virtual PC, Virtual
 * Server and old qemu show the guest the latter; everybody else (Hyper-V,
 * XenServer, VirtualBox, Azure) the former.  We show what the one that made it
 * showed, told by its name in the footer: a disk that is cut loses data, one that
 * grows has its backup GPT not at its end.
 */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

enum {
	F_DATA = 16,	 /* 64: the header of a sparse disk */
	F_CREATOR = 28,	 /* 4 characters */
	F_SIZE = 48,	 /* 64 */
	F_GEOMETRY = 56, /* 16, 8, 8: cylinders, heads, sectors */
	F_TYPE = 60,	 /* 32 */
	F_CHECKSUM = 64, /* 32 */
	F_ID = 68,	 /* 16 bytes */
	F_LENGTH = 512
};
enum {
	D_TABLE = 16,	 /* 64 */
	D_ENTRIES = 28,	 /* 32 */
	D_BLOCK = 32,	 /* 32 */
	D_CHECKSUM = 36, /* 32 */
	D_PARENT = 40,	 /* 16 bytes: its F_ID */
	D_NAME = 64,	 /* 512 bytes of UTF-16 */
	D_LENGTH = 1024
};
enum { FIXED = 2, DYNAMIC = 3, DIFFERENCING = 4 };
enum { ID_LENGTH = 16, BLOCK_MAX = 256 << 20 };
#define NOT_THERE    UINT32_MAX
#define GEOMETRY_MAX (UINT64_C(65535) * 16 * 255) /* sectors: what is larger has this */

struct vhd {
	uint32_t type;
	char id[ID_LENGTH];
	uint64_t table;	 /* byte in the file */
	uint64_t block;	 /* bytes */
	uint64_t bitmap; /* bytes in front of each block */
};

static bool vhd_probe(const void *head, size_t len)
{
	return len >= F_LENGTH && memcmp(head, "conectix", 8) == 0;
}

/* The complement of the sum of all bytes but its own. */
static bool sum_is_right(const unsigned char *data, size_t len, size_t field)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		if (i < field || i >= field + 4)
			sum += data[i];
	return ~sum == get_be32(data, field);
}

bool vhd_is_footer(const void *footer, uint64_t at)
{
	return memcmp(footer, "conectix", 8) == 0 && sum_is_right(footer, F_LENGTH, F_CHECKSUM) &&
	       get_be32(footer, F_TYPE) == FIXED && get_be64(footer, F_SIZE) <= at;
}

static uint64_t size_of(const char *footer)
{
	static const char by_geometry[][5] = { "vpc ", "vs  ", "qemu" };
	uint64_t sectors = (uint64_t)get_be16(footer, F_GEOMETRY) *
			   (unsigned char)footer[F_GEOMETRY + 2] *
			   (unsigned char)footer[F_GEOMETRY + 3];

	for (size_t i = 0; i < sizeof(by_geometry) / sizeof(by_geometry[0]); i++)
		if (memcmp(footer + F_CREATOR, by_geometry[i], 4) == 0 && sectors != 0 &&
		    sectors < GEOMETRY_MAX)
			return sectors * SECTOR;
	return get_be64(footer, F_SIZE);
}

static bool is_good(const char *footer)
{
	return vhd_probe(footer, F_LENGTH) &&
	       sum_is_right((const unsigned char *)footer, F_LENGTH, F_CHECKSUM);
}

/* The one at the end, or its copy in front when that was cut off. */
static int read_footer(struct image *img, char *footer, struct err *e)
{
	uint64_t size = img->in->size;
	bool found;
	int r;

	if (size < F_LENGTH)
		return err_set(e, -ENODATA, "%s: %" PRIu64 " bytes are no VHD", img->in->name,
			       size);
	r = input_pread_full(img->in, footer, F_LENGTH, size - F_LENGTH, e);
	if (r < 0 || is_good(footer))
		return r;
	found = vhd_probe(footer, F_LENGTH);
	r = input_pread_full(img->in, footer, F_LENGTH, 0, e);
	if (r < 0 || is_good(footer))
		return r;
	return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": %s", img->in->name, size - F_LENGTH,
		       found ? "the footer's checksum is wrong" : "no footer of a VHD");
}

static int open_parent(struct image *img, const char *header, struct err *e)
{
	const struct vhd *parent;
	char name[768];
	int r;

	utf16_file_name(header + D_NAME, 512, true, name, sizeof(name));
	r = image_open_parent(img, name, &vhd_format, e);
	if (r < 0)
		return r;
	parent = img->parent->state;
	if (memcmp(parent->id, header + D_PARENT, ID_LENGTH) != 0)
		return err_set(e, -EINVAL, "%s: is a difference to another image than this %s",
			       img->in->name, img->parent->in->name);
	return 0;
}

static int open_sparse(struct image *img, struct vhd *v, uint64_t at, struct err *e)
{
	char header[D_LENGTH];
	uint32_t entries;
	int r = input_pread_full(img->in, header, sizeof(header), at, e);

	if (r < 0)
		return r;
	if (memcmp(header, "cxsparse", 8) != 0 ||
	    !sum_is_right((unsigned char *)header, D_LENGTH, D_CHECKSUM))
		return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": the header is damaged",
			       img->in->name, at);
	v->table = get_be64(header, D_TABLE);
	v->block = get_be32(header, D_BLOCK);
	entries = get_be32(header, D_ENTRIES);
	if (!is_power_of_2(v->block) || v->block < SECTOR || v->block > BLOCK_MAX)
		return err_set(e, -EINVAL, "%s: blocks of %" PRIu64 " bytes", img->in->name,
			       v->block);
	if (img->info.size > entries * v->block ||
	    !inside(img->in, v->table, (uint64_t)entries * 4))
		return err_set(e, -EINVAL,
			       "%s: a table of %" PRIu32 " blocks at byte %" PRIu64
			       " for a disk of %" PRIu64 " bytes is not possible",
			       img->in->name, entries, v->table, img->info.size);
	v->bitmap = (v->block / SECTOR / 8 + SECTOR - 1) / SECTOR * SECTOR;
	img->info.cluster = (uint32_t)v->block;
	return v->type == DIFFERENCING ? open_parent(img, header, e) : 0;
}

static int vhd_open(struct image *img, struct err *e)
{
	static const char *const kinds[] = { "", "", "fixed", "dynamic", "differencing" };
	struct vhd *v = img->state = calloc(1, sizeof(*v));
	char footer[F_LENGTH];
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = read_footer(img, footer, e);
	if (r < 0)
		return r;
	v->type = get_be32(footer, F_TYPE);
	if (v->type < FIXED || v->type > DIFFERENCING)
		return err_set(e, -EINVAL, "%s: VHDs of type %" PRIu32 " are not read",
			       img->in->name, v->type);
	memcpy(v->id, footer + F_ID, ID_LENGTH);
	img->info.subformat = kinds[v->type];
	img->info.size = size_of(footer);
	img->info.cluster = 1;
	if (v->type != FIXED)
		return open_sparse(img, v, get_be64(footer, F_DATA), e);
	if (img->info.size <= img->in->size - F_LENGTH)
		return 0;
	return err_set(e, -ENODATA, "%s: has %" PRIu64 " of %" PRIu64 " bytes", img->in->name,
		       img->in->size - F_LENGTH, img->info.size);
}

/* From a sector on, as far as its neighbours are written like it. */
static int written(struct image *img, const struct vhd *v, uint64_t block_at, uint64_t offset,
		   struct extent *x, struct err *e)
{
	uint64_t first = offset % v->block / SECTOR, n = v->block / SECTOR;
	uint64_t window = first / 8 / SECTOR * SECTOR; /* this much of the bitmap at once */
	uint64_t end = n - window * 8 < SECTOR * 8 ? n - window * 8 : SECTOR * 8, i;
	unsigned char bits[SECTOR];
	int r = tables_read(img, img->in, block_at + window, bits, sizeof(bits), e);

	if (r < 0)
		return err_wrap(e, "%s: block %" PRIu64, img->in->name, offset / v->block);
	i = first - window * 8;
	x->offset += first * SECTOR;
	x->length = (bit_run(bits, i, end, true) - i) * SECTOR;
	if (bit_at(bits, i, true)) {
		x->kind = EXTENT_RAW;
		x->at = block_at + v->bitmap + first * SECTOR;
		x->in = img->in;
		x->stored = x->length;
	}
	return 0;
}

static int vhd_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	const struct vhd *v = img->state;
	uint64_t number;
	char be[4];
	int r;

	if (v->type == FIXED) {
		*x = (struct extent){ .kind = EXTENT_RAW,
				      .length = img->info.size,
				      .in = img->in,
				      .stored = img->info.size };
		return 0;
	}
	number = offset / v->block;
	r = tables_read(img, img->in, v->table + number * 4, be, sizeof(be), e);
	*x = (struct extent){ .offset = number * v->block, .length = v->block };
	if (r < 0 || get_be32(be, 0) == NOT_THERE)
		return r;
	return written(img, v, get_be32(be, 0) * SECTOR, offset, x, e);
}

static void vhd_close(struct image *img)
{
	free(img->state);
}

const struct image_format vhd_format = {
	.name = "vhd",
	.probe = vhd_probe,
	.open = vhd_open,
	.lookup = vhd_lookup,
	.close = vhd_close,
};
