/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vmcfg_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "socle/buf.h"
#include "socle/cleanup.h"

struct parser {
	const char *s, *end;
	const char *name;
	unsigned int line, depth;
	size_t values;
	struct err *e;
};

static json_t *wrong(struct parser *p, const char *what)
{
	err_set(p->e, -EINVAL, "%s:%u: %s", p->name, p->line, what);
	return NULL;
}

static int at(const struct parser *p)
{
	return p->s < p->end ? (unsigned char)*p->s : EOF;
}

static bool starts(const struct parser *p, const char *with)
{
	size_t n = strlen(with);

	return (size_t)(p->end - p->s) >= n && memcmp(p->s, with, n) == 0;
}

/* White space, comments and continued lines; in brackets, line ends too. */
static void skip(struct parser *p, bool lines)
{
	for (;;) {
		int c = at(p);

		if (c == '#') {
			while (at(p) != '\n' && at(p) != EOF)
				p->s++;
		} else if (starts(p, "\\\n") || starts(p, "\\\r\n")) {
			p->s += 2 + (p->s[1] == '\r');
			p->line++;
		} else if (c == ' ' || c == '\t' || c == '\r' || c == '\f' ||
			   (lines && c == '\n')) {
			p->line += c == '\n';
			p->s++;
		} else {
			return;
		}
	}
}

/* One character of a string, from behind the backslash; Python keeps what it does not know. */
static void escape(struct parser *p, struct buf *b)
{
	static const char from[] = "\\'\"abfnrtv", to[] = "\\'\"\a\b\f\n\r\t\v";
	int c = at(p);
	const char *known = c > 0 ? strchr(from, c) : NULL;

	if (c == 'x' && p->end - p->s > 2 && isxdigit((unsigned char)p->s[1]) &&
	    isxdigit((unsigned char)p->s[2])) {
		char hex[3] = { p->s[1], p->s[2], '\0' };

		buf_addc(b, (char)strtoul(hex, NULL, 16));
		p->s += 3;
		return;
	}
	if (known)
		buf_addc(b, to[known - from]);
	else if (c != '\n')
		buf_addc(b, '\\');
	p->line += c == '\n';
	if (known || c == '\n')
		p->s++;
}

/* Behind the prefix; the quote decides how it ends. */
static bool quoted(struct parser *p, bool raw, struct buf *b)
{
	char quote[4] = { *p->s, *p->s, *p->s, '\0' };
	bool three = starts(p, quote);

	quote[three ? 3 : 1] = '\0';
	for (p->s += strlen(quote); !starts(p, quote);) {
		int c = at(p);

		if (c == EOF || (c == '\n' && !three) || c == '\0')
			return false;
		p->s++;
		p->line += c == '\n';
		if (c == '\\' && !raw)
			escape(p, b);
		else
			buf_addc(b, (char)c);
		if (c == '\\' && raw && p->s < p->end) { /* r"\"" */
			p->line += *p->s == '\n';
			buf_addc(b, *p->s++);
		}
	}
	p->s += strlen(quote);
	return true;
}

/* r'', u'', b'': the length of a prefix that a quote follows. */
static size_t prefix(const struct parser *p)
{
	for (size_t n = 0; n < 3 && p->s + n < p->end; n++) {
		if (p->s[n] == '\'' || p->s[n] == '"')
			return n;
		if (!strchr("rRuUbB", p->s[n]))
			break;
	}
	return SIZE_MAX;
}

/* Adjacent strings are one. */
static json_t *string(struct parser *p, bool lines)
{
	struct buf b = BUF_INIT;
	json_t *value = NULL;
	bool ok = true;
	size_t n;

	while (ok && (n = prefix(p)) != SIZE_MAX) {
		bool raw = memchr(p->s, 'r', n) || memchr(p->s, 'R', n);

		p->s += n;
		ok = quoted(p, raw, &b);
		skip(p, lines);
	}
	if (!ok)
		wrong(p, "a string is not closed");
	else if (!buf_ok(&b) || memchr(b.s, '\0', b.len))
		wrong(p, "a string with a zero byte");
	else
		value = json_stringn_nocheck(b.s, b.len);
	buf_clear(&b);
	return value;
}

static json_t *number(struct parser *p)
{
	char text[48], *end;
	size_t n = 0;
	long long value;

	while (n < sizeof(text) - 1 &&
	       (isalnum(at(p)) || strchr("+-._", at(p) == EOF ? 'z' : at(p))))
		text[n++] = *p->s++;
	text[n] = '\0';
	if (n && (text[n - 1] == 'L' || text[n - 1] == 'l'))
		text[n - 1] = '\0';
	errno = 0;
	value = strncmp(text, "0o", 2) == 0 ? strtoll(text + 2, &end, 8) : strtoll(text, &end, 0);
	if (!*end && end != text && errno == 0)
		return json_integer(value);
	if (isdigit((unsigned char)*text) && strspn(text, "0123456789.") == strlen(text))
		return json_real(strtod(text, NULL));
	return wrong(p, "a number that is none");
}

static json_t *value(struct parser *p, bool lines);

