/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines of a package as guests: what they are called, what they need, what
 * becomes of them.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/sink.h"
#include "import_private.h"
#include "input/streams.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

const char *import_format(const struct import *i)
{
	return i->o->format ? i->o->format : "raw";
}

struct stored *import_add(struct import *i, struct err *e)
{
	struct stored *more = realloc(i->stored, (i->n_stored + 1) * sizeof(*more));

	if (!more) {
		err_sys(e, -ENOMEM, "disks");
		return NULL;
	}
	i->stored = more;
	more += i->n_stored++;
	memset(more, 0, sizeof(*more));
	more->file = more->disk = MODEL_NONE;
	more->volume = STORE_NONE;
	return more;
}

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

char *import_path(const struct import *i, const char *guest, const char *what)
{
	return store_place(i->o->storage, &store_pool_host, guest, what, import_format(i));
}

/* The first machine that uses a disk (or a medium) has it. */
static size_t machine_of(const struct model *m, size_t disk, size_t file)
{
	for (size_t k = 0; k < m->n_machines; k++)
		for (size_t u = 0; u < m->machines[k].n_drives; u++) {
			const struct model_drive_use *d = &m->machines[k].drives[u];

			if ((disk != MODEL_NONE && d->disk == disk) ||
			    (disk == MODEL_NONE && d->file == file))
				return k;
		}
	return 0;
}

static size_t disk_of_file(const struct model *m, size_t file)
{
	for (size_t k = 0; k < m->n_disks; k++)
		if (m->disks[k].file == file)
			return k;
	return MODEL_NONE;
}

void import_names(const struct import *i, size_t file, const char **guest, char what[32])
{
	size_t disk = disk_of_file(i->model, file);

	*guest = i->model->n_machines ? i->names[machine_of(i->model, disk, file)] : i->base;
	if (disk != MODEL_NONE)
		snprintf(what, 32, "disk%zu", disk);
	else
		snprintf(what, 32, "medium%zu", file);
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

		for (size_t n = 0; n < m->n_eulas; n++)
			if (!i->o->eula || !i->o->eula(i->o->ctx, m->name, m->eulas[n]))
				return err_set(
					e, -EACCES,
					"the licence of %s was not accepted (--accept-eula does)",
					m->name);
	}
	return 0;
}

/* What is stored takes at least that much again. */
static int check_space(struct import *i, const json_t *files, struct err *e)
{
	char need_text[32], free_text[32];
	uint64_t need = 0, room;
	int r;

	for (size_t k = 0; k < i->model->n_files; k++) {
		const struct model_file *f = &i->model->files[k];

		if (json_is_true(json_array_get(files, k)) && f->size != MODEL_UNKNOWN &&
		    __builtin_add_overflow(need, f->size, &need))
			need = UINT64_MAX;
	}
	r = store_space(i->store, &room, e);
	if (r < 0 || need <= room)
		return r;
	return err_set(e, -ENOSPC, "the disks need more than %s, and %s are free",
		       size_text(need, need_text, sizeof(need_text)),
		       size_text(room, free_text, sizeof(free_text)));
}

/* Files of disks and media, and a kernel of its own. */
static bool is_wanted(const struct model *m, size_t file)
{
	if (disk_of_file(m, file) != MODEL_NONE)
		return true;
	for (size_t k = 0; k < m->n_machines; k++) {
		const struct model_machine *vm = &m->machines[k];

		for (size_t u = 0; u < vm->n_drives; u++)
			if (vm->drives[u].disk == MODEL_NONE && vm->drives[u].file == file)
				return true;
		if (strcmp(m->files[file].href, vm->kernel) == 0 ||
		    strcmp(m->files[file].href, vm->ramdisk) == 0)
			return true;
	}
	return false;
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
		json_array_append_new(list, json_boolean(is_wanted(i->model, k)));
	sum_up(i);
	if (r == 0 && i->o->mode == IMPORT_REAL)
		r = ask_properties(i, e);
	if (r == 0 && i->o->mode != IMPORT_VERIFY)
		r = try_answers(i, e);
	if (r == 0 && i->o->mode == IMPORT_REAL)
		r = accept_real(i, list, e);
	if (r == 0)
		*files = take_ptr(list);
	return r;
}

int import_empty(struct import *i, const char *guest, const char *what, uint64_t size, int *volume,
		 struct err *e)
{
	struct sink *sink = NULL;
	int fd, r;

	r = store_add(i->store, guest, what, import_format(i), size, volume, &fd, e);
	if (r < 0)
		return r;
	if (strcmp(import_format(i), "qcow2") == 0)
		r = sink_qcow2(fd, what, size, &sink, e);
	else
		r = sink_raw(fd, what, size, SINK_ZEROED, &sink, e);
	if (r == 0)
		r = sink_finish(sink, e);
	sink_free(sink);
	return r;
}

