/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reference of the language, written by the tables that parse it.
 */
#ifndef KICKSTART_REFERENCE_H
#define KICKSTART_REFERENCE_H

#include "socle/buf.h"

/* Append the manual page socle-kickstart(5) as mdoc(7) source. */
void ks_reference(struct buf *out);

/* Append docs/kickstart.md: each command with what Socle does, in tables. */
void ks_reference_markdown(struct buf *out);

/*
 * Append what a shell or an editor completes: a line for each command, its name
 * and then its options, as "lang --addsupport=".
 */
void ks_reference_words(struct buf *out);

/* What Socle does with a command's line. */
enum ks_fate {
	KS_FATE_DONE,	 /* what it says */
	KS_FATE_NOTHING, /* nothing, since it makes no difference here */
	KS_FATE_IGNORED, /* nothing, or something else: see why */
	KS_FATE_UNMET,	 /* it keeps the file from being installed: see why */
	KS_FATE_REFUSED, /* it is an error: see why */
};

struct ks_about {
	const char *help; /* what the command is for, or NULL: a phrase without a full stop */
	const char *why;  /* the reason of its fate, or NULL */
	enum ks_fate fate;
};

/* About a command or section such as "%post"; -ENOENT for a word that is none. */
int ks_about(const char *command, struct ks_about *about) __must_check;

#endif
