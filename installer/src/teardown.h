/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef INSTALLER_TEARDOWN_H
#define INSTALLER_TEARDOWN_H

#include "exec.h"

/*
 * Stop all that is active on a disk ("/dev/sda"): its swap space, what the plan
 * lists (draft.h, stack_stops()) in that order, then what is still there.  What
 * is no longer there is no fault.  Nothing is erased; the caller knows that
 * nothing of it is needed on another disk.
 */
int teardown(struct exec *x, const char *disk, const json_t *list, struct err *e) __must_check;

#endif
