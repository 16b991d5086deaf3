/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/convert.h"
#include "channel.h"
#include "input/streams.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/fs.h"

enum { HEAD = 4096, TELL_MS = 200 };

struct decoder {
	const struct decode *o;
	struct input_dir dir; /* the parent opens what it is asked for */
	int channel;
	pthread_mutex_t lock; /* of the channel */
	struct package *p;
	bool *wanted, *seen; /* by file; NULL before the model */
	char **early;	     /* names of disks that came before the model, by volume */
	int *volumes;
	size_t n_early;
	int64_t told;
};

/* A message that is not answered. */
static int tell(struct decoder *d, json_t *message, struct err *e)
{
	int r;

	pthread_mutex_lock(&d->lock);
	r = channel_send(d->channel, message, -1, e);
	pthread_mutex_unlock(&d->lock);
	return r;
}

static int answer(const json_t *reply, struct err *e)
{
	const char *type = "", *text = "";
	int code = -EIO;

	if (json_unpack((json_t *)reply, "{s:s}", "type", &type) == 0 && strcmp(type, "ok") == 0)
		return 0;
	if (json_unpack((json_t *)reply, "{s:i, s:s}", "code", &code, "text", &text) < 0)
		text = "an answer that is not understood";
	return err_set(e, code < 0 ? code : -EIO, "%s", text);
}

/* A question.  fd: of what came with the answer; NULL when nothing does. */
static int ask(struct decoder *d, json_t *question, json_t **reply, int *fd, struct err *e)
{
	_cleanup_json_ json_t *own = NULL;
	int r;

	pthread_mutex_lock(&d->lock);
	r = channel_send(d->channel, question, -1, e);
	if (r == 0)
		r = channel_recv(d->channel, &own, fd, e);
	pthread_mutex_unlock(&d->lock);
	if (r == 0)
		return err_set(e, -EPIPE, "the import is gone");
	if (r > 0)
		r = answer(own, e);
	if (r == 0 && fd && *fd < 0)
		r = err_set(e, -EPROTO, "no file came with the answer");
	if (r == 0 && reply)
		*reply = take_ptr(own);
	return r;
}

static struct input *dir_open(struct input_dir *dir, const char *name, struct err *e)
{
	struct decoder *d = (struct decoder *)((char *)dir - offsetof(struct decoder, dir));
	int fd;

	if (!input_name_ok(name)) {
		err_set(e, -EPERM, "%s: only names inside the package are opened", name);
		return NULL;
	}
	if (ask(d, json_pack("{s:s, s:s}", "type", "open", "name", name), NULL, &fd, e) < 0)
		return NULL;
	return input_fd(fd, name, 0, INPUT_UNKNOWN, e);
}

static void progress(void *ctx, uint64_t done, uint64_t total, uint64_t read)
{
	struct decoder *d = ctx;
	int64_t now = clock_ms();

	if (now - d->told < TELL_MS && done < total)
		return;
	d->told = now;
	/* A parent that is gone ends the process anyway. */
	if (tell(d,
		 json_pack("{s:s, s:I, s:I, s:I}", "type", "progress", "done", (json_int_t)done,
			   "total", (json_int_t)total, "read", (json_int_t)read),
		 NULL) < 0)
		return;
}

/* A disk on its way: the image, and what reads the part's bytes for their sum meanwhile. */
struct disk {
	const struct package_part *part;
	struct image *img;
	bool by_sum; /* a thread reads part->in to its end */
	pthread_t summer;
	int sum_result;
	struct err sum_error;
};

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

static int end_sum(struct disk *k, struct err *e)
{
	if (!k->by_sum)
		return 0;
	pthread_join(k->summer, NULL);
	k->by_sum = false;
	return k->sum_result < 0 ? err_set(e, k->sum_result, "%s", err_text(&k->sum_error)) : 0;
}

static const struct model_disk *disk_of(const struct decoder *d, size_t file)
{
	const struct model *m = package_model(d->p);

	for (size_t i = 0; m && file != MODEL_NONE && i < m->n_disks; i++)
		if (m->disks[i].file == file)
			return &m->disks[i];
	return NULL;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t n = strlen(name), s = strlen(suffix);

	return n > s && strcasecmp(name + n - s, suffix) == 0;
}

/* What the descriptor says is raw stays raw, whatever the guest has written into it. */
static const struct image_format *pinned(const struct decoder *d, size_t file, const char *name)
{
	const struct model_disk *disk = disk_of(d, file);
	bool raw = disk ? strcmp(disk->format, "raw") == 0
			: file != MODEL_NONE || ends_in(name, ".iso");

	return raw ? image_format_by_name("raw") : NULL;
}

