/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process that reads what strangers made.
 *
 * sandbox_start() forks; the child keeps the descriptors it is given and its end
 * of a channel (channel.h), and loses all else: it becomes nobody (when it was root),
 * cannot gain privileges, cannot open, make or remove a file (Landlock, and the
 * list of system calls that seccomp lets through), has no sockets, starts no
 * programs, and dies with its parent.  Where the kernel has no Landlock the list
 * alone stands between it and the files; sandbox.landlock tells.
 *
 * What it may still do: compute, write to the descriptors it has, and lie.
 * Whoever takes it over may put anything on the disks that it was given to write,
 * and say that their sums are right; so the parent believes no name, size or path
 * of it unchecked, and a sum that the administrator gave (--sha256) is computed
 * by the parent.
 */
#ifndef APPLIANCE_SANDBOX_H
#define APPLIANCE_SANDBOX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "socle/err.h"

struct sandbox {
	pid_t pid;
	int channel;	 /* the parent's end */
	bool landlock;	 /* in force */
	bool other_user; /* it is not the parent's user any more */
};

#define SANDBOX_INIT ((struct sandbox){ .pid = -1, .channel = -1 })

enum { SANDBOX_FDS_MAX = 8 };

/*
 * run(): the child's work; an error is reported to the parent as a message
 * { "type": "error", "code": ..., "text": ... }, after which it exits.
 * Descriptors keep their numbers.
 */
int sandbox_start(int (*run)(int channel, void *ctx, struct err *e), void *ctx, const int *fds,
		  size_t n, struct sandbox *s, struct err *e) __must_check;

/*
 * The next message: 1.  -EIO, or the child's own error, when there is none any more:
 * a death is told in one line.
 */

int sandbox_recv(struct sandbox *s, json_t **message, struct err *e) __must_check;

/* End it, killing it when it has not ended.  Idempotent. */
void sandbox_end(struct sandbox *s);

#endif