/* Disks without contents, which only now are made. */
static int add_empty(struct import *i, size_t disk, struct err *e)
{
	uint64_t size = i->model->disks[disk].capacity;
	const char *guest = i->names[machine_of(i->model, disk, MODEL_NONE)];
	struct stored *s = import_add(i, e);
	char what[32];

	if (!s)
		return -ENOMEM;
	snprintf(what, sizeof(what), "disk%zu", disk);
	s->disk = disk;
	s->size = size;
	s->path = import_path(i, guest, what);
	if (i->o->mode != IMPORT_REAL)
		return s->path ? 0 : err_sys(e, -ENOMEM, "disks");
	return s->path ? import_empty(i, guest, what, size, &s->volume, e)
		       : err_sys(e, -ENOMEM, "disks");
}

static int add_all_empty(struct import *i, struct err *e)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < i->model->n_disks; k++) {
		const struct model_disk *d = &i->model->disks[k];

		if (d->file == MODEL_NONE && d->capacity != MODEL_UNKNOWN && d->capacity &&
		    d->capacity <= IMAGE_SIZE_MAX)
			r = add_empty(i, k, e);
	}
	return r;
}

static const struct stored *stored_of(const struct import *i, size_t file, size_t disk)
{
	for (size_t k = 0; k < i->n_stored; k++) {
		const struct stored *s = &i->stored[k];

		if (file != MODEL_NONE ? s->file == file : disk != MODEL_NONE && s->disk == disk)
			return s;
	}
	return NULL;
}

/* In a dry run a disk that could not be looked at has a place all the same. */
static int place(struct import *i, size_t file, struct err *e)
{
	const char *guest;
	struct stored *s;
	char what[32];

	if (stored_of(i, file, MODEL_NONE) || !is_wanted(i->model, file))
		return 0;
	import_names(i, file, &guest, what);
	s = import_add(i, e);
	if (!s)
		return -ENOMEM;
	s->file = file;
	s->path = import_path(i, guest, what);
	return s->path ? 0 : err_sys(e, -ENOMEM, "disks");
}

static struct guest_volume volume_of(const struct import *i, size_t file, size_t disk)
{
	const struct stored *s = stored_of(i, file, disk);
	bool medium = file != MODEL_NONE && disk_of_file(i->model, file) == MODEL_NONE;

	if (!s)
		return (struct guest_volume){ 0 };
	return (struct guest_volume){ .path = s->path,
				      .format = medium ? "raw" : import_format(i),
				      .boot = s->looked ? &s->boot : NULL };
}

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

/* The paths that are of this guest, which go when it does. */
static const char **owned_by(const struct import *i, const char *name)
{
	const char **list = calloc(i->n_stored + 1, sizeof(*list));
	size_t n = 0;

	for (size_t k = 0; list && k < i->n_stored; k++) {
		const struct stored *s = &i->stored[k];
		size_t disk = s->file != MODEL_NONE ? disk_of_file(i->model, s->file) : s->disk;

		if (s->path && (s->file != MODEL_NONE || s->disk != MODEL_NONE) &&
		    strcmp(i->names[machine_of(i->model, disk, s->file)], name) == 0)
			list[n++] = s->path;
	}
	return list;
}

static int one_guest(struct import *i, size_t machine, struct guest_storage *s, bool commit,
		     struct err *e)
{
	const struct guest_dirs *dirs = i->store ? store_dirs(i->store) : NULL;
	struct guest_answers a = i->o->answers;
	_cleanup_free_ const char **owned = owned_by(i, i->names[machine]);
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
	for (size_t k = 0; r == 0 && i->o->mode == IMPORT_PLAN && k < n_files; k++)
		r = place(i, k, e);
	for (size_t k = 0; r == 0 && k < n_disks; k++)
		v[k] = volume_of(i, i->model->disks[k].file, k);
	for (size_t k = 0; r == 0 && k < n_files; k++)
		v[n_disks + k] = volume_of(i, k, MODEL_NONE);
	for (size_t k = 0; r == 0 && k < i->model->n_machines; k++)
		r = one_guest(i, k, &s, commit, e);
	free(v);
	return r;
}

/* What came before the descriptor and is not mentioned by it. */
static int drop_others(struct import *i, struct err *e)
{
	int r = 0;

	for (size_t k = 0; r == 0 && k < i->n_stored; k++)
		if (i->stored[k].file == MODEL_NONE && i->stored[k].disk == MODEL_NONE)
			r = store_drop(i->store, i->stored[k].volume, e);
	return r;
}

int import_settle(struct import *i, struct err *e)
{
	int r = i->o->mode == IMPORT_REAL ? drop_others(i, e) : 0;

	return r == 0 ? add_all_empty(i, e) : r;
}
