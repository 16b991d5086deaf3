/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One pass over the members of a package, as parts of what its descriptor describes.
 */
#include "appliance/package.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "socle/cleanup.h"

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && strcasecmp(name + n - s, suffix) == 0;
}

static int read_text(struct package *p, struct text *t, const char *name, struct input *in,
		     struct err *e)
{
	char piece[16384];
	ssize_t n;

	while ((n = input_read(in, piece, sizeof(piece), e)) > 0) {
		if (t->text.len + (size_t)n > PACKAGE_TEXT_MAX)
			return err_set(e, -EFBIG, "%s: larger than 8 MiB", name);
		buf_add(&t->text, piece, (size_t)n);
	}
	if (n < 0)
		return (int)n;
	t->name = strdup(name);
	(void)p;
	return t->name && buf_ok(&t->text) ? 0 : err_sys(e, -ENOMEM, "%s", name);
}

static char *folder_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return strndup(name, slash ? (size_t)(slash - name) + 1 : 0);
}

static int parse(struct package *p, enum model_kind kind, struct err *e)
{
	const struct text *d = &p->descriptor;

	switch (kind) {
	case MODEL_OVF:
		return ovf_read(d->text.s, d->text.len, d->name, p->option, &p->model, e);
	case MODEL_VMCFG:
		return vmcfg_read(d->text.s, d->text.len, d->name, &p->model, e);
	case MODEL_VMX:
		return vmx_read(d->text.s, d->text.len, d->name, &p->model, e);
	default:
		return xva_read(d->text.s, d->text.len, d->name, &p->model, e);
	}
}

int package_read_descriptor(struct package *p, const char *name, enum model_kind kind,
			    struct input *in, struct err *e)
{
	int r = read_text(p, &p->descriptor, name, in, e);

	if (r < 0)
		return r;
	p->folder = folder_of(name);
	if (!p->folder)
		return err_sys(e, -ENOMEM, "%s", name);
	return parse(p, kind, e);
}

bool package_descriptor_kind(const char *name, enum model_kind *kind)
{
	static const struct {
		const char *suffix;
		enum model_kind kind;
	} kinds[] = {
		{ ".ovf", MODEL_OVF },
		{ "/vm.cfg", MODEL_VMCFG },
		{ "/ova.xml", MODEL_XVA },
		{ ".vmx", MODEL_VMX },
	};
	const char *base = strrchr(name, '/');

	base = base ? base + 1 : name;
	if (strncmp(base, "._", 2) == 0) /* what a Mac knows of the file besides */
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *suffix = kinds[i].suffix;

		if (*suffix == '/' ? strcmp(base, suffix + 1) == 0 : ends_in(base, suffix)) {
			*kind = kinds[i].kind;
			return true;
		}
	}
	return false;
}

bool package_chunk_of(const char *name, size_t *len, unsigned long *no)
{
	size_t n = strlen(name);

	if (n < CHUNK_DIGITS + 2 || name[n - CHUNK_DIGITS - 1] != '.' ||
	    strspn(name + n - CHUNK_DIGITS, "0123456789") != CHUNK_DIGITS)
		return false;
	*len = n - CHUNK_DIGITS - 1;
	*no = strtoul(name + n - CHUNK_DIGITS, NULL, 10);
	return true;
}

size_t package_file_named(const struct package *p, const char *name, unsigned long *chunk)
{
	const char *href = package_href(p, name);
	size_t len = 0;
	bool numbered = package_chunk_of(href, &len, chunk);

	for (size_t i = 0; p->model && i < p->model->n_files; i++) {
		const struct model_file *f = &p->model->files[i];

		if (p->model->kind == MODEL_XVA && package_xva_file(f->href, href))
			return i;
		if (strcmp(f->href, href) == 0 && !f->chunk)
			return i;
		if (numbered && f->chunk && strlen(f->href) == len &&
		    strncmp(f->href, href, len) == 0)
			return i;
	}
	return MODEL_NONE;
}

static uint64_t capacity_of(const struct model *m, size_t file)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (m->disks[i].file == file && m->disks[i].capacity != MODEL_UNKNOWN)
			return m->disks[i].capacity;
	return 0;
}

