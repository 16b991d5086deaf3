/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kickstart/explain.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "socle/buf.h"
#include "socle/url.h"

enum { SOURCE_MAX = 160, ROOM = 1024 };

struct walk {
	struct parser parser; /* for reading only: it has no answers, and tells nothing */
	struct source source;
	unsigned int stop;		      /* the line behind which nothing was checked */
	unsigned int counts[KS_COMMANDS_MAX]; /* the line that counts, of each command */
	const struct ks_messages *messages;
	size_t message; /* the first that may be of a line to come */
};

/* The next line with words; false at the end. */
static bool next_words(struct walk *w)
{
	const char *line;
	size_t len;

	while (parser_line(&w->parser, &line, &len)) {
		lex_line(&w->parser.words, line, len);
		if (w->parser.words.count || w->parser.words.fault)
			return true;
	}
	return false;
}

/*
 * The first message that refuses one of these lines, or what they include; errors
 * before others.  Lines come in their order, and so do the messages.
 */
static const struct ks_message *refusal_of(struct walk *w, unsigned int first, unsigned int last)
{
	const struct ks_message *found = NULL;

	for (; w->message < w->messages->count; w->message++) {
		const struct ks_message *item = &w->messages->item[w->message];

		if (item->order[0] > last)
			break;
		if (item->severity == KS_WARNING || item->order[0] < first)
			continue;
		if (!found || (item->severity == KS_ERROR && found->severity != KS_ERROR))
			found = item;
	}
	return found;
}

static void add_shown(struct buf *out, const char *text)
{
	char shown[SOURCE_MAX + 2]; /* one more, so that it is seen to be too long */

	url_show(text, shown, sizeof(shown));
	for (const char *s = shown; *s; s++)
		buf_addc(out, *s >= ' ' && *s < 0x7f ? *s : '?');
}

/* What a word behind the command's name is, as far as it decides what may be shown. */
struct shown {
	bool option;
	bool known;    /* and there is this option */
	bool harmless; /* and its value is no secret */
};

/* As the parser takes it, though with one dash too. */
static struct shown look_at(const struct ks_command *c, const char *text)
{
	size_t dashes = strspn(text, "-");
	size_t len = strcspn(text + dashes, "=");
	struct shown s = { .option = true };
	const struct ks_option *o = NULL, *other = NULL;

	if (!dashes || dashes > 2 || !text[dashes] || strchr("0123456789.", text[dashes]))
		return (struct shown){ 0 };
	if (c)
		o = find_option(c->options, text + dashes, len, &other);
	s.known = o && !other;
	s.harmless = s.known && !o->secret;
	return s;
}

static void hide(struct buf *out)
{
	if (out->len < 4 || strcmp(out->s + out->len - 4, " ...") != 0)
		buf_adds(out, " ...");
}

/*
 * As much of a name as may be one: an unknown command may be a known one without
 * the blank behind it, "rootpw=secret".
 */
static void show_name(struct buf *out, const char *text)
{
	size_t len = word_name(text);

	buf_addf(out, "%.*s%s%s", (int)len, text, text[len] == '=' && *text == '-' ? "=" : "",
		 text[len] ? "..." : "");
}

/*
 * The words, less those that may be secret: all but the names of options where
 * the command has secrets, or is not known and may be a misspelt one that has;
 * the value of an option that has a secret, or that is not known or not clear,
 * and the words behind it, which may be parts of that value.
 */
static void show_words(struct buf *out, const struct ks_words *w, const struct ks_command *c)
{
	bool all = !c || c->secret, secret = false;

	show_name(out, w->word[0].text);
	for (size_t i = 1; i < w->count && out->len < SOURCE_MAX; i++) {
		const char *text = w->word[i].text;
		struct shown s = look_at(c, text);

		if (!s.known && (all || secret)) {
			hide(out);
		} else {
			buf_addc(out, ' ');
			if (s.option && (all || !s.harmless))
				show_name(out, text);
			else
				add_shown(out, text);
		}
		secret |= s.option && !s.harmless;
	}
	if (out->len > SOURCE_MAX) {
		out->len = SOURCE_MAX;
		strcpy(out->s + SOURCE_MAX - 3, "...");
	}
}

static enum ks_effect effect_of(const struct ks_command *c)
{
	switch (c->status) {
	case KS_ACTS:
		return KS_EFFECT_ACTS;
	case KS_SILENT:
		return KS_EFFECT_NOTHING;
	case KS_IGNORED:
		return KS_EFFECT_IGNORED;
	case KS_LATER:
	case KS_REFUSED:
		break;
	}
	return KS_EFFECT_REFUSED;
}

