/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion in bash: a script of a few lines that asks the program itself, so
 * that it always knows what the program knows.
 */
#include "cmd_complete.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The words before the last one that completion looks at. */
#define PREVIOUS(argc, argv, n) ((argc) >= (n) ? (argv)[(argc) - (n)] : "")

/* What help calls the argument tells what it may be: a name of a file, or one of "a|b". */
static void print_values(const char *arg)
{
	if (strstr(arg, "FILE") || strstr(arg, "DIR"))
		puts(":files");
	if (!islower((unsigned char)*arg))
		return;
	while (*arg) {
		size_t len = strcspn(arg, "| ");

		printf("%.*s\n", (int)len, arg);
		arg += len + (arg[len] != '\0');
	}
}

/* The option whose value is due, or NULL; bash makes a word of its own of "=". */
static const struct cmd_opt *pending(const struct cmd *c, int argc, char **argv)
{
	const char *name = PREVIOUS(argc, argv, 1);
	const struct cmd_opt *o;

	if (strcmp(name, "=") == 0)
		name = PREVIOUS(argc, argv, 2);
	if (name[0] != '-' || !name[1])
		return NULL;
	o = cmd_find_option(c->opts, name, strlen(name));
	return o && o->type != OPT_BOOL ? o : NULL;
}

static void complete_command(const struct cmd *c, int argc, char **argv)
{
	const struct cmd_opt *due = pending(c, argc, argv);

	if (due) {
		print_values(due->arg);
		return;
	}
	if (c->max_args)
		print_values(c->args);
	for (const struct cmd_opt *o = c->opts; o && o->name; o++)
		printf("--%s\n", o->name);
	puts("--help");
}

void cmd_complete(const struct cmd_program *p, int argc, char **argv)
{
	for (const struct cmd *c = p->cmds; c->name; c++) {
		size_t first = strcspn(c->name, " ");

		if (cmd_match(c, argc, argv) >= 0) {
			complete_command(c, argc, argv);
		} else if (argc == 0) {
			/* The commands of a family stand together. */
			if (c == p->cmds || strncmp(c[-1].name, c->name, first + 1) != 0)
				printf("%.*s\n", (int)first, c->name);
		} else if (argc == 1 && c->name[first] && strlen(argv[0]) == first &&
			   strncmp(argv[0], c->name, first) == 0) {
			printf("%s\n", c->name + first + 1);
		}
	}
}

static const char script[] =
	"_@() {\n"
	"\tlocal current=${COMP_WORDS[COMP_CWORD]} line words=() files=\n"
	"\t[[ $current != = ]] || current=\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [[ $line == :files ]]; then files=1; else words+=(\"$line\"); fi\n"
	"\tdone < <($1 --complete \"${COMP_WORDS[@]:1:COMP_CWORD-1}\" 2> /dev/null)\n"
	"\tif [[ $files && $current != -* ]]; then\n"
	"\t\tcompopt -o filenames 2> /dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
	"\telse\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"${words[*]}\" -- \"$current\")\n"
	"\tfi\n"
	"}\n";

void cmd_completion(const struct cmd_program *p)
{
	printf("# bash completion for %s, which tells itself what may follow.\n", p->name);
	for (const char *s = script; *s; s++) {
		if (*s == '@')
			fputs(s[1] == '(' ? p->name : "@", stdout);
		else
			putchar(*s);
	}
	printf("complete -F _%s %s\n", p->name, p->name);
}
