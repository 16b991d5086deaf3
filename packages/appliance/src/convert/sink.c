/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/sink.h"

#include <isa-l/mem_routines.h>
#include <stdbool.h>
#include <stdlib.h>

static bool is_zero(const void *data, size_t len)
{
	return isal_zero_detect((void *)data, len) == 0;
}

/* The end of the piece at "at": the next border of a hole, or the end of the data. */
static size_t piece_end(const struct sink *s, uint64_t offset, size_t at, size_t len)
{
	uint64_t n = s->hole - (offset + at) % s->hole;

	return n < len - at ? at + (size_t)n : len;
}

int sink_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	const char *p = data;
	size_t from = 0, at = 0;
	int ret = 0;

	while (ret == 0 && at < len) {
		size_t end = piece_end(s, offset, at, len);
		bool hole = is_zero(p + at, end - at);

		/* A run ends before the hole, or with the data. */
		if (hole && at > from)
			ret = s->ops->write(s, p + from, at - from, offset + from, e);
		at = end;
		if (hole)
			from = at;
	}
	if (ret == 0 && len > from)
		ret = s->ops->write(s, p + from, len - from, offset + from, e);
	return ret;
}

int sink_finish(struct sink *s, struct err *e)
{
	return s->ops->finish(s, e);
}

void sink_free(struct sink *s)
{
	if (!s)
		return;
	s->ops->free(s);
	free(s->name);
	free(s);
}
