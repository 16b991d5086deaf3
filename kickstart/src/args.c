/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words behind a command's name against its table, in the way of Python's
 * argparse, by which pykickstart reads them: options and operands may be mixed,
 * an option may be shortened as long as no other begins so, its value follows
 * "=" or a blank, "--" ends the options.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "types.h"

/* Check a value, or each item of a list; shown becomes the one that was looked at last. */
static bool is_of_type(const struct ks_type *type, const char *text, char shown[KS_SHOWN])
{
	char item[4096];
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

/* What is malformed is an error; what only cannot be installed is a refusal. */
#define complain(p, grammar, ...) \
	((grammar) ? parser_error((p), __VA_ARGS__) : parser_refuse((p), __VA_ARGS__))

static bool check_value(struct parser *p, const struct ks_type *type, const char *choices,
			const char *name, const struct ks_arg *value)
{
	const char *dashes = name ? "--" : "", *colon = name ? ": " : "";
	char shown[KS_SHOWN];

	name = name ? name : "";
	if (choices && !is_choice(choices, value->text, strlen(value->text))) {
		parser_error(p, value->column, "%s%s%s\"%s\" is not one of %s", dashes, name, colon,
			     word_show(value->text, shown), choices);
		return false;
	}
	if (!type || is_of_type(type, value->text, shown))
		return true;
	/* Numbers and the like are no passwords. */
	if (p->command->secret && !type->grammar)
		complain(p, type->grammar, value->column, "%s%s%sthe value is not %s", dashes, name,
			 colon, type->what);
	else
		complain(p, type->grammar, value->column, "%s%s%s\"%s\" is not %s", dashes, name,
			 colon, shown, type->what);
	return false;
}

static bool is_named(const struct ks_option *o, const char *text, size_t len)
{
	return is_choice(o->name, text, len) || (o->alias && is_choice(o->alias, text, len));
}

/* Whether one of the names in "a|b" begins with text. */
static bool begins(const char *names, const char *text, size_t len)
{
	for (const char *n = names; n && *n; n += strcspn(n, "|"), n += *n == '|')
		if (strncmp(n, text, len) == 0 && strcspn(n, "|") >= len)
			return true;
	return false;
}

const struct ks_option *find_option(const struct ks_option *options, const char *text, size_t len,
				    const struct ks_option **other)
{
	const struct ks_option *found = NULL;

	*other = NULL;
	for (const struct ks_option *o = options; o && o->name; o++)
		if (is_named(o, text, len))
			return o;
	for (const struct ks_option *o = options; len && o && o->name; o++) {
		if (o->dialect != KS_ANACONDA ||
		    (!begins(o->name, text, len) && !begins(o->alias, text, len)))
			continue;
		if (found) {
			*other = o;
			return found;
		}
		found = o;
	}
	return found;
}

/* A number, which argparse takes for a value even when it is negative. */
static bool is_negative(const char *text)
{
	return text[0] == '-' && text[1] && !text[1 + strspn(text + 1, "0123456789.")];
}

/* Whether argparse takes the word for an option, known or not. */
static bool is_option(const struct ks_command *c, const char *text)
{
	const struct ks_option *other;

	if (text[0] != '-' || !text[1] || is_negative(text))
		return false;
	if (!strchr(text, ' '))
		return true;
	return text[1] == '-' && find_option(c->options, text + 2, strcspn(text + 2, "="), &other);
}

static bool takes_value(const struct ks_command *c, const char *name)
{
	for (const struct ks_option *o = c->options; o && o->name; o++)
		if (strcmp(o->name, name) == 0)
			return o->type && !o->optional_value;
	return false;
}

static bool unknown_option(struct parser *p, size_t *i, const char *text, size_t len)
{
	const struct ks_words *w = &p->words;
	unsigned int column = w->word[*i].column;
	char shown[KS_SHOWN], name[KS_SHOWN];
	bool hidden = p->command->secret;
	const char *like;

	/* The word behind it may be its value, and a password. */
	p->secret = true;
	snprintf(name, sizeof(name), "%.*s", len < sizeof(name) ? (int)len : KS_SHOWN - 1, text);
	like = options_like(p->command->options, name);
	/* What looks like an option's name is no password. */
	parser_error(p, column, "unknown option%s%s%s%s%s", hidden && !like ? "" : " --",
		     hidden && !like ? "" : word_show(name, shown), like ? "; did you mean --" : "",
		     like ? like : "", like ? "?" : "");
	/* Its value would only be told of once more. */
	if (like && !text[len] && takes_value(p->command, like) && *i + 1 < w->count &&
	    !is_option(p->command, w->word[*i + 1].text))
		(*i)++;
	return false;
}

static void option_told(struct parser *p, const struct ks_option *o, const struct ks_arg *arg,
			unsigned int column)
{
	if (o->dialect == KS_ESXI || o->dialect == KS_OVM)
		p->other_dialect = true;
	if (o->but && arg->given && is_choice(o->but, arg->text, strlen(arg->text)))
		return;
	/* A command that is not acted on as a whole has its own message. */
	if (o->status == KS_LATER && p->command->status != KS_LATER)
		parser_refuse(p, column, "--%s: %s", o->name, option_why(o));
	else if (o->status == KS_IGNORED && p->command->status != KS_IGNORED &&
		 p->command->status != KS_LATER)
		parser_warn(p, column, "--%s: %s", o->name, option_why(o));
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
	} else if (o->optional_value) {
		return true;
	} else if (*i + 1 < w->count && !is_option(p->command, w->word[*i + 1].text)) {
		arg->text = w->word[++*i].text;
		arg->column = w->word[*i].column;
	}
	if (arg->text && !*arg->text && o->filled) {
		/* Anaconda takes such a line. */
		complain(p, p->command->dialect != KS_ANACONDA, arg->column, "--%s has no value",
			 o->name);
		return false;
	}
	if (!arg->text || (!*arg->text && (o->type->grammar || o->choices || o->required))) {
		parser_error(p, arg->column, "--%s needs a value: --%s=%s", o->name, o->name,
			     o->choices ? o->choices : o->type->meta);
		return false;
	}
	/* An empty value says nothing. */
	arg->given = *arg->text;
	return !arg->given || check_value(p, o->type, o->choices, o->name, arg);
}

