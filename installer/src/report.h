/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The install report: what was done to which machine, how long each step took,
 * and how it ended, as JSON (docs/webhooks.md has its keys).
 *
 * It listens to a session, and leaves in a folder, for the log bundle and for
 * people, what is known so far:
 *
 *	kickstart.txt		the kickstart's commands, without secrets and scripts
 *	plan.json
 *	install-report.json	once there is a result
 */
#ifndef INSTALLER_REPORT_H
#define INSTALLER_REPORT_H

#include <jansson.h>
#include <time.h>

#include "session.h"

enum { REPORT_VERSION = 1, REPORT_WARNINGS_MAX = 256 };

#define REPORT_FOLDER "/run/socle"
#define REPORT_FILE   "install-report.json"

struct report {
	const char *folder; /* REPORT_FOLDER */
	time_t started;
	int64_t started_ms; /* clock_ms() */
	json_t *steps;
	json_t *warnings;
};

/* folder NULL: REPORT_FOLDER. */
void report_init(struct report *r, const char *folder);
void report_clear(struct report *r); /* idempotent */

/* The listener's functions; ctx is a struct report. */
void report_phase(void *ctx, const struct session *s, enum session_phase phase,
		  const struct err *error);
void report_event(void *ctx, const struct exec_event *event);
/* The report that the new system keeps: the installation has all but ended.  To be freed. */
char *report_keep(void *ctx, const struct session *s);

/* result: "installed", "failed", "refused"; a new reference, NULL without memory. */
json_t *report_json(const struct report *r, const struct session *s, const char *result,
		    const struct err *error);

/* "2026-11-23T12:00:00Z"; returns buffer. */
enum { REPORT_TIME = 24 };
const char *report_time(time_t t, char buffer[REPORT_TIME]);

#endif
