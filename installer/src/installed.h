/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marker of a finished installation: a file of JSON on the ESP.
 *
 *	{ "intent", "plan", "time", "hostname", "version" }
 *
 * intent is the SHA-256 of what was wanted: kickstart file, image, machine and
 * disks.  It is the same when the machine comes back to the installer, unlike the
 * plan's hash, which also tells what the disk had on it.  An unattended installer
 * that finds its own intent done starts the disk instead of erasing it again.
 */
#ifndef INSTALLER_INSTALLED_H
#define INSTALLER_INSTALLED_H

#include "draft.h"
#include "exec.h"

#define INSTALLED_FILE "socle/installed.json" /* on the ESP */

enum { INSTALLED_MAX = 65536 };

/* From the head of the plan, which is complete, to plan.intent. */
int intent_make(struct draft *d, struct err *e) __must_check;

/* Write the marker to the ESP, which is mounted at EXEC_ESP. */
int installed_write(const struct exec *x, struct err *e) __must_check;

/*
 * Start the installed disk: through UEFI's BootNext, or by ejecting the disc.
 * -ENOTSUP: neither is possible here.
 */
int installed_start(const struct plan *p, struct err *e) __must_check;

#endif
