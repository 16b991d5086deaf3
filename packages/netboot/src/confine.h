/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Giving up, in the calling process, what a server that runs does not need.
 */
#ifndef NETBOOT_CONFINE_H
#define NETBOOT_CONFINE_H

#include "socle/landlock.h"

/*
 * No privileges but to read files of others, for ever; with Landlock, where the
 * kernel has it, no files but those below the folders.
 */
int netboot_confine(const struct landlock_folder *folder, size_t n, struct err *e) __must_check;

#endif
