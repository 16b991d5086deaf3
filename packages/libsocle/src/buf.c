/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

char buf_empty[1];

void buf_clear(struct buf *b)
{
	if (b->cap)
		free(b->s);
	*b = BUF_INIT;
}

static bool buf_grow(struct buf *b, size_t more)
{
	size_t want, cap;
	char *s;

	if (b->failed || __builtin_add_overflow(b->len, more, &want) ||
	    __builtin_add_overflow(want, 1, &want)) {
		b->failed = true;
		return false;
	}
	if (want <= b->cap)
		return true;
	cap = b->cap ? b->cap : 64;
	while (cap < want)
		if (__builtin_mul_overflow(cap, 2, &cap))
			cap = want;
	s = realloc(b->cap ? b->s : NULL, cap);
	if (!s) {
		b->failed = true;
		return false;
	}
	b->s = s;
	b->cap = cap;
	return true;
}

void buf_add(struct buf *b, const void *data, size_t len)
{
	if (!buf_grow(b, len))
		return;
	memcpy(b->s + b->len, data, len);
	b->len += len;
	b->s[b->len] = '\0';
}

void buf_adds(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void buf_addc(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !buf_grow(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->s + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

char *buf_take(struct buf *b)
{
	char *s = NULL;

	if (!b->failed)
		s = b->cap ? b->s : strdup("");
	else if (b->cap)
		free(b->s);
	*b = BUF_INIT;
	return s;
}
