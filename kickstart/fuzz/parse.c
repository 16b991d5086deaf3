/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "kickstart/explain.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const char *data;
	size_t size;
};

/* Every file that is included is what follows the first form feed, "gone…" is not there. */
static int read_rest(void *ctx, const char *source, size_t max, struct buf *out, struct err *e)
{
	const struct input *in = ctx;
	const char *rest = memchr(in->data, '\f', in->size);

	if (!rest || strncmp(source, "gone", 4) == 0)
		return err_set(e, -2, "not there");
	if ((size_t)(in->data + in->size - rest) <= max)
		buf_add(out, rest, (size_t)(in->data + in->size - rest));
	return 0;
}

static void at_a_place(void *ctx, const struct ks_line *line)
{
	unsigned int *last = ctx;

	if (line->pos.line <= *last || line->last < line->pos.line || !line->pos.column)
		abort();
	*last = line->last;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { (const char *)data, size };
	struct ks_reader reader = { .read = read_rest, .ctx = &in };
	unsigned int last = 0;
	struct ks_messages messages = { 0 };
	struct answers answers = ANSWERS_INIT;
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	int ret = ks_parse_with(&reader, in.data, in.size, &answers, &messages, &e);

	/* The contract: not accepted if and only if there is an error, each at a place. */
	if ((ret == 0) != (messages.errors == 0))
		abort();
	/* Nothing that cannot be installed goes unnoticed by the planner. */
	if (!messages.errors && messages.refusals > answers.unmet_count)
		abort();
	for (size_t i = 0; i < messages.count; i++) {
		if (!messages.item[i].pos.line || !messages.item[i].pos.column)
			abort();
		ks_message_text(&messages.item[i], "x", &text);
	}
	buf_clear(&text);
	if (ret == 0 || ret == -EINVAL)
		ret = ks_explain((const char *)data, size, &messages, at_a_place, &last, &e);
	answers_clear(&answers);
	ks_messages_clear(&messages);
	return 0;
}
