/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language as data: every command and section that Socle has an opinion
 * about, with its options, the type of each value, and one line of help.
 *
 * From these tables come parsing, checking, messages and the reference
 * (socle-kickstart.5).  A family of commands is one file, commands_NAME.c.
 */
#ifndef KS_TABLE_H
#define KS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct parser;

enum {
	KS_OPTIONS_MAX = 48,   /* of one command */
	KS_COMMANDS_MAX = 128, /* of all families */
};

enum ks_status {
	KS_ACTS,    /* Socle does what it says */
	KS_IGNORED, /* accepted with a warning: help tells what Socle does instead */
	KS_SILENT,  /* accepted without a word, since it makes no difference here */
	KS_LATER,   /* refused: known to Anaconda, not supported yet */
	KS_REFUSED, /* refused: help tells why */
};

enum ks_repeat {
	KS_LAST_WINS, /* given again: a warning */
	KS_ONCE,      /* given again: an error, since it decides over data */
	KS_MANY,
};

/* The type of a value; see types.c. */
struct ks_type {
	const char *what; /* "an IPv4 address" */
	const char *meta; /* what the reference calls the value: "ADDRESS" */
	const char *list; /* separators of a list, each item of which is checked; NULL: no list */
	bool (*valid)(const char *text);
};

struct ks_option {
	const char *name; /* without dashes; NULL ends the table */
	const char *alias;
	const struct ks_type *type; /* NULL: takes no value */
	const char *choices;	    /* the only values, as "dhcp|static", or NULL */
	enum ks_status status;
	const char *help;
};

/* The value of an option, or an operand. */
struct ks_arg {
	bool given;
	const char *text; /* NULL for an option without a value */
	unsigned int column;
};

struct ks_args {
	unsigned int column;		      /* of the command */
	struct ks_arg option[KS_OPTIONS_MAX]; /* in the order of the table */
	struct ks_arg operand;		      /* the first */
};

struct ks_command {
	const char *name; /* NULL ends the family */
	bool section;	  /* runs to %end */
	bool secret;	  /* no word of its line may be shown */
	enum ks_status status;
	enum ks_repeat repeat;
	const char *operand; /* what the reference calls it, NULL: takes none */
	bool operand_needed;
	const struct ks_type *operand_type;
	const struct ks_option *options; /* NULL: none */
	const char *help;
	/* Put a well-formed line into the answers. */
	void (*apply)(struct parser *p, const struct ks_args *args);
};

struct ks_family {
	const char *title;
	const struct ks_command *commands;
};

extern const struct ks_family ks_families[]; /* a NULL title ends it */

extern const struct ks_command commands_locale[], commands_access[], commands_network[],
	commands_storage[], commands_finish[], commands_mode[], commands_sections[],
	commands_later[];

/*
 * The command called so, or NULL.  index, if not NULL, becomes its number
 * among all commands.
 */
const struct ks_command *table_find(const char *name, size_t *index);

/* The known command, or option, that looks most like a misspelt name; NULL when none does. */
const char *table_like(const char *name);
const char *options_like(const struct ks_option *options, const char *name);

#endif
