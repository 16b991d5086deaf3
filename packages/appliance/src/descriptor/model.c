/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/model.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "text.h"

static void clear(void *item, const struct field *fields);

static void clear_list(void *item, const struct field *f)
{
	char *list = FIELD_OF(void *, item, f->at);

	for (size_t i = 0; i < FIELD_OF(size_t, item, f->count_at); i++)
		if (f->kind == FIELD_LIST)
			clear(list + i * f->item_size, f->item);
		else
			free(((char **)(void *)list)[i]);
	free(list);
}

static void clear(void *item, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++)
		if (f->kind == FIELD_LIST || f->kind == FIELD_TEXTS)
			clear_list(item, f);
		else if (f->kind == FIELD_LINE || f->kind == FIELD_TEXT || f->kind == FIELD_HREF)
			free(FIELD_OF(char *, item, f->at));
}

/* Zeroed memory to a new item; false without memory, and then nothing is left. */
static bool init(void *item, const struct field *fields)
{
	for (const struct field *f = fields; f->name; f++) {
		if (f->kind == FIELD_LINE || f->kind == FIELD_TEXT || f->kind == FIELD_HREF) {
			FIELD_OF(char *, item, f->at) = strdup("");
			if (!FIELD_OF(char *, item, f->at)) {
				clear(item, fields);
				return false;
			}
		} else if (f->kind == FIELD_SIZE) {
			FIELD_OF(uint64_t, item, f->at) = MODEL_UNKNOWN;
		} else if (f->kind == FIELD_INDEX) {
			FIELD_OF(size_t, item, f->at) = MODEL_NONE;
		}
	}
	return true;
}

struct model *model_new(void)
{
	struct model *m = calloc(1, sizeof(*m));

	if (m && !init(m, model_fields)) {
		free(m);
		return NULL;
	}
	return m;
}

void model_free(struct model *m)
{
	if (!m)
		return;
	clear(m, model_fields);
	free(m);
}

/* Room for one more; its capacity is the next power of two. */
static void *grow(void **list, size_t n, size_t size)
{
	void *more;

	if ((n & (n - 1)) == 0) {
		more = reallocarray(*list, n ? 2 * n : 1, size);
		if (!more)
			return NULL;
		*list = more;
	}
	return memset((char *)*list + n * size, 0, size);
}

void *field_add(void *parent, const struct field *f, struct err *e)
{
	size_t *n = &FIELD_OF(size_t, parent, f->count_at);
	void *item;

	if (*n >= MODEL_MAX) {
		err_set(e, -E2BIG, "more than %d %s", MODEL_MAX, f->name);
		return NULL;
	}
	item = grow(&FIELD_OF(void *, parent, f->at), *n, f->item_size);
	if (!item || !init(item, f->item)) {
		err_sys(e, -ENOMEM, "%s", f->name);
		return NULL;
	}
	++*n;
	return item;
}

int field_add_text(void *parent, const struct field *f, const char *text, struct err *e)
{
	size_t *n = &FIELD_OF(size_t, parent, f->count_at);
	char **item;
	int ret;

	if (*n >= MODEL_MAX)
		return err_set(e, -E2BIG, "more than %d %s", MODEL_MAX, f->name);
	item = grow(&FIELD_OF(void *, parent, f->at), *n, sizeof(char *));
	if (!item)
		return err_sys(e, -ENOMEM, "%s", f->name);
	ret = model_set_text(item, text, e);
	if (ret == 0)
		++*n;
	return ret;
}

static const struct field *field(const struct field *f, size_t at)
{
	while (f->at != at)
		f++;
	return f;
}

#define ADD(parent, fields, type, list, e) \
	field_add((parent), field((fields), offsetof(type, list)), (e))

static const struct field *machine_fields(void)
{
	return field(model_fields, offsetof(struct model, machines))->item;
}

struct model_file *model_add_file(struct model *m, struct err *e)
{
	return ADD(m, model_fields, struct model, files, e);
}

