/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "answers_json.h"

#include <string.h>

#include "answers_fields.h"
#include "installer/ks_source.h"
#include "socle.h"

static json_t *struct_json(const struct field *fields, const char *base);

/* Any of them may be a URL with a password. */
static json_t *string_json(const char *text)
{
	char shown[KS_SOURCE_MAX];

	if (!text)
		return json_null();
	return json_text(strstr(text, "://") ? ks_source_name(text, shown, sizeof(shown)) : text);
}

static json_t *list_json(const struct ks_strings *list)
{
	json_t *json = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(json, string_json(list->item[i]));
	return json;
}

static json_t *many_json(const struct field *f, const char *base)
{
	size_t count = *(const size_t *)(base + f->count);
	const char *item = *(const char *const *)(base + f->at);
	json_t *json = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(json, struct_json(f->fields, item + i * f->size));
	return json;
}

/* A struct that was never named has no line, and is null. */
static json_t *part_json(const struct field *f, const char *base)
{
	const struct field *first = f->fields;

	if (first->type == PLACE && !((const struct ks_pos *)(base + f->at + first->at))->line)
		return json_null();
	return struct_json(f->fields, base + f->at);
}

static json_t *number_json(long long n, long long unsaid)
{
	return n == unsaid || n == KS_UNSAID ? json_null() : json_integer(n);
}

static json_t *word_json(const char *word)
{
	return word ? json_string(word) : json_null();
}

static json_t *field_json(const struct field *f, const char *base)
{
	const char *at = base + f->at, *text;

	switch (f->type) {
	case STRING:
	case WORD:
		return string_json(*(const char *const *)at);
	case SECRET:
		return word_json(*(const char *const *)at ? "(hidden)" : NULL);
	case SCRIPT:
		text = *(const char *const *)at;
		return number_json(text ? (long long)strlen(text) : KS_UNSAID, KS_UNSAID);
	case LIST:
		return list_json((const struct ks_strings *)at);
	case FLAG:
		return json_boolean(*(const bool *)at);
	case COUNT:
		return number_json(*(const unsigned int *)at, 0);
	case NUMBER:
		return number_json(*(const long long *)at, 0);
	case ID:
		return number_json(*(const long long *)at, KS_UNSAID);
	case CHOICE:
		return word_json(f->names[*(const unsigned int *)at]);
	case PLACE:
		return json_integer(((const struct ks_pos *)at)->line);
	case PART:
		return part_json(f, base);
	case MANY:
		return many_json(f, base);
	}
	return NULL;
}

static json_t *struct_json(const struct field *fields, const char *base)
{
	json_t *json = json_object();

	for (const struct field *f = fields; f->name; f++)
		json_object_set_new(json, f->type == SCRIPT ? "bytes" : f->name,
				    field_json(f, base));
	return json;
}

json_t *answers_json(const struct answers *a)
{
	return struct_json(answers_fields, (const char *)a);
}
