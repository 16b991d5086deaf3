/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line against the table of commands.
 */
#include <stdio.h>
#include <string.h>

#include "parser.h"

bool was_given(const struct parser *p, const char *command)
{
	size_t index;

	return table_find(command, &index) && p->first[index].line;
}

/* Whether the command may be given (again). */
static bool may_repeat(struct parser *p, size_t index)
{
	const struct ks_command *c = p->command;
	struct ks_pos *first = &p->first[index];
	char where[KS_PLACE];

	if (!first->line) {
		*first = p->pos;
	} else if (c->repeat == KS_ONCE) {
		parser_refuse(p, p->pos.column, "already given in %s", place(*first, where));
		return false;
	} else if (c->repeat == KS_LAST_WINS && c->status == KS_ACTS) {
		parser_warn(p, p->pos.column, "already given in %s; the last one counts",
			    place(*first, where));
	}
	return true;
}

/* No other command excludes this one. */
static bool is_compatible(struct parser *p)
{
	const char *names = p->command->conflicts;
	char name[32], where[KS_PLACE];
	size_t index;

	for (; names && *names; names += strcspn(names, "|"), names += *names == '|') {
		size_t len = strcspn(names, "|");

		memcpy(name, names, len);
		name[len] = '\0';
		if (!table_find(name, &index) || !p->first[index].line)
			continue;
		parser_error(p, p->pos.column, "cannot be given together with %s in %s", name,
			     place(p->first[index], where));
		return false;
	}
	return true;
}

/* "$SNIPPET(…)", "{{ name }}", "@@name@@", "%NAME%": what a template has in place of lines. */
static bool is_placeholder(const char *name)
{
	size_t upper = strspn(name + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");

	return *name == '$' || strncmp(name, "{{", 2) == 0 || strncmp(name, "{%", 2) == 0 ||
	       strncmp(name, "@@", 2) == 0 || strncmp(name, "<%", 2) == 0 ||
	       (*name == '%' && upper && strcmp(name + 1 + upper, "%") == 0);
}

static void unknown_command(struct parser *p, const char *name)
{
	const char *like, *kind = *name == '%' ? "section" : "command";
	char shown[KS_SHOWN], start[KS_SHOWN];

	p->command = NULL;
	if (is_placeholder(name)) {
		parser_refuse(p, p->pos.column,
			      "%s is a placeholder: this is a template, which has "
			      "to be filled in first",
			      word_prefix(name, shown));
		return;
	}
	snprintf(start, sizeof(start), "%.*s", (int)word_name(name), name);
	like = table_like(start);
	parser_error(p, p->pos.column, "unknown %s %s%s%s%s", kind, word_prefix(name, shown),
		     like ? "; did you mean " : "", like ? like : "", like ? "?" : "");
}

static void run(struct parser *p, size_t index)
{
	const struct ks_command *c = p->command;
	size_t messages = p->messages->count, errors = p->messages->errors;
	bool again = p->first[index].line, good = false;
	struct ks_args args = { .column = p->pos.column };

	if (c->dialect == KS_ESXI || c->dialect == KS_OVM)
		p->other_dialect = true;
	if (c->gone)
		p->old = true;
	if (c->status == KS_REFUSED)
		parser_error(p, args.column, "refused on purpose: %s", command_why(c));
	else
		good = is_compatible(p) && may_repeat(p, index) && args_take(p, &args);
	if (good && c->status == KS_IGNORED && !again)
		parser_warn(p, args.column, "%s", command_why(c));
	if (good && c->status == KS_LATER)
		parser_refuse(p, args.column, "%s", command_why(c));
	if (good && c->apply)
		c->apply(p, &args);
	if (p->messages->errors > errors)
		parser_forget(p, messages);
	if (c->section)
		section_read(p, good ? &args : NULL);
}

void command_parse(struct parser *p)
{
	const char *name = p->words.word[0].text;
	size_t index = 0;

	p->pos.column = p->words.word[0].column;
	p->command = table_find(name, &index);
	if (p->command) {
		run(p, index);
	} else {
		/* The lexer's words are of the body then. */
		bool section = *name == '%' && !is_placeholder(name);

		unknown_command(p, name);
		/* What follows an unknown section is its body, and worth no messages. */
		if (section)
			section_read(p, NULL);
	}
	p->command = NULL;
}
