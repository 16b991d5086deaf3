/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a program: an argument vector, never a shell; a time limit; what it
 * wrote is captured, and its last line becomes the error when it fails.
 */
#ifndef SOCLE_PROC_H
#define SOCLE_PROC_H

#include <signal.h>
#include <stddef.h>

#include "socle/buf.h"
#include "socle/err.h"

struct proc {
	const char *const *argv;	   /* NULL-terminated; argv[0] is looked up in PATH */
	const char *const *env;		   /* NULL-terminated "NAME=VALUE" besides ours, or NULL */
	const char *input;		   /* standard input's contents, or NULL for none */
	unsigned int timeout_s;		   /* seconds until it is killed; 0 means 60 */
	const volatile sig_atomic_t *stop; /* it is killed once *stop is not 0, or NULL */
	struct buf *out;		   /* its standard output, or NULL to let it go */
	/* Lines of its standard output and error as they come, or NULL. */
	void (*line)(void *ctx, const char *line);
	void *ctx;
};

/*
 * Run to the end; what it has left running in its process group is killed a second
 * later.
 * Errors: the negative errno when it cannot be started,
 * -ETIMEDOUT when it was killed for its time, -EINTR when for *stop, -EIO when it exited with
 * another code than 0 or by a signal; the message names the program and has the last line it wrote.
 */
int proc_run(const struct proc *p, struct err *e) __must_check;

/* The common case: proc_cmd(e, "mkfs.vfat", "-F", "32", path, NULL). */
int proc_cmd(struct err *e, const char *program, ...) __must_check __attribute__((sentinel));

#endif
