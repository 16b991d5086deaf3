/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef APPLIANCE_STORE_PRIVATE_H
#define APPLIANCE_STORE_PRIVATE_H

#include <stddef.h>

#include "store.h"

struct volume {
	char *guest, *what, *format;
	char *path;   /* where it will be */
	char *hidden; /* where it is in quarantine: a path, or a volume's name */
	bool dropped, spool;
};

/* The two kinds of places.  All names were checked. */
struct store_kind {
	/* Make it, reading as zeros, and open it; hidden and path are set before. */
	int (*make)(struct store *s, const struct volume *v, uint64_t size, int *fd, struct err *e);
	int (*copy)(struct store *s, const struct volume *from, const struct volume *v,
		    struct err *e);
	int (*grow)(struct store *s, const struct volume *v, uint64_t size, struct err *e);
	/* Wherever it is, in quarantine or not: a missing one is no error. */
	int (*remove)(struct store *s, const struct volume *v, struct err *e);
	int (*names)(struct store *s, struct volume *v);
	int (*promote)(struct store *s, struct err *e);
	/* It is a guest's for good: nothing tells it from others any more. */
	int (*settle)(struct store *s, const struct volume *v, struct err *e);
	int (*space)(struct store *s, uint64_t *bytes, struct err *e);
	int (*chunk)(struct store *s, uint64_t *bytes, struct err *e);
	/* A nameless file, or -ENOTSUP: then a volume is made for it. */
	int (*spool)(struct store *s, int *fd, struct err *e);
};

struct store {
	const struct store_kind *kind;
	const struct store_pool *pool; /* NULL for a folder */
	char *dir;		       /* of the journal, and of a folder's guests */
	struct guest_dirs dirs;
	char id[17];   /* of the import that goes on: what it has made is marked with it */
	char *name;    /* of the import that goes on, NULL */
	char *journal; /* its folder */
	int lock;      /* held while it goes on, -1 */
	struct volume *volumes;
	size_t n;
	int spools; /* how many were made, for their names */
};

extern const struct store_kind store_kind_folder, store_kind_pool;

/* A volume more, not made yet: NULL and the error when its names are none. */
struct volume *store_new_volume(struct store *s, const char *guest, const char *what,
				const char *format, struct err *e);

/* Written before each step that it undoes. */
int store_write_journal(struct store *s, struct err *e);

/* The volumes of an import that did not end; one without a journal has none. */
int store_load_journal(struct store *s, struct err *e);

/* Remove a guest's configuration and record when they are those of this volume. */
int store_forget_guest(struct store *s, const struct volume *v, struct err *e);

/* Remove a folder and what is in it; a missing one is fine. */
int store_remove_tree(const char *path, struct err *e);

#endif
