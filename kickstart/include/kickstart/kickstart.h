/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kickstart: parse a file into typed answers.
 *
 * The language is Anaconda's (the reference is pykickstart's documentation), of
 * which this library knows the commands of its table; all others are refused by
 * name.  Nothing is executed, opened or looked up while parsing: the same file
 * gives the same answers on any machine.
 *
 * Parsing goes on after a fault, so that one run reports all of them.
 */
#ifndef KICKSTART_KICKSTART_H
#define KICKSTART_KICKSTART_H

#include "kickstart/answers.h"
#include "socle/err.h"

enum { KS_FILE_MAX = 16 << 20 }; /* bytes */

enum ks_severity { KS_ERROR, KS_WARNING };

struct ks_message {
	enum ks_severity severity;
	struct ks_pos pos;
	char *text; /* one line; never contains a password */
};

struct ks_messages {
	struct ks_message *item;
	size_t count;
	size_t errors; /* how many of them are KS_ERROR */
};

void ks_messages_clear(struct ks_messages *m); /* idempotent */

/*
 * Parse a file's contents (any bytes) into answers, which the caller has
 * initialised and clears, also after an error.
 *
 * Returns 0 when the file is accepted (there may be warnings), -EINVAL when
 * messages has at least one error, another negative errno with e filled when
 * parsing could not be done (-ENOMEM, -EFBIG).
 */
int ks_parse(const char *data, size_t len, struct answers *a, struct ks_messages *messages,
	     struct err *e) __must_check;

#endif
