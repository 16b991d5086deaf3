/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file, and those of its folder that it names.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/model.h"
#include "container.h"
#include "input/streams.h"

struct folder_container {
	struct container c;
	struct input *in;
	char *name;
	struct input_dir *dir;
	char **queue;
	size_t n, at; /* of the queue; the file itself was given when "given" */
	bool given;
};

static struct input *folder_open(struct container *base, const char *name, struct err *e)
{
	struct folder_container *c = (struct folder_container *)base;

	if (strcmp(name, c->name) == 0 && c->in && input_seekable(c->in))
		return input_slice(c->in, name, 0, c->in->size, e);
	if (c->dir)
		return c->dir->open(c->dir, name, e);
	err_set(e, -ENOENT, "%s: not in the package", name);
	return NULL;
}

static bool folder_has(struct container *base, const char *name)
{
	struct input *in = folder_open(base, name, NULL);

	input_free(in);
	return in;
}

/* Of a folder it is known by the descriptor's own name. */
static const char *folder_ending(struct container *base, const char *suffix)
{
	struct folder_container *c = (struct folder_container *)base;
	size_t s = strlen(suffix);

	for (size_t i = 0; i < c->n; i++) {
		size_t n = strlen(c->queue[i]);

		if (n > s && strcmp(c->queue[i] + n - s, suffix) == 0 &&
		    folder_has(base, c->queue[i]))
			return c->queue[i];
	}
	return NULL;
}

/* The file itself is lent: others read it at random meanwhile. */
static struct input *lend(struct folder_container *c, struct err *e)
{
	struct input *in = c->in;

	if (input_seekable(in))
		return input_slice(in, c->name, 0, in->size, e);
	c->in = NULL;
	return in;
}

static int folder_next(struct container *base, char **name, struct input **in, struct err *e)
{
	struct folder_container *c = (struct folder_container *)base;
	struct err why = { 0 };

	if (!c->given) {
		c->given = true;
		*in = lend(c, e);
		*name = strdup(c->name);
		return *in && *name ? 1 : err_sys(e, -ENOMEM, "%s", c->name);
	}
	while (c->at < c->n) {
		const char *wanted = c->queue[c->at++];

		*in = folder_open(base, wanted, &why);
		if (!*in && why.code != -ENOENT)
			return err_set(e, why.code, "%s", err_text(&why));
		if (!*in)
			continue;
		*name = strdup(wanted);
		return *name ? 1 : err_sys(e, -ENOMEM, "%s", wanted);
	}
	return 0;
}

static void folder_free(struct container *base)
{
	struct folder_container *c = (struct folder_container *)base;

	for (size_t i = 0; i < c->n; i++)
		free(c->queue[i]);
	free(c->queue);
	free(c->name);
	input_free(c->in);
	free(c);
}

static const struct container_ops folder_ops = {
	.next = folder_next,
	.open = folder_open,
	.has = folder_has,
	.ending = folder_ending,
	.free = folder_free,
};
static const struct container_ops pipe_ops = { .next = folder_next, .free = folder_free };

struct container *container_file(struct input *in, const char *name, struct input_dir *dir,
				 struct err *e)
{
	struct folder_container *c = calloc(1, sizeof(*c));

	if (!c || !(c->name = strdup(name))) {
		free(c);
		input_free(in);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	c->c.kind = "disk";
	c->c.ops = (dir && !dir->in_order) || input_seekable(in) ? &folder_ops : &pipe_ops;
	c->in = in;
	c->dir = dir;
	return &c->c;
}

int container_add(struct container *base, const char *name, struct err *e)
{
	struct folder_container *c = (struct folder_container *)base;
	char **more;

	if (strcmp(c->name, name) == 0)
		return 0;
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->queue[i], name) == 0)
			return 0;
	if (c->n == CONTAINER_MEMBERS_MAX)
		return err_set(e, -E2BIG, "%s: more than %d files", c->name,
			       (int)CONTAINER_MEMBERS_MAX);
	more = realloc(c->queue, (c->n + 1) * sizeof(*more));
	if (!more)
		return err_sys(e, -ENOMEM, "%s", name);
	c->queue = more;
	c->queue[c->n] = strdup(name);
	return c->queue[c->n] && ++c->n ? 0 : err_sys(e, -ENOMEM, "%s", name);
}

void container_free(struct container *c)
{
	if (c)
		c->ops->free(c);
}
