/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/vm.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "record.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "vm_config.h"
#include "xlcfg.h"

static json_t *disks_json(const struct vm_config *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_disks; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:b, s:b}", "vdev",
						      c->disks[i].vdev, "path", c->disks[i].path,
						      "format", c->disks[i].format, "cdrom",
						      c->disks[i].cdrom, "readonly",
						      c->disks[i].readonly));
	return list;
}

static json_t *nics_json(const struct vm_config *c)
{
	json_t *list = json_array();

	for (size_t i = 0; i < c->n_vifs; i++)
		json_array_append_new(list, json_string(c->vifs[i]));
	return list;
}

/* What is added to a guest that runs; without Xen nobody knows, and that is no error here. */
static void add_state(json_t *vm, const json_t *states, const char *name)
{
	const json_t *state = json_object_get(states, name);

	if (state)
		json_object_update(vm, (json_t *)state);
	else
		json_object_set_new(vm, "state", states ? json_string("stopped") : json_null());
}

static bool is_secret(const json_t *record, const char *key)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(record, "secret"), i,
			   item) if (json_is_string(item) &&
				     strcmp(json_string_value(item), key) == 0) return true;
	return false;
}

/* Properties without passwords, or the keys for xenstore (those without, too). */
static json_t *open_properties(const json_t *record)
{
	json_t *open = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(record, "properties"), key,
			    value) if (json_is_string(value))
		json_object_set_new(open, key,
				    is_secret(record, key) ? json_string("(hidden)")
							   : json_incref(value));
	return open;
}

/* A guest by its configuration; one that cannot be read is listed with the reason. */
static json_t *describe(const struct vm_host *h, const char *name, const json_t *states)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	_cleanup_config_ struct vm_config c = { 0 };
	struct err e = { 0 };
	json_t *vm;

	if (guest_paths(&h->dirs, name, &p, &e) < 0)
		return NULL;
	if (vm_config_read(p.config, &c, &e) < 0) {
		vm = json_pack("{s:s, s:s, s:s}", "name", name, "config", p.config, "error",
			       err_text(&e));
	} else {
		_cleanup_json_ json_t *record = record_read(&p);
		const char *real = *c.name ? c.name : name;

		vm = json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:o, s:o, s:b, s:O?}", "name", real,
			       "config", p.config, "uuid", c.uuid, "type", c.type, "cpus",
			       (int)c.cpus, "memory", (json_int_t)c.memory, "disks", disks_json(&c),
			       "nics", nics_json(&c), "managed", record != NULL, "origin",
			       json_object_get(record, "origin"));
		if (vm && record)
			json_object_set_new(vm, "properties", open_properties(record));
		name = real;
	}
	if (vm)
		add_state(vm, states, name);
	return vm;
}

/* What runs, or NULL where there is no Xen. */
static int states_of(const struct vm_host *h, json_t **states, struct err *e)
{
	int ret = h->driver->states(states, e);

	if (ret == -ENOTSUP) {
		*states = NULL;
		ret = 0;
	}
	return ret;
}

static int exists(const struct vm_host *h, const char *name, struct guest_paths *p, struct err *e)
{
	int ret = guest_name_check(name, e);

	if (ret == 0)
		ret = guest_paths(&h->dirs, name, p, e);
	if (ret == 0 && access(p->config, F_OK) < 0 && access(p->record, F_OK) < 0)
		ret = err_set(e, -ENOENT, "guest %s: there is none of that name (%s)", name,
			      p->config);
	return ret;
}

int vm_show(const struct vm_host *h, const char *name, json_t **vm, struct err *e)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	_cleanup_json_ json_t *states = NULL;
	int ret = exists(h, name, &p, e);

	*vm = NULL;
	if (ret == 0)
		ret = states_of(h, &states, e);
	if (ret < 0)
		return ret;
	*vm = describe(h, name, states);
	return *vm ? 0 : err_set(e, -EINVAL, "guest %s: its configuration is no UTF-8", name);
}

static int is_config(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return entry->d_name[0] != '.' && len > 4 && len < 256 &&
	       strcmp(entry->d_name + len - 4, ".cfg") == 0;
}

