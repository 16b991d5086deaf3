/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	unsigned int shift;
} words[] = {
	{ "byte", 0 },	     { "bytes", 0 }, { "b", 0 },    { "kilobyte", 10 },
	{ "kilobytes", 10 }, { "kb", 10 },   { "kib", 10 }, { "megabyte", 20 },
	{ "megabytes", 20 }, { "mb", 20 },   { "mib", 20 }, { "gigabyte", 30 },
	{ "gigabytes", 30 }, { "gb", 30 },   { "gib", 30 }, { "terabyte", 40 },
	{ "terabytes", 40 }, { "tb", 40 },   { "tib", 40 }, { "k", 10 },
	{ "m", 20 },	     { "g", 30 },
};

static const char *skip_space(const char *s)
{
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

static const char *digits(const char *s, uint64_t *n)
{
	const char *from = s = skip_space(s);

	for (*n = 0; isdigit((unsigned char)*s); s++)
		if (__builtin_mul_overflow(*n, 10, n) ||
		    __builtin_add_overflow(*n, (unsigned int)(*s - '0'), n))
			return NULL;
	return s > from ? skip_space(s) : NULL;
}

bool number_parse(const char *s, uint64_t *n)
{
	s = digits(s, n);
	return s && !*s;
}

/* "* 2^20" or "* 1024" times what there is. */
static const char *factor(const char *s, uint64_t *bytes)
{
	uint64_t base, power = 1;

	s = digits(s + 1, &base);
	if (s && *s == '^')
		s = digits(s + 1, &power);
	if (!s || power > 64)
		return NULL;
	while (power--)
		if (__builtin_mul_overflow(*bytes, base, bytes))
			return NULL;
	return s;
}

bool units_bytes(const char *units, uint64_t *bytes)
{
	const char *s = skip_space(units);
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strlen(words[i].name) != n || strncasecmp(words[i].name, s, n) != 0)
			continue;
		*bytes = UINT64_C(1) << words[i].shift;
		s = skip_space(s + n);
		while (s && *s == '*')
			s = factor(s, bytes);
		return s && !*s && *bytes;
	}
	return false;
}
