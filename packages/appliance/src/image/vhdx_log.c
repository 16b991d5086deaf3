/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "socle/cleanup.h"
#include "vhdx.h"

enum { UNIT = 4096, LOG_MAX = 8 << 20 }; /* everybody makes logs of 1 MiB */
enum {
	E_SUM = 4,	 /* 32 */
	E_LENGTH = 8,	 /* 32 */
	E_TAIL = 12,	 /* 32: where in the log the first entry of the sequence is */
	E_SEQUENCE = 16, /* 64 */
	E_COUNT = 24,	 /* 32: descriptors */
	E_GUID = 32,	 /* 16 bytes */
	E_FLUSHED = 48,	 /* 64: the file was at least so long */
	E_LAST = 56,	 /* 64: the file is to be so long */
	E_DESCRIPTORS = 64
};
enum {
	D_TRAILING = 4, /* the last 4 bytes of the unit, whose place the sequence has */
	D_LEADING = 8,	/* the first 8; for zeros their length */
	D_OFFSET = 16,	/* 64 */
	D_LENGTH = 32
};

static uint32_t add(const uint32_t table[256], uint32_t crc, const unsigned char *p, size_t len)
{
	for (size_t i = 0; i < len; i++)
		crc = crc >> 8 ^ table[(crc ^ p[i]) & 0xff];
	return crc;
}

uint32_t vhdx_sum(const void *data, size_t len, size_t field)
{
	static const unsigned char zeros[4];
	const unsigned char *p = data;
	uint32_t table[256], crc;

	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] >> 1 ^ (table[i] & 1 ? 0x82f63b78 : 0);
	}
	crc = add(table, UINT32_MAX, p, field);
	crc = add(table, crc, zeros, sizeof(zeros));
	return ~add(table, crc, p + field + 4, len - field - 4);
}

/* One write of the log. */
struct patch {
	uint64_t at, len;
	char *data; /* a unit; NULL for zeros */
};

struct replayed {
	struct input in;
	struct input *below;
	struct patch *patches; /* in the order of time */
	size_t n;
};

static void apply(const struct patch *p, char *data, uint64_t offset, size_t len)
{
	uint64_t from = p->at > offset ? p->at : offset;
	uint64_t to = p->at + p->len < offset + len ? p->at + p->len : offset + len;

	if (from >= to)
		return;
	if (p->data)
		memcpy(data + (from - offset), p->data + (from - p->at), (size_t)(to - from));
	else
		memset(data + (from - offset), 0, (size_t)(to - from));
}

static ssize_t replayed_pread(struct input *in, void *data, size_t len, uint64_t offset,
			      struct err *e)
{
	struct replayed *r = (struct replayed *)in;
	uint64_t size = r->below->size;
	size_t stored;

	if (offset >= in->size)
		return 0;
	if (len > in->size - offset)
		len = (size_t)(in->size - offset);
	stored = offset >= size ? 0 : len < size - offset ? len : (size_t)(size - offset);
	if (stored) {
		int ret = input_pread_full(r->below, data, stored, offset, e);

		if (ret < 0)
			return ret;
	}
	memset((char *)data + stored, 0, len - stored);
	for (size_t i = 0; i < r->n; i++)
		apply(&r->patches[i], data, offset, len);
	return (ssize_t)len;
}

static ssize_t replayed_read(struct input *in, void *data, size_t len, struct err *e)
{
	return replayed_pread(in, data, len, in->at, e);
}

static void replayed_close(struct input *in)
{
	struct replayed *r = (struct replayed *)in;

	for (size_t i = 0; i < r->n; i++)
		free(r->patches[i].data);
	free(r->patches);
}

static const struct input_ops replayed_ops = { replayed_read, replayed_pread, replayed_close };

/* What may be an entry: one for each unit of the log. */
struct slot {
	uint32_t len; /* bytes; 0: no valid entry begins here */
	uint32_t tail;
	uint64_t number;
};

/* The log is a ring: an entry may go on at its start. */
struct log {
	const char *data;
	size_t len;
	const char *guid;
	struct slot *slots;
	size_t n;
};

