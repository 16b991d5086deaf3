/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/range.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* A number; what is larger than any file is as good as the largest. */
static bool take_number(const char **at, uint64_t *n)
{
	const char *start = *at;

	*n = 0;
	for (; isdigit((unsigned char)**at); (*at)++)
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (uint64_t)(**at - '0'), n))
			*n = UINT64_MAX;
	return *at != start;
}

enum { WHOLE, PART, NONE };

/*
 * One range of bytes.  Several, which clients of ours never want, and what is
 * malformed are as if nothing was asked for (RFC 9110, 14.2).
 */
static int part_of(uint64_t size, const char *text, uint64_t *from, uint64_t *len)
{
	uint64_t first = 0, last = UINT64_MAX;
	bool has_first, has_last;

	if (strncasecmp(text, "bytes=", 6) != 0)
		return WHOLE;
	text += 6;
	has_first = take_number(&text, &first);
	if (*text++ != '-')
		return WHOLE;
	has_last = take_number(&text, &last);
	if (*text || (!has_first && !has_last) || (has_first && has_last && last < first))
		return WHOLE;
	if (!has_first) {
		first = last < size ? size - last : 0;
		if (!last || !size)
			return NONE;
		last = UINT64_MAX;
	}
	if (first >= size)
		return NONE;
	*from = first;
	*len = has_last && last < size ? last - first + 1 : size - first;
	return PART;
}

static bool lists(const char *header, const char *etag)
{
	size_t len = strlen(etag);

	for (const char *at = header; (at = strstr(at, etag)); at += len)
		if (!at[len] || strchr(", \t", at[len]))
			return true;
	return header[strspn(header, " \t")] == '*';
}

struct range range_of(uint64_t size, const char *etag, const char *range, const char *if_range,
		      const char *if_none_match)
{
	struct range r = { 200, 0, size };

	if (if_none_match && lists(if_none_match, etag))
		return (struct range){ 304, 0, 0 };
	/* The part is of another file when it has changed: then all of this one is sent. */
	if (!range || (if_range && strcmp(if_range, etag) != 0))
		return r;
	switch (part_of(size, range, &r.from, &r.len)) {
	case PART:
		r.status = 206;
		break;
	case NONE:
		return (struct range){ 416, 0, 0 };
	default:
		break;
	}
	return r;
}
