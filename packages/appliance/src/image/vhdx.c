/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "vhdx.h"

#define KIB 1024
#define MIB (UINT64_C(1) << 20)
enum {
	H_SUM = 4,	    /* 32 */
	H_SEQUENCE = 8,	    /* 64 */
	H_CONTENTS = 32,    /* guid, which changes when the contents do */
	H_LOG_GUID = 48,    /* all zeros: nothing to replay */
	H_LOG_VERSION = 64, /* 16 */
	H_VERSION = 66,	    /* 16 */
	H_LOG_LENGTH = 68,  /* 32 */
	H_LOG = 72,	    /* 64 */
	H_LENGTH = 4 * KIB,
	H_FIRST = 64 * KIB,
	H_SECOND = 128 * KIB
};
enum {
	R_COUNT = 8,	/* 32 */
	R_ENTRIES = 16, /* guid, 64 place, 32 length, 32 whether required */
	R_ENTRY = 32,
	R_FIRST = 192 * KIB,
	R_SECOND = 256 * KIB,
	TABLE_LENGTH = 64 * KIB /* of regions, and of metadata */
};
enum {
	M_COUNT = 10,	/* 16 */
	M_ENTRIES = 32, /* guid, 32 place in the region, 32 length, 32 flags */
	M_ENTRY = 32,
	M_REQUIRED = 4 /* flag */
};
enum { ITEM_MAX = 64 * KIB, HAS_PARENT = 2 };
enum { ZERO_STATES = 4, FULL = 6, PARTLY = 7, SECTORS_OF_BITMAP = 1 << 23 };

struct vhdx {
	struct input *in; /* the image's, or owned: that with the log replayed */
	char contents[VHDX_GUID];
	uint64_t table, table_len; /* bytes */
	uint64_t metadata, metadata_len;
	uint64_t block; /* bytes */
	uint64_t sector;
	uint64_t ratio; /* blocks for which there is one bitmap */
	bool fixed, difference;
};

static bool vhdx_probe(const void *head, size_t len)
{
	return len >= 8 && memcmp(head, "vhdxfile", 8) == 0;
}

static int read_header(struct image *img, uint64_t at, char *h, struct err *e)
{
	int r = input_pread_full(img->in, h, H_LENGTH, at, e);

	if (r == 0 &&
	    (memcmp(h, "head", 4) != 0 || vhdx_sum(h, H_LENGTH, H_SUM) != get_le32(h, H_SUM)))
		r = err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": the header is damaged",
			    img->in->name, at);
	return r;
}

/* The later one of two; one that is damaged was being written. */
static int current_header(struct image *img, char *h, struct err *e)
{
	char second[H_LENGTH];
	int r = read_header(img, H_FIRST, h, NULL);

	if (r < 0)
		r = read_header(img, H_SECOND, h, e);
	else if (read_header(img, H_SECOND, second, NULL) == 0 &&
		 get_le64(second, H_SEQUENCE) > get_le64(h, H_SEQUENCE))
		memcpy(h, second, sizeof(second));
	if (r == 0 && (get_le16(h, H_VERSION) != 1 || get_le16(h, H_LOG_VERSION) != 0))
		r = err_set(e, -EINVAL, "%s: VHDX version %d is not read", img->in->name,
			    get_le16(h, H_VERSION));
	return r;
}

/* A GUID's bytes as in the file: the first three groups are numbers. */
static const char bat_guid[] = "\x66\x77\xc2\x2d\x23\xf6\x00\x42\x9d\x64\x11\x5e\x9b\xfd\x4a\x08";
static const char metadata_guid[] =
	"\x06\xa2\x7c\x8b\x90\x47\x9a\x4b\xb8\xfe\x57\x5f\x05\x0f\x88\x6e";

static int take_region(struct image *img, struct vhdx *v, const char *entry, struct err *e)
{
	uint64_t at = get_le64(entry, 16), len = get_le32(entry, 24);

	if (!inside(v->in, at, len))
		return err_set(e, -ENODATA, "%s: a region at byte %" PRIu64 " is past the end",
			       img->in->name, at);
	if (memcmp(entry, bat_guid, VHDX_GUID) == 0) {
		v->table = at;
		v->table_len = len;
	} else if (memcmp(entry, metadata_guid, VHDX_GUID) == 0) {
		v->metadata = at;
		v->metadata_len = len;
	} else if (get_le32(entry, 28) & 1) {
		return err_set(e, -EINVAL, "%s: needs a region that is not known", img->in->name);
	}
	return 0;
}

