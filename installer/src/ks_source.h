/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the kickstart file comes from:
 *
 *	http://…, https://…	fetched, with retries while the network comes up
 *	cdrom:/ks.cfg		on the medium the system was booted from
 *	file:/ks.cfg, /ks.cfg	in the running system
 */
#ifndef INSTALLER_KS_SOURCE_H
#define INSTALLER_KS_SOURCE_H

#include "socle/buf.h"
#include "socle/err.h"

enum {
	KS_FETCH_SECONDS = 60,	/* for all tries together */
	KS_FETCH_PAUSE_MAX = 8, /* seconds between two tries */
};

/*
 * The source that a kernel command line names: the last of socle.ks=, inst.ks=
 * and ks=, to be freed by the caller; NULL when there is none.
 */
char *ks_source_find(const char *cmdline);

/*
 * Read it all, at most KS_FILE_MAX bytes.  note, which may be NULL, hears of
 * every try that failed.  Messages never contain a password of the URL.
 */
int ks_source_read(const char *source, void (*note)(const char *text), struct buf *out,
		   struct err *e) __must_check;

/* The source as messages may show it: without user and password.  Returns buffer. */
const char *ks_source_name(const char *source, char *buffer, size_t len);

#endif
