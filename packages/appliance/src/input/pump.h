/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A thread that brings a source to the process that decodes it, which cannot open
 * anything: what a URL gives goes into a pipe; a file and a pipe are given as
 * they are.  When the SHA-256 of the source is wanted, a pipe goes through
 * the thread, and a file is read beside.
 */
#ifndef APPLIANCE_INPUT_PUMP_H
#define APPLIANCE_INPUT_PUMP_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "socle/err.h"
#include "socle/fs.h"

struct evp_md_ctx_st;

struct pump {
	const char *url; /* or NULL: then "from" */
	const char *name;
	int from;
	int to;	 /* the pipe that it writes to, -1 */
	int out; /* what is to be read instead of the source, -1: the source itself */
	struct evp_md_ctx_st *sum; /* or NULL */
	char hex[SHA256_HEX];
	bool running;
	pthread_t thread;
	atomic_bool stop, done;
	_Atomic uint64_t total; /* bytes of the source, 0: unknown */
	uint64_t at;		/* bytes so far */
	int result;
	struct err err;
};

#define PUMP_INIT ((struct pump){ .from = -1, .to = -1, .out = -1 })

/*
 * Prepare, without a thread yet.  url or fd, which stays the caller's; both outlive the
 * pump.  When nothing needs to be done, pump_start() and pump_end() do nothing.
 */
int pump_prepare(struct pump *p, const char *url, int fd, const char *name, bool sum,
		 struct err *e) __must_check;

/* The descriptor to be read. */
int pump_out(const struct pump *p);

/* Begin; the reader has its own copy of pump_out(), which is closed here. */
int pump_start(struct pump *p, struct err *e) __must_check;

/*
 * Wait for its end: its own error, when what it brought was not all.  A reader that
 * needed no more is no error.  hex is filled when a sum was wanted.
 */
int pump_end(struct pump *p, struct err *e) __must_check;

void pump_clear(struct pump *p); /* stops it; idempotent */

/* For what brings the bytes: 0, or -EPIPE when nobody wants any more. */
int pump_put(struct pump *p, const void *data, size_t len, struct err *e);

/* The bytes of p->url, from p->at on over dropped connections. */
int fetch_url(struct pump *p, struct err *e);

#endif