static int read_regions(struct image *img, struct vhdx *v, char *table, struct err *e)
{
	static const uint64_t places[] = { R_FIRST, R_SECOND };
	bool found = false;

	for (size_t i = 0; i < 2 && !found; i++) {
		int r = input_pread_full(v->in, table, TABLE_LENGTH, places[i], e);

		if (r < 0)
			return r;
		found = memcmp(table, "regi", 4) == 0 &&
			vhdx_sum(table, TABLE_LENGTH, H_SUM) == get_le32(table, H_SUM) &&
			get_le32(table, R_COUNT) <= (TABLE_LENGTH - R_ENTRIES) / R_ENTRY;
	}
	if (!found)
		return err_set(e, -EBADMSG, "%s: byte %d: the table of regions is damaged",
			       img->in->name, R_FIRST);
	for (size_t i = 0; i < get_le32(table, R_COUNT); i++) {
		int r = take_region(img, v, table + R_ENTRIES + i * R_ENTRY, e);

		if (r < 0)
			return r;
	}
	if (v->table == 0 || v->metadata == 0)
		return err_set(e, -EINVAL, "%s: has no table of blocks, or no metadata",
			       img->in->name);
	return 0;
}

static int file_parameters(struct image *img, struct vhdx *v, const char *item, size_t len,
			   struct err *e)
{
	v->block = get_le32(item, 0);
	v->fixed = get_le32(item, 4) & 1;
	v->difference = get_le32(item, 4) & HAS_PARENT;
	if (len >= 8 && is_power_of_2(v->block) && v->block >= MIB && v->block <= 256 * MIB)
		return 0;
	return err_set(e, -EINVAL, "%s: blocks of %" PRIu64 " bytes", img->in->name, v->block);
}

static int disk_size(struct image *img, struct vhdx *v, const char *item, size_t len, struct err *e)
{
	(void)v;
	img->info.size = get_le64(item, 0);
	if (len >= 8 && img->info.size <= IMAGE_SIZE_MAX && img->info.size % SECTOR == 0)
		return 0;
	return err_set(e, -EINVAL, "%s: a disk of %" PRIu64 " bytes is not possible", img->in->name,
		       img->info.size);
}

static int sector_size(struct image *img, struct vhdx *v, const char *item, size_t len,
		       struct err *e)
{
	v->sector = get_le32(item, 0);
	if (len >= 4 && (v->sector == 512 || v->sector == 4096))
		return 0;
	return err_set(e, -EINVAL, "%s: sectors of %" PRIu64 " bytes", img->in->name, v->sector);
}

/* Whether an ASCII word is what stands there in UTF-16. */
static bool is_key(const char *text, size_t len, const char *word)
{
	if (len != 2 * strlen(word))
		return false;
	for (size_t i = 0; i < len; i += 2)
		if (get_le16(text, i) != (unsigned char)word[i / 2])
			return false;
	return true;
}

/* "{83ed5e3d-...}" as the bytes of a GUID. */
static bool parse_guid(const char *text, size_t len, char *guid)
{
	static const int order[] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
	unsigned int value = 0, digits = 0;

	for (size_t i = 0; i + 2 <= len; i += 2) {
		unsigned int c = get_le16(text, i) | 0x20;
		bool letter = c >= 'a' && c <= 'f';

		if (!letter && (c < '0' || c > '9'))
			continue; /* braces and dashes */
		value = value << 4 | (letter ? c - 'a' + 10 : c - '0');
		if (digits < 2 * VHDX_GUID && digits % 2)
			guid[order[digits / 2]] = (char)value;
		digits++;
	}
	return digits == 2 * VHDX_GUID;
}

/* The parent's name on the machine where it was, of which the package has but the file. */
static int parent_locator(struct image *img, struct vhdx *v, const char *item, size_t len,
			  struct err *e)
{
	char name[768] = "", guid[VHDX_GUID] = "";
	const struct vhdx *parent;
	int r;