static void copy(const struct log *l, size_t at, void *out, size_t len)
{
	size_t first = len < l->len - at ? len : l->len - at;

	memcpy(out, l->data + at, first);
	memcpy((char *)out + first, l->data, len - first);
}

/* An entry in one piece; NULL when memory is exhausted. */
static char *entry_at(const struct log *l, size_t at, size_t len)
{
	char *entry = malloc(len);

	if (entry)
		copy(l, at, entry, len);
	return entry;
}

/* Whether what begins at a unit is an entry; *budget bounds the bytes that are summed for it. */
static void look(const struct log *l, size_t i, size_t *budget)
{
	_cleanup_free_ char *entry = NULL;
	char head[E_DESCRIPTORS];
	uint64_t len, needed;

	copy(l, i * UNIT, head, sizeof(head));
	len = get_le32(head, E_LENGTH);
	needed = E_DESCRIPTORS + (uint64_t)get_le32(head, E_COUNT) * D_LENGTH;
	if (memcmp(head, "loge", 4) != 0 || len == 0 || len % UNIT || len > l->len ||
	    len > *budget || needed > len || get_le64(head, E_SEQUENCE) == 0 ||
	    memcmp(head + E_GUID, l->guid, VHDX_GUID) != 0)
		return;
	*budget -= len;
	entry = entry_at(l, i * UNIT, (size_t)len);
	if (entry && vhdx_sum(entry, (size_t)len, E_SUM) == get_le32(entry, E_SUM))
		l->slots[i] = (struct slot){ (uint32_t)len, get_le32(head, E_TAIL),
					     get_le64(head, E_SEQUENCE) };
}

/*
 * Follow the entries whose numbers go up by one; the last is the head, and the
 * sequence is whole when it has the entry that the head says is its tail.
 */
static bool sequence(const struct log *l, size_t first, size_t *head, size_t *tail)
{
	bool whole = false;
	size_t i = first, gone = 0;

	*head = first;
	for (uint64_t number = l->slots[first].number; gone < l->n; number++) {
		const struct slot *s = &l->slots[i];

		if (s->len == 0 || s->number != number)
			break;
		*head = i;
		gone += s->len / UNIT;
		i = (first + gone) % l->n;
	}
	*tail = l->slots[*head].tail / UNIT;
	for (i = first; *tail < l->n; i = (i + l->slots[i].len / UNIT) % l->n) {
		whole = whole || i == *tail;
		if (i == *head)
			break;
	}
	return whole;
}

/* The sequence with the highest number is what is to be replayed. */
static bool find_sequence(const struct log *l, size_t *head, size_t *tail)
{
	size_t budget = 4 * l->len, this_head, this_tail;
	uint64_t best = 0;

	for (size_t i = 0; i < l->n; i++)
		look(l, i, &budget);
	for (size_t i = 0; i < l->n; i++)
		if (l->slots[i].len && sequence(l, i, &this_head, &this_tail) &&
		    l->slots[this_head].number > best) {
			best = l->slots[this_head].number;
			*head = this_head;
			*tail = this_tail;
		}
	return best != 0;
}

static int add_patch(struct replayed *r, const struct patch *p)
{
	struct patch *patches = realloc(r->patches, (r->n + 1) * sizeof(*patches));

	if (!patches)
		return -ENOMEM;
	r->patches = patches;
	patches[r->n++] = *p;
	return 0;
}

static int damaged(const struct input *in, const char *what, struct err *e)
{
	return err_set(e, -EBADMSG, "%s: the log cannot be replayed: %s", in->name, what);
}

/* One descriptor; *data moves over the unit that belongs to it. */
static int replay_one(struct replayed *r, const char *d, const char **data, const char *end,
		      struct err *e)
{
	struct patch p = { .at = get_le64(d, D_OFFSET), .len = UNIT };