/* What runs and has no configuration here. */
static void add_strangers(json_t *list, const json_t *states)
{
	json_t *state;
	const char *name;

	json_object_foreach((json_t *)states, name, state)
	{
		const json_t *vm;
		bool known = false;
		size_t i;

		json_array_foreach(list, i, vm)
			known |= strcmp(json_string_value(json_object_get(vm, "name")), name) == 0;
		if (!known) {
			json_t *stranger = json_pack("{s:s, s:n}", "name", name, "config");

			json_object_update(stranger, state);
			json_array_append_new(list, stranger);
		}
	}
}

int vm_list(const struct vm_host *h, json_t **list, struct err *e)
{
	_cleanup_json_ json_t *states = NULL;
	struct dirent **names = NULL;
	int n, ret = states_of(h, &states, e);

	*list = NULL;
	if (ret < 0)
		return ret;
	n = scandir(h->dirs.config, &names, is_config, alphasort);
	if (n < 0 && errno != ENOENT)
		return err_sys(e, -errno, "%s", h->dirs.config);
	*list = json_array();
	for (int i = 0; i < n; i++) {
		json_t *vm;

		names[i]->d_name[strlen(names[i]->d_name) - 4] = '\0';
		vm = describe(h, names[i]->d_name, states);
		if (vm)
			json_array_append_new(*list, vm);
		free(names[i]);
	}
	free(names);
	add_strangers(*list, states);
	return 0;
}

/* Xenstore's names have letters, digits and -/_@ only; a dot of a key becomes a slash. */
static json_t *xenstore_keys(const json_t *record)
{
	json_t *keys = json_object(), *value;
	const char *key;

	json_object_foreach(json_object_get(record, "properties"), key, value)
	{
		char path[512];

		if (!json_is_string(value) || is_secret(record, key) ||
		    (size_t)snprintf(path, sizeof(path), "vm-data/%s", key) >= sizeof(path))
			continue;
		for (char *s = path; *s; s++)
			if (*s == '.')
				*s = '/';
			else if (!isalnum((unsigned char)*s) && !strchr("-/_@", *s))
				*s = '_';
		/* An empty part, or too much for a packet of the protocol: the ISO has it. */
		if (!strstr(path, "//") && path[strlen(path) - 1] != '/' &&
		    json_string_length(value) < 2048)
			json_object_set(keys, path, value);
	}
	return keys;
}

static const char *state_name(const json_t *states, const char *name)
{
	const char *s = json_string_value(json_object_get(json_object_get(states, name), "state"));

	return s ? s : "";
}

/* What every command that acts begins with: the guest, its configuration, and what runs. */
struct subject {
	struct guest_paths p;
	struct vm_config c;
	json_t *record, *states;
	const char *name; /* as Xen has it */
};

static void subject_clear(struct subject *s)
{
	guest_paths_clear(&s->p);
	vm_config_clear(&s->c);
	json_decref(s->record);
	json_decref(s->states);
}

#define _cleanup_subject_ __attribute__((cleanup(subject_clear)))

static int subject_load(const struct vm_host *h, const char *name, struct subject *s, struct err *e)
{
	int ret = exists(h, name, &s->p, e);

	s->name = name;
	if (ret == 0)
		ret = h->driver->states(&s->states, e);
	if (ret == 0)
		s->record = record_read(&s->p);
	if (ret == 0 && access(s->p.config, F_OK) == 0)
		ret = vm_config_read(s->p.config, &s->c, e);
	if (ret == 0 && s->c.name && *s->c.name)
		s->name = s->c.name;
	return ret;
}

/* The guest whose disks lie over this one's, "" when there is none; by their records. */
static void clone_of(const struct vm_host *h, const char *name, char clone[GUEST_NAME_MAX + 1])
{
	DIR *dir = opendir(h->dirs.state);
	struct dirent *entry;

	*clone = '\0';
	while (dir && !*clone && (entry = readdir(dir))) {
		_cleanup_paths_ struct guest_paths p = { 0 };
		_cleanup_json_ json_t *record = NULL;
		const char *parent;

		if (guest_name_check(entry->d_name, NULL) < 0 ||
		    guest_paths(&h->dirs, entry->d_name, &p, NULL) < 0)
			continue;
		record = record_read(&p);
		parent = json_string_value(json_object_get(record, "parent"));
		if (parent && strcmp(parent, name) == 0)
			snprintf(clone, GUEST_NAME_MAX + 1, "%.*s", GUEST_NAME_MAX, entry->d_name);
	}
	if (dir)
		closedir(dir);
}

