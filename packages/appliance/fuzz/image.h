/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the fuzz targets of disk images share: an image of any bytes is opened or
 * refused, its lookups keep what image.h promises of them, and what they find is
 * unpacked.
 */
#ifndef APPLIANCE_FUZZ_IMAGE_H
#define APPLIANCE_FUZZ_IMAGE_H

#include <stdlib.h>
#include <string.h>

#include "appliance/image.h"

enum { FUZZ_LOOKUPS = 32, FUZZ_READ = 64 << 10 };

/* A package in which every name is of the same bytes. */
struct fuzz_dir {
	struct input_dir dir;
	const void *data;
	size_t len;
};

static inline struct input *fuzz_open(struct input_dir *dir, const char *name, struct err *e)
{
	struct fuzz_dir *d = (struct fuzz_dir *)dir;

	return input_memory(d->data, d->len, name, e);
}

static inline void fuzz_unpack(const struct extent *x)
{
	static char out[IMAGE_CHUNK_MAX], stored[IMAGE_CHUNK_MAX + STORED_EXTRA];

	if (x->unit > IMAGE_CHUNK_MAX || x->skip + x->length > x->unit ||
	    x->stored > x->unit + (uint64_t)STORED_EXTRA)
		abort();
	if (input_pread_full(x->in, stored, (size_t)x->stored, x->at, NULL) < 0)
		abort(); /* it said that it is in the file */
	(void)!extent_unpack(x, stored, out, NULL);
}

static inline void fuzz_lookups(struct image *img)
{
	static char data[FUZZ_READ];
	uint64_t size = img->info.size, at = 0;
	struct extent x;

	if (size > IMAGE_SIZE_MAX)
		abort();
	for (int i = 0; i < FUZZ_LOOKUPS && at < size; i++, at = x.offset + x.length) {
		if (image_lookup(img, at, &x, NULL) < 0) {
			x = (struct extent){ .offset = at, .length = 512 };
			continue;
		}
		if (x.offset > at || x.length == 0 || x.offset + x.length <= at ||
		    x.offset + x.length > size || x.kind == EXTENT_HOLE ||
		    (x.kind == EXTENT_RAW && x.stored != x.length))
			abort();
		if (x.kind > EXTENT_RAW)
			fuzz_unpack(&x);
	}
	if (size)
		(void)!image_pread(img, data, size < FUZZ_READ ? (size_t)size : FUZZ_READ,
				   size < FUZZ_READ ? 0 : size - FUZZ_READ, NULL);
}

/* An image and, behind it, what its extents and parents have. */
static inline void fuzz_image(const char *format, const void *data, size_t len, const void *others,
			      size_t others_len)
{
	struct fuzz_dir d = { { fuzz_open, false }, others, others_len };
	struct input *in = input_memory(data, len, "disk", NULL);
	struct image *img;

	if (in && image_open(in, image_format_by_name(format), &d.dir, &img, NULL) == 0) {
		fuzz_lookups(img);
		image_free(img);
	} else {
		input_free(in);
	}
}

#endif
