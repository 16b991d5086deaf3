/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log bundle: one .tar.zst of what somebody needs to see who was not there:
 * journal, kernel's and Xen's messages, the installer's log, journal, plan, report
 * and kickstart (without secrets), disks, volumes, arrays, network.
 *
 * Made of what lies in /run/socle and of the output of programs, so that it can be
 * made at any time, by anybody: by the installer, in its shell, on a host.  What is
 * missing or fails is no error; a program that hangs is ended.  Secrets that may be
 * in there (of the kernel's command line, in URLs) are blanked.
 */
#ifndef INSTALLER_BUNDLE_H
#define INSTALLER_BUNDLE_H

#include <limits.h>

#include "send.h"
#include "socle/buf.h"

enum {
	BUNDLE_COMMAND_SECONDS = 30,
	BUNDLE_FILE_MAX = 16 << 20, /* of one text the end is kept */
	BUNDLE_SEND_SECONDS = 120,  /* for all tries together */
};

struct bundle_target {
	/*
	 * "http…" (PUT), "post:http…" (POST), "hd:DEVICE:/PATH" or a path, with the names
	 * of send_expand().  With "/" at the end the bundle has a name of its own there.
	 */
	const char *place;
	const char *token;	 /* or NULL */
	const char *fingerprint; /* or NULL */
	/*
	 * Where an installed system is mounted that does not run, or NULL: what is "host/" in
	 * the bundle is then that system's, with its journal and its other logs.
	 */
	const char *root;
};

/*
 * Make a bundle and bring it to its target.  where becomes what may be shown of the
 * place it went to, or should have gone to.  When it cannot be brought there it stays
 * in /run/socle, and the message names it.
 */
int bundle_save(const struct bundle_target *target, const struct send_names *names,
		char where[PATH_MAX], struct err *e) __must_check;

/* Blank what is secret in a text: values of tokens, users and passwords of URLs. */
void bundle_redact(struct buf *text);

#endif
