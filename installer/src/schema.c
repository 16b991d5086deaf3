/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "schema.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "installer/facts.h"

/* The path to the key in hand, for messages: each level knows the one above. */
struct where {
	const struct where *above;
	const char *key;
	size_t index; /* SIZE_MAX: not an item of a list */
};

static void path_add(const struct where *w, char *out, size_t size)
{
	size_t n;

	if (w->above)
		path_add(w->above, out, size);
	n = strlen(out);
	if (w->index != SIZE_MAX)
		snprintf(out + n, size - n, "[%zu]", w->index);
	else if (w->key)
		snprintf(out + n, size - n, "%s%s", n ? "." : "", w->key);
}

static int fault(const struct where *w, int code, struct err *e, const char *what)
{
	char path[256] = "";

	path_add(w, path, sizeof(path));
	return err_set(e, code, "%s: %s", *path ? path : "JSON", what);
}

static int parse_fields(const json_t *object, const struct field *fields, char *base,
			const struct where *above, struct err *e);

static int parse_text(const json_t *value, char **out, const struct where *w, struct err *e)
{
	const char *s = json_string_value(value);

	if (!s)
		return fault(w, -EINVAL, e, "not a string");
	if (strlen(s) > FACTS_STRING_MAX)
		return fault(w, -EINVAL, e, "string too long");
	for (const char *p = s; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return fault(w, -EINVAL, e, "control character in string");
	*out = strdup(s);
	return *out ? 0 : fault(w, -ENOMEM, e, "out of memory");
}

static int parse_string(const json_t *value, const struct field *f, char *base,
			const struct where *w, struct err *e)
{
	return parse_text(value, (char **)(base + f->offset), w, e);
}

static int parse_uint(const json_t *value, const struct field *f, char *base, const struct where *w,
		      struct err *e)
{
	if (!json_is_integer(value))
		return fault(w, -EINVAL, e, "not a whole number");
	if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > f->max)
		return fault(w, -EINVAL, e, "number out of range");
	*(uint64_t *)(base + f->offset) = (uint64_t)json_integer_value(value);
	return 0;
}

static int parse_bool(const json_t *value, const struct field *f, char *base, const struct where *w,
		      struct err *e)
{
	if (!json_is_boolean(value))
		return fault(w, -EINVAL, e, "neither true nor false");
	*(bool *)(base + f->offset) = json_is_true(value);
	return 0;
}

/* A list's length, once it is known to be one that is not too long. */
static int list_size(const json_t *value, const struct field *f, const struct where *w, size_t *n,
		     struct err *e)
{
	if (!json_is_array(value))
		return fault(w, -EINVAL, e, "not a list");
	*n = json_array_size(value);
	return *n > f->max ? fault(w, -EINVAL, e, "too many entries") : 0;
}

static int parse_strings(const json_t *value, const struct field *f, char *base,
			 const struct where *w, struct err *e)
{
	struct fact_strings *list = (void *)(base + f->offset);
	size_t n;
	int ret = list_size(value, f, w, &n, e);

	if (ret < 0)
		return ret;
	list->item = calloc(n + 1, sizeof(*list->item));
	if (!list->item)
		return fault(w, -ENOMEM, e, "out of memory");
	for (size_t i = 0; i < n; i++) {
		ret = parse_text(json_array_get(value, i), &list->item[i],
				 &(struct where){ .above = w, .index = i }, e);
		if (ret < 0)
			return ret;
		list->count++;
	}
	return 0;
}

static int parse_object(const json_t *value, const struct field *f, char *base,
			const struct where *w, struct err *e)
{
	return parse_fields(value, f->of, base + f->offset, w, e);
}

static int parse_list(const json_t *value, const struct field *f, char *base, const struct where *w,
		      struct err *e)
{
	size_t *count = (size_t *)(base + f->count_offset), n;
	char **items = (char **)(base + f->offset);
	int ret = list_size(value, f, w, &n, e);

	if (ret < 0)
		return ret;
	*items = calloc(n + 1, f->item_size);
	if (!*items)
		return fault(w, -ENOMEM, e, "out of memory");
	for (size_t i = 0; i < n; i++) {
		(*count)++; /* first, so that clearing frees a half-parsed item */
		ret = parse_fields(json_array_get(value, i), f->of, *items + i * f->item_size,
				   &(struct where){ .above = w, .index = i }, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int (*const parsers[])(const json_t *, const struct field *, char *, const struct where *,
			      struct err *) = {
	[FIELD_STRING] = parse_string,	 [FIELD_UINT] = parse_uint,	[FIELD_BOOL] = parse_bool,
	[FIELD_STRINGS] = parse_strings, [FIELD_OBJECT] = parse_object, [FIELD_LIST] = parse_list,
};

static int parse_absent(const struct field *f, char *base, const struct where *w, struct err *e)
{
	_Bool is_object = f->type == FIELD_OBJECT;
	char **s = (char **)(base + f->offset);
	json_t *nothing;
	int ret;

	if (f->required)
		return fault(w, -EINVAL, e, "missing");
	if (is_object) {
		nothing = json_object();
		ret = nothing ? parse_fields(nothing, f->of, base + f->offset, w, e) : -ENOMEM;
		json_decref(nothing);
		return ret;
	}
	if (f->type != FIELD_STRING)
		return 0;
	*s = strdup("");
	return *s ? 0 : fault(w, -ENOMEM, e, "out of memory");
}

static int parse_fields(const json_t *object, const struct field *fields, char *base,
			const struct where *above, struct err *e)
{
	int ret;

	if (!json_is_object(object))
		return fault(above, -EINVAL, e, "not an object");
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		struct where w = { .above = above, .key = f->key, .index = SIZE_MAX };
		const json_t *value = json_object_get(object, f->key);

		ret = value ? parsers[f->type](value, f, base, &w, e)
			    : parse_absent(f, base, &w, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int schema_parse(const json_t *object, const struct field *fields, void *base, struct err *e)
{
	return parse_fields(object, fields, base, &(struct where){ .index = SIZE_MAX }, e);
}

static void clear_strings(struct fact_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct fact_strings){ 0 };
}

static void clear_list(const struct field *f, char *base)
{
	size_t *count = (size_t *)(base + f->count_offset);
	char **items = (char **)(base + f->offset);

	for (size_t i = 0; i < *count; i++)
		schema_clear(f->of, *items + i * f->item_size);
	free(*items);
	*items = NULL;
	*count = 0;
}

void schema_clear(const struct field *fields, void *base)
{
	for (const struct field *f = fields; f->type != FIELD_END; f++) {
		char *at = (char *)base + f->offset;

		if (f->type == FIELD_STRING) {
			free(*(char **)at);
			*(char **)at = NULL;
		} else if (f->type == FIELD_STRINGS) {
			clear_strings((struct fact_strings *)(void *)at);
		} else if (f->type == FIELD_OBJECT) {
			schema_clear(f->of, at);
		} else if (f->type == FIELD_LIST) {
			clear_list(f, base);
		}
	}
}

json_t *schema_load(const char *text, size_t len, struct err *e)
{
	json_error_t fault_at;
	json_t *json = json_loadb(text, len, JSON_REJECT_DUPLICATES, &fault_at);

	if (!json)
		err_set(e, -EINVAL, "this is not JSON: line %d, column %d: %s", fault_at.line,
			fault_at.column, fault_at.text);
	return json;
}
