/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

void ks_messages_clear(struct ks_messages *m)
{
	for (size_t i = 0; i < m->count; i++)
		free(m->item[i].text);
	free(m->item);
	*m = (struct ks_messages){ 0 };
}

static void add(struct parser *p, enum ks_severity severity, struct ks_pos pos, char *text)
{
	struct ks_messages *m = p->messages;
	struct ks_message *item = NULL;

	if (text)
		item = reallocarray(m->item, m->count + 1, sizeof(*item));
	if (!item) {
		free(text);
		p->out_of_memory = true;
		return;
	}
	m->item = item;
	m->item[m->count++] = (struct ks_message){ severity, pos, text };
	m->errors += severity == KS_ERROR;
}

__format(4, 0) static void vmessage(struct parser *p, enum ks_severity severity,
				    unsigned int column, const char *fmt, va_list ap)
{
	struct ks_pos pos = { p->pos.line, column };
	const char *name = p->command ? p->command->name : "";
	char *text = NULL, *whole = NULL;

	if (p->stopped || p->out_of_memory)
		return;
	if (p->messages->count == KS_MESSAGES_MAX) {
		p->stopped = true;
		add(p, KS_ERROR, pos, strdup("too many messages; the rest was not checked"));
		return;
	}
	if (vasprintf(&text, fmt, ap) < 0 ||
	    asprintf(&whole, "%s%s%s", name, *name ? ": " : "", text) < 0)
		p->out_of_memory = true;
	else
		add(p, severity, pos, whole);
	free(text);
}

void parser_error(struct parser *p, unsigned int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(p, KS_ERROR, column, fmt, ap);
	va_end(ap);
}

void parser_warn(struct parser *p, unsigned int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(p, KS_WARNING, column, fmt, ap);
	va_end(ap);
}

/* Messages are read on terminals and as JSON: nothing but ASCII is let through. */
const char *word_show(const char *word, char buffer[KS_SHOWN])
{
	size_t n = 0;

	while (n < KS_SHOWN - 1 && word[n]) {
		buffer[n] = word[n] >= ' ' && word[n] < 0x7f ? word[n] : '?';
		n++;
	}
	if (word[n])
		memset(buffer + n - 3, '.', 3);
	buffer[n] = '\0';
	return buffer;
}
