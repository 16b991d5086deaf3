/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode_private.h"
#include "socle/cleanup.h"

enum { HOLE = 4096 };

static int null_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	(void)s;
	(void)data;
	(void)len;
	(void)offset;
	(void)e;
	return 0;
}

static int null_finish(struct sink *s, struct err *e)
{
	(void)s;
	(void)e;
	return 0;
}

static void null_free(struct sink *s)
{
	(void)s;
}

static int null_sink(const char *name, uint64_t size, struct sink **out, struct err *e)
{
	static const struct sink_ops ops = { null_write, null_finish, null_free };
	struct sink *s = calloc(1, sizeof(*s));

	if (!s || !(s->name = strdup(name))) {
		free(s);
		return err_sys(e, -ENOMEM, "%s", name);
	}
	s->ops = &ops;
	s->size = size;
	s->hole = HOLE;
	*out = s;
	return 0;
}

/* Where a disk goes; fd: a second descriptor of it, to look at it afterwards. */
static int open_target(struct decoder *d, const struct package_part *part, uint64_t size,
		       struct sink **sink, int *fd, json_int_t *volume, char format[8],
		       struct err *e)
{
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_close_ int target = -1;
	const char *kind;
	json_int_t chunk, file = part->file == MODEL_NONE ? -1 : (json_int_t)part->file;
	int r = decoder_ask(d,
			    json_pack("{s:s, s:I, s:s, s:I}", "type", "target", "file", file,
				      "name", part->href, "size", (json_int_t)size),
			    &reply, &target, e);

	if (r < 0)
		return r;
	if (json_unpack(reply, "{s:s, s:I, s:I}", "format", &kind, "volume", volume, "chunk",
			&chunk) < 0)
		return err_set(e, -EPROTO, "%s: no target", part->href);
	snprintf(format, 8, "%s", kind);
	*fd = fcntl(target, F_DUPFD_CLOEXEC, 3);
	if (*fd < 0)
		return err_sys(e, -errno, "%s", part->href);
	if (strcmp(kind, "qcow2") == 0)
		return sink_qcow2(take_fd(target), part->href, size, sink, e);
	r = sink_raw(take_fd(target), part->href, size, SINK_ZEROED | SINK_DIRECT, sink, e);
	return r == 0 && chunk ? sink_raw_chunks(*sink, (uint64_t)chunk, e) : r;
}

/* A disk that has no table and no boot code is a fact as good as any other. */
static int look(int fd, const char *format, const char *name, struct boot *b, struct err *e)
{
	struct image *img;
	struct input *in;
	int r, flags = fcntl(fd, F_GETFL);

	/* The sink may have written past the cache, which wants aligned reads, too. */
	if (flags < 0 || fcntl(fd, F_SETFL, flags & ~O_DIRECT) < 0)
		return err_sys(e, -errno, "%s", name);
	if (strcmp(format, "raw") == 0)
		return boot_look_fd(fd, b, e);
	in = input_fd(fcntl(fd, F_DUPFD_CLOEXEC, 3), name, 0, INPUT_UNKNOWN, e);
	r = in ? image_open(in, image_format_by_name(format), NULL, &img, e) : -ENOMEM;
	if (r < 0) {
		input_free(in);
		return r;
	}
	r = boot_look_image(img, b, e);
	image_free(img);
	return r;
}

int disk_tell(struct decoder *d, const struct disk *k, json_int_t volume, const struct boot *b,
	      struct err *e)
{
	const struct package_part *part = k->part;

	return decoder_tell(
		d,
		json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:I, s:I, s:o?}", "type", "image", "file",
			  part->file == MODEL_NONE ? (json_int_t)-1 : (json_int_t)part->file,
			  "volume", volume, "name", part->href, "format", k->img->info.format,
			  "subformat", k->img->info.subformat, "size",
			  (json_int_t)(k->img->info.size == INPUT_UNKNOWN ? 0 : k->img->info.size),
			  "stored", (json_int_t)(part->in ? part->in->at : 0), "boot",
			  b ? boot_pack(b) : NULL),
		e);
}

/* The larger of what the descriptor and the image say: both are found to be wrong. */
static uint64_t disk_size(const struct decoder *d, const struct disk *k)
{
	const struct model_disk *m = decoder_disk_of(d, k->part->file);
	uint64_t size = k->img->info.size == INPUT_UNKNOWN ? 0 : k->img->info.size;

	if (m && m->capacity != MODEL_UNKNOWN && m->capacity > size)
		size = m->capacity;
	return (size + 511) / 512 * 512;
}

static int remember(struct decoder *d, const char *name, json_int_t volume, struct err *e)
{
	char **names = realloc(d->early, (d->n_early + 1) * sizeof(char *));
	int *volumes = names ? realloc(d->volumes, (d->n_early + 1) * sizeof(int)) : NULL;

	if (names)
		d->early = names;
	if (volumes)
		d->volumes = volumes;
	if (!names || !volumes || !(d->early[d->n_early] = strdup(name)))
		return err_sys(e, -ENOMEM, "%s", name);
	d->volumes[d->n_early++] = (int)volume;
	return 0;
}

static int convert(struct decoder *d, struct disk *k, struct sink *sink, struct err *e)
{
	const struct convert_opts o = { .threads = d->o->threads,
					.progress = decoder_progress,
					.ctx = d };
	int r = convert_image(k->img, sink, &o, e), sum;

	sum = disk_end_sum(k, r == 0 ? e : NULL);
	return r < 0 ? r : sum;
}

int disk_import(struct decoder *d, struct disk *k, struct err *e)
{
	_cleanup_close_ int fd = -1;
	char format[8] = "";
	json_int_t volume = -1;
	struct sink *sink = NULL;
	struct boot b = { 0 };
	int r;

	if (d->o->mode == DECODE_VERIFY)
		r = null_sink(k->part->href, disk_size(d, k), &sink, e);
	else
		r = open_target(d, k->part, disk_size(d, k), &sink, &fd, &volume, format, e);
	if (r == 0)
		r = convert(d, k, sink, e);
	sink_free(sink);
	if (r == 0 && k->part->file == MODEL_NONE)
		r = remember(d, k->part->name, volume, e);
	if (r == 0 && fd >= 0)
		r = look(fd, format, k->part->href, &b, e);
	return r == 0 ? disk_tell(d, k, volume, fd >= 0 ? &b : NULL, e) : r;
}
