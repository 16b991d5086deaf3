/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * %include and %ksappend: the lines of another file in place of this one.
 *
 * A file that is not there is no error: on the machine that is installed %pre
 * may have written it.  Whoever installs cannot do without, though.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"

static bool includes_itself(struct parser *p, const char *name, const char *source,
			    unsigned int column)
{
	char shown[KS_SHOWN];
	unsigned int depth = 1;

	for (const struct source *s = p->source; s->parent; s = s->parent, depth++) {
		if (strcmp(s->pos.file, source) == 0) {
			parser_error(p, column, "%s includes itself", word_show(name, shown));
			return true;
		}
	}
	if (depth > KS_INCLUDE_DEPTH)
		parser_error(p, column, "files include each other more than %d deep",
			     KS_INCLUDE_DEPTH);
	else if (p->includes == KS_INCLUDES_MAX)
		parser_error(p, column, "more than %d files are included", KS_INCLUDES_MAX);
	else
		return false;
	return true;
}

/* The source, kept by the answers since their positions point to it. */
static const char *keep_source(struct parser *p, const char *source)
{
	struct ks_strings *files = &p->a->files;
	char **item;

	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->item[i], source) == 0)
			return files->item[i];
	item = parser_grow(p, &files->item, &files->count, sizeof(*item));
	if (item)
		parser_set(p, item, source);
	return item ? *item : NULL;
}

static char *resolve(struct parser *p, const char *name)
{
	const struct ks_reader *r = p->reader;
	char *source = r && r->resolve ? r->resolve(r->ctx, name, p->source->pos.file)
				       : strdup(name);

	p->out_of_memory |= !source;
	return source;
}

static bool was_unread(const struct parser *p, const char *source)
{
	for (size_t i = 0; i < p->unread_count; i++)
		if (strcmp(p->unread[i], source) == 0)
			return true;
	return false;
}

/* Each try may take its time, so none is made twice; 0, or -errno with e filled. */
static int try_read(struct parser *p, const char *source, size_t left, struct buf *text,
		    struct err *e)
{
	int ret;

	if (was_unread(p, source))
		return err_set(e, -ENOENT, "it could not be read before");
	p->includes++;
	ret = p->reader->read(p->reader->ctx, source, left, text, e);
	if (ret < 0)
		p->unread[p->unread_count++] = source;
	return ret;
}

static bool take_text(struct parser *p, const char *name, const char *source, unsigned int column,
		      struct buf *text)
{
	size_t left = KS_FILE_MAX - p->bytes;
	char shown[KS_SHOWN];
	struct err e = { 0 };

	if (!p->reader) {
		parser_refuse(p, column, "%s was not read", word_show(name, shown));
		return false;
	}
	if (try_read(p, source, left, text, &e) < 0) {
		parser_refuse(p, column, "%s cannot be read here: %s", word_show(name, shown),
			      err_text(&e));
		return false;
	}
	if (!buf_ok(text))
		p->out_of_memory = true;
	else if (text->len > left)
		parser_error(p, column, "with this file there are more than %d bytes", KS_FILE_MAX);
	else
		return true;
	return false;
}

/* What is included decides as much as the file itself. */
static void hash_also(struct parser *p, const struct buf *text)
{
	struct buf both = BUF_INIT;

	buf_adds(&both, p->a->sha256);
	buf_add(&both, text->s, text->len);
	if (!buf_ok(&both))
		p->out_of_memory = true;
	else
		sha256_mem(both.s, both.len, p->a->sha256);
	if (both.len)
		explicit_bzero(both.s, both.len);
	buf_clear(&both);
}

static void read_source(struct parser *p, const char *name, const char *file, unsigned int column,
			void (*use)(struct parser *p, void *ctx), void *ctx)
{
	struct source source = { .parent = p->source, .pos = { .file = file } };
	const struct ks_command *command = p->command;
	struct ks_pos pos = p->pos;
	struct buf text = BUF_INIT;

	if (take_text(p, name, file, column, &text)) {
		source.number = p->includes;
		source.at = text.s;
		source.end = text.s + text.len;
		p->bytes += text.len;
		hash_also(p, &text);
		p->source = &source;
		p->command = NULL;
		use(p, ctx);
		p->source = (struct source *)source.parent;
		p->command = command;
		p->pos = pos;
	}
	if (text.len)
		explicit_bzero(text.s, text.len);
	buf_clear(&text);
}

void include_read(struct parser *p, const char *name, unsigned int column,
		  void (*use)(struct parser *p, void *ctx), void *ctx)
{
	char *source = resolve(p, name);
	const char *kept = NULL;

	if (source && !includes_itself(p, name, source, column))
		kept = keep_source(p, source);
	free(source);
	if (kept)
		read_source(p, name, kept, column, use, ctx);
}
