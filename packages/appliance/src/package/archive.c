/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tar and zip archives by libarchive.  A tar in a seekable file is indexed
 * first: its members are then parts of the file, to be read at random.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "container.h"
#include "input/streams.h"
#include "socle/cleanup.h"

enum { READ_SIZE = 256 << 10 };

struct slot {
	char *name;
	uint64_t offset, size;
};

struct archive_container {
	struct container c;
	struct input *below;
	struct archive *a;
	char *buffer;
	bool zip;
	struct err err; /* of the input below, from within libarchive */
	bool indexed;
	struct slot *slots;
	size_t n, at;
};

static la_ssize_t on_read(struct archive *a, void *ctx, const void **data)
{
	struct archive_container *c = ctx;
	ssize_t n = input_read(c->below, c->buffer, READ_SIZE, &c->err);

	*data = c->buffer;
	if (n < 0)
		archive_set_error(a, (int)-n, "%s", err_text(&c->err));
	return n < 0 ? -1 : n;
}

static la_int64_t on_skip(struct archive *a, void *ctx, la_int64_t want)
{
	struct archive_container *c = ctx;
	uint64_t left;

	(void)a;
	if (!input_seekable(c->below) || want <= 0)
		return 0;
	left = c->below->size - c->below->at;
	if ((uint64_t)want > left)
		want = (la_int64_t)left;
	c->below->at += (uint64_t)want;
	return want;
}

static la_int64_t on_seek(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
	struct archive_container *c = ctx;
	int64_t base = whence == SEEK_SET   ? 0
		       : whence == SEEK_CUR ? (int64_t)c->below->at
					    : (int64_t)c->below->size;
	int64_t to;

	(void)a;
	if (__builtin_add_overflow(base, offset, &to) || to < 0 || (uint64_t)to > c->below->size)
		return ARCHIVE_FATAL;
	c->below->at = (uint64_t)to;
	return to;
}

static int fault(struct archive_container *c, struct err *e)
{
	const char *why = archive_error_string(c->a);

	if (c->err.code)
		return err_set(e, c->err.code, "%s", err_text(&c->err));
	return err_set(e, -EBADMSG, "%s: byte %" PRIu64 ": the archive is damaged: %s",
		       c->below->name, c->below->at, why ? why : "unknown reason");
}

static int begin(struct archive_container *c, struct err *e)
{
	c->a = archive_read_new();
	if (!c->a)
		return err_sys(e, -ENOMEM, "%s", c->below->name);
	if (!c->zip)
		archive_read_support_format_tar(c->a);
	else if (input_seekable(c->below))
		archive_read_support_format_zip_seekable(c->a);
	else
		archive_read_support_format_zip_streamable(c->a);
	archive_read_set_read_callback(c->a, on_read);
	archive_read_set_skip_callback(c->a, on_skip);
	if (input_seekable(c->below))
		archive_read_set_seek_callback(c->a, on_seek);
	archive_read_set_callback_data(c->a, c);
	return archive_read_open1(c->a) == ARCHIVE_OK ? 0 : fault(c, e);
}

static char *plain_name(struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);

	if (!name)
		name = archive_entry_pathname_utf8(entry);
	while (name && strncmp(name, "./", 2) == 0)
		name += 2;
	if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    !input_name_ok(name))
		return NULL;
	return strdup(name);
}

/* The next regular member; its name is the caller's. */
static int next_entry(struct archive_container *c, char **name, struct archive_entry **entry,
		      struct err *e)
{
	int r;

	for (;;) {
		r = archive_read_next_header(c->a, entry);
		if (r == ARCHIVE_EOF)
			return 0;
		if (r != ARCHIVE_OK && r != ARCHIVE_WARN)
			return fault(c, e);
		*name = plain_name(*entry);
		if (*name)
			return 1;
	}
}

struct entry_input {
	struct input in;
	struct archive_container *c;
};

static ssize_t entry_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct archive_container *c = ((struct entry_input *)in)->c;
	la_ssize_t n = archive_read_data(c->a, data, len);

	return n >= 0 ? n : fault(c, e);
}

static void entry_close(struct input *in)
{
	(void)in;
}

static const struct input_ops entry_ops = { entry_read, NULL, entry_close };

static struct input *entry_input(struct archive_container *c, const char *name,
				 struct archive_entry *entry, struct err *e)
{
	struct entry_input *i = calloc(1, sizeof(*i));

	if (!i || !(i->in.name = strdup(name))) {
		free(i);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	i->in.ops = &entry_ops;
	i->in.size = archive_entry_size_is_set(entry) ? (uint64_t)archive_entry_size(entry)
						      : INPUT_UNKNOWN;
	i->c = c;
	return &i->in;
}

static int next_in_order(struct archive_container *c, char **name, struct input **in, struct err *e)
{
	struct archive_entry *entry;
	int r = next_entry(c, name, &entry, e);

	if (r < 0)
		return r;
	/* The sum at the end of a compressed stream lies behind the archive's end. */
	if (r == 0)
		return input_seekable(c->below) ? 0 : input_drain(c->below, e);
	*in = entry_input(c, *name, entry, e);
	if (*in)
		return 1;
	free(*name);
	return -ENOMEM;
}

static struct input *slot_input(struct archive_container *c, const struct slot *s, struct err *e)
{
	return input_slice(c->below, s->name, s->offset, s->size, e);
}

static int next_in_index(struct archive_container *c, char **name, struct input **in, struct err *e)
{
	if (c->at == c->n)
		return 0;
	*in = slot_input(c, &c->slots[c->at], e);
	if (!*in)
		return -ENOMEM;
	*name = strdup(c->slots[c->at++].name);
	if (*name)
		return 1;
	input_free(*in);
	return err_sys(e, -ENOMEM, "%s", c->below->name);
}

static int archive_next(struct container *base, char **name, struct input **in, struct err *e)
{
	struct archive_container *c = (struct archive_container *)base;

	return c->indexed ? next_in_index(c, name, in, e) : next_in_order(c, name, in, e);
}

static const struct slot *find_slot(struct archive_container *c, const char *name)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->slots[i].name, name) == 0)
			return &c->slots[i];
	return NULL;
}