struct model_disk *model_add_disk(struct model *m, struct err *e)
{
	return ADD(m, model_fields, struct model, disks, e);
}

struct model_network *model_add_network(struct model *m, struct err *e)
{
	return ADD(m, model_fields, struct model, networks, e);
}

struct model_machine *model_add_machine(struct model *m, struct err *e)
{
	return ADD(m, model_fields, struct model, machines, e);
}

struct model_option *model_add_option(struct model *m, struct err *e)
{
	return ADD(m, model_fields, struct model, options, e);
}

struct model_drive_use *model_add_drive(struct model_machine *vm, struct err *e)
{
	return ADD(vm, machine_fields(), struct model_machine, drives, e);
}

struct model_nic *model_add_nic(struct model_machine *vm, struct err *e)
{
	return ADD(vm, machine_fields(), struct model_machine, nics, e);
}

struct model_property *model_add_property(struct model_machine *vm, struct err *e)
{
	return ADD(vm, machine_fields(), struct model_machine, properties, e);
}

int model_add_eula(struct model_machine *vm, const char *text, struct err *e)
{
	return field_add_text(vm, field(machine_fields(), offsetof(struct model_machine, eulas)),
			      text, e);
}

void model_warn(struct model *m, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	text_clean(text);
	if (field_add_text(m, field(model_fields, offsetof(struct model, warnings)), text, NULL) <
	    0)
		return; /* more warnings than anybody reads */
}

size_t model_find_file(const struct model *m, const char *id)
{
	for (size_t i = 0; i < m->n_files; i++)
		if (strcmp(m->files[i].id, id) == 0)
			return i;
	return MODEL_NONE;
}

size_t model_find_disk(const struct model *m, const char *id)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (strcmp(m->disks[i].id, id) == 0)
			return i;
	return MODEL_NONE;
}

size_t model_find_network(const struct model *m, const char *name)
{
	for (size_t i = 0; i < m->n_networks; i++)
		if (strcmp(m->networks[i].name, name) == 0)
			return i;
	return MODEL_NONE;
}

/* What is checked: the model, for its counts. */
static int check_string(const char *s, enum field_kind kind, struct err *e)
{
	size_t max = kind == FIELD_TEXT || kind == FIELD_TEXTS ? TEXT_MAX : TEXT_LINE_MAX;

	if (kind == FIELD_HREF && !model_href_ok(s))
		return err_set(e, -EINVAL, "not a name inside the package");
	if (strlen(s) >= max)
		return err_set(e, -EINVAL, "longer than %zu bytes", max);
	if (!text_ok(s, max == TEXT_MAX))
		return err_set(e, -EINVAL, "not UTF-8, or a control character in it");
	return 0;
}

static int check_number(uint64_t n, uint64_t max, struct err *e)
{
	if (n > max)
		return err_set(e, -EINVAL, "%" PRIu64 " is more than %" PRIu64, n, max);
	return 0;
}

static int check_enum(unsigned int n, const char *const *names, struct err *e)
{
	for (unsigned int i = 0; names[i]; i++)
		if (i == n)
			return 0;
	return err_set(e, -EINVAL, "%u is none of its values", n);
}

static int check_index(size_t i, size_t count, struct err *e)
{
	if (i != MODEL_NONE && i >= count)
		return err_set(e, -EINVAL, "%zu is not one of %zu", i, count);
	return 0;
}

static int check_item(const struct model *m, const void *item, const struct field *f,
		      struct err *e);

static int check_list(const struct model *m, const void *item, const struct field *f, struct err *e)
{
	const char *list = FIELD_OF(char *const, item, f->at);

	for (size_t i = 0; i < FIELD_OF(const size_t, item, f->count_at); i++) {
		int ret = f->kind == FIELD_LIST
				  ? check_item(m, list + i * f->item_size, f->item, e)
				  : check_string(((char *const *)(const void *)list)[i], f->kind,
						 e);

		if (ret < 0)
			return err_wrap(e, "%s[%zu]", f->name, i);
	}
	return 0;
}

