/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hardware.h"
#include "record.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "vm_config.h"
#include "vm_disk.h"
#include "xlcfg.h"

/* A clone that is being made. */
struct clone {
	const struct vm_host *h;
	const char *from, *name;
	struct guest_paths p, of; /* of the clone, of the original */
	struct vm_config c;	  /* the original's, its disks become the clone's */
	json_t *record, *owned;
	struct guest g; /* what the seed is made of */
	bool over;
};

static void clone_clear(struct clone *c)
{
	guest_paths_clear(&c->p);
	guest_paths_clear(&c->of);
	vm_config_clear(&c->c);
	json_decref(c->record);
	json_decref(c->owned);
	free(c->g.nics);
}

#define _cleanup_clone_ __attribute__((cleanup(clone_clear)))

static int load(struct clone *c, struct err *e)
{
	_cleanup_json_ json_t *states = NULL;
	int ret = guest_paths(&c->h->dirs, c->from, &c->of, e);

	if (ret == 0)
		ret = guest_paths(&c->h->dirs, c->name, &c->p, e);
	if (ret == 0 && access(c->of.config, F_OK) < 0)
		ret = err_set(e, -ENOENT, "guest %s: there is none of that name (%s)", c->from,
			      c->of.config);
	if (ret == 0)
		ret = guest_name_free(&c->h->dirs, c->name, e);
	if (ret == 0)
		ret = vm_config_read(c->of.config, &c->c, e);
	if (ret < 0)
		return ret;
	ret = c->h->driver->states(&states, e);
	if (ret < 0 && ret != -ENOTSUP)
		return ret;
	if (json_object_get(states, *c->c.name ? c->c.name : c->from))
		return err_set(e, -EBUSY, "guest %s runs: its disks change; stop it first",
			       c->from);
	c->record = record_read(&c->of);
	c->owned = json_array();
	return c->owned ? 0 : err_sys(e, -ENOMEM, "guest %s", c->name);
}

/* The disks that the guest writes are copied; media are shared, but for the seed. */
static int clone_disks(struct clone *c, struct err *e)
{
	for (size_t i = 0; i < c->c.n_disks; i++) {
		struct guest_disk *d = &c->c.disks[i];
		bool over = false;
		char format[8], *to;
		int ret;

		if (strcmp(d->path, c->of.seed) == 0) {
			to = strdup(c->p.seed);
			c->g.seed = c->p.seed;
			strcpy(format, "raw");
			ret = to ? 0 : err_sys(e, -ENOMEM, "seed");
		} else if (d->readonly || d->cdrom || !*d->path) {
			continue;
		} else {
			ret = vm_disk_clone(d, c->from, c->name, c->p.dir, &to, format, &over, e);
			if (ret == 0)
				json_array_append_new(c->owned, json_string(to));
		}
		if (ret < 0)
			return ret;
		free(d->path);
		d->path = to;
		strcpy(d->format, format);
		c->over |= over;
	}
	return 0;
}

/* Every card gets a new address, the rest of what is said of it stays. */
static int clone_nics(struct clone *c, const struct guest_answers *a, struct buf *vif,
		      struct err *e)
{
	c->g.nics = calloc(c->c.n_vifs + 1, sizeof(*c->g.nics));
	if (!c->g.nics)
		return err_sys(e, -ENOMEM, "networks");
	buf_adds(vif, "vif = [\n");
	for (size_t i = 0; i < c->c.n_vifs; i++) {
		struct buf spec = BUF_INIT;
		char *save = NULL;

		guest_mac(a, c->name, i, c->g.nics[i].mac);
		c->g.n_nics++;
		buf_addf(&spec, "mac=%s", c->g.nics[i].mac);
		for (char *s = strtok_r(c->c.vifs[i], ",", &save); s;
		     s = strtok_r(NULL, ",", &save)) {
			s += strspn(s, " ");
			if (strncmp(s, "mac=", 4) != 0)
				buf_addf(&spec, ",%s", s);
		}
		buf_addc(vif, '\t');
		xl_string(vif, spec.s);
		buf_adds(vif, ",\n");
		buf_clear(&spec);
	}
	buf_adds(vif, "]\n");
	return 0;
}

