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
	KS_ITEMS_MAX = 256,    /* network lines, keys, scripts, disks in a list */
};

struct parser {
	struct answers *a;
	struct ks_messages *messages;
	const char *at, *end;			  /* what is left of the file */
	struct ks_pos pos;			  /* of the line being parsed */
	const struct ks_command *command;	  /* the one of that line, or NULL */
	unsigned int first_line[KS_COMMANDS_MAX]; /* where each command was given, or 0 */
	bool out_of_memory;
	bool stopped; /* too many messages, or no text */
	struct ks_words words;

	/* What spans lines and is settled at the end. */
	char *hostname; /* the first host name said */
	struct ks_pos hostname_pos;
	bool hostname_alone; /* it was said without a network */
	struct ks_pos finish_pos;
};

/* Add a message at a column of the present line. */
void parser_error(struct parser *p, unsigned int column, const char *fmt, ...) __format(3, 4);
void parser_warn(struct parser *p, unsigned int column, const char *fmt, ...) __format(3, 4);

/* A word of the file as a message may show it: short, printable; returns buffer. */
enum { KS_SHOWN = 48 };
const char *word_show(const char *word, char buffer[KS_SHOWN]);

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

/* Read a section's body; p->command and args are those of its first line. */
void section_read(struct parser *p, const struct ks_args *args);

/* The next line without its end; false at the end of the file. */
bool parser_line(struct parser *p, const char **line, size_t *len);

/* What spans lines, checked once all are known. */
void network_settle(struct parser *p);
void access_settle(struct parser *p);

#endif
