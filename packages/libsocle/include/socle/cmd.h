/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Command lines from tables.
 *
 * A program is an array of commands ("host show"); each has an array of
 * options.  From the arrays come parsing, --help and shell completion.  Long
 * options only take "--name value" and "--name=value"; "--" ends them.
 *
 * Exit codes are Socle's: 0 done, 1 refused or failed with one line on standard
 * error, 2 wrong usage.
 *
 * Every program knows --help, --version and --completion (a script for bash),
 * every command and every family of commands ("host") --help.
 *
 * Completion reads what help calls an argument: where there is FILE or DIR in
 * it, names of files follow; "bash" or "a|b", in lower case, are the words
 * themselves.
 */
#ifndef SOCLE_CMD_H
#define SOCLE_CMD_H

#include <stdbool.h>
#include <stddef.h>

enum cmd_type {
	OPT_BOOL,   /* bool *: set to true */
	OPT_STRING, /* const char **: the argument */
	OPT_LIST,   /* struct cmd_list *: every argument given */
};

struct cmd_list {
	const char *item[64];
	size_t count;
};

struct cmd_opt {
	const char *name; /* without dashes; NULL ends the table */
	char letter;	  /* short form, or 0 */
	enum cmd_type type;
	const char *arg; /* what --help calls the argument, NULL for OPT_BOOL */
	void *dest;
	const char *help;
};

struct cmd {
	const char *name; /* one or two words; NULL ends the table */
	const char *args; /* what --help calls the operands, "" for none */
	const char *help; /* one line, without a capital and a full stop */
	const struct cmd_opt *opts;
	size_t min_args, max_args;
	/* argv: the operands, NULL-terminated.  Returns the exit code. */
	int (*run)(size_t argc, char **argv);
	const char *examples; /* lines, indented by two spaces, or NULL */
};

struct cmd_program {
	const char *name;
	const char *summary;  /* one line */
	const char *examples; /* a few lines, indented by two spaces */
	const struct cmd *cmds;
};

/* Parse, run, and return the exit code.  argv as main has it. */
int cmd_main(const struct cmd_program *p, int argc, char **argv);

/* Print the script that completes the program's command lines in bash. */
void cmd_completion(const struct cmd_program *p);

/* Print "PROGRAM: message" on standard error and return 1. */
int cmd_fail(const struct cmd_program *p, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
