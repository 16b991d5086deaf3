/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A growing byte buffer that is always NUL-terminated.
 *
 * "struct buf b = BUF_INIT", append, read b.s and b.len, buf_clear().  Adding
 * never fails visibly: when memory is exhausted, buf.failed stays set, the
 * contents end there, and the one who uses the result asks buf_ok() once.
 */
#ifndef SOCLE_BUF_H
#define SOCLE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "socle/err.h"

struct buf {
	char *s;    /* never NULL; "" while empty */
	size_t len; /* bytes before the terminating NUL */
	size_t cap; /* bytes allocated, 0 while s is the static "" */
	bool failed;
};

extern char buf_empty[1];
#define BUF_INIT ((struct buf){ .s = buf_empty })

void buf_clear(struct buf *b); /* idempotent; leaves an empty buffer */
void buf_add(struct buf *b, const void *data, size_t len);
void buf_adds(struct buf *b, const char *s);
void buf_addc(struct buf *b, char c);
void buf_addf(struct buf *b, const char *fmt, ...) __format(2, 3);

/* Hand the string to the caller, who frees it; NULL when memory was exhausted. */
char *buf_take(struct buf *b);

static inline bool buf_ok(const struct buf *b)
{
	return !b->failed;
}

#endif
