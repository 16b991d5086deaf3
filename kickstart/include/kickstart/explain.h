/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Socle does with each line of a kickstart file, in the file's order.
 *
 * Lines without a command (blank, comments, the text of a section) are not
 * told of; a section is one line, that of its header, and so is an %include.
 */
#ifndef KICKSTART_EXPLAIN_H
#define KICKSTART_EXPLAIN_H

#include "kickstart/kickstart.h"

enum ks_effect {
	KS_EFFECT_ACTS,	   /* text: what it is for */
	KS_EFFECT_NOTHING, /* accepted, but makes no difference here; text: why */
	KS_EFFECT_IGNORED, /* accepted with a warning; text: what happens instead */
	KS_EFFECT_REFUSED, /* an error, or what the installer refuses; text: why */
};

struct ks_line {
	struct ks_pos pos;  /* of the command */
	unsigned int last;  /* line of a section's end; otherwise that of pos */
	const char *source; /* the line itself in ASCII, shortened, without passwords */
	enum ks_effect effect;
	const char *text; /* of the message or the table, without a full stop; may be "" */
};

/*
 * Call line for each of them; its strings live until it returns.  messages are
 * those of ks_parse() for the same bytes.  -EFBIG, -ENOMEM.
 */
int ks_explain(const char *data, size_t len, const struct ks_messages *messages,
	       void (*line)(void *ctx, const struct ks_line *line), void *ctx,
	       struct err *e) __must_check;

#endif