static int part_names(struct package *p, struct package_part *part, const char *name, struct err *e)
{
	size_t len = 0;
	unsigned long no;

	free(p->part_name);
	free(p->part_href);
	p->part_name = strdup(name);
	p->part_href = strdup(package_href(p, name));
	if (!p->part_name || !p->part_href)
		return err_sys(e, -ENOMEM, "%s", name);
	if (part->file != MODEL_NONE && p->model->kind == MODEL_XVA)
		*strrchr(p->part_href, '/') = '\0';
	else if (part->file != MODEL_NONE && p->model->files[part->file].chunk &&
		 package_chunk_of(p->part_href, &len, &no))
		p->part_href[len] = '\0';
	part->name = p->part_name;
	part->href = p->part_href;
	return 0;
}

/* Text parts are read at once. */
static int text_part(struct package *p, struct package_part *part, struct text *t, struct input *in,
		     struct err *e)
{
	int r = read_text(p, t, part->name, in, e);

	part->size = t->text.len;
	input_free(in);
	return r < 0 ? r : 1;
}

/* The manifest ahead of its turn, so that no more sums than needed are computed. */
static int look_ahead(struct package *p, struct err *e)
{
	const char *name = p->c->ops->ending ? p->c->ops->ending(p->c, ".mf") : NULL;
	struct text t = { .text = BUF_INIT };
	struct input *in;
	int r;

	if (!name || p->sums || p->model->kind != MODEL_OVF)
		return 0;
	in = p->c->ops->open(p->c, name, e);
	if (!in)
		return e ? e->code : -EIO;
	r = read_text(p, &t, name, in, e);
	if (r == 0)
		r = manifest_read(t.text.s, t.text.len, name, &p->sums, e);
	input_free(in);
	buf_clear(&t.text);
	free(t.name);
	return r;
}

static int manifest_part(struct package *p, struct package_part *part, struct input *in,
			 struct err *e)
{
	struct manifest *mf;
	int r = text_part(p, part, &p->manifest, in, e);

	if (r < 0)
		return r;
	r = manifest_read(p->manifest.text.s, p->manifest.text.len, part->name, &mf, e);
	if (r < 0)
		return r;
	manifest_free(p->sums);
	p->sums = mf;
	return 1;
}

/* The names in a folder that belong to its descriptor. */
static int queue_folder(struct package *p, struct err *e)
{
	const struct model *m = p->model;
	const char *dot = strrchr(p->descriptor.name, '.');
	_cleanup_free_ char *stem = strndup(p->descriptor.name,
					    dot ? (size_t)(dot - p->descriptor.name)
						: strlen(p->descriptor.name));
	struct buf name = BUF_INIT;
	int r = stem ? 0 : err_sys(e, -ENOMEM, "%s", p->descriptor.name);

	for (int i = 0; r == 0 && m->kind == MODEL_OVF && i < 2; i++) {
		buf_clear(&name);
		buf_addf(&name, "%s%s", stem, i ? ".cert" : ".mf");
		r = container_add(p->c, name.s, e);
	}
	for (size_t i = 0; r == 0 && i < m->n_files; i++) {
		const struct model_file *f = &m->files[i];
		uint64_t chunks = !f->chunk		     ? 1
				  : f->size == MODEL_UNKNOWN ? CONTAINER_MEMBERS_MAX
							     : (f->size + f->chunk - 1) / f->chunk;

		if (!f->chunk)
			r = container_add(p->c, f->href, e);
		for (uint64_t k = 0; r == 0 && f->chunk && k < chunks; k++) {
			buf_clear(&name);
			buf_addf(&name, "%s.%09u", f->href, (unsigned int)k);
			if (f->size == MODEL_UNKNOWN &&
			    (!p->c->ops->has || !p->c->ops->has(p->c, name.s)))
				break;
			r = container_add(p->c, name.s, e);
		}
	}
	buf_clear(&name);
	return r;
}

static int descriptor_part(struct package *p, struct package_part *part, enum model_kind kind,
			   struct input *in, struct err *e)
{
	int r = package_read_descriptor(p, part->name, kind, in, e);

	part->size = p->descriptor.text.len;
	input_free(in);
	if (r == 0)
		r = package_settle_hrefs(p, e);
	if (r == 0 && strcmp(p->c->kind, "folder") == 0)
		r = queue_folder(p, e);
	if (r == 0)
		r = look_ahead(p, e);
	return r < 0 ? r : 1;
}

static int file_part(struct package *p, struct package_part *part, unsigned long chunk,
		     struct input *in, struct err *e)
{
	const struct model_file *f = part->file == MODEL_NONE ? NULL : &p->model->files[part->file];

