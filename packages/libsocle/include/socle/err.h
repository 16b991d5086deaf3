/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors as one readable line.
 *
 * A fallible function returns 0 or a negative errno and takes a trailing
 * "struct err *e".  The one that finds the fault sets the message; each caller
 * that knows more puts what it was doing in front, so that the line reads
 * outside-in:
 *
 *	plan: disk sda: partition table: sector 2048: Input/output error
 *
 * The caller owns the struct (usually on its stack, "struct err e = { 0 }") and
 * nothing needs freeing: a message is bounded and cut at the end when too long.
 * Every function accepts e == NULL, for callers that only want the code.
 *
 * Libraries never print: main prints err_text() once.
 */
#ifndef SOCLE_ERR_H
#define SOCLE_ERR_H

#include <stdarg.h>

#define __must_check	     __attribute__((warn_unused_result))
#define __format(fmt, first) __attribute__((format(printf, fmt, first)))

enum { ERR_TEXT_MAX = 1024 };

struct err {
	int code;		 /* negative errno of the fault, 0 when there is none */
	char text[ERR_TEXT_MAX]; /* one line, without a newline */
};

/* Set the message; returns code, so that "return err_set(e, -EINVAL, …)" reads well. */
int err_set(struct err *e, int code, const char *fmt, ...) __format(3, 4);

/* Set the message to "…: strerror(-code)". */
int err_sys(struct err *e, int code, const char *fmt, ...) __format(3, 4);

/*
 * Put "…: " in front of the message; returns the error's code.  With e == NULL that of this
 * thread's last err_set() or err_sys(): wrap before anything else is tried.
 */
int err_wrap(struct err *e, const char *fmt, ...) __format(2, 3);

/* The message, never NULL. */
const char *err_text(const struct err *e);

#endif
