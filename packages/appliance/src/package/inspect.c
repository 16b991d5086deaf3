/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/inspect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/image.h"
#include "appliance/package.h"
#include "channel.h"
#include "descriptor/text.h"
#include "input/streams.h"
#include "sandbox.h"
#include "socle/cleanup.h"

struct look {
	struct source source;
	const char *option;
	int channel;
	struct input_dir siblings; /* the child's: the parent opens what it asks for */
};

static struct input *ask(struct input_dir *dir, const char *name, struct err *e)
{
	struct look *l = (struct look *)((char *)dir - offsetof(struct look, siblings));
	_cleanup_json_ json_t *reply = NULL;
	_cleanup_close_ int fd = -1;
	const char *text = "no answer";
	int code = -EPIPE, r;

	r = channel_send(l->channel, json_pack("{s:s, s:s}", "type", "open", "name", name), -1, e);
	if (r == 0)
		r = channel_recv(l->channel, &reply, &fd, e);
	if (r < 0)
		return NULL;
	if (fd < 0) {
		json_unpack(reply, "{s:i, s:s}", "code", &code, "text", &text);
		err_set(e, code, "%s", text);
		return NULL;
	}
	return input_fd(take_fd(fd), name, 0, INPUT_UNKNOWN, e);
}

static json_t *manifest_json(struct package *p)
{
	struct package_text t = package_manifest(p);
	struct manifest *mf = NULL;
	struct err why = { 0 };
	json_t *json;

	if (!*t.name)
		return json_null();
	if (manifest_read(t.text, t.len, t.name, &mf, &why) < 0)
		return json_pack("{s:s, s:s}", "name", t.name, "error", err_text(&why));
	json = json_pack("{s:s, s:s, s:i}", "name", t.name, "hash",
			 manifest_hash_names[manifest_weakest(mf)], "odd", (int)mf->odd);
	manifest_free(mf);
	return json;
}

static json_t *signature_json(struct package *p)
{
	struct package_text cert = package_cert(p), mf = package_manifest(p);
	struct err why = { 0 };
	struct signature s;

	if (!*cert.name)
		return json_null();
	if (signature_verify(cert.text, cert.len, cert.name, NULL, mf.text, mf.len, mf.name, &s,
			     &why) < 0)
		return json_pack("{s:s, s:s}", "name", cert.name, "error", err_text(&why));
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "name", cert.name, "signer",
			 s.signer, "issuer", s.issuer, "from", s.from, "until", s.until,
			 "fingerprint", s.fingerprint, "self_signed", s.self_signed, "expired",
			 s.expired);
}

static json_t *image_json(struct package *p, size_t file)
{
	struct err why = { 0 };
	struct image *img;
	json_t *json;

	if (package_open_image(p, file, &img, &why) < 0)
		return json_pack("{s:I, s:s}", "file", (json_int_t)file, "error", err_text(&why));
	json = json_pack("{s:I, s:s, s:s, s:I}", "file", (json_int_t)file, "format",
			 img->info.format, "subformat", img->info.subformat, "size",
			 (json_int_t)img->info.size);
	image_free(img);
	return json;
}

/* A file of the model that some disk is in, and that can be looked at. */
static bool is_disk(const struct model *m, size_t file)
{
	for (size_t i = 0; i < m->n_disks; i++)
		if (m->disks[i].file == file)
			return m->files[file].compression == COMPRESSION_NONE;
	return false;
}

static json_t *images_json(struct package *p)
{
	const struct model *m = package_model(p);
	json_t *list = json_array();

	for (size_t i = 0; package_random(p) && i < m->n_files; i++)
		if (is_disk(m, i))
			json_array_append_new(list, image_json(p, i));
	return list;
}

/* Manifest and signature, when they come before the first disk. */
static int read_texts(struct package *p, struct err *e)
{
	struct package_part part;
	int r;

	do {
		r = package_next(p, &part, e);
	} while (r > 0 && (part.kind == PART_MANIFEST || part.kind == PART_CERT ||
			   part.kind == PART_DESCRIPTOR));
	return r < 0 ? r : 0;
}

static int report(struct look *l, struct package *p, struct err *e)
{
	json_t *json = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "type", "report", "source",
		l->source.name, "container", package_container(p), "packing", package_packing(p),
		"descriptor", package_descriptor(p).name, "manifest", manifest_json(p), "signature",
		signature_json(p), "images", images_json(p), "model", model_json(package_model(p)));

	return channel_send(l->channel, json, -1, e);
}

static int look(int channel, void *ctx, struct err *e)
{
	struct look *l = ctx;
	struct package *p = NULL;
	struct input *in = input_fd(l->source.fd, l->source.name, 0, INPUT_UNKNOWN, e);
	int r;

	l->channel = channel;
	l->siblings.open = ask;
	if (!in)
		return e->code;
	r = package_open(in, l->source.dir >= 0 ? &l->siblings : NULL, l->option, &p, e);
	if (r == 0)
		r = package_find_model(p, e);
	/* A disk alone has no texts, and its first part is all of it. */
	if (r == 0 && package_model(p)->kind != MODEL_DISK)
		r = read_texts(p, e);
	if (r == 0)
		r = report(l, p, e);
	package_free(p);
	return r;
}

static int answer(struct sandbox *box, const struct source *source, const char *name, struct err *e)
{
	struct err why = { 0 };
	_cleanup_close_ int fd = input_dir_open(source->dir, name, &why);

	if (fd < 0)
		return channel_send(box->channel,
				    json_pack("{s:s, s:i, s:s}", "type", "error", "code", why.code,
					      "text", err_text(&why)),
				    -1, e);
	return channel_send(box->channel, json_pack("{s:s}", "type", "ok"), fd, e);
}

static int wait_for_report(struct sandbox *box, const struct source *source, json_t **out,
			   struct err *e)
{
	int r;

	for (;;) {
		_cleanup_json_ json_t *m = NULL;
		const char *type = "", *name = "";

		r = sandbox_recv(box, &m, e);
		if (r < 0)
			return r;
		json_unpack(m, "{s:s, s?s}", "type", &type, "name", &name);
		if (strcmp(type, "report") == 0) {
			*out = json_incref(m);
			return 0;
		}
		if (strcmp(type, "open") != 0 || source->dir < 0)
			return err_set(e, -EPROTO, "the decoder asks for what it may not have");
		r = answer(box, source, name, e);
		if (r < 0)
			return r;
	}
}

/* No string of a stranger may act on a terminal. */
static bool clean(const json_t *json)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_string(json))
		return text_ok(json_string_value(json), true);
	json_array_foreach(json, i, value) if (!clean(value)) return false;
	json_object_foreach((json_t *)json, key, value) if (!clean(value)) return false;
	return true;
}

int inspect_run(const char *what, const char *option, struct model **m, json_t **out, struct err *e)
{
	struct look l = { .source = SOURCE_INIT, .option = option };
	struct sandbox box = SANDBOX_INIT;
	_cleanup_json_ json_t *json = NULL;
	int r = source_open(what, &l.source, e);

	if (r == 0)
		r = sandbox_start(look, &l, &l.source.fd, 1, &box, e);
	if (r == 0)
		r = wait_for_report(&box, &l.source, &json, e);
	sandbox_end(&box);
	source_close(&l.source);
	if (r == 0)
		r = model_from_json(json_object_get(json, "model"), m, e);
	if (r < 0)
		return r;
	json_object_del(json, "type");
	if (!clean(json)) {
		model_free(*m);
		return err_set(e, -EPROTO, "%s: names with control characters", what);
	}
	*out = json_incref(json);
	return 0;
}
