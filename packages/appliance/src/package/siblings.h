/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a descriptor names when it came from a server: those beside it there, by
 * relative names.  Each is brought in order through a pipe while it is read, as a package is.
 */
#ifndef APPLIANCE_SIBLINGS_H
#define APPLIANCE_SIBLINGS_H

#include <signal.h>
#include <stdbool.h>

#include "socle/err.h"

struct siblings;

/* url: of the descriptor, which outlives this; stop: or NULL. */
struct siblings *siblings_new(const char *url, const volatile sig_atomic_t *stop, struct err *e);

/*
 * *fd (the caller's) is where its bytes come out.  -ENOENT: the server has none of that name;
 * -EPERM: the name leads elsewhere.  Returns when the first bytes are there.
 */
int siblings_open(struct siblings *s, const char *name, int *fd, struct err *e) __must_check;

/*
 * Wait for those that are under way: the first error of one that did not come whole.
 * failed: whoever read them has given up, so they are ended.
 */
int siblings_end(struct siblings *s, bool failed, struct err *e) __must_check;

void siblings_free(struct siblings *s); /* NULL is fine */

#endif
