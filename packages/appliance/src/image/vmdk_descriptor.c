/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The descriptor: lines of NAME=VALUE, and of extents:
 *
 *	RW 8323072 SPARSE "disk-s001.vmdk"
 *	RW 2048 FLAT "disk-flat.vmdk" 0
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "vmdk.h"

enum { LINE_MAX_LEN = 1024 };

static int flat_open(struct part *p, struct err *e)
{
	(void)p;
	(void)e;
	return 0;
}

/* Devices of the machine where the descriptor was made are left out: RDM, RAW. */
static const struct {
	const char *name;
	int (*open)(struct part *p, struct err *e); /* NULL: nothing stored */
} types[] = {
	{ "FLAT", flat_open },	     { "VMFS", flat_open },	    { "SPARSE", sparse_open },
	{ "VMFSSPARSE", cowd_open }, { "SESPARSE", sesparse_open }, { "ZERO", NULL },
};

struct line {
	char access[16], type[16], name[512];
	uint64_t sectors, at;
};

/* Whether a line is that of an extent. */
static bool split(const char *text, struct line *l)
{
	int n;

	*l = (struct line){ 0 };
	n = sscanf(text, "%15s %" SCNu64 " %15s \"%511[^\"\r\n]\" %" SCNu64, l->access, &l->sectors,
		   l->type, l->name, &l->at);
	return n >= 3 && (strcmp(l->access, "RW") == 0 || strcmp(l->access, "RDONLY") == 0 ||
			  strcmp(l->access, "NOACCESS") == 0);
}

static struct part *add_part(struct image *img, struct vmdk *v, const struct line *l, struct err *e)
{
	struct part *parts;

	if (v->n_parts == VMDK_PARTS_MAX || l->sectors > IMAGE_SIZE_MAX / SECTOR ||
	    l->at > IMAGE_SIZE_MAX / SECTOR) {
		err_set(e, -EFBIG, "%s: extent %zu: there are too many, or it is too large",
			img->in->name, v->n_parts + 1);
		return NULL;
	}
	parts = realloc(v->parts, (v->n_parts + 1) * sizeof(*parts));
	if (!parts) {
		err_sys(e, -ENOMEM, "%s", img->in->name);
		return NULL;
	}
	v->parts = parts;
	parts[v->n_parts] = (struct part){ .start = img->info.size,
					   .length = l->sectors * SECTOR,
					   .at = l->at * SECTOR };
	img->info.size += l->sectors * SECTOR;
	return &parts[v->n_parts++];
}

static int open_part(struct image *img, struct part *p, const struct line *l,
		     int (*open)(struct part *p, struct err *e), struct err *e)
{
	int r;

	if (!img->dir)
		return err_set(e, -ENOENT, "%s: its extent %s is not at hand", img->in->name,
			       l->name);
	p->in = img->dir->open(img->dir, l->name, e);
	if (!p->in) {
		err_wrap(e, "%s: extent", img->in->name);
		return e && e->code ? e->code : -ENOENT;
	}
	if (!input_seekable(p->in) || p->in->size == INPUT_UNKNOWN)
		return err_set(e, -ESPIPE, "%s: can only be read in order", p->in->name);
	r = open(p, e);
	if (r < 0)
		return err_wrap(e, "%s: extent", img->in->name);
	if (p->s && p->s->capacity < p->length)
		return err_set(e, -EINVAL,
			       "%s: %s has %" PRIu64 " bytes of the guest, not %" PRIu64,
			       img->in->name, l->name, p->s->capacity, p->length);
	return 0;
}

static int add_extent(struct image *img, struct vmdk *v, const struct line *l, struct err *e)
{
	struct part *p = add_part(img, v, l, e);

	if (!p)
		return e && e->code ? e->code : -ENOMEM;
	if (strcmp(l->access, "NOACCESS") == 0)
		return err_set(e, -EINVAL, "%s: extent %s may not be read", img->in->name, l->name);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (strcmp(types[i].name, l->type) == 0)
			return types[i].open ? open_part(img, p, l, types[i].open, e) : 0;
	return err_set(e, -EINVAL, "%s: extents of type %s are not read", img->in->name, l->type);
}

/* The value of NAME=VALUE or NAME="VALUE", when the line is that. */
static bool value(const char *text, const char *name, char *out, size_t size)
{
	size_t len = strlen(name), n;

	if (strncasecmp(text, name, len) != 0)
		return false;
	text += len + strspn(text + len, " \t");
	if (*text++ != '=')
		return false;
	text += strspn(text, " \t\"");
	n = strcspn(text, "\"\r\n");
	if (n >= size)
		n = size - 1;
	memcpy(out, text, n);
	out[n] = 0;
	return true;
}

static int read_line(struct image *img, struct vmdk *v, const char *text, bool extents,
		     struct err *e)
{
	char cid[16];
	struct line l;

	text += strspn(text, " \t");
	if (*text == '#')
		return 0;
	if (value(text, "CID", cid, sizeof(cid)))
		v->cid = (uint32_t)strtoul(cid, NULL, 16);
	else if (value(text, "parentCID", cid, sizeof(cid)))
		v->parent_cid = (uint32_t)strtoul(cid, NULL, 16);
	else if (!value(text, "createType", v->create_type, sizeof(v->create_type)) &&
		 !value(text, "parentFileNameHint", v->parent, sizeof(v->parent)) && extents &&
		 split(text, &l))
		return add_extent(img, v, &l, e);
	return 0;
}

/* Hints are often a path of the machine where the disk was; the package has but the file. */
static const char *parent_name(const char *hint)
{
	const char *slash = strrchr(hint, '\\') ? strrchr(hint, '\\') : strrchr(hint, '/');

	return slash && (*hint == '/' || *slash == '\\') ? slash + 1 : hint;
}

static int open_parent(struct image *img, const struct vmdk *v, struct err *e)
{
	const struct vmdk *parent;
	int r = image_open_parent(img, parent_name(v->parent), &vmdk_format, e);

	if (r < 0)
		return r;
	parent = img->parent->state;
	if (parent->cid != v->parent_cid)
		return err_set(e, -EINVAL,
			       "%s: is a difference to contents %08" PRIx32
			       ", but %s has %08" PRIx32,
			       img->in->name, v->parent_cid, img->parent->in->name, parent->cid);
	return 0;
}

int vmdk_describe(struct image *img, struct vmdk *v, const char *text, bool extents, struct err *e)
{
	v->parent_cid = VMDK_NO_PARENT;
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[LINE_MAX_LEN] = "";
		int r;

		memcpy(line, text, len < sizeof(line) ? len : sizeof(line) - 1);
		r = read_line(img, v, line, extents, e);
		if (r < 0)
			return r;
		text += len + (text[len] == '\n');
	}
	for (char *c = v->create_type; *c; c++)
		if (*c < '0' || *c > 'z') /* it is shown to people */
			*c = '?';
	if (extents && v->n_parts == 0)
		return err_set(e, -EINVAL, "%s: the descriptor names no extent", img->in->name);
	return v->parent_cid == VMDK_NO_PARENT ? 0 : open_parent(img, v, e);
}
