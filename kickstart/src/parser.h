/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command's apply() works with: the answers being filled, and messages.
 */
#ifndef KS_PARSER_H
#define KS_PARSER_H

#include "kickstart/kickstart.h"
#include "lex.h"
#include "table.h"

enum {
	KS_MESSAGES_MAX = 200, /* then parsing stops */
	KS_ITEMS_MAX = 1024,   /* network lines, keys, scripts, disks in a list */
	KS_ITEMS_ALL = 32768,  /* of all lists together */
	KS_ENDLESS_MAX = 16,   /* sections without %end that are told of */
};

/* A file that is being read: the kickstart file itself, or an included one. */
struct source {
	const struct source *parent; /* NULL of the file itself */
	unsigned int number;	     /* 0 of the file itself, then in the order of reading */
	const char *at, *end;	     /* what is left of it */
	struct ks_pos pos;	     /* of the line being parsed */
};

struct parser {
	struct answers *a;
	struct ks_messages *messages;
	const struct ks_reader *reader; /* or NULL */
	struct source *source;
	size_t bytes;			     /* of all files so far */
	size_t items;			     /* of all lists so far */
	unsigned int includes;		     /* how many were tried */
	const char *unread[KS_INCLUDES_MAX]; /* the sources that could not be read */
	size_t unread_count;
	struct ks_pos pos;		      /* of the line that messages are about */
	const struct ks_command *command;     /* the one of that line, or NULL */
	struct ks_pos first[KS_COMMANDS_MAX]; /* where each command was given */
	bool out_of_memory;
	bool stopped; /* too many messages, or no text */
	bool secret;  /* an option of this line has a password */
	bool hushed;  /* too many messages that are no errors */
	struct ks_words words;

	/* What spans lines and is settled at the end. */
	char *hostname; /* the first host name said */
	struct ks_pos hostname_pos;
	bool hostname_alone; /* it was said without a network */
	struct ks_pos finish_pos;
	bool other_dialect; /* a word of ESXi or Oracle VM was there */
	bool old;	    /* a command that Anaconda has no more was there */
	bool any_end;	    /* a section had its %end */
	struct {
		struct ks_pos pos;
		const struct ks_command *section;
		struct ks_pos indented; /* an %end that is none */
		unsigned int order[2];
	} endless[KS_ENDLESS_MAX];
	size_t endless_count;
};

/* Add a message at a column of the present line. */
void parser_error(struct parser *p, unsigned int column, const char *fmt, ...) __format(3, 4);
void parser_warn(struct parser *p, unsigned int column, const char *fmt, ...) __format(3, 4);
/* The same for what is well-formed but keeps the file from being installed. */
void parser_refuse(struct parser *p, unsigned int column, const char *fmt, ...) __format(3, 4);

/*
 * A line with an error is told of that alone: drop its refusals among the
 * messages from the given one on.
 */
void parser_forget(struct parser *p, size_t messages);

/* What a refusal ends with in a message; the planner and ks_explain() say it in their own way. */
#define REFUSES "; the installer refuses this"

/* "line 3", or "line 3 of FILE"; returns buffer. */
enum { KS_PLACE = 128 };
const char *place(struct ks_pos pos, char buffer[KS_PLACE]);

/* A word of the file as a message may show it: short, printable; returns buffer. */
enum { KS_SHOWN = 48 };
const char *word_show(const char *word, char buffer[KS_SHOWN]);

/*
 * The same of the first word of a line that is no known command, which may be
 * anything, a password or a hash among them: only what could be a name is shown,
 * then "..." if there is more.  word_name() is the length of that name.
 */
const char *word_prefix(const char *word, char buffer[KS_SHOWN]);
size_t word_name(const char *word);

/* Replace a string of the answers; NULL text makes it NULL. */
void parser_set(struct parser *p, char **dest, const char *text);

/* Append the items of a list, parted by any of the bytes of separators. */
void parser_split(struct parser *p, struct ks_strings *list, const char *text,
		  const char *separators);
void strings_clear(struct ks_strings *list);

/*
 * Room for one more element, zeroed, in an array of the answers; array is the
 * address of its pointer.  NULL after a message.
 */
void *parser_grow(struct parser *p, void *array, size_t *count, size_t size);

/* Parse the words of the present line by the tables: the line's command is applied. */
void command_parse(struct parser *p);

/* Take the words behind a command's name by its table; false after an error or refusal. */
bool args_take(struct parser *p, struct ks_args *args);

/*
 * The option of a table that text means, NULL for none: by its name or alias, or
 * by a beginning that no other option of Anaconda has; the words of dialects are
 * not shortened.  Where two begin so, *other is one of them, and the result the
 * other; else *other is NULL.
 */
const struct ks_option *find_option(const struct ks_option *options, const char *text, size_t len,
				    const struct ks_option **other);

/* Put the values of the options into a struct of the answers, as the table says. */
void args_fill(struct parser *p, const struct ks_option *options, const struct ks_args *args,
	       void *base);

/* Append the operands from the first'th on. */
void args_operands(struct parser *p, const struct ks_args *args, size_t first,
		   struct ks_strings *list);

/* Whether a command was given before this line, or in it. */
bool was_given(const struct parser *p, const char *command);

/* Read a section's body; p->command and args are those of its first line. */
void section_read(struct parser *p, const struct ks_args *args);

/* Pass over a section's body and its end; nothing is read, kept or told. */
void section_skip(struct parser *p);

/* The kickstart file itself as a source, from its first line. */
void source_begin(struct source *s, const char *data, size_t len);

/* The next line of the source without its end; false at its end. */
bool parser_line(struct parser *p, const char **line, size_t *len);

/* Parse all lines of the present source. */
void parse_lines(struct parser *p);

/* Call use(p, ctx) with an included file as the source, if it can be read. */
void include_read(struct parser *p, const char *name, unsigned int column,
		  void (*use)(struct parser *p, void *ctx), void *ctx);

/* The apply() of %include and its like. */
void include_apply(struct parser *p, const struct ks_args *args);

/* What spans lines, checked once all are known. */
void network_settle(struct parser *p);
void access_settle(struct parser *p);
void sections_settle(struct parser *p);

#endif
