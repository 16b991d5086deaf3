/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Members in a row, whatever holds them.
 */
#ifndef APPLIANCE_PACKAGE_CONTAINER_H
#define APPLIANCE_PACKAGE_CONTAINER_H

#include "appliance/input.h"

enum { CONTAINER_MEMBERS_MAX = 65536 }; /* of an index */

struct container;

struct container_ops {
	/* 1 with a name and an input, both the caller's, or 0 at the end.  The input before must
	 * be freed by then. */
	int (*next)(struct container *c, char **name, struct input **in, struct err *e);
	/* A member at random, which lives as long as the container; NULL when only in order. */
	struct input *(*open)(struct container *c, const char *name, struct err *e);
	/* Whether a member is there; only together with open. */
	bool (*has)(struct container *c, const char *name);
	/* A member whose name ends so, NULL when there is surely none; only together with open. */
	const char *(*ending)(struct container *c, const char *suffix);
	void (*free)(struct container *c);
};

struct container {
	const struct container_ops *ops;
	const char *kind;
};

/* A tar or zip archive.  Owns in, also on failure. */
struct container *container_archive(struct input *in, bool zip, struct err *e);
/* Whether these first bytes are those of a tar archive, of any dialect. */
bool container_is_tar(const void *head, size_t len);

/* A file alone.  Owns in, also on failure. */
struct container *container_file(struct input *in, const char *name, struct input_dir *dir,
				 struct err *e);
/* The file, then those of the folder that are named by container_add(). dir may be NULL. */
int container_add(struct container *c, const char *name, struct err *e) __must_check;

void container_free(struct container *c); /* NULL is fine */

#endif