/* Take the option that is word *i, and its value. */
static bool take_option(struct parser *p, size_t *i, struct ks_args *args)
{
	const struct ks_words *w = &p->words;
	const struct ks_option *options = p->command->options, *o, *other;
	const char *text = w->word[*i].text + 2;
	unsigned int column = w->word[*i].column;
	size_t len = strcspn(text, "=");
	struct ks_arg *arg;

	o = find_option(options, text, len, &other);
	if (!o)
		return unknown_option(p, i, text, len);
	if (other) {
		parser_error(p, column, "--%.*s may be --%s or --%s", (int)len, text, o->name,
			     other->name);
		return false;
	}
	if (o->status == KS_REFUSED) {
		parser_error(p, column, "--%s: refused on purpose: %s", o->name, option_why(o));
		if (o->type && !text[len] && *i + 1 < w->count)
			(*i)++;
		return false;
	}
	arg = &args->option[o - options];
	if (arg->given && o->type && !o->many)
		parser_warn(p, column, "--%s is given twice; the last one counts", o->name);
	*arg = (struct ks_arg){ .given = true, .column = column };
	args->last = (size_t)(o - options);
	p->secret |= o->secret;
	if (!take_value(p, i, o, arg))
		return false;
	option_told(p, o, arg, column);
	return true;
}

static bool too_much(struct parser *p, const struct ks_word *word)
{
	const struct ks_command *c = p->command;
	const struct ks_option *o = NULL, *other = NULL;
	char shown[KS_SHOWN];
	size_t most = command_most(c);

	if (word->text[0] == '-' && word->text[1])
		o = find_option(c->options, word->text + 1, strcspn(word->text + 1, "="), &other);
	if (c->secret || p->secret)
		parser_error(p, word->column, "there is a word too many; quote what has blanks");
	else if (o)
		parser_error(p, word->column, "an option begins with two dashes: --%s", o->name);
	else
		parser_error(p, word->column, "\"%s\" is too much here; %s%s",
			     word_show(word->text, shown),
			     !most	 ? "only options are taken"
			     : most == 1 ? "only one is taken: "
					 : "taken are: ",
			     most ? c->operand : "");
	/* Its value may be the next word. */
	p->secret |= (o && o->secret) || (other && other->secret);
	return false;
}

static bool take_operand(struct parser *p, const struct ks_word *word, bool literal,
			 struct ks_args *args)
{
	const struct ks_command *c = p->command;

	if (args->operands == command_most(c) || (!literal && is_option(c, word->text)))
		return too_much(p, word);
	args->operand[args->operands] = (struct ks_arg){ true, word->text, word->column };
	return check_value(p, c->operand_type, NULL, NULL, &args->operand[args->operands++]);
}

/* Whether an option of "a|b" was given; other is the first that was not. */
static bool given_of(const struct ks_option *options, const struct ks_args *args, const char *names,
		     const struct ks_option *but, const struct ks_option **hit,
		     const struct ks_option **missing)
{
	*hit = *missing = NULL;
	for (const struct ks_option *o = options; o->name; o++) {
		if (o == but || !is_choice(names, o->name, strlen(o->name)))
			continue;
		if (args->option[o - options].given)
			*hit = o;
		else if (!*missing)
			*missing = o;
	}
	return *hit;
}

