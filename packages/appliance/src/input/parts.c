/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A part of an input, and inputs one after another.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "socle/cleanup.h"
#include "streams.h"

struct slice_input {
	struct input in;
	struct input *of;
	uint64_t offset;
};

static ssize_t slice_pread(struct input *in, void *data, size_t len, uint64_t offset, struct err *e)
{
	struct slice_input *s = (struct slice_input *)in;

	if (offset >= in->size)
		return 0;
	if (len > in->size - offset)
		len = (size_t)(in->size - offset);
	return s->of->ops->pread(s->of, data, len, s->offset + offset, e);
}

static ssize_t slice_read(struct input *in, void *data, size_t len, struct err *e)
{
	return slice_pread(in, data, len, in->at, e);
}

static void slice_close(struct input *in)
{
	(void)in;
}

static const struct input_ops slice_ops = { slice_read, slice_pread, slice_close };

struct input *input_slice(struct input *of, const char *name, uint64_t offset, uint64_t size,
			  struct err *e)
{
	struct slice_input *s = calloc(1, sizeof(*s));

	if (!s || !(s->in.name = strdup(name))) {
		free(s);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	s->in.ops = &slice_ops;
	s->in.size = offset > of->size ? 0 : size > of->size - offset ? of->size - offset : size;
	s->of = of;
	s->offset = offset;
	return &s->in;
}

static ssize_t lend_read(struct input *in, void *data, size_t len, struct err *e)
{
	return input_read(((struct slice_input *)in)->of, data, len, e);
}

static const struct input_ops lend_ops = { lend_read, NULL, slice_close };

struct input *input_lend(struct input *of, struct err *e)
{
	struct slice_input *s = calloc(1, sizeof(*s));

	if (!s || !(s->in.name = strdup(of->name))) {
		free(s);
		err_sys(e, -ENOMEM, "%s", of->name);
		return NULL;
	}
	s->in.ops = &lend_ops;
	s->in.size = of->size;
	s->of = of;
	return &s->in;
}

struct joined_input {
	struct input in;
	struct input **pieces;
	size_t n, current;
};

static ssize_t joined_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct joined_input *j = (struct joined_input *)in;
	ssize_t n = 0;

	while (j->current < j->n) {
		n = input_read(j->pieces[j->current], data, len, e);
		if (n != 0)
			break;
		j->current++;
	}
	return n;
}

static ssize_t joined_pread(struct input *in, void *data, size_t len, uint64_t offset,
			    struct err *e)
{
	struct joined_input *j = (struct joined_input *)in;

	for (size_t i = 0; i < j->n; i++) {
		struct input *piece = j->pieces[i];

		if (offset < piece->size)
			return piece->ops->pread(piece, data, len, offset, e);
		offset -= piece->size;
	}
	return 0;
}

/* In order, which may follow a jump. */
static ssize_t joined_read_at(struct input *in, void *data, size_t len, struct err *e)
{
	return joined_pread(in, data, len, in->at, e);
}

static void joined_close(struct input *in)
{
	struct joined_input *j = (struct joined_input *)in;

	for (size_t i = 0; i < j->n; i++)
		input_free(j->pieces[i]);
	free(j->pieces);
}

static const struct input_ops joined_ops = { joined_read, NULL, joined_close };
static const struct input_ops joined_seek_ops = { joined_read_at, joined_pread, joined_close };

static bool all_seekable(struct input **pieces, size_t n, uint64_t *size)
{
	*size = 0;
	for (size_t i = 0; i < n; i++)
		if (!input_seekable(pieces[i]) ||
		    __builtin_add_overflow(*size, pieces[i]->size, size))
			return false;
	return true;
}

struct input *input_joined(struct input **pieces, size_t n, const char *name, struct err *e)
{
	struct joined_input *j = calloc(1, sizeof(*j));
	struct input **copy = calloc(n + 1, sizeof(struct input *));
	char *own = strdup(name);

	if (!j || !copy || !own) {
		free(j);
		free(copy);
		free(own);
		for (size_t i = 0; i < n; i++)
			input_free(pieces[i]);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	memcpy(copy, pieces, n * sizeof(struct input *));
	j->pieces = copy;
	j->n = n;
	j->in.name = own;
	j->in.ops = all_seekable(pieces, n, &j->in.size) ? &joined_seek_ops : &joined_ops;
	if (j->in.ops == &joined_ops)
		j->in.size = INPUT_UNKNOWN;
	return &j->in;
}
