/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Webhooks: servers that are told of events, each by a worker of its own.
 *
 * Whatever a server does, an installation is neither delayed nor failed by it:
 * webhooks_post() puts a copy into a bounded queue and returns.  When the queue is
 * full the oldest news of a step goes, never a result.  A worker sends in order;
 * it tries again, after 1, 2, 4, then 8 seconds, what may be accepted later: news
 * three times, results until webhooks_close() gives up.
 */
#ifndef INSTALLER_WEBHOOK_H
#define INSTALLER_WEBHOOK_H

#include <jansson.h>

#include "send.h"
#include "socle/buf.h"

enum {
	WEBHOOKS_MAX = 4,
	WEBHOOK_QUEUE = 256,  /* events that wait, of each server */
	WEBHOOK_SECONDS = 10, /* of one try */
	WEBHOOK_NEWS_TRIES = 3,
	WEBHOOK_FLUSH_SECONDS = 20,
};

enum webhook_event {
	HOOK_START,
	HOOK_PLANNED,
	HOOK_STEP,
	HOOK_PROGRESS,
	HOOK_DONE,
	HOOK_FAILED,
	HOOK_BUNDLE,
	HOOK_EVENTS,
};

struct webhook_target {
	const char *url;   /* with names in braces, see send_expand() */
	const char *token; /* or NULL */
	const char *fingerprint;
	unsigned int events; /* bits, 1 << HOOK_START and so on; 0: all */
};

struct webhooks;

/* "start" … */
const char *webhook_event_name(enum webhook_event event);
/* The bit of a name, 0 when it is none. */
unsigned int webhook_event_bit(const char *name);

struct webhooks *webhooks_new(void); /* NULL when memory is exhausted */

/* Add one and start its worker; one that is there already is left as it is. */
int webhooks_add(struct webhooks *w, const struct webhook_target *target,
		 struct err *e) __must_check;

/* Tell all that want it.  names.event is filled in here. */
void webhooks_post(struct webhooks *w, enum webhook_event event, const struct send_names *names,
		   const json_t *body);

/*
 * Send what waits, for at most so many seconds, and free all.  What could not be
 * delivered is told in problems, a line for each server; it may be NULL.
 */
void webhooks_close(struct webhooks *w, unsigned int seconds, struct buf *problems);

#endif
