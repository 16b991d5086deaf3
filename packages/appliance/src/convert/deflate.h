/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compression of single units as zlib streams (RFC 1950).
 *
 * Level 1 is ISA-L's, three times as fast as any other; 2 to 12 are libdeflate's.
 * The same data and level give the same bytes.
 */
#ifndef CONVERT_DEFLATE_H
#define CONVERT_DEFLATE_H

#include <stddef.h>

enum { DEFLATE_LEVEL_MAX = 12 };

struct deflate;

/* One for each thread; NULL when there is no memory for it or no such level. */
struct deflate *deflate_new(int level);

/* The most bytes that len bytes become. */
size_t deflate_bound(size_t len);

/* Compress; out has deflate_bound(len) bytes.  Returns the length, 0 for a fault of the library. */
size_t deflate_unit(struct deflate *d, const void *data, size_t len, void *out);

void deflate_free(struct deflate *d); /* NULL is fine */

#endif
