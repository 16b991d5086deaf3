/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an import has made so far, as a file: what the next run undoes when this one ends early.
 */
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest/record.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "store_private.h"

enum { JOURNAL_MAX = 4 << 20 };

static json_t *journal_json(const struct store *s)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->n; i++) {
		const struct volume *v = &s->volumes[i];

		if (!v->dropped)
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s}", "guest", v->guest,
							"what", v->what, "format", v->format));
	}
	return json_pack("{s:s, s:o}", "id", s->id, "volumes", list);
}

int store_write_journal(struct store *s, struct err *e)
{
	_cleanup_json_ json_t *j = journal_json(s);
	_cleanup_free_ char *text = j ? json_dumps(j, JSON_COMPACT) : NULL;
	_cleanup_free_ char *path = NULL;

	if (!text || asprintf(&path, "%s/journal", s->journal) < 0) {
		path = NULL;
		return err_sys(e, -ENOMEM, "journal");
	}
	return fs_write(path, text, strlen(text), 0600, e);
}

static bool owns(const json_t *record, const char *path)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(record, "owned"), i,
			   item) if (json_is_string(item) &&
				     strcmp(json_string_value(item), path) == 0) return true;
	return false;
}

int store_forget_guest(struct store *s, const struct volume *v, struct err *e)
{
	struct guest_paths p = { 0 };
	struct buf text = BUF_INIT;
	json_t *record = NULL;
	int r = guest_paths(&s->dirs, v->guest, &p, e);

	if (r == 0 && fs_read_regular(p.record, JOURNAL_MAX, &text, NULL) == 0)
		record = json_loadb(text.s, text.len, 0, NULL);
	if (record && owns(record, v->path))
		guest_forget(&p);
	json_decref(record);
	buf_clear(&text);
	guest_paths_clear(&p);
	return r;
}

int store_load_journal(struct store *s, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	struct buf text = BUF_INIT;
	json_t *j = NULL, *item;
	const char *id;
	size_t i;
	int r;

	if (asprintf(&path, "%s/journal", s->journal) < 0) {
		path = NULL;
		return err_sys(e, -ENOMEM, "journal");
	}
	r = fs_read_regular(path, JOURNAL_MAX, &text, e);
	if (r == 0)
		j = json_loadb(text.s, text.len, 0, NULL);
	id = json_string_value(json_object_get(j, "id"));
	snprintf(s->id, sizeof(s->id), "%s", id ? id : "");
	json_array_foreach(json_object_get(j, "volumes"), i, item)
	{
		const char *guest, *what, *format;

		if (json_unpack(item, "{s:s, s:s, s:s}", "guest", &guest, "what", &what, "format",
				&format) == 0 &&
		    !store_new_volume(s, guest, what, format, e))
			r = -EINVAL;
	}
	json_decref(j);
	buf_clear(&text);
	return r == -ENOENT ? 0 : r;
}