	if (p.at % UNIT || p.at > IMAGE_SIZE_MAX)
		return damaged(r->below, "a write to nowhere", e);
	if (memcmp(d, "zero", 4) == 0) {
		p.len = get_le64(d, D_LEADING);
		if (p.len % UNIT || p.len > IMAGE_SIZE_MAX)
			return damaged(r->below, "zeros to nowhere", e);
	} else if (memcmp(d, "desc", 4) != 0 || end - *data < UNIT ||
		   memcmp(*data, "data", 4) != 0) {
		return damaged(r->below, "an entry has no data", e);
	} else {
		p.data = malloc(UNIT);
		if (!p.data)
			return err_sys(e, -ENOMEM, "%s", r->below->name);
		memcpy(p.data, d + D_LEADING, 8);
		memcpy(p.data + 8, *data + 8, UNIT - 12);
		memcpy(p.data + UNIT - 4, d + D_TRAILING, 4);
		*data += UNIT;
	}
	if (add_patch(r, &p) == 0)
		return 0;
	free(p.data);
	return err_sys(e, -ENOMEM, "%s", r->below->name);
}

static int replay_entry(struct replayed *r, const char *entry, struct err *e)
{
	size_t count = get_le32(entry, E_COUNT);
	size_t head = (E_DESCRIPTORS + count * D_LENGTH + UNIT - 1) / UNIT * UNIT;
	const char *end = entry + get_le32(entry, E_LENGTH);
	const char *data = head < (size_t)(end - entry) ? entry + head : end;

	if (get_le64(entry, E_FLUSHED) > r->below->size)
		return err_set(e, -ENODATA, "%s: has %" PRIu64 " of %" PRIu64 " bytes",
			       r->below->name, r->below->size, get_le64(entry, E_FLUSHED));
	if (get_le64(entry, E_LAST) > IMAGE_SIZE_MAX)
		return damaged(r->below, "the file would be too long", e);
	if (get_le64(entry, E_LAST) > r->in.size)
		r->in.size = get_le64(entry, E_LAST);
	for (size_t i = 0; i < count; i++) {
		int ret = replay_one(r, entry + E_DESCRIPTORS + i * D_LENGTH, &data, end, e);

		if (ret < 0)
			return ret;
	}
	return 0;
}

static int replay(struct replayed *r, const struct log *l, struct err *e)
{
	size_t tail = 0, head = 0;

	if (!find_sequence(l, &head, &tail))
		return damaged(r->below, "it has no whole sequence", e);
	for (size_t i = tail;; i = (i + l->slots[i].len / UNIT) % l->n) {
		_cleanup_free_ char *entry = entry_at(l, i * UNIT, l->slots[i].len);
		int ret = entry ? replay_entry(r, entry, e)
				: err_sys(e, -ENOMEM, "%s", r->below->name);

		if (ret < 0 || i == head)
			return ret;
	}
}

static int replay_log(struct replayed *r, uint64_t at, size_t len, const char *guid, struct err *e)
{
	char *data = malloc(len);
	struct slot *slots = calloc(len / UNIT, sizeof(*slots));
	int ret = -ENOMEM;

	if (!data || !slots)
		err_sys(e, ret, "%s", r->below->name);
	else
		ret = input_pread_full(r->below, data, len, at, e);
	if (ret == 0)
		ret = replay(r, &(struct log){ data, len, guid, slots, len / UNIT }, e);
	free(slots);
	free(data);
	return ret;
}

int vhdx_replay(struct input *in, uint64_t at, uint64_t len, const void *guid, struct input **out,
		struct err *e)
{
	struct replayed *r;
	int ret;

	if (len == 0 || len % UNIT || len > LOG_MAX)
		return err_set(e, -EFBIG,
			       "%s: was not closed, and its log of %" PRIu64
			       " bytes is not replayed here; open it where it was made",
			       in->name, len);
	r = calloc(1, sizeof(*r));
	if (!r || !(r->in.name = strdup(in->name))) {
		free(r);
		return err_sys(e, -ENOMEM, "%s", in->name);
	}
	r->in.ops = &replayed_ops;
	r->in.size = in->size;
	r->below = in;
	ret = replay_log(r, at, (size_t)len, guid, e);
	if (ret < 0)
		input_free(&r->in);
	else
		*out = &r->in;
	return ret;
}
