/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decoding process asks and tells, answered with privileges: each
 * field is a stranger's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "import_private.h"
#include "input/streams.h"
#include "siblings.h"
#include "socle/cleanup.h"

enum { NAME_MAX_SHOWN = 1024 };

static int reply(struct import *i, json_t *message, int pass, struct err *e)
{
	return channel_send(i->box.channel, message, pass, e);
}

/* The other process tells the error where it happened, and ends. */
static int refuse(struct import *i, const struct err *why, struct err *e)
{
	return reply(i,
		     json_pack("{s:s, s:i, s:s}", "type", "error", "code", why->code, "text",
			       err_text(why)),
		     -1, e);
}

static int open_beside(struct import *i, const char *name, int *fd, struct err *e)
{
	struct input *in = i->dir->open(i->dir, name, e);

	*fd = in ? fcntl(input_fd_of(in), F_DUPFD_CLOEXEC, 3) : -1;
	if (in && *fd < 0)
		err_sys(e, -errno, "%s", name);
	input_free(in);
	return *fd < 0 ? e->code : 0;
}

static int on_open(struct import *i, const json_t *m, struct err *e)
{
	const char *name = json_string_value(json_object_get(m, "name"));
	_cleanup_close_ int fd = -1;
	struct err why = { 0 };
	int r;

	if (name && i->dir)
		r = open_beside(i, name, &fd, &why);
	else if (name && i->siblings)
		r = siblings_open(i->siblings, name, &fd, &why);
	else
		r = err_set(&why, -ENOENT, "%s: not in the package", name ? name : "a file");
	return r < 0 ? refuse(i, &why, e) : reply(i, json_pack("{s:s}", "type", "ok"), fd, e);
}

static int on_model(struct import *i, const json_t *m, struct err *e)
{
	const char *container = "", *packing = "", *descriptor = "";
	struct err why = { 0 };
	json_t *model = NULL, *files = NULL, *about;
	int r;

	if (i->model ||
	    json_unpack((json_t *)m, "{s:o, s:s, s:s, s:s}", "model", &model, "container",
			&container, "packing", &packing, "descriptor", &descriptor) < 0)
		return err_set(e, -EPROTO, "decoder: a model that was not expected");
	r = model_from_json(model, &i->model, e);
	if (r < 0)
		return r;
	about = json_pack("{s:s, s:s, s:s, s:s}", "container", container, "packing", packing,
			  "descriptor", descriptor, "kind", model_kind_names[i->model->kind]);
	channel_scrub(about);
	json_object_update_new(json_object_get(i->report, "package"), about);
	r = import_accept(i, &files, &why);
	if (r < 0)
		return refuse(i, &why, e);
	return reply(i, json_pack("{s:s, s:o}", "type", "ok", "files", files), -1, e);
}

/* "x/System.img" is "System". */
static void plain_name(const char *name, char what[32])
{
	const char *base = strrchr(name, '/');
	size_t n = 0;

	base = base ? base + 1 : name;
	for (; *base && *base != '.' && n < 24; base++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_",
			   *base))
			what[n++] = *base;
	what[n] = '\0';
	if (!n)
		strcpy(what, "disk");
}

/* "a/disk.img" and "b/disk.img", of which nobody knows yet whether both are wanted. */
static bool early_twice(const struct import *i, const char *guest, const char *what)
{
	_cleanup_free_ char *path = import_path(i, guest, what);

	for (size_t k = 0; path && k < i->n_stored; k++)
		if (i->stored[k].path && strcmp(i->stored[k].path, path) == 0)
			return true;
	return false;
}

static int make_target(struct import *i, size_t file, const char *name, uint64_t size, int *fd,
		       struct stored **out, struct err *e)
{
	const char *guest = i->base;
	struct stored *s;
	char what[32];
	int r;

