/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <openssl/crypto.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netboot/machine.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/fs.h"

static char *path_of(const struct machines *t, const char *mac)
{
	char *path;

	return asprintf(&path, "%s/%s.json", t->folder, mac) < 0 ? NULL : path;
}

/* Where it is, or would be. */
static size_t place_of(const struct machines *t, const char *mac)
{
	size_t low = 0, high = t->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (strcmp(t->item[middle]->mac, mac) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int insert(struct machines *t, struct machine *m, struct err *e)
{
	size_t place = place_of(t, m->mac);
	struct machine **more;

	if (t->count == MACHINES_MAX)
		return err_set(e, -E2BIG, "there are %d machines already; forget some",
			       MACHINES_MAX);
	more = reallocarray(t->item, t->count + 1, sizeof(struct machine *));
	if (!more)
		return err_sys(e, -ENOMEM, "machines");
	t->item = more;
	memmove(more + place + 1, more + place, (t->count - place) * sizeof(struct machine *));
	more[place] = m;
	t->count++;
	return 0;
}

static void take_out(struct machines *t, size_t place)
{
	OPENSSL_cleanse(t->item[place], sizeof(struct machine));
	free(t->item[place]);
	t->count--;
	memmove(t->item + place, t->item + place + 1,
		(t->count - place) * sizeof(struct machine *));
}

static bool was_forgotten(const struct machines *t, const struct machine *m)
{
	_cleanup_free_ char *path = path_of(t, m->mac);

	/* One that was never written yet is kept. */
	return m->saved_ms && path && access(path, F_OK) < 0 && errno == ENOENT;
}

void machines_refresh(struct machines *t)
{
	for (size_t i = t->count; i-- > 0;)
		if (was_forgotten(t, t->item[i]))
			take_out(t, i);
}

static struct machine *still_there(struct machines *t, struct machine *m)
{
	if (m && was_forgotten(t, m)) {
		take_out(t, place_of(t, m->mac));
		return NULL;
	}
	return m;
}

struct machine *machines_by_mac(struct machines *t, const char *mac)
{
	size_t place = place_of(t, mac);

	if (place < t->count && strcmp(t->item[place]->mac, mac) == 0)
		return still_there(t, t->item[place]);
	return NULL;
}

struct machine *machines_by_token(struct machines *t, const char *token)
{
	struct machine *found = NULL;

	if (strlen(token) != HEX_ID_SIZE - 1)
		return NULL;
	for (size_t i = 0; i < t->count; i++)
		if (*t->item[i]->token &&
		    CRYPTO_memcmp(t->item[i]->token, token, HEX_ID_SIZE - 1) == 0)
			found = t->item[i];
	return still_there(t, found);
}

struct machine *machines_by_serial(struct machines *t, const char *serial)
{
	for (size_t i = 0; i < t->count; i++)
		if (*serial && strcmp(t->item[i]->serial, serial) == 0)
			return still_there(t, t->item[i]);
	return NULL;
}

struct machine *machines_add(struct machines *t, const char *mac, struct err *e)
{
	struct machine *m = machines_by_mac(t, mac);

	if (m)
		return m;
	m = calloc(1, sizeof(*m));
	if (!m || !hex_id(m->token)) {
		err_sys(e, -ENOMEM, "machines");
	} else {
		strcpy(m->mac, mac);
		if (insert(t, m, e) == 0)
			return m;
	}
	free(m);
	return NULL;
}

int machines_save(struct machines *t, struct machine *m, struct err *e)
{
	_cleanup_json_ json_t *json = machine_json(m);
	_cleanup_free_ char *path = path_of(t, m->mac), *text = NULL;
	int ret;

	json_object_set_new(json, "token", json_string(m->token));
	text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
	if (!path || !text)
		return err_sys(e, -ENOMEM, "machines");
	ret = fs_write(path, text, strlen(text), 0600, e);
	explicit_bzero(text, strlen(text));
	if (ret == 0)
		m->saved_ms = clock_ms();
	return ret;
}

static int read_one(struct machines *t, const char *path, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	struct buf text = BUF_INIT;
	struct machine *m = NULL;
	const char *token;
	int ret = fs_read_regular(path, MACHINE_FILE_MAX, &text, e);

	if (ret == -ENOENT)
		return 0;
	if (ret == 0) {
		json = json_loadb(text.s, text.len, 0, NULL);
		m = calloc(1, sizeof(*m));
		ret = m ? machine_from_json(json, m, e) : err_sys(e, -ENOMEM, "machines");
		if (ret < 0)
			err_wrap(e, "%s", path);
	}
	buf_clear(&text);
	if (ret == 0) {
		token = json_string_value(json_object_get(json, "token"));
		if (token && strlen(token) == HEX_ID_SIZE - 1)
			strcpy(m->token, token);
		else if (!hex_id(m->token))
			ret = err_sys(e, -EIO, "%s", path);
		m->saved_ms = 1;
	}
	if (ret == 0)
		ret = insert(t, m, e);
	if (ret < 0)
		free(m);
	return ret;
}

static bool is_record(const char *name)
{
	size_t len = strlen(name);

	return len > 5 && strcmp(name + len - 5, ".json") == 0;
}

int machines_open(struct machines *t, const char *state, struct err *e)
{
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	*t = (struct machines){ 0 };
	if (asprintf(&t->folder, "%s/machines", state) < 0) {
		t->folder = NULL;
		return err_sys(e, -ENOMEM, "machines");
	}
	dir = opendir(t->folder);
	if (!dir)
		return errno == ENOENT ? 0 : err_sys(e, -errno, "%s", t->folder);
	while (ret == 0 && (d = readdir(dir))) {
		_cleanup_free_ char *path = NULL;

		if (!is_record(d->d_name))
			continue;
		ret = asprintf(&path, "%s/%s", t->folder, d->d_name) < 0
			      ? err_sys(e, -ENOMEM, "machines")
			      : read_one(t, path, e);
	}
	closedir(dir);
	return ret;
}

void machines_clear(struct machines *t)
{
	while (t->count)
		take_out(t, t->count - 1);
	free(t->item);
	free(t->folder);
	*t = (struct machines){ 0 };
}