/* Behind the opening bracket: [a, b,] or (a, b). */
static json_t *list(struct parser *p, char close, bool *comma)
{
	json_t *array = json_array(), *item;

	for (skip(p, true); at(p) != close; skip(p, true)) {
		item = value(p, true);
		if (!item || json_array_append_new(array, item) < 0) {
			json_decref(array);
			return NULL;
		}
		skip(p, true);
		if (at(p) == ',') {
			*comma = true;
			p->s++;
		} else if (at(p) != close) {
			json_decref(array);
			return wrong(p, "a list without its comma or its end");
		}
	}
	p->s++;
	return array;
}

/* Behind the opening brace: {'a': 1, 'b': 2}. */
static json_t *dictionary(struct parser *p)
{
	json_t *object = json_object();

	for (skip(p, true); at(p) != '}'; skip(p, true)) {
		_cleanup_json_ json_t *key = prefix(p) != SIZE_MAX ? string(p, true) : NULL;
		json_t *item = NULL;

		skip(p, true);
		if (key && at(p) == ':') {
			p->s++;
			item = value(p, true);
		}
		if (!item ||
		    json_object_set_new_nocheck(object, json_string_value(key), item) < 0) {
			json_decref(object);
			return p->e && p->e->code ? NULL : wrong(p, "a dictionary that is none");
		}
		skip(p, true);
		if (at(p) == ',') {
			p->s++;
		} else if (at(p) != '}') {
			json_decref(object);
			return wrong(p, "a dictionary without its comma or its end");
		}
	}
	p->s++;
	return object;
}

static json_t *word(struct parser *p)
{
	static const char *const words[] = { "True", "False", "None" };

	for (size_t i = 0; i < 3; i++) {
		size_t n = strlen(words[i]);

		if (starts(p, words[i]) &&
		    !(p->s + n < p->end &&
		      (isalnum((unsigned char)p->s[n]) || strchr("_.([", p->s[n])))) {
			p->s += n;
			return i == 2 ? json_null() : json_boolean(i == 0);
		}
	}
	return wrong(p, "this is Python, not data");
}

/* (a) is a, (a,) and () are lists. */
static json_t *tuple(struct parser *p)
{
	bool comma = false;
	json_t *array = list(p, ')', &comma), *only;

	if (!array || json_array_size(array) != 1 || comma)
		return array;
	only = json_incref(json_array_get(array, 0));
	json_decref(array);
	return only;
}

static json_t *value(struct parser *p, bool lines)
{
	json_t *json;

	skip(p, lines);
	if (++p->values > VMCFG_VALUES_MAX || ++p->depth > VMCFG_DEPTH_MAX)
		return wrong(p, "too many values, or too deeply nested");
	if (prefix(p) != SIZE_MAX) {
		json = string(p, lines);
	} else if (at(p) == '[' || at(p) == '(' || at(p) == '{') {
		char open = *p->s++;
		bool comma;

		json = open == '[' ? list(p, ']', &comma) : open == '(' ? tuple(p) : dictionary(p);
	} else if (isdigit(at(p)) || at(p) == '-' || at(p) == '+') {
		json = number(p);
	} else {
		json = word(p);
	}
	p->depth--;
	return json;
}

static int assignment(struct parser *p, struct vmcfg *cfg)
{
	struct vmcfg_key *key = &cfg->keys[cfg->n];
	size_t n = 0;

	if (cfg->n >= VMCFG_KEYS_MAX) {
		wrong(p, "too many assignments");
		return -EINVAL;
	}
	key->line = p->line;
	while ((isalnum(at(p)) || at(p) == '_') && n < sizeof(key->name) - 1)
		key->name[n++] = *p->s++;
	key->name[n] = '\0';
	skip(p, false);
	if (!n || isdigit((unsigned char)*key->name) || at(p) != '=' || starts(p, "==")) {
		wrong(p, "not of the form NAME = VALUE; this is Python, not data");
		return -EINVAL;
	}
	p->s++;
	key->value = value(p, false);
	if (!key->value)
		return -EINVAL;
	cfg->n++;
	skip(p, false);
	if (at(p) != '\n' && at(p) != ';' && at(p) != EOF) {
		wrong(p, "more than a value; this is Python, not data");
		return -EINVAL;
	}
	return 0;
}

int vmcfg_parse(const char *text, size_t len, const char *name, struct vmcfg *cfg, struct err *e)
{
	struct err own = { 0 };
	struct parser p = { .s = text, .end = text + len, .name = name, .line = 1 };
	int ret = 0;

	p.e = e ? e : &own;
	p.e->code = 0;
	if (len > VMCFG_SIZE_MAX)
		return err_set(e, -EFBIG, "%s: more than %d bytes", name, VMCFG_SIZE_MAX);
	for (;;) {
		skip(&p, true);
		while (at(&p) == ';') {
			p.s++;
			skip(&p, true);
		}
		if (at(&p) == EOF || ret < 0)
			return ret;
		ret = assignment(&p, cfg);
		if (ret < 0)
			return ret;
	}
}

void vmcfg_clear(struct vmcfg *cfg)
{
	for (size_t i = 0; i < cfg->n; i++)
		json_decref(cfg->keys[i].value);
	cfg->n = 0;
}
