/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members at random, and files that are cut into chunks.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "socle/cleanup.h"

/* A chunk after another, the package moving on from member to member. */
struct chain_input {
	struct input in;
	struct package *p;
	struct input *now;
	unsigned long no; /* of the chunk that is read */
};

/* Whether the next member is the next chunk; it is opened then. */
static int chain_on(struct chain_input *c, struct err *e)
{
	_cleanup_free_ char *want = NULL;
	const char *name;
	struct input *next;
	int r;

	input_free(take_ptr(c->now));
	r = package_member(c->p, &name, &next, e);
	if (r <= 0)
		return r;
	if (asprintf(&want, "%s%s.%09lu", c->p->folder ? c->p->folder : "", c->in.name, c->no + 1) <
	    0)
		want = NULL;
	if (want && strcmp(name, want) == 0) {
		c->no++;
		c->now = next;
		return 1;
	}
	package_unread(c->p, name, next);
	return want ? 0 : err_sys(e, -ENOMEM, "%s", name);
}

static ssize_t chain_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct chain_input *c = (struct chain_input *)in;

	while (c->now) {
		ssize_t n = input_read(c->now, data, len, e);
		int r;

		if (n != 0)
			return n;
		r = chain_on(c, e);
		if (r < 0)
			return r;
	}
	return 0;
}

static void chain_close(struct input *in)
{
	input_free(((struct chain_input *)in)->now);
}

static const struct input_ops chain_ops = { chain_read, NULL, chain_close };

struct input *package_chain(struct package *p, const char *name, struct input *in, struct err *e)
{
	struct chain_input *c = calloc(1, sizeof(*c));

	if (!c || !(c->in.name = strdup(name))) {
		free(c);
		input_free(in);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	c->in.ops = &chain_ops;
	c->in.size = INPUT_UNKNOWN;
	c->p = p;
	c->now = in;
	return &c->in;
}

bool package_random(const struct package *p)
{
	return p->c->ops->open &&
	       (p->packing == COMPRESSION_NONE || strcmp(p->c->kind, "folder") == 0);
}

/* A sibling of the descriptor; the caller frees it. */
static struct input *sibling(struct package *p, const char *name, struct err *e)
{
	_cleanup_free_ char *whole = NULL;

	if (asprintf(&whole, "%s%s", p->folder ? p->folder : "", name) < 0) {
		whole = NULL;
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	return p->c->ops->open(p->c, whole, e);
}

static bool has_sibling(struct package *p, const char *name)
{
	struct input *in = sibling(p, name, NULL);

	input_free(in);
	return in;
}

static int join(struct package *p, const char *href, struct input **in, struct err *e)
{
	struct input **pieces = NULL, **more;
	size_t n = 0;

	for (;; n++) {
		_cleanup_free_ char *name = NULL;

		if (asprintf(&name, "%s.%09zu", href, n) < 0)
			name = NULL;
		if (n && (!name || n == CONTAINER_MEMBERS_MAX || !has_sibling(p, name)))
			break;
		more = realloc(pieces, (n + 1) * sizeof(*more));
		if (more)
			pieces = more;
		if (!more || !name || !(pieces[n] = sibling(p, name, e))) {
			while (n)
				input_free(pieces[--n]);
			free(pieces);
			return e && e->code ? e->code : -ENOENT;
		}
	}
	*in = input_joined(pieces, n, href, e);
	free(pieces);
	return *in ? 0 : -ENOMEM;
}

/*
 * A disk that is not there under its name, but with numbers: snapshots of a
 * machine, as exported by hand; the last one is its present state.
 */
static struct input *last_snapshot(struct package *p, const char *href, struct err *e)
{
	_cleanup_free_ char *last = NULL;

	for (unsigned int i = 0; i < CONTAINER_MEMBERS_MAX; i++) {
		char *name;

		if (asprintf(&name, "%s.%09u", href, i) < 0)
			break;
		if (!has_sibling(p, name)) {
			free(name);
			break;
		}
		free(last);
		last = name;
	}
	return sibling(p, last ? last : href, e);
}

int package_open_file(struct package *p, size_t file, struct input **in, struct err *e)
{
	const struct model_file *f = &p->model->files[file];
	struct err why = { 0 };

	if (!package_random(p))
		return err_set(e, -ENOTSUP, "%s: %s: this package is only read in order", p->name,
			       f->href);
	if (f->chunk)
		return join(p, f->href, in, e);
	*in = sibling(p, f->href, &why);
	if (!*in && why.code == -ENOENT)
		*in = last_snapshot(p, f->href, &why);
	return *in ? 0 : err_set(e, why.code, "%s", err_text(&why));
}

static struct input *dir_open(struct input_dir *dir, const char *name, struct err *e)
{
	struct package *p = (struct package *)((char *)dir - offsetof(struct package, dir));

	if (input_name_ok(name))
		return sibling(p, name, e);
	err_set(e, -EPERM, "%s: only names inside the package are opened", name);
	return NULL;
}

struct input_dir *package_dir(struct package *p)
{
	if (!package_random(p))
		return NULL;
	p->dir.open = dir_open;
	return &p->dir;
}

int package_open_image(struct package *p, size_t file, struct image **img, struct err *e)
{
	struct input *in;
	int r;

	if (p->model->files[file].compression != COMPRESSION_NONE)
		return err_set(e, -ENOTSUP, "%s: compressed: it is only read in order",
			       p->model->files[file].href);
	r = package_open_file(p, file, &in, e);
	if (r < 0)
		return r;
	r = image_open(in, NULL, package_dir(p), img, e);
	if (r < 0)
		input_free(in);
	return r;
}
