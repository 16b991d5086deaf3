/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "private.h"

/* 1 MiB at most, which for grains of 64 KiB is the tables of 16 GiB. */
enum { PAGE = 16 << 10, SLOTS = 64 };

struct tables {
	struct {
		const struct input *in;
		uint64_t number;
		size_t len;
		char *data;
	} slot[SLOTS];
};

/* The slot of a page, filled. */
static int fill(struct tables *t, struct input *in, uint64_t number, size_t *slot, struct err *e)
{
	size_t i = (size_t)((number ^ (uintptr_t)in >> 5) % SLOTS);
	uint64_t left = in->size - number * PAGE;
	size_t len = left < PAGE ? (size_t)left : PAGE;
	int r;

	*slot = i;
	if (t->slot[i].in == in && t->slot[i].number == number)
		return 0;
	if (!t->slot[i].data && !(t->slot[i].data = malloc(PAGE)))
		return err_sys(e, -ENOMEM, "%s", in->name);
	t->slot[i].in = NULL;
	r = input_pread_full(in, t->slot[i].data, len, number * PAGE, e);
	if (r < 0)
		return r;
	t->slot[i].in = in;
	t->slot[i].number = number;
	t->slot[i].len = len;
	return 0;
}

int tables_read(struct image *img, struct input *in, uint64_t at, void *data, size_t len,
		struct err *e)
{
	if (!inside(in, at, len))
		return err_set(e, -ENODATA, "%s: a table at byte %" PRIu64 " is past the end",
			       in->name, at);
	if (!img->tables && !(img->tables = calloc(1, sizeof(*img->tables))))
		return err_sys(e, -ENOMEM, "%s", in->name);
	while (len > 0) {
		size_t slot, from = (size_t)(at % PAGE), n = len < PAGE - from ? len : PAGE - from;
		int r = fill(img->tables, in, at / PAGE, &slot, e);

		if (r < 0)
			return r;
		memcpy(data, img->tables->slot[slot].data + from, n);
		data = (char *)data + n;
		at += n;
		len -= n;
	}
	return 0;
}

void tables_free(struct tables *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(t->slot[i].data);
	free(t);
}
