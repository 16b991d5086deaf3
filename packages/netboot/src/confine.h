/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up, in the calling process, what a server that runs does not need.
 */
#ifndef NETBOOT_CONFINE_H
#define NETBOOT_CONFINE_H

#include <stddef.h>

#include "socle/err.h"

/*
 * No privileges but to read files of others, for ever; with Landlock, where the
 * kernel has it, no files but those below the folders, of which the first may be
 * written to.  Those that are NULL are passed over.
 */
int netboot_confine(const char *writable, const char *const readable[], size_t n,
		    struct err *e) __must_check;

#endif
