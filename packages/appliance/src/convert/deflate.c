/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "convert/deflate.h"

#include <isa-l/igzip_lib.h>
#include <libdeflate.h>
#include <stdint.h>
#include <stdlib.h>

struct deflate {
	struct libdeflate_compressor *slow; /* NULL for level 1 */
	struct isal_zstream fast;
	uint8_t work[ISAL_DEF_LVL1_DEFAULT];
};

struct deflate *deflate_new(int level)
{
	struct deflate *d;

	if (level < 1 || level > DEFLATE_LEVEL_MAX)
		return NULL;
	d = calloc(1, sizeof(*d));
	if (d && level > 1 && !(d->slow = libdeflate_alloc_compressor(level))) {
		free(d);
		return NULL;
	}
	return d;
}

size_t deflate_bound(size_t len)
{
	/* Of stored blocks of 64 KiB less one, with header and checksum; both libraries need less.
	 */
	return len + (len / 65535 + 1) * 5 + 64;
}

static size_t deflate_fast(struct deflate *d, const void *data, size_t len, void *out)
{
	struct isal_zstream *z = &d->fast;

	isal_deflate_stateless_init(z);
	z->level = 1;
	z->level_buf = d->work;
	z->level_buf_size = sizeof(d->work);
	z->gzip_flag = IGZIP_ZLIB;
	z->end_of_stream = 1;
	z->flush = NO_FLUSH;
	z->next_in = (uint8_t *)data;
	z->avail_in = (uint32_t)len;
	z->next_out = out;
	z->avail_out = (uint32_t)deflate_bound(len);
	return isal_deflate_stateless(z) == COMP_OK ? z->total_out : 0;
}

size_t deflate_unit(struct deflate *d, const void *data, size_t len, void *out)
{
	return d->slow ? libdeflate_zlib_compress(d->slow, data, len, out, deflate_bound(len))
		       : deflate_fast(d, data, len, out);
}

void deflate_free(struct deflate *d)
{
	if (!d)
		return;
	libdeflate_free_compressor(d->slow);
	free(d);
}
