/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading a kickstart file, and what there is to say about it.
 */
#ifndef SOCLE_MESSAGES_H
#define SOCLE_MESSAGES_H

#include "kickstart/kickstart.h"
#include "socle.h"

/*
 * Read and parse a file; "-" is standard input.  When m has no errors but the
 * result is negative, the file could not be read, and e tells why.
 */
int kickstart_load(const char *path, struct answers *a, struct ks_messages *m,
		   struct err *e) __must_check;

/* "file:line:column: error: text" on standard error, as compilers do it. */
void messages_print(const char *path, const struct ks_messages *m);

/* {"file", "ok", "errors": [{"line", "column", "message"}], "warnings": […]} */
json_t *messages_json(const char *path, const struct ks_messages *m, const struct err *unread);

#endif
