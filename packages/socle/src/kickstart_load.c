/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/ks_source.h"
#include "messages.h"
#include "socle/cleanup.h"

/* At once or not at all: a person waits, and can try again. */
static int fetch(const char *url, struct buf *out, struct err *e)
{
	struct ks_request r = { .source = strdup(url) };
	int ret = r.source ? ks_request_read(&r, out, e) : err_sys(e, -ENOMEM, "%s", url);

	ks_request_clear(&r);
	return ret;
}

/* What is not there is said in one line, that begins with its name. */
static int read_any(const char *path, size_t max, struct buf *out, struct err *e)
{
	return ks_source_is_url(path) ? fetch(path, out, e) : fs_read(path, max, out, e);
}

/* ctx: the path of the kickstart file itself. */
static int read_included(void *ctx, const char *name, const char *from, size_t max, struct buf *out,
			 struct err *e)
{
	_cleanup_free_ char *base = from ? ks_source_beside(ctx, from) : strdup(ctx);
	_cleanup_free_ char *path = base ? ks_source_beside(base, name) : NULL;

	if (!path)
		return err_sys(e, -ENOMEM, "%s", name);
	/* Of the caller's words, not of a file's. */
	if (strcmp(path, "-") == 0)
		return err_sys(e, -ENOENT, "-");
	return read_any(path, max, out, e);
}

int kickstart_load(const char *path, struct loaded *l, struct err *e)
{
	struct ks_reader reader = { read_included, (void *)path };
	int ret;

	*l = (struct loaded){ .text = BUF_INIT };
	if (ks_source_is_url(path))
		ks_source_name(path, l->name, sizeof(l->name));
	else
		snprintf(l->name, sizeof(l->name), "%s", path);
	ret = read_any(path, KS_FILE_MAX, &l->text, e);
	if (ret < 0)
		return ret;
	ret = ks_parse_with(&reader, l->text.s, l->text.len, &l->answers, &l->messages, e);
	return ret < 0 ? err_wrap(e, "%s", l->name) : 0;
}

void kickstart_unload(struct loaded *l)
{
	/* It may hold passwords. */
	if (l->text.len)
		explicit_bzero(l->text.s, l->text.len);
	if (l->text.s)
		buf_clear(&l->text);
	answers_clear(&l->answers);
	ks_messages_clear(&l->messages);
}

void messages_print(const struct loaded *l)
{
	const struct ks_messages *m = &l->messages;
	struct buf text = BUF_INIT;

	for (size_t i = 0; i < m->count; i++) {
		ks_message_text(&m->item[i], l->name, &text);
		buf_addc(&text, '\n');
	}
	fputs(text.s, stderr);
	buf_clear(&text);
}
