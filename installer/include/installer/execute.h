/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Execute: do what a plan says, in its order, and journal every step.
 *
 * Before the first write all that is cheap is checked: the programs needed are
 * there, the disk still is the one of the plan (serial, WWN, size, sectors) with
 * the same contents, no other disk has a volume group of our name, and the
 * plan's first operation has verified the image.  The disk is looked at once
 * more when that is done, right before the first write.
 *
 * The journal is a file of JSON lines {"time", "step", "op", "event", …}; it is
 * copied into the new system as /var/log/socle/install.jsonl.
 *
 * A caller stops it, as after a signal, by *stop: the program in hand is killed,
 * and no further operation begun.
 *
 * Whatever happens, the executor unmounts and deactivates what it had mounted
 * and activated.
 */
#ifndef INSTALLER_EXECUTE_H
#define INSTALLER_EXECUTE_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "installer/plan.h"

/* Where %post --nochroot scripts find the new system, as with Anaconda. */
#define EXEC_ROOT    "/mnt/sysroot"
#define EXEC_JOURNAL "/run/socle/install.jsonl"

enum exec_what {
	EXEC_START,    /* a step begins */
	EXEC_PROGRESS, /* done and total have grown; total may be 0 for "unknown" */
	EXEC_DONE,     /* the step ended well; ms is how long it took */
	EXEC_WARNING,  /* text: something is not as wanted, but the install goes on */
	EXEC_OUTPUT,   /* text: a line of a program or script */
	EXEC_FAILED,   /* text: why; nothing more comes */
};

struct exec_event {
	enum exec_what what;
	size_t step, steps;   /* from 1 */
	const char *op;	      /* name of the operation */
	const char *sentence; /* what it does */
	const char *text;
	uint64_t done, total; /* bytes */
	uint64_t ms;
};

struct exec_options {
	const char *medium;		   /* folder of the image's files */
	const char *journal;		   /* file to append to, NULL: EXEC_JOURNAL */
	const volatile sig_atomic_t *stop; /* not 0: end, or NULL */
	void (*event)(void *ctx, const struct exec_event *event); /* or NULL */
	/*
	 * Asked after a step failed that can simply be done again, as when a medium
	 * was pulled out: true does it again.  NULL: never.
	 */
	bool (*retry)(void *ctx, const char *op, const struct err *error);
	/* What the new system is to keep as /var/lib/socle/install-report.json, or NULL. */
	char *(*report)(void *ctx);
	void *ctx;
	/* The kickstart file that is kept as /root/socle-ks.cfg, mode 0600; NULL: none is. */
	const char *kickstart;
};

struct exec_result {
	bool wrote;	/* the disk was changed */
	const char *op; /* the operation that failed, or NULL */
	size_t step;
};

/*
 * Run the plan.  answers: those the plan was made of, for their secrets and
 * scripts.  result is always filled.  On failure e tells the chain of what was
 * being done.
 */
int plan_execute(const struct plan *p, const struct answers *answers,
		 const struct exec_options *options, struct exec_result *result,
		 struct err *e) __must_check;

#endif
