/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor calls files, and what they are called.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor/text.h"
#include "private.h"
#include "socle/cleanup.h"

/* What a descriptor and a manifest say of a member, the descriptor's folder being the start. */
const char *package_href(const struct package *p, const char *name)
{
	size_t n = p->folder ? strlen(p->folder) : 0;

	return n && strncmp(name, p->folder, n) == 0 ? name + n : name;
}

/* Renamed to what has come under that name, a chunk of it or all. */
static int rename_file(struct model_file *f, const char *name, struct err *e)
{
	_cleanup_free_ char *base = strdup(name);
	size_t len;
	unsigned long no;

	if (!base)
		return err_sys(e, -ENOMEM, "%s", name);
	if (f->chunk && package_chunk_of(name, &len, &no))
		base[len] = '\0';
	if (strcmp(f->href, base) == 0 || !text_same_uri(f->href, base) || !model_href_ok(base))
		return 0;
	return model_set_raw(&f->href, base, e);
}

int package_meet(struct package *p, const char *name, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && p->model && i < p->model->n_files; i++)
		if (strchr(p->model->files[i].href, '%'))
			r = rename_file(&p->model->files[i], package_href(p, name), e);
	return r;
}

static bool is_there(struct package *p, const struct model_file *f, const char *href)
{
	struct buf name = BUF_INIT;
	bool there;

	buf_addf(&name, "%s%s%s", p->folder, href, f->chunk ? ".000000000" : "");
	there = p->c->ops->has(p->c, name.s);
	buf_clear(&name);
	return there;
}

static char *plain_href(const char *href)
{
	char *plain = strdup(href), *to = plain;

	for (const char *s = href; plain && *s; s++) {
		unsigned int c = (unsigned char)*s;

		if (sscanf(s, "%%%2x", &c) == 1 && strspn(s + 1, "0123456789abcdefABCDEF") >= 2)
			s += 2;
		*to++ = (char)c;
	}
	if (plain)
		*to = '\0';
	return plain;
}

int package_settle_hrefs(struct package *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->n_members; i++)
		r = package_meet(p, p->members[i]->name, e);
	for (size_t i = 0; r == 0 && p->c->ops->has && i < p->model->n_files; i++) {
		struct model_file *f = &p->model->files[i];
		_cleanup_free_ char *plain = strchr(f->href, '%') ? plain_href(f->href) : NULL;

		if (plain && !is_there(p, f, f->href) && is_there(p, f, plain))
			r = rename_file(f, plain, e);
	}
	return r;
}
