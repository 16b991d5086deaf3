/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that tells others of a session: report, webhooks, log bundle.
 */
#ifndef INSTALLER_REPORTING_H
#define INSTALLER_REPORTING_H

#include <stdio.h>

#include "bundle.h"
#include "notify.h"

struct reporting {
	struct report report;
	struct notify notify;
	struct buf problems; /* what could not be told to whom, a line each */
	FILE *out;	     /* where that is printed at the end */
	bool on;	     /* not for a look at the plan */
};

/* Begin, with what the kernel's command line says; not for a look at a plan. */
void reporting_open(struct reporting *r, const struct session *s, FILE *out);

/* Listen to the session from now on; before it leaves the machine all is sent. */
void reporting_listen(struct reporting *r, struct session *s);

/*
 * The installation failed, and nobody is there: save the log bundle where the
 * kickstart says, and say so.
 */
void reporting_failed(struct reporting *r, const struct session *s);

/* Nothing is installed, since it is there already; then as reporting_close(). */
void reporting_present(struct reporting *r);

/* Send what is left, for a bounded time, and print what could not be sent; idempotent. */
void reporting_close(struct reporting *r);

/*
 * Save a log bundle at once: "socle-install --bundle PLACE"; with root (or NULL) of the
 * system that is mounted there.  Returns as bundle_save().
 */
int reporting_bundle(const char *place, const char *fingerprint, const char *root,
		     char where[PATH_MAX], struct err *e) __must_check;

#endif
