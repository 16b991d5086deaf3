/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/inspect.h"

#include <errno.h>
#include <string.h>

#include "appliance/image.h"
#include "look.h"
#include "socle/cleanup.h"

json_t *look_manifest(struct package *p)
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

json_t *look_signature(struct package *p)
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

json_t *look_images(struct package *p)
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

static int inspect(struct look *l, struct package *p, struct err *e)
{
	int r = package_find_model(p, e);

	/* A disk alone has no texts, and its first part is all of it. */
	if (r == 0 && package_model(p)->kind != MODEL_DISK)
		r = read_texts(p, e);
	if (r < 0)
		return r;
	return look_report(l,
			   json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "source",
				     l->source.name, "container", package_container(p), "packing",
				     package_packing(p), "descriptor", package_descriptor(p).name,
				     "manifest", look_manifest(p), "signature", look_signature(p),
				     "images", look_images(p), "model",
				     model_json(package_model(p))),
			   e);
}

int inspect_run(const char *what, const char *option, struct model **m, json_t **out, struct err *e)
{
	struct look l = { .what = what, .option = option, .out = -1, .work = inspect };
	_cleanup_json_ json_t *json = NULL;
	int r = look_run(&l, &json, e);

	if (r == 0)
		r = model_from_json(json_object_get(json, "model"), m, e);
	if (r == 0)
		*out = json_incref(json);
	return r;
}
