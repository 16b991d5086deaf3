/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/cmd.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmd_complete.h"

enum { EXIT_USAGE = 2 };

/* An option that is wider than the column of them has its help on the next line. */
static void help_options(const struct cmd_opt *opts)
{
	enum { COLUMN = 29 };

	for (const struct cmd_opt *o = opts; o->name; o++) {
		char letter[] = { '-', o->letter, ',', '\0' };
		int width = printf("  %3s --%s%s%s", o->letter ? letter : "", o->name,
				   o->arg ? " " : "", o->arg ? o->arg : "");

		if (width >= COLUMN)
			width = printf("\n") - 1;
		printf("%*s%s\n", COLUMN - width, "", o->help);
	}
}

static void help_command(const struct cmd_program *p, const struct cmd *c)
{
	printf("Usage: %s%s%s%s%s%s\n\n%c%s.\n", p->name, *c->name ? " " : "", c->name,
	       c->opts ? " [OPTION]..." : "", *c->args ? " " : "", c->args,
	       toupper((unsigned char)*c->help), *c->help ? c->help + 1 : "");
	if (c->opts) {
		printf("\nOptions:\n");
		help_options(c->opts);
	}
	if (c->examples)
		printf("\nExamples:\n%s", c->examples);
}

/* Whether the command is of a family, as "host show" is of "host". */
static bool is_of(const struct cmd *c, const char *family)
{
	size_t len = strlen(family);

	return strncmp(c->name, family, len) == 0 && c->name[len] == ' ';
}

/* One line for each command, or for each of a family, what they do below each other. */
static void help_commands(const struct cmd_program *p, const char *family)
{
	size_t width = 0;
	char left[64];

	for (const struct cmd *c = p->cmds; c->name; c++) {
		size_t len = strlen(c->name) + (*c->args != '\0') + strlen(c->args);

		if ((!family || is_of(c, family)) && len > width)
			width = len;
	}
	for (const struct cmd *c = p->cmds; c->name; c++) {
		if (family && !is_of(c, family))
			continue;
		snprintf(left, sizeof(left), "%s%s%s", c->name, *c->args ? " " : "", c->args);
		printf("  %-*s  %s\n", (int)width, left, c->help);
	}
}

static void help_family(const struct cmd_program *p, const char *family)
{
	printf("Usage: %s %s COMMAND [OPTION]... [ARG]...\n\nCommands:\n", p->name, family);
	help_commands(p, family);
	printf("\nExamples:\n");
	for (const struct cmd *c = p->cmds; c->name; c++)
		if (is_of(c, family) && c->examples)
			fputs(c->examples, stdout);
	printf("\n'%s %s COMMAND --help' tells the options of a command.\n", p->name, family);
}

static void help_program(const struct cmd_program *p)
{
	printf("Usage: %s COMMAND [OPTION]... [ARG]...\n\n%s\n\nCommands:\n", p->name, p->summary);
	help_commands(p, NULL);
	if (p->examples)
		printf("\nExamples:\n%s", p->examples);
	printf("\n'%s COMMAND --help' tells the options of a command.\n", p->name);
}

int cmd_match(const struct cmd *c, int argc, char **argv)
{
	const char *rest = strchr(c->name, ' ');

	if (!*c->name)
		return 0;
	if (argc < 1 || strncmp(argv[0], c->name, strcspn(c->name, " ")) != 0 ||
	    argv[0][strcspn(c->name, " ")])
		return -1;
	if (!rest)
		return 1;
	return argc >= 2 && strcmp(argv[1], rest + 1) == 0 ? 2 : -1;
}

const struct cmd_opt *cmd_find_option(const struct cmd_opt *opts, const char *arg, size_t len)
{
	for (const struct cmd_opt *o = opts; o && o->name; o++) {
		if (arg[1] == '-' && strlen(o->name) == len - 2 &&
		    strncmp(o->name, arg + 2, len - 2) == 0)
			return o;
		if (arg[1] != '-' && len == 2 && o->letter == arg[1])
			return o;
	}
	return NULL;
}

static bool store(const struct cmd_opt *o, const char *value)
{
	struct cmd_list *list = o->dest;

	switch (o->type) {
	case OPT_BOOL:
		*(bool *)o->dest = true;
		return true;
	case OPT_STRING:
		*(const char **)o->dest = value;
		return true;
	case OPT_LIST:
		if (list->count == sizeof(list->item) / sizeof(list->item[0]))
			return false;
		list->item[list->count++] = value;
		return true;
	}
	return false;
}

