/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A large file, or a folder, that is being made: it is called NAME.part-PID until it
 * is complete, and nobody takes it for NAME.
 *
 * What a killed process has left is known by its lock being free, and goes when
 * the next one makes something of the same name.
 */
#ifndef SOCLE_PART_H
#define SOCLE_PART_H

#include <stdbool.h>

#include "socle/err.h"

struct part {
	char *path; /* NULL when there is none */
	int fd;	    /* of the file, read and written; or of the folder */
};

#define PART_INIT ((struct part){ .fd = -1 })

int part_begin(struct part *p, const char *name, bool folder, struct err *e) __must_check;

/* It is complete: on the disk, and called "name" instead of what had that name.  Keeps fd. */
int part_commit(struct part *p, const char *name, struct err *e) __must_check;

/* Remove what was not committed, with all that is in it; close fd.  Idempotent. */
void part_clear(struct part *p);

#endif
