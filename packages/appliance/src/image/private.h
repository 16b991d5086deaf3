/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the formats of disks share: numbers of headers, and tables, which are
 * read through a cache of pages so that their size in the file, which a header
 * may lie about, is never a size in memory.
 */
#ifndef IMAGE_PRIVATE_H
#define IMAGE_PRIVATE_H

#include <endian.h>
#include <inttypes.h>
#include <string.h>

#include "appliance/image.h"

#define SECTOR UINT64_C(512)

/* A number at an offset of a header. */
#define IMAGE_GETTER(name, type, convert)                           \
	static inline type name(const void *data, size_t offset)    \
	{                                                           \
		type v;                                             \
		memcpy(&v, (const char *)data + offset, sizeof(v)); \
		return convert(v);                                  \
	}
IMAGE_GETTER(get_le16, uint16_t, le16toh)
IMAGE_GETTER(get_le32, uint32_t, le32toh)
IMAGE_GETTER(get_le64, uint64_t, le64toh)
IMAGE_GETTER(get_be16, uint16_t, be16toh)
IMAGE_GETTER(get_be32, uint32_t, be32toh)
IMAGE_GETTER(get_be64, uint64_t, be64toh)

static inline bool is_power_of_2(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* Whether [at, at + len) is inside a file. */
static inline bool inside(const struct input *in, uint64_t at, uint64_t len)
{
	return at <= in->size && len <= in->size - at;
}

/* len bytes of a table of an image's file, through the image's cache; inside image_lookup(). */
int tables_read(struct image *img, struct input *in, uint64_t at, void *data, size_t len,
		struct err *e) __must_check;
void tables_free(struct tables *t);

/* Less of an extent: the guest's bytes of it in [from, to). */
void extent_clip(struct extent *x, uint64_t from, uint64_t to);

/* Open the image that this one is a difference to, from the package; format NULL: probe. */
int image_open_parent(struct image *img, const char *name, const struct image_format *format,
		      struct err *e) __must_check;

/* The last component of a path in UTF-16, as UTF-8, cut when it is too long. */
void utf16_file_name(const void *text, size_t bytes, bool big_endian, char *out, size_t size);

/* Whether the last 512 bytes of a file, at "at", are the footer of a fixed VHD. */
bool vhd_is_footer(const void *footer, uint64_t at);

/* Of a bitmap: one bit, numbered from a byte's low or high end; the first that differs from it. */
static inline bool bit_at(const unsigned char *bits, uint64_t i, bool high_first)
{
	return bits[i / 8] >> (high_first ? 7 - i % 8 : i % 8) & 1;
}

static inline uint64_t bit_run(const unsigned char *bits, uint64_t i, uint64_t end, bool high_first)
{
	bool bit = bit_at(bits, i, high_first);

	while (i < end && bit_at(bits, i, high_first) == bit)
		i++;
	return i;
}

extern const struct image_format raw_format, vmdk_format, qcow2_format, vhd_format, vhdx_format;

#endif