	(void)v;
	for (size_t i = 0; len >= 20 && i < get_le16(item, 18) && 20 + (i + 1) * 12 <= len; i++) {
		const char *pair = item + 20 + i * 12;
		size_t key = get_le32(pair, 0), value = get_le32(pair, 4);
		size_t key_len = get_le16(pair, 8), value_len = get_le16(pair, 10);

		if (key > len || key_len > len - key || value > len || value_len > len - value)
			break;
		if (is_key(item + key, key_len, "relative_path") ||
		    (!*name && is_key(item + key, key_len, "absolute_win32_path")))
			utf16_file_name(item + value, value_len, false, name, sizeof(name));
		else if (is_key(item + key, key_len, "parent_linkage") &&
			 !parse_guid(item + value, value_len, guid))
			break;
	}
	r = image_open_parent(img, name, &vhdx_format, e);
	if (r < 0)
		return r;
	parent = img->parent->state;
	if (memcmp(parent->contents, guid, sizeof(guid)) != 0)
		return err_set(e, -EINVAL, "%s: is a difference to another state of %s",
			       img->in->name, img->parent->in->name);
	return 0;
}

static int ignored(struct image *img, struct vhdx *v, const char *item, size_t len, struct err *e)
{
	(void)img;
	(void)v;
	(void)item;
	(void)len;
	(void)e;
	return 0;
}

static const struct {
	const char *guid;
	int (*take)(struct image *img, struct vhdx *v, const char *item, size_t len, struct err *e);
} items[] = {
	{ "\x37\x67\xa1\xca\x36\xfa\x43\x4d\xb3\xb6\x33\xf0\xaa\x44\xe7\x6b", file_parameters },
	{ "\x24\x42\xa5\x2f\x1b\xcd\x76\x48\xb2\x11\x5d\xbe\xd8\x3b\xf4\xb8", disk_size },
	{ "\x1d\xbf\x41\x81\x6f\xa9\x09\x47\xba\x47\xf2\x33\xa8\xfa\xab\x5f", sector_size },
	{ "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48\x34\xab\x0c", parent_locator },
	/* the disk's id, the size of the sectors of the disk that was there once */
	{ "\xab\x12\xca\xbe\xe6\xb2\x23\x45\x93\xef\xc3\x09\xe0\x00\xc7\x46", ignored },
	{ "\xc7\x48\xa3\xcd\x5d\x44\x71\x44\x9c\xc9\xe9\x88\x52\x51\xc5\x56", ignored },
};

static int take_item(struct image *img, struct vhdx *v, const char *entry, char *item,
		     struct err *e)
{
	uint64_t at = get_le32(entry, 16), len = get_le32(entry, 20);
	int r;

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		if (memcmp(items[i].guid, entry, VHDX_GUID) != 0)
			continue;
		if (len > ITEM_MAX || at > v->metadata_len || len > v->metadata_len - at)
			return err_set(e, -EINVAL, "%s: metadata of %" PRIu64 " bytes",
				       img->in->name, len);
		memset(item, 0, 8);
		r = input_pread_full(v->in, item, (size_t)len, v->metadata + at, e);
		return r < 0 ? r : items[i].take(img, v, item, (size_t)len, e);
	}
	if (!(get_le32(entry, 24) & M_REQUIRED))
		return 0;
	return err_set(e, -EINVAL, "%s: needs metadata that are not known", img->in->name);
}

