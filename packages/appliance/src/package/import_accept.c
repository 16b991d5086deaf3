/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of a package has come: what its guests are called, whether they are wanted and
 * can be, and which files they need.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "import_private.h"
#include "input/streams.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

/* Before the descriptor has come: by the file's own name. */
static char *name_by_source(const struct import *i)
{
	const char *base = strrchr(i->source.name, '/');
	char name[GUEST_NAME_MAX + 1];
	size_t n = 0;

	for (base = base ? base + 1 : i->source.name; *base && *base != '.' && n < 40; base++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_",
			   *base) &&
		    (n || (*base != '-' && *base != '_')))
			name[n++] = *base;
	name[n] = '\0';
	return strdup(n ? name : "appliance");
}

int import_begin(struct import *i, struct err *e)
{
	int r;

	if (!i->base)
		i->base = i->o->answers.name ? strdup(i->o->answers.name) : name_by_source(i);
	if (!i->base)
		return err_sys(e, -ENOMEM, "name");
	r = guest_name_free(store_dirs(i->store), i->base, e);
	if (r == 0)
		r = store_begin(i->store, i->base, e);
	i->begun = r == 0;
	return r;
}

/* "web" for the only machine; "shop-web", "shop-db" for several. */
static int name_guests(struct import *i, struct err *e)
{
	size_t n = i->model->n_machines;

	if (!i->base && i->o->answers.name)
		i->base = strdup(i->o->answers.name);
	if (!i->base && n == 1)
		i->base = guest_name_of(i->model, 0);
	if (!i->base)
		i->base = name_by_source(i);
	i->names = calloc(n + 1, sizeof(char *));
	if (!i->base || !i->names)
		return err_sys(e, -ENOMEM, "names");
	for (size_t k = 0; k < n; k++) {
		_cleanup_free_ char *own = n > 1 ? guest_name_of(i->model, k) : NULL;

		if (n == 1)
			i->names[k] = strdup(i->base);
		else if (!own || asprintf(&i->names[k], "%s-%s", i->base, own) < 0)
			i->names[k] = NULL;
		if (!i->names[k])
			return err_sys(e, -ENOMEM, "names");
		for (size_t b = 0; b < k; b++)
			if (strcmp(i->names[b], i->names[k]) == 0)
				return err_set(e, -EINVAL, "two machines would be called %s",
					       i->names[k]);
	}
	return 0;
}

static int accept_licences(struct import *i, struct err *e)
{
	for (size_t k = 0; k < i->model->n_machines && !i->o->accept_eula; k++) {
		const struct model_machine *m = &i->model->machines[k];

		if (i->o->mode == IMPORT_PLAN && m->n_eulas)
			import_warn(i, "the licence of %s must be accepted (--accept-eula does)",
				    m->name);
		for (size_t n = 0; i->o->mode == IMPORT_REAL && n < m->n_eulas; n++)
			if (!i->o->eula || !i->o->eula(i->o->ctx, m->name, m->eulas[n]))
				return err_set(
					e, -EACCES,
					"the licence of %s was not accepted (--accept-eula does)",
					m->name);
	}
	return 0;
}

/* How many drives have a file, each for itself. */
static unsigned int uses_of(const struct model *m, size_t file)
{
	unsigned int n = 0;

	for (size_t k = 0; k < m->n_machines; k++)
		for (size_t u = 0; u < m->machines[k].n_drives; u++) {
			const struct model_drive_use *d = &m->machines[k].drives[u];

			n += file == (d->disk == MODEL_NONE ? d->file : m->disks[d->disk].file);
		}
	return n ? n : 1;
}

