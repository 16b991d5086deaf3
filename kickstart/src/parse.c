/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

void source_begin(struct source *s, const char *data, size_t len)
{
	static const char bom[3] = "\xef\xbb\xbf";

	*s = (struct source){ .at = data, .end = data + len };
	if (len >= sizeof(bom) && memcmp(data, bom, sizeof(bom)) == 0)
		s->at += sizeof(bom);
}

bool parser_line(struct parser *p, const char **line, size_t *len)
{
	struct source *s = p->source;
	const char *newline;

	if (s->at == s->end)
		return false;
	newline = memchr(s->at, '\n', (size_t)(s->end - s->at));
	*line = s->at;
	*len = (size_t)((newline ? newline : s->end) - s->at);
	s->at = newline ? newline + 1 : s->end;
	/* Files that were edited on Windows. */
	if (*len && (*line)[*len - 1] == '\r')
		(*len)--;
	s->pos.line++;
	p->pos = s->pos;
	return true;
}

void parser_set(struct parser *p, char **dest, const char *text)
{
	free(*dest);
	*dest = text ? strdup(text) : NULL;
	if (text && !*dest)
		p->out_of_memory = true;
}

void *parser_grow(struct parser *p, void *array, size_t *count, size_t size)
{
	void *base;
	char *grown;

	if (*count == KS_ITEMS_MAX || p->items == KS_ITEMS_ALL) {
		parser_error(p, p->pos.column, "more than %d of them",
			     *count == KS_ITEMS_MAX ? KS_ITEMS_MAX : KS_ITEMS_ALL);
		return NULL;
	}
	p->items++;
	memcpy(&base, array, sizeof(base));
	grown = reallocarray(base, *count + 1, size);
	if (!grown) {
		p->out_of_memory = true;
		return NULL;
	}
	memcpy(array, &grown, sizeof(grown));
	memset(grown + *count * size, 0, size);
	return grown + (*count)++ * size;
}

void parser_split(struct parser *p, struct ks_strings *list, const char *text,
		  const char *separators)
{
	for (;;) {
		size_t n = strcspn(text, separators);
		char **item = n ? parser_grow(p, &list->item, &list->count, sizeof(*item)) : NULL;

		if (item) {
			*item = strndup(text, n);
			p->out_of_memory |= !*item;
		}
		if (!text[n])
			return;
		text += n + 1;
	}
}

/* Whether text may be UTF-8 (RFC 3629, 4); overlong forms and surrogates are let through. */
static bool is_utf8(const char *text)
{
	const unsigned char *s = (const unsigned char *)text;

	while (*s) {
		int more = *s < 0x80 ? 0 : *s < 0xe0 ? 1 : *s < 0xf0 ? 2 : 3;

		if ((*s >= 0x80 && *s < 0xc2) || *s > 0xf4)
			return false;
		for (s++; more; more--)
			if ((*s++ & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* A password in Latin-1 is not the one that is typed at a console. */
static void check_encoding(struct parser *p)
{
	for (size_t i = 0; i < p->words.count; i++)
		if (!is_utf8(p->words.word[i].text)) {
			parser_warn(p, p->words.word[i].column,
				    "this word is not in UTF-8; is the file in Latin-1?");
			return;
		}
}

static void parse_line(struct parser *p, const char *line, size_t len)
{
	struct ks_words *w = &p->words;

	lex_line(w, line, len);
	if (w->fault) {
		parser_error(p, w->fault_column, "%s", w->fault);
		p->stopped |= w->no_text;
		return;
	}
	if (!w->count)
		return;
	if (w->hash_column)
		parser_warn(p, w->hash_column,
			    "# inside a word begins a comment; quote the word if it is part of it");
	check_encoding(p);
	if (strcmp(w->word[0].text, "%end") == 0)
		parser_error(p, w->word[0].column, "%%end without a section");
	else
		command_parse(p);
}

/* By the place in the file itself, then in what it includes. */
static int by_place(const void *a, const void *b)
{
	const struct ks_message *x = a, *y = b;
	const unsigned int keys[][2] = {
		{ x->order[0], y->order[0] },
		{ x->order[1], y->order[1] },
		{ x->pos.line, y->pos.line },
		{ x->pos.column, y->pos.column },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i][0] != keys[i][1])
			return keys[i][0] < keys[i][1] ? -1 : 1;
	return 0;
}

void parse_lines(struct parser *p)
{
	const char *line;
	size_t len;

	while (!p->stopped && !p->out_of_memory && parser_line(p, &line, &len))
		parse_line(p, line, len);
}

static void parse_all(struct parser *p)
{
	parse_lines(p);
	network_settle(p);
	access_settle(p);
	sections_settle(p);
	if (p->messages->count)
		qsort(p->messages->item, p->messages->count, sizeof(*p->messages->item), by_place);
}

int ks_parse(const char *data, size_t len, struct answers *a, struct ks_messages *messages,
	     struct err *e)
{
	return ks_parse_with(NULL, data, len, a, messages, e);
}

int ks_parse_with(const struct ks_reader *reader, const char *data, size_t len, struct answers *a,
		  struct ks_messages *messages, struct err *e)
{
	struct source source;
	struct parser *p;
	bool complete;

	if (len > KS_FILE_MAX)
		return err_set(e, -EFBIG, "a kickstart file may have %d bytes, this has %zu",
			       KS_FILE_MAX, len);
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_sys(e, -ENOMEM, "kickstart");
	p->a = a;
	p->messages = messages;
	p->reader = reader;
	p->source = &source;
	p->bytes = len;
	a->bootloader.timeout = KS_UNSAID;
	sha256_mem(data, len, a->sha256);
	source_begin(&source, data, len);
	parse_all(p);
	complete = !p->out_of_memory;
	free(p->hostname);
	/* It held the words of the file, passwords among them. */
	explicit_bzero(p, sizeof(*p));
	free(p);
	if (!complete)
		return err_sys(e, -ENOMEM, "kickstart");
	if (messages->errors)
		return err_set(e, -EINVAL, "the kickstart file has %zu error%s", messages->errors,
			       messages->errors == 1 ? "" : "s");
	return 0;
}
