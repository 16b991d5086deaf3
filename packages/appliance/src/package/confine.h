/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up, in the calling process, all that sandbox.h says.
 */
#ifndef APPLIANCE_CONFINE_H
#define APPLIANCE_CONFINE_H

#include <stdbool.h>
#include <stddef.h>

#include "socle/err.h"

struct confined {
	bool landlock, other_user;
};

/* What has to be done while files can be opened: libraries that read their own later. */
int confine_prepare(struct err *e) __must_check;

/* fds: those that stay open, n of them, besides the standard ones, which become /dev/null. */
int confine(const int *fds, size_t n, struct confined *c, struct err *e) __must_check;

#endif
