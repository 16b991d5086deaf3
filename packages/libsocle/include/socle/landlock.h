/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Landlock: the calling process, and what it starts, lose what they need not have, for
 * ever.  Files and sockets that are open stay usable.
 *
 * All rights are taken away that the running kernel can take (landlock(7)): of files
 * other than those below the folders that are given; to bind and to connect TCP sockets,
 * from Linux 6.7 on; with "alone", from 6.12 on, to send signals and to connect to
 * abstract sockets of processes that are not confined with it.
 *
 * The caller has set PR_SET_NO_NEW_PRIVS, or has CAP_SYS_ADMIN.
 */
#ifndef SOCLE_LANDLOCK_H
#define SOCLE_LANDLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "socle/err.h"

struct landlock_folder {
	const char *path; /* NULL: passed over */
	bool write;	  /* regular files and folders may be made, changed and removed, too */
};

/* n folders, of which there may be none.  *done says whether the kernel has Landlock. */
int landlock_limit(const struct landlock_folder *folder, size_t n, bool alone, bool *done,
		   struct err *e) __must_check;

#endif
