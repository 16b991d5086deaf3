/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line's words against the tables.
 */
#include <stdio.h>
#include <string.h>

#include "parser.h"

/* Whether text is one of "a|b|c". */
static bool is_choice(const char *choices, const char *text)
{
	size_t len = strlen(text);

	for (const char *c = choices; *c; c += strcspn(c, "|"), c += *c == '|')
		if (strcspn(c, "|") == len && strncmp(c, text, len) == 0)
			return true;
	return false;
}

/* Check a value, or each item of a list; shown becomes the one that was looked at last. */
static bool is_of_type(const struct ks_type *type, const char *text, char shown[KS_SHOWN])
{
	char item[1024];
	size_t n;

	if (!type->list) {
		word_show(text, shown);
		return type->valid(text);
	}
	do {
		n = strcspn(text, type->list);
		if (n >= sizeof(item))
			n = sizeof(item) - 1;
		memcpy(item, text, n);
		item[n] = '\0';
		word_show(item, shown);
		if (!type->valid(item))
			return false;
		text += n;
	} while (*text++);
	return true;
}

static bool check_value(struct parser *p, const struct ks_type *type, const char *choices,
			const char *name, const struct ks_arg *value)
{
	const char *dashes = name ? "--" : "", *colon = name ? ": " : "";
	char shown[KS_SHOWN];

	name = name ? name : "";
	if (choices && !is_choice(choices, value->text)) {
		parser_error(p, value->column, "%s%s%s\"%s\" is not one of %s", dashes, name, colon,
			     word_show(value->text, shown), choices);
		return false;
	}
	if (!type || is_of_type(type, value->text, shown))
		return true;
	if (p->command->secret)
		parser_error(p, value->column, "%s%s%sthe value is not %s", dashes, name, colon,
			     type->what);
	else
		parser_error(p, value->column, "%s%s%s\"%s\" is not %s", dashes, name, colon, shown,
			     type->what);
	return false;
}

static bool names(const char *name, const char *text, size_t len)
{
	return name && strlen(name) == len && strncmp(name, text, len) == 0;
}

/* By its name or alias, or, as pykickstart has it, by a beginning that no other option has. */
static const struct ks_option *find_option(const struct ks_option *options, const char *text,
					   size_t len)
{
	const struct ks_option *found = NULL;
	size_t count = 0;

	for (const struct ks_option *o = options; o && o->name; o++) {
		if (names(o->name, text, len) || names(o->alias, text, len))
			return o;
		if (len && strncmp(o->name, text, len) == 0) {
			found = o;
			count++;
		}
	}
	return count == 1 ? found : NULL;
}

static bool unknown_option(struct parser *p, const char *text, size_t len, unsigned int column)
{
	char shown[KS_SHOWN], name[KS_SHOWN];
	const char *like;

	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : KS_SHOWN - 1, text);
	like = options_like(p->command->options, name);
	parser_error(p, column, "unknown option%s%s%s%s%s", p->command->secret ? "" : " --",
		     p->command->secret ? "" : word_show(name, shown),
		     like ? "; did you mean --" : "", like ? like : "", like ? "?" : "");
	return false;
}

/* Whether the table lets the option be given at all. */
static bool option_status(struct parser *p, const struct ks_option *o, unsigned int column)
{
	switch (o->status) {
	case KS_ACTS:
	case KS_SILENT:
	case KS_IGNORED:
		return true;
	case KS_LATER:
		parser_error(p, column, "--%s is not supported yet", o->name);
		return false;
	case KS_REFUSED:
		parser_error(p, column, "--%s: %s", o->name, o->help);
		return false;
	}
	return false;
}

/* The value of the option that is word *i: behind its =, or the next word. */
static bool take_value(struct parser *p, size_t *i, const struct ks_option *o, struct ks_arg *arg)
{
	const struct ks_words *w = &p->words;
	const char *equals = strchr(w->word[*i].text, '=');

	if (!o->type) {
		if (equals)
			parser_error(p, arg->column, "--%s takes no value", o->name);
		return !equals;
	}
	if (equals) {
		arg->text = equals + 1;
	} else if (*i + 1 < w->count && strncmp(w->word[*i + 1].text, "--", 2) != 0) {
		arg->text = w->word[++*i].text;
		arg->column = w->word[*i].column;
	}
	if (!arg->text || !*arg->text) {
		parser_error(p, arg->column, "--%s needs a value: --%s=%s", o->name, o->name,
			     o->choices ? o->choices : o->type->meta);
		return false;
	}
	return check_value(p, o->type, o->choices, o->name, arg);
}

