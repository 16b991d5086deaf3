/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/image.h"

#include <errno.h>
#include <string.h>

#include "schema.h"
#include "socle/cleanup.h"

/* As the manifest spells it; the struct has the digits in place. */
struct manifest_file {
	char *name;
	uint64_t size;
	char *sha256;
};

struct manifest {
	char *socle;
	char *xen;
	char *kernel;
	uint64_t epoch;
	struct manifest_file *files;
	size_t count;
};

#define FIELD(t, m) .offset = offsetof(struct t, m)

static const struct field file_fields[] = {
	{ .key = "name", FIELD(manifest_file, name), .type = FIELD_STRING, .required = true },
	{ .key = "size",
	  FIELD(manifest_file, size),
	  .type = FIELD_UINT,
	  .required = true,
	  .max = 1ULL << 40 },
	{ .key = "sha256", FIELD(manifest_file, sha256), .type = FIELD_STRING, .required = true },
	{ 0 },
};

static const struct field manifest_fields[] = {
	{ .key = "socle", FIELD(manifest, socle), .type = FIELD_STRING, .required = true },
	{ .key = "xen", FIELD(manifest, xen), .type = FIELD_STRING },
	{ .key = "linux", FIELD(manifest, kernel), .type = FIELD_STRING },
	{ .key = "epoch", FIELD(manifest, epoch), .type = FIELD_UINT, .max = INT64_MAX },
	{ .key = "files",
	  FIELD(manifest, files),
	  .type = FIELD_LIST,
	  .required = true,
	  .max = IMAGE_FILES_MAX,
	  .of = file_fields,
	  .item_size = sizeof(struct manifest_file),
	  .count_offset = offsetof(struct manifest, count) },
	{ 0 },
};

static const char *const needed[] = { IMAGE_SYSTEM, IMAGE_XEN,	     IMAGE_LINUX,
				      IMAGE_INITRD, IMAGE_GRUB_BIOS, IMAGE_GRUB_EFI };

void image_clear(struct image *i)
{
	for (size_t n = 0; n < i->file_count; n++)
		free(i->files[n].name);
	free(i->files);
	free(i->version);
	free(i->xen);
	free(i->kernel);
	*i = IMAGE_INIT;
}

const struct image_file *image_find(const struct image *i, const char *name)
{
	for (size_t n = 0; n < i->file_count; n++)
		if (strcmp(i->files[n].name, name) == 0)
			return &i->files[n];
	return NULL;
}

static int add_file(struct image *i, struct manifest_file *from, size_t n, struct err *e)
{
	struct image_file *to = &i->files[i->file_count];

	if (!*from->name || *from->name == '.' || strchr(from->name, '/'))
		return err_set(e, -EINVAL, "files[%zu].name: not a plain file name", n);
	if (image_find(i, from->name))
		return err_set(e, -EINVAL, "files[%zu].name: twice", n);
	if (strlen(from->sha256) != SHA256_HEX - 1 ||
	    strspn(from->sha256, "0123456789abcdef") != SHA256_HEX - 1)
		return err_set(e, -EINVAL, "files[%zu].sha256: not 64 lower-case digits", n);
	to->size = from->size;
	memcpy(to->sha256, from->sha256, SHA256_HEX);
	to->name = take_ptr(from->name);
	i->file_count++;
	return 0;
}

static int take(struct image *i, struct manifest *m, struct err *e)
{
	int ret = 0;

	i->version = take_ptr(m->socle);
	i->xen = take_ptr(m->xen);
	i->kernel = take_ptr(m->kernel);
	i->epoch = m->epoch;
	i->files = calloc(m->count + 1, sizeof(*i->files));
	if (!i->files)
		return err_sys(e, -ENOMEM, "files");
	for (size_t n = 0; n < m->count && !ret; n++)
		ret = add_file(i, &m->files[n], n, e);
	for (size_t n = 0; n < sizeof(needed) / sizeof(needed[0]) && !ret; n++)
		if (!image_find(i, needed[n]))
			ret = err_set(e, -EINVAL, "files: %s is missing", needed[n]);
	return ret;
}

int image_parse(const char *text, size_t len, struct image *i, struct err *e)
{
	struct manifest m = { 0 };
	json_t *json;
	int ret;

	if (len > IMAGE_MANIFEST_MAX)
		return err_set(e, -EFBIG, "larger than %d bytes", IMAGE_MANIFEST_MAX);
	json = schema_load(text, len, e);
	if (!json)
		return -EINVAL;
	ret = schema_parse(json, manifest_fields, &m, e);
	if (ret == 0)
		ret = take(i, &m, e);
	schema_clear(manifest_fields, &m);
	json_decref(json);
	return ret;
}

int image_load(const char *path, struct image *i, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = fs_read(path, IMAGE_MANIFEST_MAX, &text, e);

	if (ret == 0) {
		ret = image_parse(text.s, text.len, i, e);
		if (ret < 0)
			err_wrap(e, "%s", path);
	}
	buf_clear(&text);
	return ret;
}
