/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Leave the installer for good: reboot, power off or halt.
 */
#ifndef INSTALLER_LEAVE_H
#define INSTALLER_LEAVE_H

#include <stdbool.h>

#include "socle/err.h"

/*
 * how: "reboot", "poweroff" or "halt".  Normally systemd is asked and this
 * returns.  With eject, and a disc to eject, the running system loses the disc
 * it lives on, so the kernel is told at once and this does not return.
 */
bool leave_has_disc(void); /* whether the running system lives on a disc that can be ejected */

int leave(const char *how, bool eject, struct err *e) __must_check;

#endif
