/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sshd of the running installer, for the "sshpw" lines of a kickstart.
 */
#ifndef INSTALLER_LIVE_SSH_H
#define INSTALLER_LIVE_SSH_H

#include "kickstart/answers.h"
#include "socle/err.h"

/* Let root in as the answers say, and start sshd; nothing without such a line. */
int live_ssh_open(const struct answers *a, struct err *e) __must_check;

#endif
