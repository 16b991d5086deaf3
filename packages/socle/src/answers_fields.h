/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of the answers, for who prints them: a new field is a row.
 */
#ifndef SOCLE_ANSWERS_FIELDS_H
#define SOCLE_ANSWERS_FIELDS_H

#include <stddef.h>

enum field_type {
	STRING, /* char * */
	SECRET, /* char *, of which only is told that it is there */
	SCRIPT, /* char *, of which the length is told */
	WORD,	/* const char * */
	LIST,	/* struct ks_strings */
	FLAG,	/* bool */
	COUNT,	/* unsigned int, 0: not said */
	NUMBER, /* long long; 0 and KS_UNSAID: not said */
	ID,	/* long long; KS_UNSAID: not said */
	CHOICE, /* an enum; names has its words */
	PLACE,	/* struct ks_pos: its line */
	PART,	/* a struct; fields has its own */
	MANY,	/* an array of structs and, at count, how many */
};

struct field {
	const char *name; /* NULL ends the table */
	enum field_type type;
	size_t at;
	const char *const *names; /* NULL for what is not said */
	const struct field *fields;
	size_t size, count;
};

extern const struct field answers_fields[];

#endif
