/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of the model as tables: from them come its life cycle, its check,
 * and its JSON both ways.
 */
#ifndef APPLIANCE_FIELDS_H
#define APPLIANCE_FIELDS_H

#include "appliance/model.h"

enum field_kind {
	FIELD_LINE,   /* char *: one line */
	FIELD_TEXT,   /* char *: line feeds and tabs are fine */
	FIELD_HREF,   /* char *: a name inside the package */
	FIELD_NUMBER, /* unsigned int */
	FIELD_BYTES,  /* uint64_t, 0 when not said */
	FIELD_SIZE,   /* uint64_t, MODEL_UNKNOWN when not said */
	FIELD_FLAG,   /* bool */
	FIELD_ENUM,   /* unsigned int among names */
	FIELD_INDEX,  /* size_t below another list's count, or MODEL_NONE */
	FIELD_LIST,   /* of structs */
	FIELD_TEXTS,  /* char **: of texts */
};

struct field {
	const char *name;
	enum field_kind kind;
	size_t at;		  /* in its struct */
	size_t count_at;	  /* of a list's count in its struct */
	const struct field *item; /* fields of a list's struct, up to one without a name */
	size_t item_size;	  /* of a list's struct */
	const char *const *names; /* of an enum, NULL-terminated */
	uint64_t max;		  /* of a number */
	size_t (*count)(const struct model *m); /* what an index must be below */
};

extern const struct field model_fields[];

/* A new item, or text, at the end of the list f of parent; -E2BIG at MODEL_MAX. */
void *field_add(void *parent, const struct field *f, struct err *e);
int field_add_text(void *parent, const struct field *f, const char *text,
		   struct err *e) __must_check;

#define FIELD_OF(type, base, offset) (*(type *)((char *)(base) + (offset)))

#endif
