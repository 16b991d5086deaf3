/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looking at the beginning of a pipe without losing it.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "streams.h"

struct head_input {
	struct input in;
	struct input *below;
	char *kept;
	size_t have, cap; /* bytes of "kept" */
	size_t given;	  /* of them, to the reader; SIZE_MAX once more than them was read */
	bool committed;
};

static int keep(struct head_input *h, size_t want, struct err *e)
{
	ssize_t n;

	if (want > INPUT_HEAD_MAX)
		want = INPUT_HEAD_MAX;
	if (want > h->cap) {
		char *more = realloc(h->kept, want);

		if (!more)
			return err_sys(e, -ENOMEM, "%s", h->in.name);
		h->kept = more;
		h->cap = want;
	}
	while (h->have < want) {
		n = input_read(h->below, h->kept + h->have, want - h->have, e);
		if (n <= 0)
			return (int)n;
		h->have += (size_t)n;
	}
	return 0;
}

static ssize_t give(struct head_input *h, void *data, size_t len)
{
	if (len > h->have - h->given)
		len = h->have - h->given;
	memcpy(data, h->kept + h->given, len);
	h->given += len;
	return (ssize_t)len;
}

static ssize_t head_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct head_input *h = (struct head_input *)in;
	int r;

	if (h->given != SIZE_MAX) {
		if (!h->committed && h->given == h->have && h->have < INPUT_HEAD_MAX) {
			r = keep(h, h->have + (len < 65536 ? len : 65536), e);
			if (r < 0)
				return r;
		}
		if (h->given < h->have)
			return give(h, data, len);
		if (h->committed || h->have >= INPUT_HEAD_MAX) {
			free(h->kept);
			h->kept = NULL;
			h->have = h->cap = 0;
			h->given = SIZE_MAX;
		}
	}
	return input_read(h->below, data, len, e);
}

static void head_close(struct input *in)
{
	struct head_input *h = (struct head_input *)in;

	free(h->kept);
	input_free(h->below);
}

static const struct input_ops head_ops = { head_read, NULL, head_close };

struct input *input_rewindable(struct input *below, struct err *e)
{
	struct head_input *h;

	if (input_seekable(below))
		return below;
	h = calloc(1, sizeof(*h));
	if (!h || !(h->in.name = strdup(below->name))) {
		free(h);
		err_sys(e, -ENOMEM, "%s", below->name);
		input_free(below);
		return NULL;
	}
	h->in.ops = &head_ops;
	h->in.size = below->size;
	h->below = below;
	return &h->in;
}

static ssize_t peek_seekable(struct input *in, void *data, size_t len, struct err *e)
{
	size_t got = 0;
	ssize_t n = 1;

	while (got < len && n > 0) {
		n = in->ops->pread(in, (char *)data + got, len - got, got, e);
		if (n > 0)
			got += (size_t)n;
	}
	return n < 0 ? n : (ssize_t)got;
}

ssize_t input_peek(struct input *in, void *data, size_t len, struct err *e)
{
	struct head_input *h = (struct head_input *)in;
	int r;

	if (input_seekable(in))
		return peek_seekable(in, data, len, e);
	if (in->ops != &head_ops || h->given == SIZE_MAX)
		return err_set(e, -ESPIPE, "%s: its beginning was read already", in->name);
	r = keep(h, len, e);
	if (r < 0)
		return r;
	if (len > h->have)
		len = h->have;
	memcpy(data, h->kept, len);
	return (ssize_t)len;
}

int input_rewind(struct input *in, struct err *e)
{
	struct head_input *h = (struct head_input *)in;

	if (!input_seekable(in)) {
		if (in->ops != &head_ops || h->given == SIZE_MAX)
			return err_set(e, -ESPIPE, "%s: byte %" PRIu64 ": cannot go back", in->name,
				       in->at);
		h->given = 0;
	}
	in->at = 0;
	return 0;
}

void input_commit(struct input *in)
{
	if (in->ops == &head_ops)
		((struct head_input *)in)->committed = true;
}
