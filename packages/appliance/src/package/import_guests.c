/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of a package as guests, in the report and for real.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_private.h"
#include "socle/cleanup.h"

static int report_guest(struct import *i, const struct guest *g, struct err *e)
{
	json_t *xl = json_object_get(i->report, "xl");
	struct buf text = BUF_INIT;
	int r = guest_xl(g, &text, e);

	if (!xl)
		json_object_set_new(i->report, "xl", xl = json_object());
	if (r == 0)
		json_object_set_new(xl, g->name, json_string(text.s));
	json_array_append_new(json_object_get(i->report, "guests"), guest_json(g));
	for (size_t k = 0; k < g->n_problems; k++)
		if (g->problems[k].severity != GUEST_NOTE)
			import_warn(i, "%s: %s", g->name, g->problems[k].text);
	buf_clear(&text);
	return r;
}

static int one_guest(struct import *i, size_t machine, struct guest_storage *s, bool commit,
		     struct err *e)
{
	const struct guest_dirs *dirs = i->store ? store_dirs(i->store) : NULL;
	struct guest_answers a = i->o->answers;
	_cleanup_free_ const char **owned = import_owned(i, machine);
	_cleanup_free_ char *folder = i->o->storage ? store_folder(i->o->storage)
						    : strdup(store_pool_host.dirs.state);
	_cleanup_free_ char *dir = NULL;
	struct guest *g = NULL;
	int r;

	if (!folder || asprintf(&dir, "%s/%s", folder, i->names[machine]) < 0)
		dir = NULL;
	if (!owned || !dir)
		return err_sys(e, -ENOMEM, "%s", i->names[machine]);
	a.name = i->names[machine];
	a.source = a.source ? a.source : i->source.name;
	s->dir = dir;
	r = guest_plan(i->model, machine, &a, s, &g, e);
	if (r == 0 && commit)
		r = guest_commit(g, dirs, owned, e);
	if (r == 0)
		r = report_guest(i, g, e);
	guest_free(g);
	return r;
}

int import_guests(struct import *i, bool commit, struct err *e)
{
	size_t n_disks = i->model->n_disks, n_files = i->model->n_files;
	struct guest_volume *v = calloc(n_disks + n_files + 1, sizeof(*v));
	struct guest_storage s = { .disks = v, .n_disks = n_disks, .n_files = n_files };
	int r = 0;

	if (!v)
		return err_sys(e, -ENOMEM, "guests");
	s.files = v + n_disks;
	for (size_t m = 0; r == 0 && m < i->model->n_machines; m++) {
		for (size_t k = 0; k < n_disks; k++)
			v[k] = import_volume(i, m, i->model->disks[k].file, k);
		for (size_t k = 0; k < n_files; k++)
			v[n_disks + k] = import_volume(i, m, k, MODEL_NONE);
		r = one_guest(i, m, &s, commit, e);
	}
	free(v);
	return r;
}
