/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lex.h"

#include <string.h>

struct lexer {
	struct ks_words *w;
	const char *s;
	size_t len, at;
	char *out;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool fault(struct lexer *l, size_t at, const char *why)
{
	l->w->fault = why;
	l->w->fault_column = (unsigned int)at + 1;
	return false;
}

/* The rest of a quoted string; at is behind the opening quote. */
static bool take_quoted(struct lexer *l, char quote)
{
	size_t open = l->at - 1;

	while (l->at < l->len) {
		char c = l->s[l->at++];

		if (c == quote)
			return true;
		if (quote == '"' && c == '\\' && l->at < l->len &&
		    (l->s[l->at] == '"' || l->s[l->at] == '\\'))
			c = l->s[l->at++];
		*l->out++ = c;
	}
	return fault(l, open, "this quote is never closed");
}

/* One word; at is at its first byte. */
static bool take_word(struct lexer *l)
{
	while (l->at < l->len && !is_blank(l->s[l->at])) {
		char c = l->s[l->at++];

		if (c == '\'' || c == '"') {
			if (!take_quoted(l, c))
				return false;
		} else if (c == '\\') {
			if (l->at == l->len)
				return fault(l, l->at - 1,
					     "a line cannot be continued by a backslash");
			*l->out++ = l->s[l->at++];
		} else if (c == '#') {
			l->w->hash_column = (unsigned int)l->at;
			l->at = l->len;
		} else {
			*l->out++ = c;
		}
	}
	*l->out++ = '\0';
	return true;
}

static void take_words(struct lexer *l)
{
	struct ks_words *w = l->w;

	for (;;) {
		while (l->at < l->len && is_blank(l->s[l->at]))
			l->at++;
		if (l->at == l->len || l->s[l->at] == '#')
			return;
		if (w->count == KS_WORDS_MAX) {
			fault(l, l->at, "too many words in one line");
			return;
		}
		w->word[w->count++] = (struct ks_word){ l->out, (unsigned int)l->at + 1 };
		if (!take_word(l))
			return;
	}
}

void lex_line(struct ks_words *w, const char *line, size_t len)
{
	struct lexer l = { .w = w, .s = line, .len = len, .out = w->text };
	const char *nul = memchr(line, '\0', len);

	w->count = 0;
	w->fault = NULL;
	w->hash_column = 0;
	w->no_text = nul;
	if (nul)
		fault(&l, (size_t)(nul - line), "a NUL byte; this is not a text file in UTF-8");
	else if (len > KS_LINE_MAX)
		fault(&l, KS_LINE_MAX, "the line is too long");
	else
		take_words(&l);
	if (w->fault)
		w->count = 0;
}
