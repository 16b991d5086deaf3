/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a kickstart file, and what there is to say about it.
 */
#ifndef SOCLE_MESSAGES_H
#define SOCLE_MESSAGES_H

#include "kickstart/kickstart.h"
#include "socle.h"

/* One file, "struct loaded l = { 0 }", and what the parser made of it. */
struct loaded {
	char name[4352]; /* as messages may show it; a path or a URL */
	struct buf text; /* its contents */
	struct answers answers;
	struct ks_messages messages;
};

/*
 * Read and parse a file; "-" is standard input, and a URL is fetched.  What it
 * includes is read too, relative paths from its folder.  When there are no
 * errors in messages but the result is negative, the file could not be read,
 * and e tells why.
 */
int kickstart_load(const char *path, struct loaded *l, struct err *e) __must_check;
void kickstart_unload(struct loaded *l); /* idempotent */

/* "file:line:column: error: text" on standard error, as compilers do it. */
void messages_print(const struct loaded *l);

#endif