static bool packed_by_name(const char *name)
{
	return ends_in(name, ".gz") || ends_in(name, ".xz") || ends_in(name, ".zst");
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

/* What is read at random and comes in order is kept meanwhile, on the storage of the target. */
static int open_spooled(struct decoder *d, const struct package_part *part, struct input *in,
			const struct image_format *pin, struct image **img, struct err *e)
{
	json_int_t size = in->size == INPUT_UNKNOWN ? -1 : (json_int_t)in->size;
	struct input *spooled;
	int fd, r;

	r = ask(d, json_pack("{s:s, s:s, s:I}", "type", "spool", "name", part->href, "size", size),
		NULL, &fd, e);
	if (r < 0)
		return r;
	r = copy(in, fd, e);
	if (r < 0) {
		close(fd);
		return err_wrap(e, "%s", part->href);
	}
	/* A block device may be larger than what was written to it. */
	spooled = input_fd(fd, part->href, 0, in->at, e);
	if (!spooled)
		return -ENOMEM;
	r = image_open(spooled, pin, package_dir(d->p), img, e);
	if (r < 0)
		input_free(spooled);
	return r;
}

static int open_at_random(struct decoder *d, const struct package_part *part,
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
	const struct model_disk *disk = disk_of(d, part->file);

	if (strcmp(format->name, "raw") != 0)
		return false;
	if (ends_in(part->href, ".vhd"))
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

/* In order where the format allows it, so that what is decoded is what was summed. */
static int open_disk(struct decoder *d, struct disk *k, struct err *e)
{
	const struct package_part *part = k->part;
	const struct image_format *pin = pinned(d, part->file, part->href);
	bool random = package_random(d->p) && part->file != MODEL_NONE, packed;
	struct input *in = plain(d, part, pin, &packed, e);
	int r;

	if (!in)
		return e->code;
	if (random && !packed && input_seekable(part->in)) {
		input_free(in);
		return open_at_random(d, part, pin, &k->img, e);
	}
	r = try_in_order(d, part, in, pin, &k->img, e);
	if (r > 0)
		return 0;
	if (r == 0 && random && !packed) {
		r = open_at_random(d, part, pin, &k->img, e);
		if (r == 0)
			r = start_sum(k, e);
	} else if (r == 0) {
		r = open_spooled(d, part, in, pin, &k->img, e);
	}
	input_free(in);
	return r;
}

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
	s->hole = HEAD;
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
	int r = ask(d,
		    json_pack("{s:s, s:I, s:s, s:I}", "type", "target", "file", file, "name",
			      part->href, "size", (json_int_t)size),
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

static int tell_image(struct decoder *d, const struct disk *k, json_int_t volume,
		      const struct boot *b, struct err *e)
{
	const struct package_part *part = k->part;

	return tell(
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
	const struct model_disk *m = disk_of(d, k->part->file);
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
	const struct convert_opts o = { .threads = d->o->threads, .progress = progress, .ctx = d };
	int r = convert_image(k->img, sink, &o, e), sum;

	sum = end_sum(k, r == 0 ? e : NULL);
	return r < 0 ? r : sum;
}

static int import_disk(struct decoder *d, struct disk *k, struct err *e)
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
	return r == 0 ? tell_image(d, k, volume, fd >= 0 ? &b : NULL, e) : r;
}

static int do_disk(struct decoder *d, const struct package_part *part, struct err *e)
{
	struct disk k = { .part = part };
	int r = open_disk(d, &k, e);

	if (r == 0)
		r = import_disk(d, &k, e);
	end_sum(&k, NULL);
	image_free(k.img);
	if (r == 0 && part->file != MODEL_NONE)
		d->seen[part->file] = true;
	return r;
}

/* Before the descriptor everything that is called as disks are might be one. */
static bool may_be_disk(const char *name)
{
	static const char *const suffixes[] = { ".img",	 ".raw", ".vmdk", ".qcow2", ".vhd",
						".vhdx", ".iso", ".gz",	  ".xz",    ".zst" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (ends_in(name, suffixes[i]))
			return true;
	return false;
}

static int match_early(struct decoder *d, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->n_early; i++) {
		size_t file = package_find_file(d->p, d->early[i]);

		if (file == MODEL_NONE)
			continue;
		d->seen[file] = true;
		r = tell(d,
			 json_pack("{s:s, s:i, s:I}", "type", "match", "volume", d->volumes[i],
				   "file", (json_int_t)file),
			 e);
	}
	return r;
}

/* The descriptor has come: what of it is wanted? */
static int tell_model(struct decoder *d, struct err *e)
{
	const struct model *m = package_model(d->p);
	_cleanup_json_ json_t *reply = NULL;
	int r;

	d->wanted = calloc(m->n_files + 1, sizeof(bool));
	d->seen = calloc(m->n_files + 1, sizeof(bool));
	if (!d->wanted || !d->seen)
		return err_sys(e, -ENOMEM, "model");
	r = ask(d,
		json_pack("{s:s, s:o, s:s, s:s, s:s}", "type", "model", "model", model_json(m),
			  "container", package_container(d->p), "packing", package_packing(d->p),
			  "descriptor", package_descriptor(d->p).name),
		&reply, NULL, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_files; i++)
		d->wanted[i] = json_is_true(json_array_get(json_object_get(reply, "files"), i));
	return match_early(d, e);
}

static int one_part(struct decoder *d, const struct package_part *part, struct err *e)
{
	if (!d->wanted && package_model(d->p)) {
		int r = tell_model(d, e);

		if (r < 0)
			return r;
	}
	if (part->kind != PART_FILE || d->o->mode == DECODE_LOOK)
		return 0;
	if (part->file == MODEL_NONE ? may_be_disk(part->name) && d->o->mode == DECODE_IMPORT
				     : d->wanted[part->file] && !d->seen[part->file])
		return do_disk(d, part, e);
	return 0;
}

/* Those that are there under another name only (snapshots), or not at all. */
static int do_rest(struct decoder *d, struct err *e)
{
	const struct model *m = package_model(d->p);
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->n_files; i++) {
		struct package_part part = { .file = i,
					     .href = m->files[i].href,
					     .name = m->files[i].href };
		struct disk k = { .part = &part };

		if (!d->wanted[i] || d->seen[i])
			continue;
		if (!package_random(d->p))
			return err_set(e, -ENOENT,
				       "%s: is not in the package, or before its descriptor",
				       part.href);
		r = open_at_random(d, &part, pinned(d, i, part.href), &k.img, e);
		if (r < 0)
			err_wrap(e, "%s", package_descriptor(d->p).name);
		else
			r = import_disk(d, &k, e);
		image_free(k.img);
	}
	return r;
}

static int whole_package(struct decoder *d, struct err *e)
{
	_cleanup_json_ json_t *verdict = NULL;
	struct package_part part;
	int r;

	while ((r = package_next(d->p, &part, e)) > 0) {
		r = one_part(d, &part, e);
		if (r < 0)
			return r;
	}
	/* Of a disk alone there is a model, and maybe nothing that came after it. */
	if (r == 0 && !d->wanted && package_model(d->p))
		r = tell_model(d, e);
	if (r == 0)
		r = package_find_model(d->p, e);
	if (r == 0)
		r = do_rest(d, e);
	if (r == 0)
		r = package_check(d->p, &d->o->policy, &verdict, e);
	return r == 0 ? tell(d, json_pack("{s:s, s:O}", "type", "verdict", "verdict", verdict), e)
		      : r;
}

static int look_at(struct decoder *d, size_t file, struct err *e)
{
	struct package_part part = { .file = file, .href = package_model(d->p)->files[file].href };
	struct disk k = { .part = &part };
	struct boot b = { 0 };
	int r = open_at_random(d, &part, pinned(d, file, part.href), &k.img, e);

	if (r == 0)
		r = boot_look_image(k.img, &b, e);
	if (r == 0)
		r = tell_image(d, &k, -1, &b, e);
	image_free(k.img);
	return r;
}

/* A compressed one is not looked at: it is read in order only. */
static int look_into(struct decoder *d, struct err *e)
{
	const struct model *m;
	int r = package_find_model(d->p, e);

	if (r == 0)
		r = tell_model(d, e);
	m = package_model(d->p);
	for (size_t i = 0; r == 0 && package_random(d->p) && i < m->n_files; i++)
		if (d->wanted[i] && m->files[i].compression == COMPRESSION_NONE)
			r = look_at(d, i, e);
	return r == 0 ? tell(d, json_pack("{s:s, s:n}", "type", "verdict", "verdict"), e) : r;
}

int decode_run(int channel, void *ctx, struct err *e)
{
	const struct decode *o = ctx;
	struct decoder d = { .o = o,
			     .dir = { dir_open, o->in_order },
			     .channel = channel,
			     .lock = PTHREAD_MUTEX_INITIALIZER };
	struct input *in = input_fd(fcntl(o->fd, F_DUPFD_CLOEXEC, 3), o->name, 0, INPUT_UNKNOWN, e);
	int r = in ? package_open(in, o->siblings ? &d.dir : NULL, o->option, &d.p, e) : -ENOMEM;

	if (r == 0)
		r = o->mode == DECODE_LOOK ? look_into(&d, e) : whole_package(&d, e);
	package_free(d.p);
	for (size_t i = 0; i < d.n_early; i++)
		free(d.early[i]);
	free(d.early);
	free(d.volumes);
	free(d.wanted);
	free(d.seen);
	return r;
}
