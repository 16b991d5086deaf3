/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The devices of an installed system, put together when they are not.
 */
#ifndef INSTALLER_RESCUE_PARTS_H
#define INSTALLER_RESCUE_PARTS_H

#include "exec.h"
#include "installer/rescue.h"

/* The partition, or the array of which it is a half; the array is assembled, also of one half. */
int rescue_part(const struct rescue_system *s, unsigned int number, const char *name,
		char path[DEVICE_PATH], struct err *e) __must_check;
/* The state volume, activated from this system's disks alone. */
int rescue_state(const struct rescue_system *s, char path[DEVICE_PATH], struct err *e) __must_check;
/* Deactivate and stop what the two have activated and assembled. */
int rescue_release(struct err *e) __must_check;

#endif
