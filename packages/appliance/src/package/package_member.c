/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of a package as they come, each hashed on its way.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "private.h"
#include "socle/cleanup.h"

/*
 * The sums that are wanted of a member: the one that the manifest has; all of them
 * while it may still come; none where there is no manifest.
 */
static unsigned int sums_wanted(const struct package *p, const char *name)
{
	static const enum hash bits[] = {
		[MANIFEST_SHA1] = HASH_SHA1,
		[MANIFEST_SHA256] = HASH_SHA256,
		[MANIFEST_SHA512] = HASH_SHA512,
	};
	const struct manifest_line *line;

	if (p->sums) {
		line = manifest_find(p->sums, package_href(p, name));
		return line ? bits[line->hash] : 0;
	}
	if (p->model && p->model->kind != MODEL_OVF)
		return 0;
	if (p->model && p->c->ops->ending && !p->c->ops->ending(p->c, ".mf"))
		return 0;
	return HASH_ALL;
}

static bool seen_before(const struct package *p, const char *name)
{
	for (size_t i = 0; i < p->n_members; i++)
		if (strcmp(p->members[i]->name, name) == 0)
			return true;
	return false;
}

static struct member *add_member(struct package *p, const char *name, struct err *e)
{
	struct member **more, *m;

	if (p->n_members == PACKAGE_NAMES_MAX) {
		err_set(e, -E2BIG, "%s: more than %d files", p->name, (int)PACKAGE_NAMES_MAX);
		return NULL;
	}
	if (seen_before(p, name)) {
		err_set(e, -EINVAL, "%s: %s is there twice", p->name, name);
		return NULL;
	}
	more = realloc(p->members, (p->n_members + 1) * sizeof(struct member *));
	if (more)
		p->members = more;
	m = calloc(1, sizeof(*m));
	if (!more || !m || !(m->name = strdup(name))) {
		free(m);
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	p->members[p->n_members++] = m;
	return m;
}

/* The members of an XVA's disks are not kept: they have sums of their own. */
static bool counted(const struct package *p)
{
	return !p->model || p->model->kind != MODEL_XVA;
}

int package_member(struct package *p, const char **name, struct input **in, struct err *e)
{
	_cleanup_free_ char *own = NULL;
	struct member *m;
	unsigned int which;
	int r;

	if (p->next_in) {
		*name = p->next_name;
		*in = take_ptr(p->next_in);
		return 1;
	}
	r = p->ended ? 0 : p->c->ops->next(p->c, &own, in, e);
	if (r <= 0) {
		p->ended = true;
		return r;
	}
	free(p->next_name);
	p->next_name = take_ptr(own);
	*name = p->next_name;
	if (!counted(p))
		return 1;
	m = add_member(p, *name, e);
	if (!m) {
		input_free(*in);
		return e ? e->code : -EINVAL;
	}
	which = sums_wanted(p, *name);
	if (which)
		*in = input_hash(*in, which, &m->sums, e);
	return *in ? 1 : -ENOMEM;
}

void package_unread(struct package *p, const char *name, struct input *in)
{
	(void)name; /* it is p->next_name still */
	p->next_in = in;
}