/* Take the option that is word *i, and its value. */
static bool take_option(struct parser *p, size_t *i, struct ks_args *args)
{
	const struct ks_words *w = &p->words;
	const struct ks_option *options = p->command->options, *o;
	const char *text = w->word[*i].text + 2;
	unsigned int column = w->word[*i].column;
	size_t len = strcspn(text, "=");
	struct ks_arg *arg;

	o = find_option(options, text, len);
	if (!o)
		return unknown_option(p, text, len, column);
	if (!option_status(p, o, column)) {
		if (o->type && !text[len] && *i + 1 < w->count)
			(*i)++;
		return false;
	}
	arg = &args->option[o - options];
	if (arg->given && o->type)
		parser_warn(p, column, "--%s is given twice; the last one counts", o->name);
	*arg = (struct ks_arg){ .given = true, .column = column };
	if (!take_value(p, i, o, arg))
		return false;
	/* A command that is ignored as a whole has its own warning. */
	if (o->status == KS_IGNORED && p->command->status == KS_ACTS)
		parser_warn(p, column, "--%s: %s", o->name, o->help);
	return true;
}

static bool take_operand(struct parser *p, const struct ks_word *word, struct ks_args *args)
{
	const struct ks_command *c = p->command;
	size_t option_len = strcspn(word->text, "=") - (word->text[0] == '-');
	char shown[KS_SHOWN];

	if (c->operand && !args->operand.given) {
		args->operand = (struct ks_arg){ true, word->text, word->column };
		return check_value(p, c->operand_type, NULL, NULL, &args->operand);
	}
	if (c->secret)
		parser_error(p, word->column, "there is a word too many; quote what has blanks");
	else if (word->text[0] == '-' && find_option(c->options, word->text + 1, option_len))
		parser_error(p, word->column, "an option begins with two dashes: -%s",
			     word_show(word->text, shown));
	else
		parser_error(p, word->column, "\"%s\" is too much here; %s%s",
			     word_show(word->text, shown),
			     c->operand ? "only one is taken: " : "only options are taken",
			     c->operand ? c->operand : "");
	return false;
}

static bool take_args(struct parser *p, struct ks_args *args)
{
	const struct ks_words *w = &p->words;
	bool good = true;

	for (size_t i = 1; i < w->count; i++) {
		const char *text = w->word[i].text;

		if (strncmp(text, "--", 2) == 0 && text[2])
			good = take_option(p, &i, args) && good;
		else
			good = take_operand(p, &w->word[i], args) && good;
	}
	if (good && p->command->operand_needed && !args->operand.given) {
		parser_error(p, args->column, "%s is missing", p->command->operand);
		good = false;
	}
	return good;
}

/* Whether the command may be given (again). */
static bool may_repeat(struct parser *p, size_t index)
{
	unsigned int *first = &p->first_line[index];

	if (!*first) {
		*first = p->pos.line;
	} else if (p->command->repeat == KS_ONCE) {
		parser_error(p, p->pos.column, "already given in line %u", *first);
		return false;
	} else if (p->command->repeat == KS_LAST_WINS && p->command->status == KS_ACTS) {
		parser_warn(p, p->pos.column, "already given in line %u; the last one counts",
			    *first);
	}
	return true;
}

static void unknown_command(struct parser *p, const char *name)
{
	const char *like = table_like(name), *kind = *name == '%' ? "section" : "command";
	char shown[KS_SHOWN];

	p->command = NULL;
	parser_error(p, p->pos.column, "unknown %s %s%s%s%s", kind, word_show(name, shown),
		     like ? "; did you mean " : "", like ? like : "", like ? "?" : "");
}

static void run(struct parser *p, size_t index)
{
	const struct ks_command *c = p->command;
	struct ks_args args = { .column = p->pos.column };
	bool good = false;

	if (c->status == KS_LATER)
		parser_error(p, args.column, "not supported yet%s%s", c->help ? "; " : "",
			     c->help ? c->help : "");
	else if (c->status == KS_REFUSED)
		parser_error(p, args.column, "%s", c->help);
	else
		good = may_repeat(p, index) && take_args(p, &args);
	if (good && c->status == KS_IGNORED && p->first_line[index] == p->pos.line)
		parser_warn(p, args.column, "%s", c->help);
	if (good && c->apply)
		c->apply(p, &args);
	if (c->section)
		section_read(p, good ? &args : NULL);
}

void command_parse(struct parser *p)
{
	const char *name = p->words.word[0].text;
	size_t index = 0;

	p->pos.column = p->words.word[0].column;
	p->command = table_find(name, &index);
	if (p->command)
		run(p, index);
	else
		unknown_command(p, name);
	/* What follows an unknown section is its body, and worth no messages. */
	if (!p->command && *name == '%')
		section_read(p, NULL);
	p->command = NULL;
}
