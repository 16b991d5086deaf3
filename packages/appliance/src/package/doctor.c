/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/doctor.h"

#include <errno.h>
#include <string.h>

#include "doctor_rules.h"
#include "look.h"
#include "socle/cleanup.h"

/* The package's parts in their order, read to their ends. */
static int list_parts(struct package *p, json_t *parts, struct err *e)
{
	struct package_part part;
	int r;

	while ((r = package_next(p, &part, e)) > 0) {
		json_t *json = json_pack("{s:s}", "name", part.name);

		if (json && part.size != INPUT_UNKNOWN)
			json_object_set_new(json, "size", json_integer((json_int_t)part.size));
		if (json_array_append_new(parts, json) < 0)
			return err_set(e, -EINVAL, "a member whose name is not UTF-8");
	}
	return r;
}

/* A part's name as the descriptor would say it, without the number of a chunk. */
static bool is_file(const char *name, const char *folder, size_t folder_len, const char *href)
{
	size_t n = strlen(href);

	if (strncmp(name, folder, folder_len) != 0 || strncmp(name + folder_len, href, n) != 0)
		return false;
	name += folder_len + n;
	return !*name || (*name == '.' && strspn(name + 1, "0123456789") == 9 && !name[10]);
}

/* Parts that come before the descriptor are known afterwards. */
static void name_files(struct package *p, json_t *parts)
{
	const struct model *m = package_model(p);
	const char *descriptor = package_descriptor(p).name, *slash = strrchr(descriptor, '/');
	size_t folder = slash ? (size_t)(slash + 1 - descriptor) : 0, i;
	json_t *part;

	json_array_foreach(parts, i, part)
	{
		const char *name = json_string_value(json_object_get(part, "name"));

		for (size_t f = 0; f < m->n_files; f++)
			if (is_file(name, descriptor, folder, m->files[f].href))
				json_object_set_new(part, "file", json_integer((json_int_t)f));
	}
}

/* Whether the manifest holds, and whether it leaves out a file. */
static void check(struct package *p, struct err *altered, struct err *lacking)
{
	const struct package_policy mild = { .allow_unverified = true }, strict = { 0 };
	_cleanup_json_ json_t *verdict = NULL, *again = NULL;

	if (package_check(p, &mild, &verdict, altered) < 0 || !*package_manifest(p).name)
		return;
	if (package_check(p, &strict, &again, lacking) < 0 && lacking->code == -ENOENT)
		*strchrnul(lacking->text, '(') = '\0';
}

static int examine(struct look *l, struct package *p, struct err *e)
{
	_cleanup_json_ json_t *parts = json_array();
	struct err altered = { 0 }, lacking = { 0 };
	int r = list_parts(p, parts, e);

	if (r < 0)
		return r;
	if (!package_model(p) || package_model(p)->kind != MODEL_OVF)
		return err_set(e, -EINVAL, "%s: not an OVF package", l->source.name);
	name_files(p, parts);
	check(p, &altered, &lacking);
	return look_report(l,
			   json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:o, s:o, s:o, s:o}",
				     "container", package_container(p), "packing",
				     package_packing(p), "descriptor", package_descriptor(p).name,
				     "altered", altered.text, "lacking", lacking.text, "parts",
				     parts, "manifest", look_manifest(p), "signature",
				     look_signature(p), "images", look_images(p), "model",
				     model_json(package_model(p))),
			   e);
}

int doctor_run(const char *what, const char *target, json_t **findings, struct err *e)
{
	struct look l = { .what = what, .out = -1, .work = examine };
	_cleanup_json_ json_t *facts = NULL;
	struct model *m = NULL;
	int r = look_run(&l, &facts, e);

	if (r == 0)
		r = model_from_json(json_object_get(facts, "model"), &m, e);
	if (r < 0)
		return r;
	*findings = doctor_judge(facts, m, target);
	model_free(m);
	return *findings ? 0 : err_sys(e, -ENOMEM, "%s", what);
}
