/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The language as data: every command and section that Socle has an opinion
 * about, with its options, the type of each value, what goes with what, where
 * the value goes in the answers, and one line of help.
 *
 * From these tables come parsing, checking, messages, the reference
 * (socle-kickstart.5, docs/kickstart.md) and what a shell completes.  A family
 * of commands is one file, commands_NAME.c.
 */
#ifndef KS_TABLE_H
#define KS_TABLE_H

#include <stdbool.h>
#include <stddef.h>

struct parser;

enum {
	KS_OPTIONS_MAX = 64,   /* of one command */
	KS_COMMANDS_MAX = 192, /* of all families */
	KS_OPERANDS_MAX = 256,
};

enum ks_status {
	KS_ACTS,    /* Socle does what it says */
	KS_IGNORED, /* accepted with a warning: why tells what Socle does instead */
	KS_SILENT,  /* accepted without a word, since it makes no difference here */
	KS_LATER,   /* well-formed, but no machine is installed by it: why tells the reason */
	KS_REFUSED, /* an error: why tells the reason */
};

enum ks_repeat {
	KS_LAST_WINS, /* given again: a warning */
	KS_ONCE,      /* given again: no machine is installed, since it decides over data */
	KS_MANY,
};

/* Whose word it is; none: Anaconda's, of which all the others are dialects. */
enum ks_dialect { KS_ANACONDA, KS_ESXI, KS_OVM, KS_SOCLE };

/* The type of a value; see types.c. */
struct ks_type {
	const char *what; /* "an IPv4 address" */
	const char *meta; /* what the reference calls the value: "ADDRESS" */
	const char *list; /* separators of a list, each item of which is checked; NULL: no list */
	bool (*valid)(const char *text);
	bool grammar; /* another value is malformed; else it only cannot be installed */
};

/* What an option's value becomes in a struct of the answers; see KS_TO. */
enum ks_store {
	KS_NOWHERE,
	KS_STRING,  /* char * */
	KS_STRINGS, /* struct ks_strings */
	KS_NUMBER,  /* long long */
	KS_TRUE,    /* bool, of an option without a value */
	KS_FALSE,
	KS_BOOL, /* bool, of yes or no */
};

#define KS_TO(kind, type, field) .store = (kind), .to = offsetof(type, field)

struct ks_option {
	const char *name;	    /* without dashes; NULL ends the table */
	const char *alias;	    /* other names, as "a|b", or NULL */
	const struct ks_type *type; /* NULL: takes no value */
	const char *choices;	    /* the only values, as "dhcp|static", or NULL */
	enum ks_status status;
	const char *help;
	const char *why;	 /* the reason of its status; NULL: help is */
	const char *but;	 /* values that act whatever the status, as "a|b" */
	const char *needs;	 /* options that must be there too, as "a|b" */
	const char *needs_value; /* what they must be, as "a|b"; NULL: anything */
	const char *conflicts;	 /* options that must not */
	enum ks_dialect dialect;
	bool required;
	bool filled; /* an empty value is none; for where the line would mean more without it */
	bool optional_value; /* takes one, but only behind = */
	bool many;	     /* may be given more than once */
	bool secret;	     /* what follows it may be a part of its value, and is not shown */
	enum ks_store store;
	size_t to;
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
	struct ks_arg operand[KS_OPERANDS_MAX];
	size_t operands;
	size_t last; /* index of the option that was given last */
};

struct ks_command {
	const char *name; /* NULL ends the family */
	bool section;	  /* runs to %end */
	bool secret;	  /* no word of its line may be shown */
	bool free;	  /* its words are not looked at */
	enum ks_status status;
	enum ks_repeat repeat;
	enum ks_dialect dialect;
	const char *since;   /* the first release that has it: "RHEL 8"; NULL: all up to gone */
	const char *gone;    /* the first release that has it no more: "RHEL 8" */
	const char *operand; /* what the reference calls it, NULL: takes none */
	size_t least, most;  /* operands; most 0 with an operand: one */
	const struct ks_type *operand_type;
	const struct ks_option *options; /* NULL: none */
	const char *one_of;		 /* exactly one of these options, as "a|b" */
	const char *some_of;		 /* at least one of them */
	const char *conflicts;		 /* commands that exclude it, as "a|b" */
	const char *help;
	const char *why; /* the reason of its status; NULL: help is */
	/* Put a well-formed line into the answers. */
	void (*apply)(struct parser *p, const struct ks_args *args);
};

struct ks_family {
	const char *title;
	const struct ks_command *commands;
};

extern const struct ks_family ks_families[]; /* a NULL title ends it */

extern const struct ks_command commands_locale[], commands_access[], commands_network[],
	commands_storage[], commands_partitions[], commands_system[], commands_source[],
	commands_finish[], commands_mode[], commands_sections[], commands_socle[], commands_esxi[],
	commands_oracle[], commands_other[], commands_report[];

/* Why ESXi's --firstdisk and the like are ignored. */
#define FIRST_DISK "Socle takes the only disk there is, or the one that is named"

/* Options of several commands that are alike, so that these lists are written once. */
extern const struct ks_option part_options[], raid_options[], volgroup_options[], logvol_options[],
	user_options[], group_options[], network_options[], bootloader_options[], source_options[],
	iscsi_options[], disk_options[], mirror_options[], dom0_options[], guests_options[],
	preflight_options[], bridge_options[], appliance_options[], certificate_options[],
	webhook_options[], on_failure_options[], firewall_options[];

/*
 * The command called so, or NULL.  index, if not NULL, becomes its number
 * among all commands.
 */
const struct ks_command *table_find(const char *name, size_t *index);

/* Whether text, len bytes, is one of "a|b|c". */
bool is_choice(const char *choices, const char *text, size_t len);

/* "--a, --b" of "a|b" and the prefix "--"; returns buffer. */
enum { KS_NAMES = 256 };
const char *names_text(const char *names, const char *prefix, char buffer[KS_NAMES]);

/* The known command, or option, that looks most like a misspelt name; NULL when none does. */
const char *table_like(const char *name);
const char *options_like(const struct ks_option *options, const char *name);

/* How many operands the command takes at most. */
size_t command_most(const struct ks_command *c);

/* Why a command or an option is treated as its status says. */
const char *command_why(const struct ks_command *c);
const char *option_why(const struct ks_option *o);

/* Free what args_fill() (parser.h) put into a struct by these options. */
void options_clear(const struct ks_option *options, void *base);

#endif
