/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What webhooks are told of a session: its events as JSON, see docs/webhooks.md.
 *
 * notify_open() begins with what the kernel's command line names, so that a
 * server hears of a machine before its kickstart is there; those of the kickstart
 * are added once it is read.  notify_close() sends what is left, for a bounded time.
 */
#ifndef INSTALLER_NOTIFY_H
#define INSTALLER_NOTIFY_H

#include "report.h"
#include "webhook.h"

enum { NOTIFY_VERSION = 1, NOTIFY_PROGRESS_MS = 5000 };

struct notify {
	struct webhooks *hooks;
	const struct report *report; /* borrowed */
	json_t *machine;	     /* serial, uuid, vendor, product, macs */
	char session[33];	     /* 128 random bits: this run of the installer */
	json_int_t sequence;
	/* What an event of the executor is told with. */
	char *mac, *hostname, *plan;
	json_t *kickstart;
	uint64_t step_ms, told_ms; /* clock_ms(): the step began, progress was told */
	size_t steps;
	bool started;
};

/* Who this machine is, and no webhooks. */
void notify_init(struct notify *n, const struct report *report);

/* Nothing fails by it: what is wrong is told in problems, a line each. */
void notify_open(struct notify *n, const struct report *report, struct buf *problems);
void notify_close(struct notify *n, unsigned int seconds, struct buf *problems);

/* Post the first event once there is who wants it; later calls do nothing. */
void notify_start(struct notify *n);
/* Add one; problems as above. */
void notify_add(struct notify *n, const struct webhook_target *target, struct buf *problems);

/* The listener's functions; ctx is a struct notify. */
void notify_phase(void *ctx, const struct session *s, enum session_phase phase,
		  const struct err *error);
void notify_event(void *ctx, const struct exec_event *event);

/* The machine has exactly this installation already, and is started. */
void notify_present(struct notify *n);

/* The log bundle is where, or error tells why not. */
void notify_bundle(struct notify *n, const char *where, const struct err *error);

/* What may stand in braces, of this machine; lives as long as n. */
struct send_names notify_names(const struct notify *n);

#endif