/* What the table says of an option and the others. */
static bool option_fits(struct parser *p, const struct ks_args *args, const struct ks_option *o)
{
	const struct ks_option *options = p->command->options, *hit, *missing;
	const struct ks_arg *arg = &args->option[o - options], *against;

	if (!arg->given) {
		if (o->required)
			parser_error(p, args->column, "--%s=%s is missing", o->name, o->type->meta);
		return !o->required;
	}
	if (o->needs) {
		given_of(options, args, o->needs, o, &hit, &missing);
		if (missing) {
			parser_error(p, arg->column, "--%s needs --%s", o->name, missing->name);
			return false;
		}
		against = &args->option[hit - options];
		if (o->needs_value &&
		    !is_choice(o->needs_value, against->text, strlen(against->text))) {
			parser_error(p, arg->column, "--%s needs --%s=%s", o->name, hit->name,
				     o->needs_value);
			return false;
		}
	}
	if (o->conflicts && given_of(options, args, o->conflicts, o, &hit, &missing)) {
		against = &args->option[hit - options];
		parser_error(p, against->column > arg->column ? against->column : arg->column,
			     "--%s and --%s contradict each other", o->name, hit->name);
		return false;
	}
	return true;
}

static bool line_fits(struct parser *p, const struct ks_args *args)
{
	const struct ks_command *c = p->command;
	const char *names = c->one_of ? c->one_of : c->some_of;
	const struct ks_option *hit, *missing, *second;
	char shown[KS_NAMES];

	if (args->operands < c->least) {
		parser_error(p, args->column, c->least == 1 ? "%s is missing" : "%s are needed",
			     c->operand);
		return false;
	}
	if (names && !given_of(c->options, args, names, NULL, &hit, &missing)) {
		parser_error(p, args->column, "%s of %s is needed",
			     c->one_of ? "one" : "at least one", names_text(names, "--", shown));
		return false;
	}
	if (c->one_of && given_of(c->options, args, names, hit, &second, &missing)) {
		parser_error(p, args->option[hit - c->options].column,
			     "--%s and --%s contradict each other", second->name, hit->name);
		return false;
	}
	return true;
}

bool args_take(struct parser *p, struct ks_args *args)
{
	const struct ks_words *w = &p->words;
	bool good = true, literal = false;

	p->secret = false;
	if (p->command->free)
		return true;
	for (size_t i = 1; i < w->count; i++) {
		const char *text = w->word[i].text;

		if (!literal && strcmp(text, "--") == 0)
			literal = true;
		else if (!literal && strncmp(text, "--", 2) == 0 && is_option(p->command, text))
			good = take_option(p, &i, args) && good;
		else
			good = take_operand(p, &w->word[i], literal, args) && good;
	}
	if (good)
		good = line_fits(p, args);
	for (const struct ks_option *o = p->command->options; good && o && o->name; o++)
		good = option_fits(p, args, o);
	return good;
}

void args_operands(struct parser *p, const struct ks_args *args, size_t first,
		   struct ks_strings *list)
{
	for (size_t i = first; i < args->operands; i++) {
		char **item = parser_grow(p, &list->item, &list->count, sizeof(*item));

		if (item)
			parser_set(p, item, args->operand[i].text);
	}
}

static void fill(struct parser *p, const struct ks_option *o, const struct ks_arg *arg, void *field)
{
	switch (o->store) {
	case KS_NOWHERE:
		break;
	case KS_STRING:
		parser_set(p, field, arg->text);
		break;
	case KS_STRINGS:
		strings_clear(field);
		if (arg->text)
			parser_split(p, field, arg->text, o->type->list ? o->type->list : ",");
		break;
	case KS_NUMBER:
		*(long long *)field = arg->text ? strtoll(arg->text, NULL, 10) : 0;
		break;
	case KS_TRUE:
		*(bool *)field = true;
		break;
	case KS_FALSE:
		*(bool *)field = false;
		break;
	case KS_BOOL:
		*(bool *)field = bool_value(arg->text);
		break;
	}
}

void args_fill(struct parser *p, const struct ks_option *options, const struct ks_args *args,
	       void *base)
{
	for (const struct ks_option *o = options; o->name; o++)
		if (args->option[o - options].given)
			fill(p, o, &args->option[o - options], (char *)base + o->to);
}

void options_clear(const struct ks_option *options, void *base)
{
	for (const struct ks_option *o = options; o->name; o++) {
		void *field = (char *)base + o->to;
		char **text = field;

		if (o->store == KS_STRINGS) {
			strings_clear(field);
		} else if (o->store == KS_STRING && *text) {
			/* It may be a passphrase. */
			explicit_bzero(*text, strlen(*text));
			free(*text);
			*text = NULL;
		}
	}
}
