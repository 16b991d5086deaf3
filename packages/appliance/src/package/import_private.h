/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef APPLIANCE_IMPORT_PRIVATE_H
#define APPLIANCE_IMPORT_PRIVATE_H

#include "appliance/import.h"
#include "appliance/package.h"
#include "decode.h"
#include "sandbox.h"
#include "store.h"

struct siblings;

/* A disk or medium on the storage. */
struct stored {
	size_t file;	/* of the model; MODEL_NONE: an empty disk, or not matched yet */
	size_t disk;	/* of the model, of an empty disk, or of a copy */
	size_t machine; /* whose copy it is of what another one has; MODEL_NONE: no copy */
	int volume;	/* STORE_NONE in a dry run */
	char *path;
	bool looked;
	struct boot boot;
	uint64_t size;
};

struct import {
	const struct import_opts *o;
	struct source source;
	struct input_dir *dir;	   /* siblings of the descriptor, or NULL */
	struct siblings *siblings; /* the same of a URL */
	struct sandbox box;
	struct store *store; /* NULL but for a real import */
	bool begun;
	char *base;   /* name of the only guest, or what those of several begin with */
	char **names; /* of the guests, by machine */
	struct model *model;
	struct stored *stored;
	size_t n_stored;
	uint64_t done, total; /* guest bytes of the disks that are done; of all, 0: unknown */
	json_t *report;
};

/* "raw" or "qcow2". */
const char *import_format(const struct import *i);

/* A new entry. */
struct stored *import_add(struct import *i, struct err *e);

/* The parent's side of decode.h: one message, answered where an answer is due; 1 after the last. */
int import_message(struct import *i, const json_t *message, struct err *e);

/* The model has come: names, answers, licences, space; what is wanted. */
int import_accept(struct import *i, json_t **files, struct err *e);

/* Begin the import on the storage, under i->base. */
int import_begin(struct import *i, struct err *e);

/* Where a volume is, or would be. */
char *import_path(const struct import *i, const char *guest, const char *what);

/* The disk that uses a file and the machine that uses the disk: names for its volume. */
void import_names(const struct import *i, size_t file, const char **guest, char what[32]);

/* The first disk that is in a file. */
size_t import_disk_of_file(const struct model *m, size_t file);

/* Files of disks and media, and a kernel of its own. */
bool import_wanted(const struct model *m, size_t file);

/* After the last file: what is not mentioned goes, disks without contents and copies are made. */
int import_settle(struct import *i, struct err *e);

/* What a machine has as a disk, or as the medium in a file. */
struct guest_volume import_volume(const struct import *i, size_t machine, size_t file, size_t disk);

/* The paths that are of this machine's guest, which go when it does; NULL-ended, to be freed. */
const char **import_owned(const struct import *i, size_t machine);

/* An empty disk in the format of this import. */
int import_empty(struct import *i, const char *guest, const char *what, uint64_t size, int *volume,
		 struct err *e);

/* All guests as they are to be, in the report; commit: and for real. */
int import_guests(struct import *i, bool commit, struct err *e);

void import_warn(struct import *i, const char *fmt, ...) __format(2, 3);

#endif