static int replace_string(struct buf *text, const char *key, const char *value, struct err *e)
{
	struct buf line = BUF_INIT;
	int ret;

	buf_addf(&line, "%s = ", key);
	xl_string(&line, value);
	buf_addc(&line, '\n');
	ret = xl_replace(text, key, line.s, e);
	buf_clear(&line);
	return ret;
}

/* The original's text, with what must differ. */
static int clone_text(struct clone *c, const struct buf *vif, struct buf *text, struct err *e)
{
	struct buf disk = BUF_INIT;
	int ret = fs_read(c->of.config, 1 << 20, text, e);

	xl_disks(&disk, c->c.disks, c->c.n_disks);
	if (ret == 0)
		ret = replace_string(text, "name", c->name, e);
	if (ret == 0)
		ret = replace_string(text, "uuid", c->g.uuid, e);
	if (ret == 0)
		ret = xl_replace(text, "disk", disk.s, e);
	if (ret == 0)
		ret = xl_replace(text, "vif", vif->s, e);
	buf_clear(&disk);
	return ret;
}

/* Of a guest without a record, the clone has one of its own all the same. */
static json_t *record_of(struct clone *c)
{
	json_t *r = c->record ? json_deep_copy(c->record)
			      : json_pack("{s:{}, s:[], s:{}}", "properties", "secret", "cloud");

	json_object_set_new(r, "name", json_string(c->name));
	json_object_set_new(r, "uuid", json_string(c->g.uuid));
	json_object_set_new(r, "origin", json_sprintf("a clone of %s", c->from));
	json_object_set(r, "owned", c->owned);
	json_object_del(r, "parent");
	/* Of the original, the disks must stay as they are while this record is there. */
	if (c->over)
		json_object_set_new(r, "parent", json_string(c->from));
	return r;
}

static int finish(struct clone *c, const struct guest_answers *a, struct err *e)
{
	_cleanup_json_ json_t *record = NULL;
	struct buf vif = BUF_INIT, text = BUF_INIT;
	int ret;

	c->g.name = (char *)c->name;
	guest_uuid(a, c->name, c->g.uuid);
	ret = clone_nics(c, a, &vif, e);
	if (ret == 0)
		ret = clone_text(c, &vif, &text, e);
	record = record_of(c);
	c->g.values = json_object_get(record, "properties");
	c->g.secret = json_object_get(record, "secret");
	c->g.cloud = json_object_get(record, "cloud");
	if (ret == 0)
		ret = guest_commit_text(&c->g, &c->h->dirs, text.s, record, e);
	buf_clear(&vif);
	buf_clear(&text);
	return ret;
}

static void undo(const struct clone *c)
{
	const json_t *path;
	size_t i;

	json_array_foreach(c->owned, i, path) if (vm_disk_remove(json_string_value(path), NULL) <
						  0) continue; /* what cannot be removed is left;
								  the first error is what counts */
	rmdir(c->p.dir);
}

int vm_clone(const struct vm_host *h, const char *from, const char *name, const char *host,
	     struct err *e)
{
	_cleanup_clone_ struct clone c = { .h = h, .from = from, .name = name };
	struct guest_answers a = { .host = host };
	int ret = guest_name_check(from, e);

	c.g.seed = (char *)"";
	if (ret == 0)
		ret = load(&c, e);
	if (ret < 0)
		return ret;
	ret = clone_disks(&c, e);
	if (ret == 0)
		ret = finish(&c, &a, e);
	if (ret < 0) {
		undo(&c);
		return err_wrap(e, "clone of %s", from);
	}
	return 0;
}