/* table, item: TABLE_LENGTH and ITEM_MAX bytes of room. */
static int read_metadata(struct image *img, struct vhdx *v, char *table, char *item, struct err *e)
{
	int r = input_pread_full(v->in, table, TABLE_LENGTH, v->metadata, e);

	if (r < 0)
		return r;
	if (memcmp(table, "metadata", 8) != 0 ||
	    get_le16(table, M_COUNT) > (TABLE_LENGTH - M_ENTRIES) / M_ENTRY)
		return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": the metadata are damaged",
			       img->in->name, v->metadata);
	for (size_t i = 0; i < get_le16(table, M_COUNT); i++) {
		r = take_item(img, v, table + M_ENTRIES + i * M_ENTRY, item, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static int check_shape(struct image *img, struct vhdx *v, struct err *e)
{
	uint64_t blocks, entries;

	if (v->block == 0 || v->sector == 0 || img->info.size == 0)
		return err_set(e, -EINVAL, "%s: its metadata do not say all sizes", img->in->name);
	if (v->difference && !img->parent)
		return err_set(e, -EINVAL, "%s: is a difference, but does not say to what",
			       img->in->name);
	v->ratio = SECTORS_OF_BITMAP * v->sector / v->block;
	blocks = (img->info.size + v->block - 1) / v->block;
	entries = blocks + (blocks - 1) / v->ratio;
	if (entries * 8 > v->table_len)
		return err_set(e, -EINVAL,
			       "%s: a table of %" PRIu64 " bytes for %" PRIu64 " blocks",
			       img->in->name, v->table_len, blocks);
	img->info.cluster = (uint32_t)v->block;
	img->info.subformat = v->difference ? "differencing" : v->fixed ? "fixed" : "dynamic";
	return 0;
}

static int open_tables(struct image *img, struct vhdx *v, struct err *e)
{
	char *room = malloc(TABLE_LENGTH + ITEM_MAX);
	int r;

	if (!room)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = read_regions(img, v, room, e);
	if (r == 0)
		r = read_metadata(img, v, room, room + TABLE_LENGTH, e);
	if (r == 0)
		r = check_shape(img, v, e);
	free(room);
	return r;
}

static int vhdx_open(struct image *img, struct err *e)
{
	static const char none[VHDX_GUID];
	struct vhdx *v = img->state = calloc(1, sizeof(*v));
	char h[H_LENGTH];
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	v->in = img->in;
	r = current_header(img, h, e);
	if (r < 0)
		return r;
	memcpy(v->contents, h + H_CONTENTS, VHDX_GUID);
	if (memcmp(h + H_LOG_GUID, none, VHDX_GUID) != 0)
		r = vhdx_replay(img->in, get_le64(h, H_LOG), get_le32(h, H_LOG_LENGTH),
				h + H_LOG_GUID, &v->in, e);
	return r < 0 ? r : open_tables(img, v, e);
}

/* Of a block that is there in part, as far as sectors are there like the first. */
static int sectors(struct image *img, const struct vhdx *v, uint64_t offset, struct extent *x,
		   struct err *e)
{
	enum { WINDOW = 512 };
	uint64_t block = offset / v->block, chunk = block / v->ratio;
	uint64_t place = (chunk + 1) * v->ratio + chunk, in_block = offset % v->block / v->sector;
	uint64_t bit = block % v->ratio * (v->block / v->sector) + in_block;
	uint64_t from = bit / 8 / WINDOW * WINDOW, i = bit - from * 8, end;
	unsigned char bits[WINDOW];
	char le[8];
	int r = tables_read(img, v->in, v->table + place * 8, le, sizeof(le), e);

	if (r == 0 && (get_le64(le, 0) & 7) != FULL)
		r = err_set(e, -EBADMSG, "%s: block %" PRIu64 ": its bitmap is missing",
			    img->in->name, block);
	if (r == 0)
		r = tables_read(img, v->in, get_le64(le, 0) / MIB * MIB + from, bits, sizeof(bits),
				e);
	if (r < 0)
		return r;
	end = i + v->block / v->sector - in_block;
	end = bit_run(bits, i, end < WINDOW * 8 ? end : WINDOW * 8, false);
	x->offset += in_block * v->sector;
	x->length = (end - i) * v->sector;
	x->at += in_block * v->sector;
	if (!bit_at(bits, i, false))
		x->kind = EXTENT_HOLE;
	return 0;
}

static int vhdx_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	const struct vhdx *v = img->state;
	uint64_t block = offset / v->block, entry;
	char le[8];
	int r = tables_read(img, v->in, v->table + (block + block / v->ratio) * 8, le, sizeof(le),
			    e);

	*x = (struct extent){ .offset = block * v->block, .length = v->block, .in = v->in };
	if (r < 0)
		return r;
	entry = get_le64(le, 0);
	x->at = entry / MIB * MIB;
	x->stored = x->length;
	x->kind = EXTENT_RAW;
	if ((entry & 7) == 0)
		x->kind = EXTENT_HOLE;
	else if ((entry & 7) < ZERO_STATES)
		x->kind = EXTENT_ZERO;
	else if ((entry & 7) == PARTLY && v->difference)
		r = sectors(img, v, offset, x, e);
	else if ((entry & 7) != FULL || x->at == 0)
		r = err_set(e, -EBADMSG,
			    "%s: block %" PRIu64 " at byte %" PRIu64
			    ": its state, %d, is not possible",
			    img->in->name, block, x->at, (int)(entry & 7));
	return r;
}

static void vhdx_close(struct image *img)
{
	struct vhdx *v = img->state;

	if (v && v->in != img->in)
		input_free(v->in);
	free(v);
}

const struct image_format vhdx_format = {
	.name = "vhdx",
	.probe = vhdx_probe,
	.open = vhdx_open,
	.lookup = vhdx_lookup,
	.close = vhdx_close,
};