	if (!i->begun && (r = import_begin(i, e)) < 0)
		return r;
	guest = i->base;
	if (file == MODEL_NONE)
		plain_name(name, what);
	else
		import_names(i, file, &guest, what);
	if (file == MODEL_NONE && early_twice(i, guest, what))
		snprintf(what + strlen(what), sizeof(what) - strlen(what), "-%zu", i->n_stored);
	s = import_add(i, e);
	if (!s)
		return -ENOMEM;
	r = store_add(i->store, guest, what, import_format(i), size, &s->volume, fd, e);
	if (r < 0)
		return r;
	s->path = strdup(store_path(i->store, s->volume));
	s->file = file;
	s->size = size;
	*out = s;
	return s->path ? 0 : err_sys(e, -ENOMEM, "%s", name);
}

static bool twice(const struct import *i, size_t file)
{
	for (size_t k = 0; file != MODEL_NONE && k < i->n_stored; k++)
		if (i->stored[k].file == file)
			return true;
	return false;
}

static int on_target(struct import *i, const json_t *m, struct err *e)
{
	_cleanup_close_ int fd = -1;
	json_int_t file = -1, size = -1;
	struct err why = { 0 };
	struct stored *s = NULL;
	const char *name = "";
	uint64_t chunk = 0;
	size_t index;
	int r;

	if (i->o->mode != IMPORT_REAL || json_unpack((json_t *)m, "{s:I, s:s, s:I}", "file", &file,
						     "name", &name, "size", &size) < 0)
		return err_set(e, -EPROTO, "decoder: a target that was not expected");
	index = file < 0 ? MODEL_NONE : (size_t)file;
	if (size < 0 || (uint64_t)size > IMAGE_SIZE_MAX || strlen(name) > NAME_MAX_SHOWN ||
	    (index != MODEL_NONE && (!i->model || index >= i->model->n_files)) || twice(i, index))
		return err_set(e, -EPROTO, "decoder: a target that is not one");
	r = make_target(i, index, name, (uint64_t)size, &fd, &s, &why);
	if (r == 0)
		r = store_chunk(i->store, &chunk, &why);
	if (r < 0)
		return refuse(i, &why, e);
	return reply(i,
		     json_pack("{s:s, s:s, s:i, s:I}", "type", "ok", "format", import_format(i),
			       "volume", s->volume, "chunk", (json_int_t)chunk),
		     fd, e);
}

/* For verifying there is no storage: a nameless file in the folder of temporary ones. */
static int temporary(int *fd, struct err *e)
{
	const char *folder = getenv("TMPDIR");
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/socle-XXXXXX", folder ? folder : "/var/tmp") < 0) {
		path = NULL;
		return err_sys(e, -ENOMEM, "spool");
	}
	*fd = mkostemp(path, 02000000 /* O_CLOEXEC */);
	if (*fd < 0)
		return err_sys(e, -errno, "%s", path);
	unlink(path);
	return 0;
}

static int on_spool(struct import *i, const json_t *m, struct err *e)
{
	_cleanup_close_ int fd = -1;
	json_int_t size = -1;
	struct err why = { 0 };
	uint64_t room;
	int r = 0;

	if (json_unpack((json_t *)m, "{s:I}", "size", &size) < 0)
		return err_set(e, -EPROTO, "decoder: a spool that was not expected");
	if (i->o->mode != IMPORT_REAL)
		r = temporary(&fd, &why);
	else if (!i->begun)
		r = import_begin(i, &why);
	if (r == 0 && fd < 0 && size >= 0 && store_space(i->store, &room, NULL) == 0 &&
	    (uint64_t)size > room)
		r = err_set(&why, -ENOSPC, "%lld bytes are to be kept meanwhile, and %llu are free",
			    (long long)size, (unsigned long long)room);
	if (r == 0 && fd < 0)
		r = store_spool(i->store, size < 0 ? INPUT_UNKNOWN : (uint64_t)size, &fd, &why);
	return r < 0 ? refuse(i, &why, e) : reply(i, json_pack("{s:s}", "type", "ok"), fd, e);
}

static struct stored *find_volume(struct import *i, json_int_t volume)
{
	for (size_t k = 0; k < i->n_stored; k++)
		if (volume >= 0 && i->stored[k].volume == volume)
			return &i->stored[k];
	return NULL;
}

/* In a dry run there is nothing stored yet. */
static struct stored *planned(struct import *i, json_int_t file, struct err *e)
{
	const char *guest;
	struct stored *s;
	char what[32];

