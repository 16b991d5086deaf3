/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run one script of a kickstart file, in the installer or in the new system.
 *
 * It has the time that it says, or else SCRIPT_SECONDS; what it prints goes, line
 * by line, to the caller and then to the file that its --log names.  A log that
 * cannot be written is told as a line; it does not fail the script.
 */
#ifndef INSTALLER_SCRIPT_H
#define INSTALLER_SCRIPT_H

#include <signal.h>
#include <stdbool.h>

#include "kickstart/answers.h"
#include "socle/err.h"

enum { SCRIPT_SECONDS = 3600 };

struct script {
	const struct ks_script *script;
	const char *root;		   /* the new system, for one that runs in it; NULL */
	const char *const *env;		   /* NULL-terminated "NAME=VALUE" besides ours, or NULL */
	unsigned int seconds;		   /* the time of one that says none; 0: SCRIPT_SECONDS */
	const volatile sig_atomic_t *stop; /* it is killed once *stop is not 0, or NULL */
	void (*line)(void *ctx, const char *line); /* or NULL */
	void *ctx;
};

/* "%post" */
const char *script_section(enum ks_when when);

/* Whether it runs in the new system. */
bool script_in_root(const struct ks_script *s);

long long script_seconds(const struct ks_script *s);

/* Errors: those of proc_run(), and of writing the script; e begins with its section and line. */
int script_run(const struct script *s, struct err *e) __must_check;

/*
 * Run all of one kind in the installer, in their order.  A failure of one that need
 * not succeed is told by line, and the next one is run.
 */
int scripts_run(const struct answers *a, enum ks_when when, const struct script *how,
		struct err *e) __must_check;

#endif
