/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which part of a file a request of HTTP wants (RFC 9110, 13 and 14).
 */
#ifndef NETBOOT_RANGE_H
#define NETBOOT_RANGE_H

#include <stdint.h>

struct range {
	unsigned int status; /* 200, 206, 304 or 416 */
	uint64_t from, len;  /* of what is sent */
};

/* The headers may be NULL; etag with its quotes. */
struct range range_of(uint64_t size, const char *etag, const char *range, const char *if_range,
		      const char *if_none_match);

#endif
