/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode_private.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { HEAD = 4096 };

static void *read_for_sum(void *ctx)
{
	struct disk *k = ctx;

	k->sum_result = input_drain(k->part->in, &k->sum_error);
	return NULL;
}

static int start_sum(struct disk *k, struct err *e)
{
	if (input_seekable(k->part->in))
		return 0; /* no sum is wanted */
	if (pthread_create(&k->summer, NULL, read_for_sum, k) != 0)
		return err_sys(e, -EAGAIN, "%s: a thread", k->part->href);
	k->by_sum = true;
	return 0;
}

int disk_end_sum(struct disk *k, struct err *e)
{
	if (!k->by_sum)
		return 0;
	pthread_join(k->summer, NULL);
	k->by_sum = false;
	return k->sum_result < 0 ? err_set(e, k->sum_result, "%s", err_text(&k->sum_error)) : 0;
}

const struct model_disk *decoder_disk_of(const struct decoder *d, size_t file)
{
	const struct model *m = package_model(d->p);

	for (size_t i = 0; m && file != MODEL_NONE && i < m->n_disks; i++)
		if (m->disks[i].file == file)
			return &m->disks[i];
	return NULL;
}

bool disk_named(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && strcasecmp(name + n - s, suffix) == 0;
}

const struct image_format *disk_pinned(const struct decoder *d, size_t file, const char *name)
{
	const struct model_disk *disk = decoder_disk_of(d, file);
	bool raw = disk ? strcmp(disk->format, "raw") == 0
			: file != MODEL_NONE || disk_named(name, ".iso");

	return raw ? image_format_by_name("raw") : NULL;
}

static bool packed_by_name(const char *name)
{
	return disk_named(name, ".gz") || disk_named(name, ".xz") || disk_named(name, ".zst");
}

/* The part's bytes in order, without compression, from their start. */
static struct input *plain(struct decoder *d, const struct package_part *part,
			   const struct image_format *pin, bool *packed, struct err *e)
{
	const struct model *m = package_model(d->p);
	struct input *in = input_lend(part->in, e);
	enum model_compression packing = COMPRESSION_NONE;
	char head[16];
	ssize_t n;

	in = in ? input_rewindable(in, e) : NULL;
	n = in ? input_peek(in, head, sizeof(head), e) : -1;
	if (n < 0) {
		input_free(in);
		return NULL;
	}
	if (part->file != MODEL_NONE && m->files[part->file].compression != COMPRESSION_NONE)
		packing = m->files[part->file].compression;
	else if (!pin || packed_by_name(part->href))
		packing = packing_of(head, (size_t)n);
	*packed = packing != COMPRESSION_NONE;
	if (!*packed)
		return in;
	input_commit(in);
	in = input_unpack(in, packing, e);
	return in ? input_rewindable(in, e) : NULL;
}

static int copy(struct input *in, int fd, struct err *e)
{
	static const size_t step = 1 << 20;
	_cleanup_free_ char *data = malloc(step);
	uint64_t at = 0;
	ssize_t n;
	int r = 0;

	if (!data)
		return err_sys(e, -ENOMEM, "%s", in->name);
	while (r == 0 && (n = input_read(in, data, step, e)) != 0) {
		if (n < 0)
			return (int)n;
		r = fs_pwrite(fd, data, (size_t)n, at, e);
		at += (uint64_t)n;
	}
	return r;
}

int disk_spool(struct decoder *d, const char *name, struct input *in, int *fd, struct err *e)
{
	json_int_t size = in->size == INPUT_UNKNOWN ? -1 : (json_int_t)in->size;
	int r = decoder_ask(
		d, json_pack("{s:s, s:s, s:I}", "type", "spool", "name", name, "size", size), NULL,
		fd, e);

	if (r < 0)
		return r;
	r = copy(in, *fd, e);
	if (r == 0)
		return 0;
	close(*fd);
	return err_wrap(e, "%s", name);
}

