/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A parsed file for tests: answers, messages, and what ks_parse() returned.
 */
#ifndef KS_TEST_H
#define KS_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "kickstart/kickstart.h"

struct ks {
	struct answers a;
	struct ks_messages m;
	struct err e;
	int ret;
};

static inline void ks_free(struct ks *ks)
{
	answers_clear(&ks->a);
	ks_messages_clear(&ks->m);
}

#define _cleanup_ks_ __attribute__((cleanup(ks_free)))

/* Parse a copy that ends where the text ends, so that reading on is seen by ASan. */
static inline struct ks ks_mem(const char *text, size_t len)
{
	struct ks ks = { 0 };
	char *copy = malloc(len ? len : 1);

	memcpy(copy, text, len);
	ks.ret = ks_parse(copy, len, &ks.a, &ks.m, &ks.e);
	free(copy);
	return ks;
}

static inline struct ks ks_text(const char *text)
{
	return ks_mem(text, strlen(text));
}

/* The file has exactly one message, this one at this place. */
static inline void assert_message(const char *file, enum ks_severity severity, unsigned int line,
				  unsigned int column, const char *text)
{
	_cleanup_ks_ struct ks ks = ks_text(file);

	for (size_t i = 1; i < ks.m.count; i++)
		print_message("also: %s\n", ks.m.item[i].text);
	assert_int_equal(ks.m.count, 1);
	assert_string_equal(ks.m.item[0].text, text);
	assert_int_equal(ks.a.unmet_count, severity == KS_REFUSAL);
	assert_int_equal(ks.m.item[0].severity, severity);
	assert_int_equal(ks.m.item[0].pos.line, line);
	assert_int_equal(ks.m.item[0].pos.column, column);
	assert_int_equal(ks.ret, severity == KS_ERROR ? -EINVAL : 0);
}

#define assert_error(file, line, column, text) assert_message(file, KS_ERROR, line, column, text)
/* Well-formed, but not installed. */
#define assert_refusal(file, line, column, text) \
	assert_message(file, KS_REFUSAL, line, column, text "; the installer refuses this")
#define assert_warning(file, line, column, text) \
	assert_message(file, KS_WARNING, line, column, text)

/* Nothing is said about the file. */
static inline struct ks ks_good(const char *text)
{
	struct ks ks = ks_text(text);

	for (size_t i = 0; i < ks.m.count; i++)
		print_message("%u:%u: %s\n", ks.m.item[i].pos.line, ks.m.item[i].pos.column,
			      ks.m.item[i].text);
	assert_int_equal(ks.ret, 0);
	assert_int_equal(ks.m.count, 0);
	return ks;
}

#endif
