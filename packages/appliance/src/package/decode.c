/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "decode_private.h"
#include "socle/cleanup.h"

static int do_disk(struct decoder *d, const struct package_part *part, struct err *e)
{
	struct disk k = { .part = part };
	int r = disk_open(d, &k, e);

	if (r == 0 && k.img)
		r = disk_import(d, &k, e);
	disk_end_sum(&k, NULL);
	if (r == 0 && k.img && part->file != MODEL_NONE)
		d->seen[part->file] = true;
	image_free(k.img);
	return r;
}

/* Before the descriptor everything that is called as disks are might be one. */
static bool may_be_disk(const char *name)
{
	static const char *const suffixes[] = { ".img",	 ".raw", ".vmdk", ".qcow2", ".vhd",
						".vhdx", ".iso", ".gz",	  ".xz",    ".zst" };

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++)
		if (disk_named(name, suffixes[i]))
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
		if (d->o->mode == DECODE_VERIFY)
			continue;
		r = decoder_tell(d,
				 json_pack("{s:s, s:i, s:I}", "type", "match", "volume",
					   d->volumes[i], "file", (json_int_t)file),
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
	r = decoder_ask(d,
			json_pack("{s:s, s:o, s:s, s:s, s:s}", "type", "model", "model",
				  model_json(m), "container", package_container(d->p), "packing",
				  package_packing(d->p), "descriptor",
				  package_descriptor(d->p).name),
			&reply, NULL, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < m->n_files; i++)
		d->wanted[i] = json_is_true(json_array_get(json_object_get(reply, "files"), i));
	return match_early(d, e);
}

static bool is_unwanted(const struct decoder *d, const struct package_part *part)
{
	return part->kind == PART_OTHER ||
	       (part->kind == PART_FILE && part->file != MODEL_NONE && !d->wanted[part->file]);
}

static int one_part(struct decoder *d, const struct package_part *part, struct err *e)
{
	if (!d->wanted && package_model(d->p)) {
		int r = tell_model(d, e);

		if (r < 0)
			return r;
	}
	if (d->o->mode == DECODE_LOOK)
		return 0;
	if ((part->kind == PART_OTHER || part->kind == PART_FILE) && !package_random(d->p) &&
	    kept_by_name(part->name))
		return do_disk(d, part, e);
	if (is_unwanted(d, part) && !package_random(d->p) && kept_as_parent(part->name))
		return disk_keep(d, part, e);
	if (part->kind != PART_FILE)
		return 0;
	if (part->file == MODEL_NONE ? may_be_disk(part->name)
				     : d->wanted[part->file] && !d->seen[part->file])
		return do_disk(d, part, e);
	return 0;
}

static int open_late(struct decoder *d, const struct package_part *part, struct image **img,
		     struct err *e)
{
	int r;

	if (package_random(d->p))
		return disk_open_at_random(d, part, disk_pinned(d, part->file, part->href), img, e);
	r = kept_open(d, part->file, img, e);
	if (r == 0)
		return err_set(e, -ENOENT, "%s: is not in the package, or before its descriptor",
			       part->href);
	return r < 0 ? r : 0;
}

/* Those that were kept, are there under another name only (snapshots), or not at all. */
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
		r = open_late(d, &part, &k.img, e);
		if (r == 0)
			r = disk_import(d, &k, e);
		else if (*package_descriptor(d->p).name)
			err_wrap(e, "%s", package_descriptor(d->p).name);
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
	return r == 0 ? decoder_tell(d,
				     json_pack("{s:s, s:O}", "type", "verdict", "verdict", verdict),
				     e)
		      : r;
}

static int look_at(struct decoder *d, size_t file, struct err *e)
{
	struct package_part part = { .file = file, .href = package_model(d->p)->files[file].href };
	struct disk k = { .part = &part };
	struct boot b = { 0 };
	int r = disk_open_at_random(d, &part, disk_pinned(d, file, part.href), &k.img, e);

	if (r == 0)
		r = boot_look_image(k.img, &b, e);
	if (r == 0)
		r = disk_tell(d, &k, -1, &b, e);
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
	return r == 0 ? decoder_tell(d, json_pack("{s:s, s:n}", "type", "verdict", "verdict"), e)
		      : r;
}

int decode_run(int channel, void *ctx, struct err *e)
{
	const struct decode *o = ctx;
	struct decoder d = { .o = o,
			     .dir = { decoder_dir_open, o->in_order },
			     .channel = channel,
			     .lock = PTHREAD_MUTEX_INITIALIZER };
	struct input *in = input_fd(fcntl(o->fd, F_DUPFD_CLOEXEC, 3), o->name, 0, INPUT_UNKNOWN, e);
	int r = in ? package_open(in, o->siblings ? &d.dir : NULL, o->option, &d.p, e) : -ENOMEM;

	if (r == 0)
		r = o->mode == DECODE_LOOK ? look_into(&d, e) : whole_package(&d, e);
	package_free(d.p);
	kept_clear(&d);
	for (size_t i = 0; i < d.n_early; i++)
		free(d.early[i]);
	free(d.early);
	free(d.volumes);
	free(d.wanted);
	free(d.seen);
	return r;
}
