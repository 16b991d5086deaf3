/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON objects into structs, by tables of fields.
 *
 * One table gives the parser, its error messages (which name the path of the
 * key, as "disks[2].size") and the function that frees what was parsed.  Keys
 * that no table knows are ignored; strings that are absent become "".
 */
#ifndef INSTALLER_SCHEMA_H
#define INSTALLER_SCHEMA_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

enum field_type {
	FIELD_END,
	FIELD_STRING,  /* char * */
	FIELD_UINT,    /* uint64_t, at most max */
	FIELD_BOOL,    /* bool */
	FIELD_STRINGS, /* struct fact_strings, at most max of them */
	FIELD_OBJECT,  /* a struct inside, of the fields in "of" */
	FIELD_LIST,    /* pointer to an array of structs, at most max, and its size_t count */
};

struct field {
	const char *key;
	enum field_type type;
	bool required;
	size_t offset;
	uint64_t max;
	const struct field *of;
	size_t item_size;
	size_t count_offset;
};

/* Fill base, which is zeroed, from an object.  -EINVAL names the key, -ENOMEM. */
int schema_parse(const json_t *object, const struct field *fields, void *base,
		 struct err *e) __must_check;

/* Free what was parsed, also half of it, and zero the fields. */
void schema_clear(const struct field *fields, void *base);

/* Parse text as one JSON value; the error has line and column.  NULL on error. */
json_t *schema_load(const char *text, size_t len, struct err *e);

#endif