	part->kind = f || !p->model ? PART_FILE : PART_OTHER;
	if (!p->model)
		p->lone_disk = in->size && in->size % 512 == 0;
	if (f && p->model->kind == MODEL_XVA) {
		in = package_xva_disk(p, f->href, capacity_of(p->model, part->file), part->name, in,
				      e);
		if (!in)
			return e->code;
	} else if (f && f->chunk && chunk != 0) {
		input_free(in);
		return err_set(e, -EINVAL, "%s: chunk %lu comes first", part->name, chunk);
	}
	if (f && f->chunk && p->model->kind != MODEL_XVA)
		in = package_chain(p, part->href, in, e);
	if (!in)
		return -ENOMEM;
	p->part_in = in;
	part->in = in;
	part->size = in->size;
	return 1;
}

static int finish_part(struct package *p, struct err *e)
{
	bool needed = p->part_in && !input_seekable(p->part_in); /* by a sum, or by what follows */
	int r = needed ? input_drain(p->part_in, e) : 0;

	input_free(take_ptr(p->part_in));
	return r;
}

/*
 * At the end of an archive without a descriptor: when all that is in it is one disk, as
 * clouds pack them ("disk.raw" in a tar), the package is that disk.
 */
static int lone_disk(struct package *p, struct package_part *part, struct err *e)
{
	const char *name;
	int r;

	if (p->n_members != 1 || !p->lone_disk)
		return 0;
	name = p->members[0]->name;
	p->folder = folder_of(name);
	if (!p->folder)
		return err_sys(e, -ENOMEM, "%s", name);
	*part = (struct package_part){ .kind = PART_DESCRIPTOR, .file = MODEL_NONE };
	r = package_model_of_disk(p, name + strlen(p->folder), e);
	if (r == 0)
		r = part_names(p, part, "", e);
	return r < 0 ? r : 1;
}

int package_next(struct package *p, struct package_part *part, struct err *e)
{
	unsigned long chunk = 0;
	enum model_kind kind;
	struct input *in;
	const char *name;
	int r = finish_part(p, e);

	if (r == 0)
		r = package_member(p, &name, &in, e);
	if (r == 0 && !p->model)
		return lone_disk(p, part, e);
	if (r <= 0)
		return r;
	r = package_meet(p, name, e);
	if (r < 0) {
		input_free(in);
		return r;
	}
	*part = (struct package_part){ .file = package_file_named(p, name, &chunk) };
	r = part_names(p, part, name, e);
	if (r < 0) {
		input_free(in);
		return r;
	}
	if (!p->model && package_descriptor_kind(name, &kind)) {
		part->kind = PART_DESCRIPTOR;
		return descriptor_part(p, part, kind, in, e);
	}
	/* A disk alone may be called as it likes. */
	if (p->model && p->model->kind == MODEL_DISK)
		return file_part(p, part, chunk, in, e);
	if (!p->manifest.name && ends_in(name, ".mf")) {
		part->kind = PART_MANIFEST;
		return manifest_part(p, part, in, e);
	}
	if (!p->cert.name && ends_in(name, ".cert")) {
		part->kind = PART_CERT;
		return text_part(p, part, &p->cert, in, e);
	}
	return file_part(p, part, chunk, in, e);
}

int package_find_model(struct package *p, struct err *e)
{
	struct package_part part;
	int r = 1;

	while (!p->model && r > 0)
		r = package_next(p, &part, e);
	if (r < 0 || p->model)
		return r < 0 ? r : 0;
	return err_set(
		e, -ENOENT,
		"%s: no descriptor in it (.ovf, vm.cfg, .vmx or ova.xml), or in a folder that is "
		"not looked at",
		p->name);
}

size_t package_find_file(const struct package *p, const char *member)
{
	unsigned long chunk = 0;

	return package_file_named(p, member, &chunk);
}

const struct model *package_model(const struct package *p)
{
	return p->model;
}

const char *package_container(const struct package *p)
{
	return p->c->kind;
}

const char *package_packing(const struct package *p)
{
	static const char *const names[] = {
		[COMPRESSION_NONE] = "",
		[COMPRESSION_GZIP] = "gzip",
		[COMPRESSION_XZ] = "xz",
		[COMPRESSION_ZSTD] = "zstd",
	};

	return names[p->packing];
}

static struct package_text text_of(const struct text *t)
{
	return (struct package_text){ t->name ? t->name : "", t->text.s, t->text.len };
}

struct package_text package_descriptor(const struct package *p)
{
	return text_of(&p->descriptor);
}

struct package_text package_manifest(const struct package *p)
{
	return text_of(&p->manifest);
}

struct package_text package_cert(const struct package *p)
{
	return text_of(&p->cert);
}