/* What is stored takes at least that much again, and so does each copy in a folder. */
static int check_space(struct import *i, const json_t *files, struct err *e)
{
	char need_text[32], free_text[32];
	uint64_t need = 0, room;
	int r;

	for (size_t k = 0; k < i->model->n_files; k++) {
		const struct model_file *f = &i->model->files[k];

		unsigned int copies = i->o->storage ? uses_of(i->model, k) : 1;
		uint64_t size;

		if (json_is_true(json_array_get(files, k)) && f->size != MODEL_UNKNOWN &&
		    (__builtin_mul_overflow(f->size, copies, &size) ||
		     __builtin_add_overflow(need, size, &need)))
			need = UINT64_MAX;
	}
	r = store_space(i->store, &room, e);
	if (r < 0 || need <= room)
		return r;
	return err_set(e, -ENOSPC, "the disks need more than %s, and %s are free",
		       size_text(need, need_text, sizeof(need_text)),
		       size_text(room, free_text, sizeof(free_text)));
}

static void sum_up(struct import *i)
{
	for (size_t k = 0; k < i->model->n_disks; k++) {
		uint64_t size = i->model->disks[k].capacity;

		if (i->model->disks[k].file != MODEL_NONE && size != MODEL_UNKNOWN &&
		    size < IMAGE_SIZE_MAX)
			i->total += size;
	}
}

/* What its disks show is told with the guest: by then they have been written. */
static int refuse_hopeless(const struct import *i, const struct guest *g, struct err *e)
{
	const struct guest_problem *fatal = guest_fatal(g);

	if (i->o->mode != IMPORT_REAL || i->o->force || !fatal)
		return 0;
	return err_set(e, -EINVAL, "guest %s would not start: %s; --force imports it all the same",
		       g->name, fatal->text);
}

/* Answers that do not fit are told before anything is written. */
static int try_answers(struct import *i, struct err *e)
{
	struct guest_volume *none = calloc(i->model->n_disks + i->model->n_files + 1,
					   sizeof(*none));
	struct guest_storage s = { .disks = none,
				   .n_disks = i->model->n_disks,
				   .files = none ? none + i->model->n_disks : NULL,
				   .n_files = i->model->n_files,
				   .dir = "/" };
	int r = none ? 0 : err_sys(e, -ENOMEM, "guests");

	for (size_t k = 0; none && k < i->model->n_disks + i->model->n_files; k++)
		none[k] = (struct guest_volume){ "/", "raw", NULL };
	for (size_t k = 0; r == 0 && k < i->model->n_machines; k++) {
		struct guest_answers a = i->o->answers;
		struct guest *g = NULL;

		a.name = i->names[k];
		r = guest_plan(i->model, k, &a, &s, &g, e);
		if (r == 0)
			r = refuse_hopeless(i, g, e);
		guest_free(g);
	}
	free(none);
	return r;
}

static int accept_real(struct import *i, const json_t *files, struct err *e)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < i->model->n_machines; k++)
		r = guest_name_free(store_dirs(i->store), i->names[k], e);
	if (r == 0)
		r = accept_licences(i, e);
	if (r == 0 && !i->begun)
		r = import_begin(i, e);
	return r == 0 ? check_space(i, files, e) : r;
}

static int ask_properties(struct import *i, struct err *e)
{
	int r = 0;

	for (size_t k = 0; r == 0 && i->o->ask && k < i->model->n_machines; k++)
		r = i->o->ask(i->o->ctx, &i->model->machines[k], e);
	return r;
}

int import_accept(struct import *i, json_t **files, struct err *e)
{
	_cleanup_json_ json_t *list = json_array();
	int r = name_guests(i, e);

	for (size_t k = 0; k < i->model->n_warnings; k++)
		import_warn(i, "%s", i->model->warnings[k]);
	for (size_t k = 0; k < i->model->n_files; k++)
		json_array_append_new(list, json_boolean(import_wanted(i->model, k)));
	sum_up(i);
	if (r == 0 && i->o->mode == IMPORT_REAL)
		r = ask_properties(i, e);
	if (r == 0 && i->o->mode != IMPORT_VERIFY)
		r = try_answers(i, e);
	if (r == 0 && i->o->mode == IMPORT_PLAN)
		r = accept_licences(i, e);
	if (r == 0 && i->o->mode == IMPORT_REAL)
		r = accept_real(i, list, e);
	if (r == 0)
		*files = take_ptr(list);
	return r;
}
