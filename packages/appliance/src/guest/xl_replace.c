/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes to a configuration that somebody may have edited: where a statement
 * begins and ends is told the way libxlutil's lexer does (strings, brackets,
 * comments), all else stays as it is.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "xlcfg.h"

/* The end of a string that begins here, behind its quote; the end of the text when it has none. */
static const char *string_end(const char *s)
{
	char quote = *s++;

	for (; *s && *s != quote && *s != '\n'; s++)
		if (*s == '\\' && s[1])
			s++;
	return *s ? s + 1 : s;
}

/* The end of a statement: of its line, or of the line where its last bracket closes. */
static const char *statement_end(const char *s)
{
	int depth = 0;

	while (*s && !(depth <= 0 && (*s == '\n' || *s == ';'))) {
		if (*s == '\'' || *s == '"') {
			s = string_end(s);
			continue;
		}
		if (*s == '#') {
			s += strcspn(s, "\n");
			continue;
		}
		depth += (*s == '[') - (*s == ']');
		s++;
	}
	return *s ? s + 1 : s;
}

/* Whether the statement at s gives the key a value. */
static bool sets(const char *s, const char *key)
{
	size_t len = strlen(key);

	s += strspn(s, " \t");
	if (strncmp(s, key, len) != 0)
		return false;
	s += len + strspn(s + len, " \t");
	return *s == '=' || (*s == '+' && s[1] == '=');
}

int xl_replace(struct buf *text, const char *key, const char *statement, struct err *e)
{
	struct buf out = BUF_INIT;
	bool done = false;

	for (const char *s = text->s, *end; *s; s = end) {
		const char *word = s + strspn(s, " \t\n;");

		end = *word == '#' ? word + strcspn(word, "\n") : statement_end(word);
		if (!sets(word, key)) {
			buf_add(&out, s, (size_t)(end - s));
			continue;
		}
		buf_add(&out, s, (size_t)(word - s));
		if (!done)
			buf_adds(&out, statement);
		done = true;
	}
	if (!done) {
		if (out.len && out.s[out.len - 1] != '\n')
			buf_addc(&out, '\n');
		buf_adds(&out, statement);
	}
	if (!buf_ok(&out)) {
		buf_clear(&out);
		return err_sys(e, -ENOMEM, "configuration");
	}
	buf_clear(text);
	*text = out;
	return 0;
}