static int open_spooled(struct decoder *d, const struct package_part *part, struct input *in,
			const struct image_format *pin, struct image **img, struct err *e)
{
	struct input *spooled;
	int fd, r = disk_spool(d, part->href, in, &fd, e);

	if (r < 0)
		return r;
	/* A block device may be larger than what was written to it. */
	spooled = input_fd(fd, part->href, 0, in->at, e);
	if (!spooled)
		return -ENOMEM;
	r = image_open(spooled, pin, package_dir(d->p), img, e);
	if (r < 0)
		input_free(spooled);
	return r;
}

int disk_open_at_random(struct decoder *d, const struct package_part *part,
			const struct image_format *pin, struct image **img, struct err *e)
{
	struct input *in;
	int r = package_open_file(d->p, part->file, &in, e);

	if (r < 0)
		return r;
	r = image_open(in, pin, package_dir(d->p), img, e);
	if (r < 0)
		input_free(in);
	return r;
}

/* Raw bytes of which only the end tells how many they are, or that they are a fixed VHD. */
static bool ends_matter(const struct decoder *d, const struct package_part *part,
			const struct image_format *format, const struct input *in)
{
	const struct model_disk *disk = decoder_disk_of(d, part->file);

	if (strcmp(format->name, "raw") != 0)
		return false;
	if (disk_named(part->href, ".vhd"))
		return true;
	return in->size == INPUT_UNKNOWN && !(disk && disk->capacity != MODEL_UNKNOWN);
}

/* 1 when it was opened, 0 when it cannot be decoded in order: then "in" is at its start. */
static int try_in_order(struct decoder *d, const struct package_part *part, struct input *in,
			const struct image_format *pin, struct image **img, struct err *e)
{
	const struct image_format *format = pin;
	struct err why = { 0 };
	char head[HEAD];
	ssize_t n;
	int r;

	n = input_peek(in, head, sizeof(head), e);
	if (n < 0)
		return (int)n;
	if (!format && !(format = image_probe(head, (size_t)n, e)))
		return err_wrap(e, "%s", part->href);
	if (!image_streamable(format) || ends_matter(d, part, format, in))
		return 0;
	r = image_open_stream(in, format, img, &why);
	if (r == 0) {
		input_commit(in);
		return 1;
	}
	if (r != -ESPIPE)
		return err_set(e, r, "%s", err_text(&why));
	return input_rewind(in, e);
}

static bool is_raw(struct input *in)
{
	char head[HEAD];
	ssize_t n = input_peek(in, head, sizeof(head), NULL);
	const struct image_format *f = n < 0 ? NULL : image_probe(head, (size_t)n, NULL);

	return f && strcmp(f->name, "raw") == 0;
}

int disk_keep(struct decoder *d, const struct package_part *part, struct err *e)
{
	bool packed;
	struct input *in = plain(d, part, NULL, &packed, e);
	int r = in ? kept_add(d, part->name, in, e) : e->code;

	input_free(in);
	return r;
}

int disk_open(struct decoder *d, struct disk *k, struct err *e)
{
	const struct package_part *part = k->part;
	const struct image_format *pin = disk_pinned(d, part->file, part->href);
	bool random = package_random(d->p) && part->file != MODEL_NONE, packed;
	struct input *in = plain(d, part, pin, &packed, e);
	int r;

	if (!in)
		return e->code;
	if (random && !packed && input_seekable(part->in)) {
		input_free(in);
		return disk_open_at_random(d, part, pin, &k->img, e);
	}
	if (!(random && !packed) && (kept_by_name(part->name) || kept_by_contents(in))) {
		/* At random it is opened after the descriptor, if that wants it. */
		r = package_random(d->p) ? 0 : kept_add(d, part->name, in, e);
		input_free(in);
		return r;
	}
	r = try_in_order(d, part, in, pin, &k->img, e);
	if (r > 0)
		return 0;
	if (r == 0 && random && !packed) {
		r = disk_open_at_random(d, part, pin, &k->img, e);
		if (r == 0)
			r = start_sum(k, e);
	} else if (r == 0 && !package_random(d->p) && !is_raw(in)) {
		/* It may be a difference to what comes later, or the parent of that. */
		r = kept_add(d, part->name, in, e);
	} else if (r == 0) {
		r = open_spooled(d, part, in, pin, &k->img, e);
	}
	input_free(in);
	return r;
}