/* The effect says "ignored" or "accepted" already. */
static const char *why(const struct ks_command *c)
{
	static const char *const said[] = { "ignored; ", "accepted; " };
	const char *text = command_why(c);

	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++)
		if (strncmp(text, said[i], strlen(said[i])) == 0)
			return text + strlen(said[i]);
	return text;
}

static bool is_replaced(const struct walk *w, const struct ks_command *c, size_t index,
			unsigned int line)
{
	return c && c->repeat == KS_LAST_WINS && effect_of(c) == KS_EFFECT_ACTS &&
	       w->counts[index] > line;
}

/* The message without what the effect says too; of an included file, with its place. */
static const char *refusal_text(const struct ks_message *m, char room[ROOM])
{
	size_t len = strlen(m->text), end = strlen(REFUSES);

	if (m->severity == KS_REFUSAL && len > end && strcmp(m->text + len - end, REFUSES) == 0)
		len -= end;
	if (m->pos.file)
		snprintf(room, ROOM, "%s:%u: %.*s", m->pos.file, m->pos.line, (int)len, m->text);
	else
		snprintf(room, ROOM, "%.*s", (int)len, m->text);
	return room;
}

/* Fill in what is known of the line's command; room is for a text of our own. */
static void judge(struct walk *w, const struct ks_command *c, size_t index, struct ks_line *line,
		  char room[ROOM])
{
	const struct ks_message *m = refusal_of(w, line->pos.line, line->last);

	if (m) {
		line->effect = KS_EFFECT_REFUSED;
		line->text = refusal_text(m, room);
	} else if (!c || line->pos.line > w->stop) {
		line->effect = KS_EFFECT_REFUSED;
		line->text = "not checked";
	} else if (is_replaced(w, c, index, line->pos.line)) {
		line->effect = KS_EFFECT_IGNORED;
		snprintf(room, ROOM, "replaced by line %u", w->counts[index]);
		line->text = room;
	} else {
		line->effect = effect_of(c);
		line->text = line->effect == KS_EFFECT_ACTS && c->help ? c->help : why(c);
	}
}

/* The command that the line's first word names, or NULL; of a section the body is passed over. */
static const struct ks_command *take_command(struct walk *w, size_t *index)
{
	const char *name = w->parser.words.word[0].text;
	const struct ks_command *c = table_find(name, index);

	if (c ? c->section : *name == '%')
		section_skip(&w->parser);
	return c;
}

static void tell(struct walk *w, void (*fn)(void *ctx, const struct ks_line *line), void *ctx)
{
	const struct ks_words *words = &w->parser.words;
	struct ks_line line = { .pos = { w->source.pos.line, words->fault_column, NULL } };
	const struct ks_command *c = NULL;
	struct buf source = BUF_INIT;
	char room[ROOM];
	size_t index = 0;

	if (words->count) {
		line.pos.column = words->word[0].column;
		show_words(&source, words, table_find(words->word[0].text, NULL));
		c = take_command(w, &index);
	}
	line.last = w->source.pos.line;
	line.source = source.s;
	judge(w, c, index, &line, room);
	fn(ctx, &line);
	buf_clear(&source);
}

/* The line where the parser had too many errors. */
static unsigned int find_stop(const struct ks_messages *m)
{
	static const char words[] = "too many messages";

	for (size_t i = m->count; i-- > 0;)
		if (m->item[i].severity == KS_ERROR &&
		    strncmp(m->item[i].text, words, strlen(words)) == 0)
			return m->item[i].order[0];
	return UINT_MAX;
}

/* Which line of each command is its last, and where the parser has stopped. */
static void look_ahead(struct walk *w)
{
	w->stop = find_stop(w->messages);
	while (w->source.pos.line <= w->stop && next_words(w)) {
		unsigned int line = w->source.pos.line;
		size_t index;

		if (w->parser.words.no_text)
			w->stop = line;
		if (w->parser.words.count && take_command(w, &index))
			w->counts[index] = line;
	}
}

int ks_explain(const char *data, size_t len, const struct ks_messages *messages,
	       void (*line)(void *ctx, const struct ks_line *line), void *ctx, struct err *e)
{
	struct walk *w;

	if (len > KS_FILE_MAX)
		return err_set(e, -EFBIG, "a kickstart file may have %d bytes, this has %zu",
			       KS_FILE_MAX, len);
	w = calloc(1, sizeof(*w));
	if (!w)
		return err_sys(e, -ENOMEM, "kickstart");
	w->messages = messages;
	w->parser.source = &w->source;
	source_begin(&w->source, data, len);
	look_ahead(w);
	source_begin(&w->source, data, len);
	while (next_words(w))
		tell(w, line, ctx);
	/* It held the words of the file, passwords among them. */
	explicit_bzero(w, sizeof(*w));
	free(w);
	return 0;
}
