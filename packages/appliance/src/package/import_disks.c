/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disks and media of an import on the storage: which machine has them, and a copy
 * for each other one that uses them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/sink.h"
#include "import_private.h"
#include "socle/cleanup.h"

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
	more->file = more->disk = more->machine = MODEL_NONE;
	more->volume = STORE_NONE;
	return more;
}

char *import_path(const struct import *i, const char *guest, const char *what)
{
	return store_place(i->o->storage, &store_pool_host, guest, what, import_format(i));
}

static size_t file_of(const struct model *m, const struct model_drive_use *d)
{
	return d->disk == MODEL_NONE ? d->file : m->disks[d->disk].file;
}

/* Who has what is stored: the first drive that uses a file (or a disk without one). */
static const struct model_drive_use *first_use(const struct model *m, size_t file, size_t disk,
					       size_t *machine)
{
	for (size_t k = 0; k < m->n_machines; k++)
		for (size_t u = 0; u < m->machines[k].n_drives; u++) {
			const struct model_drive_use *d = &m->machines[k].drives[u];

			*machine = k;
			if (file != MODEL_NONE ? file_of(m, d) == file
					       : disk != MODEL_NONE && d->disk == disk)
				return d;
		}
	*machine = 0;
	return NULL;
}

size_t import_disk_of_file(const struct model *m, size_t file)
{
	for (size_t k = 0; k < m->n_disks; k++)
		if (m->disks[k].file == file)
			return k;
	return MODEL_NONE;
}

void import_names(const struct import *i, size_t file, const char **guest, char what[32])
{
	size_t machine, disk = import_disk_of_file(i->model, file);
	const struct model_drive_use *use = first_use(i->model, file, MODEL_NONE, &machine);

	*guest = i->model->n_machines ? i->names[machine] : i->base;
	if (use && use->disk != MODEL_NONE)
		disk = use->disk;
	if (disk != MODEL_NONE)
		snprintf(what, 32, "disk%zu", disk);
	else
		snprintf(what, 32, "medium%zu", file);
}

/* What no machine has, and another disk is a difference to. */
static bool is_only_parent(const struct model *m, size_t file)
{
	size_t machine, disk = import_disk_of_file(m, file);

	if (first_use(m, file, MODEL_NONE, &machine))
		return false;
	for (size_t k = 0; k < m->n_disks; k++)
		if (m->disks[k].parent == disk)
			return true;
	return false;
}

bool import_wanted(const struct model *m, size_t file)
{
	if (import_disk_of_file(m, file) != MODEL_NONE)
		return !is_only_parent(m, file);
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
	struct stored *s = import_add(i, e);
	const char *guest;
	size_t machine;
	char what[32];

	if (!s)
		return -ENOMEM;
	first_use(i->model, MODEL_NONE, disk, &machine);
	guest = i->names[machine];
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

/* What has come for a file, or was made for a disk without one; not a copy of it. */
static const struct stored *stored_of(const struct import *i, size_t file, size_t disk)
{
	for (size_t k = 0; k < i->n_stored; k++) {
		const struct stored *s = &i->stored[k];

		if (s->machine == MODEL_NONE &&
		    (file != MODEL_NONE ? s->file == file : disk != MODEL_NONE && s->disk == disk))
			return s;
	}
	return NULL;
}

static const struct stored *copy_of(const struct import *i, size_t machine, size_t file,
				    size_t disk)
{
	for (size_t k = 0; k < i->n_stored; k++) {
		const struct stored *s = &i->stored[k];

		if (s->machine == machine && s->file == file && s->disk == disk)
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

	if (stored_of(i, file, MODEL_NONE) || !import_wanted(i->model, file))
		return 0;
	import_names(i, file, &guest, what);
	s = import_add(i, e);
	if (!s)
		return -ENOMEM;
	s->file = file;
	s->path = import_path(i, guest, what);
	return s->path ? 0 : err_sys(e, -ENOMEM, "disks");
}

/* Whether what is stored for a drive is its machine's own. */
static bool is_own(const struct import *i, size_t machine, const struct model_drive_use *d)
{
	size_t first;
	const struct model_drive_use *use = first_use(i->model, file_of(i->model, d), d->disk,
						      &first);

	return first == machine && use->disk == d->disk;
}

static int copy(struct import *i, size_t machine, const struct model_drive_use *d,
		const struct stored *from, struct err *e)
{
	struct stored made = *from, *s;
	char what[32];
	int r = 0;

	if (d->disk != MODEL_NONE)
		snprintf(what, sizeof(what), "disk%zu", d->disk);
	else
		snprintf(what, sizeof(what), "medium%zu", d->file);
	made.machine = machine;
	made.file = file_of(i->model, d);
	made.disk = d->disk;
	made.path = import_path(i, i->names[machine], what);
	if (!made.path)
		return err_sys(e, -ENOMEM, "disks");
	if (i->o->mode == IMPORT_REAL)
		r = store_copy(i->store, from->volume, i->names[machine], what, &made.volume, e);
	s = r == 0 ? import_add(i, e) : NULL;
	if (!s) {
		free(made.path);
		return r < 0 ? r : -ENOMEM;
	}
	*s = made;
	return 0;
}

/*
 * Two machines that name the same disk, or two disks of the same file, each have it for
 * themselves: both write to it, and one of them may be removed before the other.
 */
static int copy_shared(struct import *i, size_t machine, struct err *e)
{
	const struct model_machine *m = &i->model->machines[machine];
	int r = 0;

	for (size_t u = 0; r == 0 && u < m->n_drives; u++) {
		const struct model_drive_use *d = &m->drives[u];
		const struct stored *from = stored_of(i, file_of(i->model, d), d->disk);

		if (from && !is_own(i, machine, d) &&
		    !copy_of(i, machine, file_of(i->model, d), d->disk))
			r = copy(i, machine, d, from, e);
	}
	return r;
}

struct guest_volume import_volume(const struct import *i, size_t machine, size_t file, size_t disk)
{
	const struct stored *s = copy_of(i, machine, file, disk);
	bool medium = file != MODEL_NONE && import_disk_of_file(i->model, file) == MODEL_NONE;

	if (!s)
		s = stored_of(i, file, disk);
	if (!s)
		return (struct guest_volume){ 0 };
	return (struct guest_volume){ .path = s->path,
				      .format = medium ? "raw" : import_format(i),
				      .boot = s->looked ? &s->boot : NULL };
}

static size_t owner(const struct import *i, const struct stored *s)
{
	size_t machine = s->machine;

	if (machine == MODEL_NONE)
		first_use(i->model, s->file, s->disk, &machine);
	return machine;
}

const char **import_owned(const struct import *i, size_t machine)
{
	const char **list = calloc(i->n_stored + 1, sizeof(*list));
	size_t n = 0;

	for (size_t k = 0; list && k < i->n_stored; k++) {
		const struct stored *s = &i->stored[k];

		if (s->path && (s->file != MODEL_NONE || s->disk != MODEL_NONE) &&
		    owner(i, s) == machine)
			list[n++] = s->path;
	}
	return list;
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

	for (size_t k = 0; r == 0 && i->o->mode == IMPORT_PLAN && k < i->model->n_files; k++)
		r = place(i, k, e);
	if (r == 0)
		r = add_all_empty(i, e);
	for (size_t k = 0; r == 0 && k < i->model->n_machines; k++)
		r = copy_shared(i, k, e);
	return r;
}
