/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kickstart: parse a file into typed answers.
 *
 * The language is Anaconda's (the reference is pykickstart's documentation), of
 * which this library knows the commands of its table, and the few words that
 * ESXi, Oracle VM and Socle have of their own.  Nothing is executed, opened or
 * looked up while parsing: the same text gives the same answers on any machine.
 * Files that it includes are read by the caller's reader, or not at all.
 *
 * There are three kinds of messages.  An error: the line is malformed, or a
 * command that Socle refuses on purpose.  A refusal: the line is well-formed,
 * so the file is accepted, but no machine will be installed by it, and answers
 * has it in unmet.  A warning: the line is accepted, and Socle does less, or
 * something else, than its author may think.
 *
 * Parsing goes on after a fault, so that one run reports all of them.
 */
#ifndef KICKSTART_KICKSTART_H
#define KICKSTART_KICKSTART_H

#include "kickstart/answers.h"
#include "socle/buf.h"
#include "socle/err.h"

enum {
	KS_FILE_MAX = 16 << 20, /* bytes, of a file with all that it includes */
	KS_INCLUDE_DEPTH = 8,
	KS_INCLUDES_MAX = 128, /* tries to read one */
};

enum ks_severity { KS_ERROR, KS_WARNING, KS_REFUSAL };

struct ks_message {
	enum ks_severity severity;
	struct ks_pos pos; /* pos.file is the message's own, or NULL */
	char *text;	   /* one line; never contains a password */
	char *trail; /* of an included file: "included from line 3", "included from b.ks:4, …" */
	unsigned int order[2]; /* of the messages: line of the file itself, number of the include */
};

struct ks_messages {
	struct ks_message *item;
	size_t count;
	size_t errors;	 /* how many of them are KS_ERROR */
	size_t refusals; /* how many of them are KS_REFUSAL */
};

void ks_messages_clear(struct ks_messages *m); /* idempotent */

/*
 * How included files are found and read.  By its source a file is told from all
 * others: messages show it, and a file that includes itself is found by it.
 */
struct ks_reader {
	/*
	 * The source of what a file includes by name, a path or a URL: relative
	 * paths count from the including file's source, from, which is NULL for the
	 * kickstart file itself.  To be freed; NULL when memory was exhausted.
	 * Without this function the name is the source.
	 */
	char *(*resolve)(void *ctx, const char *name, const char *from);
	/* Append what the source holds to out, at most max bytes; 0, or -errno with e filled. */
	int (*read)(void *ctx, const char *source, size_t max, struct buf *out, struct err *e);
	void *ctx;
};

/*
 * Parse a file's contents (any bytes) into answers, which the caller has
 * initialised and clears, also after an error.  Without a reader an %include is
 * a refusal, as is one whose file cannot be read.
 *
 * Returns 0 when the file is accepted (there may be warnings and refusals),
 * -EINVAL when messages has at least one error, another negative errno with e
 * filled when parsing could not be done (-ENOMEM, -EFBIG).
 */
int ks_parse(const char *data, size_t len, struct answers *a, struct ks_messages *messages,
	     struct err *e) __must_check;
int ks_parse_with(const struct ks_reader *reader, const char *data, size_t len, struct answers *a,
		  struct ks_messages *messages, struct err *e) __must_check;

/*
 * Append "PATH:LINE:COLUMN: error: TEXT" and, of an included file, how it came
 * to be read; path is the name of the kickstart file itself.
 */
void ks_message_text(const struct ks_message *m, const char *path, struct buf *out);

#endif
