/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any JSON as a model, as it comes from a process that strangers may have taken over,
 * and what becomes of it: a plan for each machine, in xl's language.
 */
#include "appliance/guest.h"
#include "descriptor.h"

static void plan(const struct model *m, size_t machine, const struct guest_storage *s)
{
	const struct guest_answers a = { .name = "fuzz", .host = "fuzz" };
	struct buf xl = BUF_INIT;
	struct guest *g = NULL;
	struct err e = { 0 };
	int ret = guest_plan(m, machine, &a, s, &g, &e);

	if (ret == 0 && guest_xl(g, &xl, &e) == 0) {
		json_decref(guest_json(g));
		/* What the package says stays within its quotes. */
		for (size_t i = 0; i < xl.len; i++)
			if ((unsigned char)xl.s[i] < ' ' && xl.s[i] != '\n' && xl.s[i] != '\t')
				abort();
	} else if (!*e.text) {
		abort();
	}
	buf_clear(&xl);
	guest_free(g);
}

static void must_plan(const struct model *m)
{
	struct guest_volume *none = calloc(m->n_disks + m->n_files + 1, sizeof(*none));
	const struct guest_storage s = { none, m->n_disks, none ? none + m->n_disks : NULL,
					 m->n_files, "/" };

	for (size_t i = 0; none && i < m->n_disks + m->n_files; i++)
		none[i] = (struct guest_volume){ "/", "raw", NULL };
	for (size_t i = 0; none && i < m->n_machines && i < 4; i++)
		plan(m, i, &s);
	free(none);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	json_t *json = json_loadb((const char *)data, size, 0, NULL);
	struct model *m = NULL;
	struct err e = { 0 };

	if (!json)
		return 0;
	if (model_from_json(json, &m, &e) == 0) {
		if (model_check(m, NULL) < 0)
			abort();
		must_cross(m);
		must_plan(m);
		model_free(m);
	} else if (!*e.text) {
		abort();
	}
	json_decref(json);
	return 0;
}