static int check_field(const struct model *m, const void *item, const struct field *f,
		       struct err *e)
{
	uint64_t size;

	switch (f->kind) {
	case FIELD_LINE:
	case FIELD_TEXT:
	case FIELD_HREF:
		return check_string(FIELD_OF(char *const, item, f->at), f->kind, e);
	case FIELD_NUMBER:
		return check_number(FIELD_OF(const unsigned int, item, f->at), f->max, e);
	case FIELD_SIZE:
	case FIELD_BYTES:
		size = FIELD_OF(const uint64_t, item, f->at);
		return f->kind == FIELD_SIZE && size == MODEL_UNKNOWN
			       ? 0
			       : check_number(size, f->max, e);
	case FIELD_ENUM:
		return check_enum(FIELD_OF(const unsigned int, item, f->at), f->names, e);
	case FIELD_INDEX:
		return check_index(FIELD_OF(const size_t, item, f->at), f->count(m), e);
	case FIELD_FLAG:
	case FIELD_LIST:
	case FIELD_TEXTS:
		break;
	}
	return 0;
}

static int check_item(const struct model *m, const void *item, const struct field *f, struct err *e)
{
	for (; f->name; f++) {
		if (f->kind == FIELD_LIST || f->kind == FIELD_TEXTS) {
			if (check_list(m, item, f, e) < 0)
				return e ? e->code : -EINVAL;
		} else if (check_field(m, item, f, e) < 0) {
			return err_wrap(e, "%s", f->name);
		}
	}
	return 0;
}

/* A chain of parents that is longer than there are disks is a circle. */
static int check_parents(const struct model *m, struct err *e)
{
	for (size_t i = 0; i < m->n_disks; i++) {
		size_t at = m->disks[i].parent;

		for (size_t n = 0; at != MODEL_NONE; n++, at = m->disks[at].parent)
			if (n >= m->n_disks)
				return err_set(e, -EINVAL, "disks[%zu].parent: a circle", i);
	}
	return 0;
}

/* Twelve digits of an Ethernet address, in pairs. */
static bool mac_ok(const char *mac)
{
	for (size_t i = 0; i < 17; i++)
		if (i % 3 == 2 ? mac[i] != ':' : !strchr("0123456789abcdef", mac[i]) || !mac[i])
			return false;
	return !mac[17];
}

static int check_machine(const struct model_machine *vm, struct err *e)
{
	const char *const files[] = { vm->kernel, vm->ramdisk };

	for (size_t i = 0; i < vm->n_drives; i++)
		if (vm->drives[i].kind == DRIVE_DISK && vm->drives[i].disk == MODEL_NONE)
			return err_set(e, -EINVAL, "drives[%zu].disk: there is none", i);
	for (size_t i = 0; i < vm->n_nics; i++)
		if (*vm->nics[i].mac && !mac_ok(vm->nics[i].mac))
			return err_set(e, -EINVAL, "nics[%zu].mac: not an Ethernet address", i);
	for (size_t i = 0; i < vm->n_properties; i++)
		if (!*vm->properties[i].key || strpbrk(vm->properties[i].key, " \"<>&'="))
			return err_set(e, -EINVAL, "properties[%zu].key: not a name", i);
	for (size_t i = 0; i < 2; i++)
		if (*files[i] && !model_href_ok(files[i]))
			return err_set(e, -EINVAL, "%s: not a name inside the package",
				       i ? "ramdisk" : "kernel");
	return 0;
}

int model_check(const struct model *m, struct err *e)
{
	struct err own = { 0 };
	int ret;

	e = e ? e : &own; /* the walk reads its code */
	ret = check_item(m, m, model_fields, e);
	if (ret == 0)
		ret = check_parents(m, e);
	for (size_t i = 0; ret == 0 && i < m->n_machines; i++) {
		ret = check_machine(&m->machines[i], e);
		if (ret < 0)
			err_wrap(e, "machines[%zu]", i);
	}
	return ret;
}
