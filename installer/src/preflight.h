/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is looked at before a machine is installed, and what comes of it: a
 * warning in the plan, or a refusal.  Each check is one row of a table, a pure
 * function of the facts, and can be skipped by its name (KS_CHECKS): a refusal is
 * a warning then, and a warning is not given.
 *
 * Texts have no figures that change from one look to the next: they are in the
 * plan, and so in its hash.
 */
#ifndef INSTALLER_PREFLIGHT_H
#define INSTALLER_PREFLIGHT_H

#include "draft.h"

/* Run all checks on the disk that was chosen; -EPERM when one refuses. */
int preflight_check(struct draft *d, struct err *e) __must_check;

/* Whether the answers leave out the check of that name. */
bool preflight_skips(const struct answers *a, const char *name);

/* The names of all checks, in the order of the table; NULL behind the last one. */
const char *preflight_name(size_t i);

/*
 * What the kernel's command line adds to the answers: socle.skip=NAME,… and
 * socle.reinstall.  -EINVAL: a name that is no check.
 */
int preflight_cmdline(const char *cmdline, struct answers *a, struct err *e) __must_check;

#endif
