/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * When the kickstart's scripts run.  Their text is no part of a plan: the file's
 * SHA-256 stands for it.
 */
#include <errno.h>

#include "draft.h"
#include "socle/url.h"

bool hooks_any(const struct answers *a, enum ks_when when)
{
	for (size_t i = 0; i < a->script_count; i++)
		if (a->scripts[i].when == when)
			return true;
	return false;
}

static json_t *script_json(const struct ks_script *s, size_t index)
{
	json_t *script = json_pack("{s:I, s:I, s:s, s:b, s:b}", "index", (json_int_t)index, "line",
				   (json_int_t)s->pos.line, "interpreter",
				   s->interpreter ? s->interpreter : "/bin/sh", "chroot",
				   !s->nochroot && s->when != KS_PRE_INSTALL, "must_succeed",
				   s->error_on_fail);

	if (script && s->timeout)
		json_object_set_new(script, "seconds", json_integer(s->timeout));
	return script;
}

json_t *hooks_list(const struct answers *a, enum ks_when when)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->script_count; i++) {
		if (a->scripts[i].when != when)
			continue;
		/* None may be dropped in silence. */
		if (json_array_append_new(list, script_json(&a->scripts[i], i)) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *lines_of(const struct answers *a, enum ks_when when)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->script_count; i++)
		if (a->scripts[i].when == when)
			json_array_append_new(list, json_integer(a->scripts[i].pos.line));
	return list;
}

/* A URL without what is secret in it. */
static json_t *shown(const char *url)
{
	char text[2100];

	url_show(url, text, sizeof(text));
	return json_string(text);
}

static json_t *words(const struct ks_strings *list)
{
	json_t *all = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(all, json_string(list->item[i]));
	return all;
}

/* Who is told, and what is done when it fails; tokens stay in the answers. */
static void reports_make(struct draft *d)
{
	const struct ks_on_failure *f = &d->answers->on_failure;
	json_t *list = json_array(), *failure = json_object();

	for (size_t i = 0; i < d->answers->webhook_count; i++) {
		const struct ks_webhook *w = &d->answers->webhooks[i];

		json_array_append_new(list, json_pack("{s:o, s:o}", "url", shown(w->url), "events",
						      words(&w->events)));
	}
	if (json_array_size(list))
		json_object_set(d->plan->head, "webhooks", list);
	if (f->then)
		json_object_set_new(failure, "then", json_string(f->then));
	if (f->bundle)
		json_object_set_new(failure, "bundle", shown(f->bundle));
	if (json_object_size(failure))
		json_object_set(d->plan->head, "on_failure", failure);
	json_decref(list);
	json_decref(failure);
}

int hooks_make(struct draft *d)
{
	const struct answers *a = d->answers;
	json_t *hooks = json_object();

	reports_make(d);

	if (hooks_any(a, KS_PRE))
		json_object_set_new(hooks, "pre", lines_of(a, KS_PRE));
	if (hooks_any(a, KS_ON_ERROR))
		json_object_set_new(hooks, "onerror", lines_of(a, KS_ON_ERROR));
	if (json_object_size(hooks))
		json_object_set(d->plan->head, "hooks", hooks);
	json_decref(hooks);
	return hooks_any(a, KS_PRE) ? draft_warn(d, "what the %%pre scripts change is known on the "
						    "machine only: elsewhere this plan, and its "
						    "hash, may be another")
				    : 0;
}
