/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pool of threads that work on jobs, and a ring of job slots that bounds what
 * is under way.
 *
 * One thread, the owner, fills a slot and submits it; any thread works on it;
 * the owner retires the slots in the order in which they were submitted.  So the
 * first error that the owner sees is that of the earliest job, run after run, and
 * results can be written in order.
 */
#ifndef CONVERT_POOL_H
#define CONVERT_POOL_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "socle/err.h"

enum { POOL_THREADS_MAX = 64 };

struct pool_slot {
	void *job; /* the owner's */
	int ret;
	struct err err;
	bool done;
};

struct pool {
	/* Set by the owner before pool_start(). */
	int (*work)(void *ctx, unsigned int thread, void *job, struct err *e);
	int (*retire)(void *ctx, void *job, struct err *e); /* in order, by the owner; or NULL */
	void *ctx;
	const volatile sig_atomic_t *stop; /* or NULL */
	unsigned int threads;
	struct pool_slot *slots;
	size_t count; /* of slots */

	/* The pool's own.  Jobs are counted from 0; job n is in slot n % count. */
	pthread_t id[POOL_THREADS_MAX];
	unsigned int started;
	pthread_mutex_t lock;
	pthread_cond_t submitted_one, done_one;
	size_t taken, submitted;
	size_t retired; /* the owner's alone, as what follows */
	int failed;	/* of the earliest job that failed, with its message */
	struct err err;
	bool quit;
};

/* The threads to use when the caller does not say: a processor each, not more than 16. */
unsigned int pool_default_threads(void);

int pool_start(struct pool *p, struct err *e) __must_check;

/* The job of a free slot, after the one that was in it has been retired. */
int pool_next(struct pool *p, void **job, struct err *e) __must_check;

/* Hand the job of pool_next() to the threads. */
void pool_submit(struct pool *p);

/* Retire all that was submitted, up to the first that failed; again and again its error. */
int pool_drain(struct pool *p, struct err *e) __must_check;

/* End the threads; jobs that none of them has begun are left out.  Idempotent. */
void pool_stop(struct pool *p);

#endif
