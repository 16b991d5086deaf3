/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "installer/ks_source.h"
#include "messages.h"

/*
 * At once or not at all: a person waits, and can try again.  What is not there
 * is said in one line, that begins with its name.
 */
static int load(const char *path, struct ks_request *r, struct loaded *l, struct err *e)
{
	struct ks_reader reader = ks_request_reader(r);
	int ret;

	r->source = strdup(path);
	if (!r->source)
		return err_sys(e, -ENOMEM, "%s", l->name);
	ret = ks_source_is_url(path) ? ks_request_read(r, &l->text, e)
				     : fs_read(path, KS_FILE_MAX, &l->text, e);
	if (ret < 0)
		return ret;
	ret = ks_parse_with(&reader, l->text.s, l->text.len, &l->answers, &l->messages, e);
	return ret < 0 ? err_wrap(e, "%s", l->name) : 0;
}

int kickstart_load(const char *path, struct loaded *l, struct err *e)
{
	struct ks_request r = { .no_mounts = true };
	int ret;

	*l = (struct loaded){ .text = BUF_INIT };
	if (ks_source_is_url(path))
		ks_source_name(path, l->name, sizeof(l->name));
	else
		snprintf(l->name, sizeof(l->name), "%s", path);
	ret = load(path, &r, l, e);
	ks_request_clear(&r);
	return ret;
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