static bool archive_has(struct container *base, const char *name)
{
	return find_slot((struct archive_container *)base, name);
}

static const char *archive_ending(struct container *base, const char *suffix)
{
	struct archive_container *c = (struct archive_container *)base;
	size_t s = strlen(suffix);

	for (size_t i = 0; i < c->n; i++) {
		size_t n = strlen(c->slots[i].name);

		if (n > s && strcasecmp(c->slots[i].name + n - s, suffix) == 0)
			return c->slots[i].name;
	}
	return NULL;
}

static struct input *archive_open(struct container *base, const char *name, struct err *e)
{
	struct archive_container *c = (struct archive_container *)base;
	const struct slot *s = find_slot(c, name);

	if (s)
		return slot_input(c, s, e);
	err_set(e, -ENOENT, "%s: not in the package", name);
	return NULL;
}

static void drop_index(struct archive_container *c)
{
	for (size_t i = 0; i < c->n; i++)
		free(c->slots[i].name);
	free(c->slots);
	c->slots = NULL;
	c->n = 0;
}

static void release(struct container *base)
{
	struct archive_container *c = (struct archive_container *)base;

	archive_read_free(c->a);
	drop_index(c);
	free(c->buffer);
	input_free(c->below);
	free(c);
}

static int add_slot(struct archive_container *c, char *name, struct archive_entry *entry,
		    struct err *e)
{
	struct slot *more = realloc(c->slots, (c->n + 1) * sizeof(*more));

	if (!more) {
		free(name);
		return err_sys(e, -ENOMEM, "%s", c->below->name);
	}
	c->slots = more;
	c->slots[c->n++] = (struct slot){
		.name = name,
		.offset = (uint64_t)archive_filter_bytes(c->a, 0),
		.size = (uint64_t)archive_entry_size(entry),
	};
	return 0;
}

/* An XVA has a member per megabyte: it is only read in order. */
static bool not_to_index(const struct archive_container *c, const char *name,
			 struct archive_entry *entry)
{
	return c->n == CONTAINER_MEMBERS_MAX || strcmp(name, "ova.xml") == 0 ||
	       archive_entry_sparse_reset(entry) > 0;
}

/* 1 when there is an index, 0 when there is to be none. */
static int make_index(struct archive_container *c, struct err *e)
{
	struct archive_entry *entry;
	char *name;
	int r;

	while ((r = next_entry(c, &name, &entry, e)) == 1) {
		if (not_to_index(c, name, entry)) {
			free(name);
			drop_index(c);
			return 0;
		}
		r = add_slot(c, name, entry, e);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : 1;
}

/* A member that does not fit is cut: found here, before anything is written. */
static int check_index(const struct archive_container *c, struct err *e)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct slot *s = &c->slots[i];

		if (s->offset > c->below->size || s->size > c->below->size - s->offset)
			return err_set(e, -ENODATA,
				       "%s: it ends at byte %" PRIu64
				       ", inside of %s, which has %" PRIu64 " bytes from %" PRIu64,
				       c->below->name, c->below->size, s->name, s->size, s->offset);
	}
	return 0;
}

static const struct container_ops ordered_ops = { .next = archive_next, .free = release };
static const struct container_ops indexed_ops = {
	.next = archive_next,
	.open = archive_open,
	.has = archive_has,
	.ending = archive_ending,
	.free = release,
};

static int index_first(struct archive_container *c, struct err *e)
{
	int r = make_index(c, e);

	if (r < 0)
		return check_index(c, NULL) < 0 ? check_index(c, e) : r;
	archive_read_free(c->a);
	c->a = NULL;
	c->below->at = 0;
	if (r == 0)
		return begin(c, e);
	c->indexed = true;
	c->c.ops = &indexed_ops;
	return check_index(c, e);
}

struct container *container_archive(struct input *in, bool zip, struct err *e)
{
	struct archive_container *c = calloc(1, sizeof(*c));
	int r;

	if (!c || !(c->buffer = malloc(READ_SIZE))) {
		free(c);
		err_sys(e, -ENOMEM, "%s", in->name);
		input_free(in);
		return NULL;
	}
	c->c.ops = &ordered_ops;
	c->c.kind = zip ? "zip" : "tar";
	c->below = in;
	c->zip = zip;
	r = begin(c, e);
	if (r == 0 && !zip && input_seekable(in))
		r = index_first(c, e);
	if (r == 0)
		return &c->c;
	release(&c->c);
	return NULL;
}

/* The sum of a header's bytes with its own field as spaces, in octal (POSIX ustar). */
bool container_is_tar(const void *head, size_t len)
{
	const unsigned char *h = head;
	char text[9] = "";
	unsigned long sum = 0;

	if (len < 512 || !h[0])
		return false;
	for (size_t i = 0; i < 512; i++)
		sum += i >= 148 && i < 156 ? ' ' : h[i];
	memcpy(text, h + 148, 8);
	return strtoul(text, NULL, 8) == sum;
}