static int usage(const struct cmd_program *p, const struct cmd *c, const char *why,
		 const char *what)
{
	fprintf(stderr, "%s: %s%s; see '%s%s%s --help'\n", p->name, why, what, p->name,
		c && *c->name ? " " : "", c ? c->name : "");
	return EXIT_USAGE;
}

/* Take the option argv[*i]; moves *i over its argument.  0 or EXIT_USAGE. */
static int take_option(const struct cmd_program *p, const struct cmd *c, int argc, char **argv,
		       int *i)
{
	const char *arg = argv[*i], *value = NULL;
	size_t len = arg[1] == '-' ? strcspn(arg, "=") : strlen(arg);
	const struct cmd_opt *o = cmd_find_option(c->opts, arg, len);

	if (!o)
		return usage(p, c, "unknown option: ", arg);
	if (arg[len] == '=')
		value = arg + len + 1;
	if (o->type == OPT_BOOL && value)
		return usage(p, c, "this option takes no argument: ", arg);
	if (o->type != OPT_BOOL && !value) {
		if (*i + 1 >= argc)
			return usage(p, c, "this option needs an argument: ", arg);
		value = argv[++*i];
	}
	if (!store(o, value))
		return usage(p, c, "this option is given too often: ", arg);
	return 0;
}

static bool is_help(const char *arg)
{
	return strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0;
}

static int run_command(const struct cmd_program *p, const struct cmd *c, int argc, char **argv)
{
	size_t operands = 0;
	bool ended = false;
	int ret;

	for (int i = 0; i < argc; i++) {
		if (!ended && strcmp(argv[i], "--") == 0) {
			ended = true;
		} else if (!ended && is_help(argv[i])) {
			help_command(p, c);
			return 0;
		} else if (!ended && argv[i][0] == '-' && argv[i][1]) {
			ret = take_option(p, c, argc, argv, &i);
			if (ret)
				return ret;
		} else {
			argv[operands++] = argv[i];
		}
	}
	argv[operands] = NULL;
	if (operands < c->min_args)
		return usage(p, c, "an argument is missing: ", c->args);
	if (operands > c->max_args)
		return usage(p, c, "this argument is too much: ", argv[c->max_args]);
	return c->run(operands, argv);
}

static int unknown(const struct cmd_program *p, char **argv)
{
	char words[64];

	for (const struct cmd *c = p->cmds; c->name; c++) {
		if (!is_of(c, argv[0]))
			continue;
		if (!argv[1])
			return usage(p, NULL, "a command is missing after ", argv[0]);
		if (is_help(argv[1])) {
			help_family(p, argv[0]);
			return 0;
		}
		snprintf(words, sizeof(words), "%s %s", argv[0], argv[1]);
		return usage(p, NULL, "unknown command: ", words);
	}
	return usage(p, NULL, "unknown command: ", argv[0]);
}

/* Of the command or the family that the words name, or else of the program. */
static void help_on(const struct cmd_program *p, int argc, char **argv)
{
	for (const struct cmd *c = p->cmds; c->name; c++) {
		if (cmd_match(c, argc, argv) >= 0) {
			help_command(p, c);
			return;
		}
	}
	for (const struct cmd *c = p->cmds; c->name && argc; c++) {
		if (is_of(c, argv[0])) {
			help_family(p, argv[0]);
			return;
		}
	}
	help_program(p);
}

int cmd_main(const struct cmd_program *p, int argc, char **argv)
{
	if (argc >= 2 && strcmp(argv[1], "--complete") == 0) {
		cmd_complete(p, argc - 2, argv + 2);
		return 0;
	}
	if (argc >= 2 && strcmp(argv[1], "--completion") == 0) {
		cmd_completion(p);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		printf("%s %s\n", p->name, SOCLE_VERSION);
		return 0;
	}
	for (const struct cmd *c = p->cmds; c->name; c++) {
		int words = cmd_match(c, argc - 1, argv + 1);

		if (words >= 0)
			return run_command(p, c, argc - 1 - words, argv + 1 + words);
	}
	if (argc >= 2 && (is_help(argv[1]) || strcmp(argv[1], "help") == 0)) {
		help_on(p, argc - 2, argv + 2);
		return 0;
	}
	if (argc < 2)
		return usage(p, NULL, "a command is missing", "");
	return unknown(p, argv + 1);
}

int cmd_fail(const struct cmd_program *p, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "%s: ", p->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return 1;
}