/* A disk that lies under a clone's must not change. */
static int has_no_clones(const struct vm_host *h, const char *name, const char *why, struct err *e)
{
	char clone[GUEST_NAME_MAX + 1];

	clone_of(h, name, clone);
	if (!*clone)
		return 0;
	return err_set(e, -EBUSY,
		       "guest %s cannot be %s: the disks of its clone %s lie over its own", name,
		       why, clone);
}

int vm_start(const struct vm_host *h, const char *name, struct err *e)
{
	_cleanup_subject_ struct subject s = { 0 };
	_cleanup_json_ json_t *keys = NULL;
	int ret = subject_load(h, name, &s, e);

	if (ret < 0)
		return ret;
	if (json_object_get(s.states, s.name))
		return err_set(e, -EALREADY, "guest %s: it is %s already", s.name,
			       state_name(s.states, s.name));
	if (!s.c.name)
		return err_set(e, -ENOENT, "guest %s has no configuration %s", name, s.p.config);
	ret = has_no_clones(h, name, "started", e);
	if (ret < 0)
		return ret;
	keys = xenstore_keys(s.record);
	ret = h->driver->start(s.name, s.p.config, keys, e);
	return ret < 0 ? err_wrap(e, "guest %s", s.name) : 0;
}

static bool runs(const struct vm_host *h, const char *name)
{
	_cleanup_json_ json_t *states = NULL;

	return h->driver->states(&states, NULL) < 0 || json_object_get(states, name);
}

int vm_stop(const struct vm_host *h, const char *name, bool force, unsigned int seconds,
	    struct err *e)
{
	_cleanup_subject_ struct subject s = { 0 };
	int64_t deadline = clock_ms() + 1000LL * seconds;
	int ret = subject_load(h, name, &s, e);

	if (ret < 0)
		return ret;
	if (!json_object_get(s.states, s.name))
		return err_set(e, -ESRCH, "guest %s: it does not run", s.name);
	ret = force ? h->driver->destroy(s.name, e) : h->driver->shutdown(s.name, e);
	if (ret < 0)
		return err_wrap(e, "guest %s", s.name);
	while (runs(h, s.name)) {
		if (clock_ms() >= deadline)
			return err_set(e, -ETIMEDOUT,
				       "guest %s still runs after %u s; use --force to cut it off",
				       s.name, seconds);
		nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	}
	return 0;
}

int vm_console(const struct vm_host *h, const char *name, struct err *e)
{
	_cleanup_subject_ struct subject s = { 0 };
	int ret = subject_load(h, name, &s, e);

	if (ret < 0)
		return ret;
	if (!json_object_get(s.states, s.name))
		return err_set(e, -ESRCH, "guest %s: it does not run", s.name);
	ret = h->driver->console(s.name, e);
	return ret < 0 ? err_wrap(e, "guest %s", s.name) : 0;
}

int vm_owned(const struct vm_host *h, const char *name, json_t **paths, struct err *e)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	_cleanup_json_ json_t *record = NULL;
	const json_t *item;
	size_t i;
	int ret = exists(h, name, &p, e);

	*paths = NULL;
	if (ret < 0)
		return ret;
	record = record_read(&p);
	*paths = json_pack("[s]", p.config);
	json_array_foreach(json_object_get(record, "owned"), i, item) if (json_is_string(item))
		json_array_append(*paths, (json_t *)item);
	return 0;
}

int vm_destroy(const struct vm_host *h, const char *name, struct err *e)
{
	_cleanup_paths_ struct guest_paths p = { 0 };
	_cleanup_json_ json_t *record = NULL, *states = NULL;
	const json_t *item;
	size_t i;
	int ret = exists(h, name, &p, e);

	if (ret == 0)
		ret = states_of(h, &states, e);
	if (ret < 0)
		return ret;
	if (json_object_get(states, name))
		return err_set(e, -EBUSY, "guest %s runs: stop it first", name);
	record = record_read(&p);
	ret = has_no_clones(h, name, "destroyed", e);
	if (ret < 0)
		return ret;
	/* First it stops being a guest; the record stays until its disks are gone. */
	if (unlink(p.config) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "guest %s: %s", name, p.config);
	json_array_foreach(json_object_get(record, "owned"), i,
			   item) if (json_is_string(item) &&
				     vm_disk_remove(json_string_value(item), e) <
					     0) return err_wrap(e, "guest %s", name);
	guest_forget(&p);
	return 0;
}
