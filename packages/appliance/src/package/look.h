/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work on a package in the process without privileges (sandbox.h), which ends with a report.
 */
#ifndef APPLIANCE_LOOK_H
#define APPLIANCE_LOOK_H

#include "appliance/package.h"

struct look {
	const char *what, *option; /* the package and its deployment option, or NULL */
	int out;		   /* a file that the work writes to, -1 */
	/* In the child: the package is open, nothing of it was read. */
	int (*work)(struct look *l, struct package *p, struct err *e);
	/* In the parent: an answer to what the work asks, a new reference; NULL: e. */
	json_t *(*answer)(struct look *l, const json_t *question, struct err *e);
	void *ctx;
	/* The rest is look_run()'s. */
	struct source source;
	struct input_dir siblings;
	int fd; /* that the child reads: the source, or the pipe it comes through */
	int channel;
};

/* report: what the work told, without strings that would act on a terminal. */
int look_run(struct look *l, json_t **report, struct err *e) __must_check;

/* For the work: its report, which it takes over; a question and its answer. */
int look_report(struct look *l, json_t *report, struct err *e) __must_check;
int look_ask(struct look *l, json_t *question, json_t **answer, struct err *e) __must_check;

/* What is known of manifest, signature and images, as inspect.h has it. */
json_t *look_manifest(struct package *p);
json_t *look_signature(struct package *p);
json_t *look_images(struct package *p);

#endif
