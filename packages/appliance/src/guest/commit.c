/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "record.h"
#include "seed.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "xlcfg.h"

const struct guest_dirs guest_dirs_host = { "/etc/xen", "/var/lib/socle/guests" };

int guest_paths(const struct guest_dirs *d, const char *name, struct guest_paths *p, struct err *e)
{
	*p = (struct guest_paths){ 0 };
	if (asprintf(&p->config, "%s/%s.cfg", d->config, name) < 0 ||
	    asprintf(&p->dir, "%s/%s", d->state, name) < 0 ||
	    asprintf(&p->record, "%s/guest.json", p->dir) < 0 ||
	    asprintf(&p->seed, "%s/seed.iso", p->dir) < 0)
		return err_sys(e, -ENOMEM, "guest %s", name);
	return 0;
}

void guest_paths_clear(struct guest_paths *p)
{
	free(p->config), free(p->dir), free(p->record), free(p->seed);
}

static int is_free(const struct guest_paths *p, const char *name, struct err *e)
{
	if (access(p->config, F_OK) == 0)
		return err_set(e, -EEXIST, "guest %s exists: %s", name, p->config);
	if (access(p->record, F_OK) == 0)
		return err_set(e, -EEXIST, "guest %s exists: %s", name, p->record);
	return 0;
}

int guest_name_free(const struct guest_dirs *d, const char *name, struct err *e)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	int ret = guest_name_check(name, e);

	if (ret == 0)
		ret = guest_paths(d, name, &p, e);
	return ret < 0 ? ret : is_free(&p, name, e);
}

static json_t *strings(const char *const *list)
{
	json_t *array = json_array();

	for (; list && *list; list++)
		json_array_append_new(array, json_string(*list));
	return array;
}

static json_t *record_of(const struct guest *g, const char *const *owned)
{
	return json_pack("{s:s, s:s, s:s, s:o, s:O, s:O, s:O}", "name", g->name, "uuid", g->uuid,
			 "origin", g->origin, "owned", strings(owned), "properties", g->values,
			 "secret", g->secret, "cloud", g->cloud);
}

/* The record made with O_EXCL is what two commits of one name are decided by. */
static int reserve(const struct guest_paths *p, const char *name, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int ret = fs_mkdirs(p->dir, 0700, e);

	if (ret < 0)
		return ret;
	fd = open(p->record, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return err_set(e, -EEXIST, "guest %s exists: %s", name, p->record);
	return fd < 0 ? err_sys(e, -errno, "%s", p->record) : 0;
}

static int write_seed(const struct guest *g, const struct guest_paths *p, struct err *e)
{
	struct buf iso = BUF_INIT;
	int ret;

	if (!*g->seed)
		return 0;
	if (strcmp(g->seed, p->seed) != 0)
		return err_set(e, -EINVAL, "the plan has its seed at %s, not at %s", g->seed,
			       p->seed);
	ret = seed_iso(g, &iso, e);
	if (ret == 0)
		ret = fs_write(p->seed, iso.s, iso.len, 0600, e);
	buf_clear(&iso);
	return ret;
}

json_t *record_read(const struct guest_paths *p)
{
	json_t *record = json_load_file(p->record, 0, NULL);

	if (json_is_object(record))
		return record;
	json_decref(record);
	return NULL;
}

int record_write(const struct guest_paths *p, const json_t *record, struct err *e)
{
	_cleanup_free_ char *text = json_dumps(record, JSON_INDENT(1) | JSON_SORT_KEYS);

	if (!text)
		return err_set(e, -EINVAL, "%s: cannot be JSON", p->record);
	return fs_write(p->record, text, strlen(text), 0600, e);
}

static int write_all(const struct guest *g, const struct guest_dirs *d, const struct guest_paths *p,
		     const char *text, const json_t *record, struct err *e)
{
	int ret = write_seed(g, p, e);

	if (ret == 0)
		ret = record_write(p, record, e);
	if (ret == 0)
		ret = fs_mkdirs(d->config, 0755, e);
	return ret < 0 ? ret : fs_write(p->config, text, strlen(text), 0644, e);
}

void guest_forget(const struct guest_paths *p)
{
	unlink(p->config);
	unlink(p->seed);
	unlink(p->record);
	rmdir(p->dir); /* stays when something else is in it */
}

int guest_commit_text(const struct guest *g, const struct guest_dirs *d, const char *text,
		      const json_t *record, struct err *e)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	int ret = guest_paths(d, g->name, &p, e);

	if (ret == 0)
		ret = is_free(&p, g->name, e);
	if (ret == 0)
		ret = reserve(&p, g->name, e);
	if (ret < 0)
		return ret;
	ret = write_all(g, d, &p, text, record, e);
	if (ret < 0)
		guest_forget(&p);
	return ret < 0 ? err_wrap(e, "guest %s", g->name) : 0;
}

int guest_commit(const struct guest *g, const struct guest_dirs *d, const char *const *owned,
		 struct err *e)
{
	_cleanup_json_ json_t *record = record_of(g, owned);
	struct buf text = BUF_INIT;
	int ret = guest_xl(g, &text, e);

	if (ret == 0)
		ret = guest_commit_text(g, d, text.s, record, e);
	buf_clear(&text);
	return ret;
}