	if (!i->model || file < 0 || (size_t)file >= i->model->n_files || twice(i, (size_t)file))
		return NULL;
	import_names(i, (size_t)file, &guest, what);
	s = import_add(i, e);
	if (s) {
		s->file = (size_t)file;
		s->path = import_path(i, guest, what);
	}
	return s && s->path ? s : NULL;
}

static int on_image(struct import *i, const json_t *m, struct err *e)
{
	const char *name, *format, *subformat;
	json_int_t file, volume, size, stored;
	const json_t *boot = json_object_get(m, "boot");
	struct stored *s;
	json_t *disk;

	if (json_unpack((json_t *)m, "{s:I, s:I, s:s, s:s, s:s, s:I, s:I}", "file", &file, "volume",
			&volume, "name", &name, "format", &format, "subformat", &subformat, "size",
			&size, "stored", &stored) < 0)
		return err_set(e, -EPROTO, "decoder: an image that is not understood");
	s = i->o->mode == IMPORT_REAL ? find_volume(i, volume) : planned(i, file, e);
	if (!s && i->o->mode != IMPORT_VERIFY)
		return err_set(e, -EPROTO, "decoder: an image that was not expected");
	disk = json_pack("{s:s, s:s, s:s, s:I, s:I, s:s?}", "name", name, "format", format,
			 "subformat", subformat, "size", size, "stored", stored, "path",
			 s && i->o->mode != IMPORT_VERIFY ? s->path : NULL);
	channel_scrub(disk);
	json_array_append_new(json_object_get(i->report, "disks"), disk);
	i->done += size > 0 ? (uint64_t)size : 0;
	if (!s || !boot || json_is_null(boot))
		return 0;
	s->looked = true;
	return boot_unpack(boot, &s->boot, e);
}

static int on_match(struct import *i, const json_t *m, struct err *e)
{
	json_int_t volume, file;
	struct stored *s;

	if (json_unpack((json_t *)m, "{s:I, s:I}", "volume", &volume, "file", &file) < 0 ||
	    !i->model || file < 0 || (size_t)file >= i->model->n_files || twice(i, (size_t)file) ||
	    !(s = find_volume(i, volume)) || s->file != MODEL_NONE)
		return err_set(e, -EPROTO, "decoder: a match that was not expected");
	s->file = (size_t)file;
	return 0;
}

static int on_progress(struct import *i, const json_t *m, struct err *e)
{
	json_int_t done, total, read;
	uint64_t all;

	if (json_unpack((json_t *)m, "{s:I, s:I, s:I}", "done", &done, "total", &total, "read",
			&read) < 0 ||
	    done < 0 || total < 0 || read < 0)
		return err_set(e, -EPROTO, "decoder: a progress that is not understood");
	all = i->done + (uint64_t)total;
	if (i->total > all)
		all = i->total;
	if (i->o->progress)
		i->o->progress(i->o->ctx, i->done + (uint64_t)done, all, (uint64_t)read);
	return 0;
}

static int on_verdict(struct import *i, const json_t *m, struct err *e)
{
	json_t *verdict = json_object_get(m, "verdict");

	if (!i->model || !verdict)
		return err_set(e, -EPROTO, "decoder: a verdict that was not expected");
	channel_scrub(verdict);
	json_object_set(i->report, "verified", verdict);
	return 1;
}

int import_message(struct import *i, const json_t *message, struct err *e)
{
	static const struct {
		const char *type;
		int (*act)(struct import *i, const json_t *m, struct err *e);
	} acts[] = {
		{ "open", on_open },	     { "model", on_model },	{ "target", on_target },
		{ "spool", on_spool },	     { "image", on_image },	{ "match", on_match },
		{ "progress", on_progress }, { "verdict", on_verdict },
	};
	const char *type = json_string_value(json_object_get(message, "type"));

	for (size_t k = 0; type && k < sizeof(acts) / sizeof(acts[0]); k++)
		if (strcmp(type, acts[k].type) == 0)
			return acts[k].act(i, message, e);
	return err_set(e, -EPROTO, "decoder: a message of an unknown kind");
}
