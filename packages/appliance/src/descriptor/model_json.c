/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "socle/cleanup.h"
#include "text.h"

static json_t *item_json(const void *item, const struct field *f);

static json_t *list_json(const void *item, const struct field *f)
{
	const char *list = FIELD_OF(char *const, item, f->at);
	json_t *array = json_array();

	for (size_t i = 0; i < FIELD_OF(const size_t, item, f->count_at); i++) {
		const char *at = list + i * (f->kind == FIELD_LIST ? f->item_size : sizeof(char *));
		json_t *json = f->kind == FIELD_LIST
				       ? item_json(at, f->item)
				       : json_string(*(char *const *)(const void *)at);

		if (json_array_append_new(array, json) < 0) {
			json_decref(array);
			return NULL;
		}
	}
	return array;
}

/* NULL: not said (or no memory), and left out. */
static json_t *field_json(const void *item, const struct field *f)
{
	uint64_t n;
	size_t i;

	switch (f->kind) {
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_HREF:
		return json_string(FIELD_OF(char *const, item, f->at));
	case FIELD_NUMBER:
		return json_integer(FIELD_OF(const unsigned int, item, f->at));
	case FIELD_BYTES:
	case FIELD_SIZE:
		n = FIELD_OF(const uint64_t, item, f->at);
		return n == MODEL_UNKNOWN ? json_null() : json_integer((json_int_t)n);
	case FIELD_FLAG:
		return json_boolean(FIELD_OF(const bool, item, f->at));
	case FIELD_ENUM:
		return json_string(f->names[FIELD_OF(const unsigned int, item, f->at)]);
	case FIELD_INDEX:
		i = FIELD_OF(const size_t, item, f->at);
		return i == MODEL_NONE ? json_null() : json_integer((json_int_t)i);
	case FIELD_LIST:
	case FIELD_TEXTS:
		return list_json(item, f);
	}
	return NULL;
}

static json_t *item_json(const void *item, const struct field *f)
{
	json_t *json = json_object();

	for (; f->name; f++)
		if (json_object_set_new(json, f->name, field_json(item, f)) < 0) {
			json_decref(json);
			return NULL;
		}
	return json;
}

json_t *model_json(const struct model *m)
{
	return item_json(m, model_fields);
}

static int read_item(const json_t *json, void *item, const struct field *fields, struct err *e);

static int wrong(const char *want, struct err *e)
{
	return err_set(e, -EINVAL, "is not %s", want);
}

static int read_list(const json_t *json, void *item, const struct field *f, struct err *e)
{
	const json_t *value;
	size_t i;
	int ret = 0;

	if (!json_is_array(json))
		return wrong("a list", e);
	json_array_foreach(json, i, value)
	{
		if (f->kind == FIELD_LIST) {
			void *at = field_add(item, f, e);

			ret = at ? read_item(value, at, f->item, e) : -E2BIG;
		} else {
			ret = json_is_string(value)
				      ? field_add_text(item, f, json_string_value(value), e)
				      : wrong("a string", e);
		}
		if (ret < 0)
			return err_wrap(e, "[%zu]", i);
	}
	return 0;
}

static int read_string(const json_t *json, char **to, struct err *e)
{
	const char *value = json_string_value(json);
	char *copy;

	if (!value || strlen(value) != json_string_length(json))
		return wrong("a string", e);
	copy = strdup(value);
	if (!copy)
		return err_sys(e, -ENOMEM, "model");
	free(*to);
	*to = copy;
	return 0;
}

static int read_enum(const json_t *json, unsigned int *to, const char *const *names, struct err *e)
{
	const char *value = json_string_value(json);

	for (unsigned int i = 0; value && names[i]; i++)
		if (strcmp(names[i], value) == 0) {
			*to = i;
			return 0;
		}
	return wrong("one of its values", e);
}

/* Numbers are not negative; model_check() knows how large they may be. */
static int read_number(const json_t *json, const struct field *f, void *to, struct err *e)
{
	json_int_t n = json_integer_value(json);

	if (!json_is_integer(json) || n < 0)
		return wrong("a number", e);
	if (f->kind == FIELD_NUMBER) {
		if (n > (json_int_t)f->max)
			return wrong("a number that is small enough", e);
		*(unsigned int *)to = (unsigned int)n;
	} else if (f->kind == FIELD_INDEX) {
		*(size_t *)to = (size_t)n;
	} else {
		*(uint64_t *)to = (uint64_t)n;
	}
	return 0;
}

static int read_field(const json_t *json, void *item, const struct field *f, struct err *e)
{
	void *to = (char *)item + f->at;

	switch (f->kind) {
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_HREF:
		return read_string(json, to, e);
	case FIELD_SIZE:
	case FIELD_INDEX:
		if (json_is_null(json))
			return 0;
		return read_number(json, f, to, e);
	case FIELD_NUMBER:
	case FIELD_BYTES:
		return read_number(json, f, to, e);
	case FIELD_FLAG:
		if (!json_is_boolean(json))
			return wrong("true or false", e);
		*(bool *)to = json_is_true(json);
		return 0;
	case FIELD_ENUM:
		return read_enum(json, to, f->names, e);
	case FIELD_LIST:
	case FIELD_TEXTS:
		return read_list(json, item, f, e);
	}
	return 0;
}

/* Every key must be a field; a field that is not there keeps its default. */
static int read_item(const json_t *json, void *item, const struct field *fields, struct err *e)
{
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return wrong("an object", e);
	json_object_foreach((json_t *)json, key, value)
	{
		const struct field *f = fields;
		int ret;

		while (f->name && strcmp(f->name, key) != 0)
			f++;
		ret = f->name ? read_field(value, item, f, e) : wrong("a field", e);
		if (ret < 0)
			return err_wrap(e, "%s", key);
	}
	return 0;
}

int model_from_json(const json_t *json, struct model **m, struct err *e)
{
	struct model *got = model_new();
	int ret;

	if (!got)
		return err_sys(e, -ENOMEM, "model");
	ret = read_item(json, got, model_fields, e);
	if (ret == 0)
		ret = model_check(got, e);
	if (ret < 0) {
		model_free(got);
		err_wrap(e, "model");
		if (e)
			text_clean(e->text);
		return ret;
	}
	*m = got;
	return 0;
}
