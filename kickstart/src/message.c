/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "socle/url.h"

void ks_messages_clear(struct ks_messages *m)
{
	for (size_t i = 0; i < m->count; i++) {
		free(m->item[i].text);
		free(m->item[i].trail);
		free((char *)m->item[i].pos.file);
	}
	free(m->item);
	*m = (struct ks_messages){ 0 };
}

/* Messages are read on terminals and as JSON: nothing but ASCII is let through. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text >= 0x7f)
			*text = '?';
}

const char *word_show(const char *word, char buffer[KS_SHOWN])
{
	if (url_show(word, buffer, KS_SHOWN) >= KS_SHOWN)
		memset(buffer + KS_SHOWN - 4, '.', 3);
	make_plain(buffer);
	return buffer;
}

/* Short and printable, as word_show(); of a long one the end tells more. */
static const char *file_show(const char *file, char buffer[KS_SHOWN])
{
	char whole[8192];
	size_t len = url_show(file, whole, sizeof(whole));

	len = len < sizeof(whole) ? len : sizeof(whole) - 1;
	if (len < KS_SHOWN)
		return word_show(file, buffer);
	snprintf(buffer, KS_SHOWN, "...%s", whole + len - (KS_SHOWN - sizeof("...")));
	make_plain(buffer);
	return buffer;
}

const char *place(struct ks_pos pos, char buffer[KS_PLACE])
{
	char shown[KS_SHOWN];

	if (pos.file)
		snprintf(buffer, KS_PLACE, "line %u of %s", pos.line, file_show(pos.file, shown));
	else
		snprintf(buffer, KS_PLACE, "line %u", pos.line);
	return buffer;
}

/* "included from line 4 of b.ks, included from line 3", or NULL for the file itself. */
static char *trail(const struct source *s)
{
	struct buf text = BUF_INIT;
	char where[KS_PLACE];

	if (!s || !s->parent)
		return NULL;
	for (s = s->parent; s; s = s->parent)
		buf_addf(&text, "%sincluded from %s", text.len ? ", " : "", place(s->pos, where));
	return buf_take(&text);
}

static const struct source *root(const struct source *s)
{
	while (s->parent)
		s = s->parent;
	return s;
}

/* The name of an included file for messages: whole, but without the secrets of a URL. */
static char *file_shown(const char *name)
{
	size_t size = strlen(name) + sizeof("...");
	char *shown = malloc(size);

	if (shown)
		url_show(name, shown, size);
	return shown;
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
	item += m->count++;
	*item = (struct ks_message){ .severity = severity, .pos = pos, .text = text };
	item->pos.file = pos.file ? file_shown(pos.file) : NULL;
	item->order[0] = pos.line;
	if (pos.file && p->source) {
		item->order[0] = root(p->source)->pos.line;
		item->order[1] = p->source->number;
		item->trail = trail(p->source);
	}
	m->errors += severity == KS_ERROR;
	m->refusals += severity == KS_REFUSAL;
}

static void add_unmet(struct parser *p, struct ks_pos pos, const char *text, size_t len)
{
	struct answers *a = p->a;
	struct ks_unmet *u;

	if (a->unmet_count == KS_ITEMS_MAX)
		return;
	u = parser_grow(p, &a->unmet, &a->unmet_count, sizeof(*u));
	if (u) {
		u->pos = pos;
		u->text = strndup(text, len);
		p->out_of_memory |= !u->text;
	}
}

/* Past so many errors the rest is not worth checking; of the others there are no more told. */
static bool is_too_much(struct parser *p, enum ks_severity severity, struct ks_pos pos)
{
	if (p->messages->count < KS_MESSAGES_MAX)
		return false;
	if (severity == KS_ERROR) {
		p->stopped = true;
		add(p, KS_ERROR, pos, strdup("too many messages; the rest was not checked"));
	} else if (!p->hushed) {
		p->hushed = true;
		add(p, KS_WARNING, pos, strdup("too many messages; from here on only errors"));
	}
	return true;
}

static bool same_line(struct ks_pos a, struct ks_pos b)
{
	return a.line == b.line &&
	       (a.file == b.file || (a.file && b.file && !strcmp(a.file, b.file)));
}

void parser_forget(struct parser *p, size_t messages)
{
	struct ks_messages *m = p->messages;
	struct answers *a = p->a;
	size_t kept = messages;

	for (size_t i = messages; i < m->count; i++) {
		struct ks_message *item = &m->item[i];

		if (item->severity != KS_REFUSAL || !same_line(item->pos, p->pos)) {
			m->item[kept++] = *item;
			continue;
		}
		free(item->text);
		free(item->trail);
		free((char *)item->pos.file);
		m->refusals--;
	}
	m->count = kept;
	while (a->unmet_count && same_line(a->unmet[a->unmet_count - 1].pos, p->pos))
		free(a->unmet[--a->unmet_count].text);
}

__format(4, 0) static void vmessage(struct parser *p, enum ks_severity severity,
				    unsigned int column, const char *fmt, va_list ap)
{
	struct ks_pos pos = { p->pos.line, column, p->pos.file };
	const char *name = p->command ? p->command->name : "";
	char *text = NULL, *whole = NULL;

	if (p->stopped || p->out_of_memory)
		return;
	if (vasprintf(&text, fmt, ap) < 0) {
		p->out_of_memory = true;
		return;
	}
	if (asprintf(&whole, "%s%s%s%s", name, *name ? ": " : "", text,
		     severity == KS_REFUSAL ? REFUSES : "") < 0) {
		p->out_of_memory = true;
		free(text);
		return;
	}
	/* Whether it is told or not. */
	if (severity == KS_REFUSAL)
		add_unmet(p, pos, whole, strlen(whole) - strlen(REFUSES));
	if (is_too_much(p, severity, pos))
		free(whole);
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

void parser_refuse(struct parser *p, unsigned int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(p, KS_REFUSAL, column, fmt, ap);
	va_end(ap);
}

void parser_warn(struct parser *p, unsigned int column, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vmessage(p, KS_WARNING, column, fmt, ap);
	va_end(ap);
}

size_t word_name(const char *word)
{
	/* Longer than any command's; what is longer is a key or the like. */
	enum { LONGEST = 24 };
	static const char letters[] = "%ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789_-";
	size_t n = strspn(word, letters);

	return n < LONGEST ? n : LONGEST;
}

const char *word_prefix(const char *word, char buffer[KS_SHOWN])
{
	/* What placeholders begin with. */
	size_t n = strspn(word, "$@{<"), mark = n < 2 ? n : 2;

	n = mark + word_name(word + mark);
	/* "rootpw=..." tells what is wrong with it. */
	n += word[n] == '=' || word[n] == ':';
	snprintf(buffer, KS_SHOWN, "%.*s%s", (int)n, word, word[n] ? "..." : "");
	return buffer;
}

void ks_message_text(const struct ks_message *m, const char *path, struct buf *out)
{
	static const char *const kinds[] = { "error", "warning", "refusal" };

	buf_addf(out, "%s:%u:%u: %s: %s", m->pos.file ? m->pos.file : path, m->pos.line,
		 m->pos.column, kinds[m->severity], m->text);
	if (m->trail)
		buf_addf(out, " (%s)", m->trail);
}
