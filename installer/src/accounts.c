/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Users and groups of the new system, as arguments of an operation.  Passwords stay
 * in the answers; keys are public, and so is everything else.
 */
#include <stdlib.h>
#include <string.h>

#include "draft.h"

enum { FIRST_UID = 1000 };

bool accounts_any(const struct answers *a)
{
	return a->user_count || a->group_count;
}

static const struct ks_user *user_named(const struct answers *a, const char *name)
{
	for (size_t i = 0; i < a->user_count; i++)
		if (strcmp(a->users[i].name, name) == 0)
			return &a->users[i];
	return NULL;
}

/* The system's folders that are the image's cannot take a home. */
static bool is_home(const char *path)
{
	return strncmp(path, "/home/", 6) == 0 || strncmp(path, "/var/", 5) == 0;
}

static int check_user(const struct answers *a, const struct ks_user *u, struct err *e)
{
	if (strcmp(u->name, "root") == 0)
		return refuse(e, u->pos, "user: root is there already; use rootpw");
	if (user_named(a, u->name) != u)
		return refuse(e, u->pos, "user: %.64s is given twice", u->name);
	if (u->home && !is_home(u->home))
		return refuse(e, u->pos, "user: a home is below /home or /var, not %.128s",
			      u->home);
	if (u->gecos && strpbrk(u->gecos, ":\n"))
		return refuse(e, u->pos, "user: --gecos cannot have a colon");
	for (size_t i = 0; i < a->user_count; i++)
		if (&a->users[i] != u && u->uid >= 0 && a->users[i].uid == u->uid)
			return refuse(e, u->pos, "user: the uid %lld is given twice", u->uid);
	if (u->uid == 0)
		return refuse(e, u->pos, "user: only root has the uid 0");
	return 0;
}

int accounts_check(const struct answers *a, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < a->user_count && ret == 0; i++)
		ret = check_user(a, &a->users[i], e);
	for (size_t i = 0; i < a->sshkey_count && ret == 0; i++) {
		const struct ks_sshkey *k = &a->sshkeys[i];

		if (strcmp(k->user, "root") != 0 && !user_named(a, k->user))
			ret = refuse(e, k->pos, "sshkey: there is no line \"user --name=%.64s\"",
				     k->user);
	}
	return ret;
}

bool accounts_may_enter(const struct answers *a, const struct ks_user *u)
{
	for (size_t i = 0; i < a->sshkey_count; i++)
		if (strcmp(a->sshkeys[i].user, u->name) == 0)
			return true;
	return u->password && *u->password && !u->locked;
}

/* "name(1000)" of --groups, or a "group" line. */
static void add_group(json_t *list, const char *name, size_t len, long long gid, unsigned int line)
{
	json_t *group, *old;
	size_t i;

	json_array_foreach(list, i, old)
	{
		const char *known = arg_string(old, "name");

		if (strlen(known) == len && strncmp(known, name, len) == 0)
			return;
	}
	group = json_pack("{s:s%, s:I}", "name", name, len, "line", (json_int_t)line);
	if (gid >= 0)
		json_object_set_new(group, "gid", json_integer(gid));
	json_array_append_new(list, group);
}

static json_t *groups_of(const struct answers *a)
{
	json_t *list = json_array();

	for (size_t i = 0; i < a->group_count; i++)
		add_group(list, a->groups[i].name, strlen(a->groups[i].name), a->groups[i].gid,
			  a->groups[i].pos.line);
	for (size_t i = 0; i < a->user_count; i++) {
		const struct ks_user *u = &a->users[i];

		if (u->gid >= 0)
			add_group(list, u->name, strlen(u->name), u->gid, u->pos.line);
		for (size_t k = 0; k < u->groups.count; k++) {
			const char *name = u->groups.item[k];
			size_t len = strcspn(name, "(");

			add_group(list, name, len, name[len] ? atoll(name + len + 1) : KS_UNSAID,
				  u->pos.line);
		}
	}
	return list;
}

/* The next that nobody has said. */
static long long free_uid(const struct answers *a, long long *next)
{
	bool used = true;

	while (used) {
		used = false;
		for (size_t i = 0; i < a->user_count; i++)
			used |= a->users[i].uid == *next;
		*next += used;
	}
	return (*next)++;
}

static json_t *member_of(const struct ks_user *u)
{
	json_t *list = json_array();

	for (size_t i = 0; i < u->groups.count; i++)
		json_array_append_new(
			list, json_stringn(u->groups.item[i], strcspn(u->groups.item[i], "(")));
	return list;
}

static json_t *keys_of(const struct answers *a, const char *user)
{
	struct buf keys = BUF_INIT;
	json_t *text;

	for (size_t i = 0; i < a->sshkey_count; i++)
		if (strcmp(a->sshkeys[i].user, user) == 0)
			buf_addf(&keys, "%s\n", a->sshkeys[i].key);
	text = json_string(keys.s);
	buf_clear(&keys);
	return text;
}

static json_t *user_json(const struct answers *a, size_t index, long long *next)
{
	const struct ks_user *u = &a->users[index];
	json_t *user = json_pack(
		"{s:s, s:I, s:I, s:I, s:b, s:b, s:b, s:o, s:s, s:s, s:o}", "name", u->name, "index",
		(json_int_t)index, "line", (json_int_t)u->pos.line, "uid",
		(json_int_t)(u->uid >= 0 ? u->uid : free_uid(a, next)), "own_group", u->gid < 0,
		"password", u->password && *u->password, "locked", u->locked, "groups",
		member_of(u), "shell", u->shell ? u->shell : "/bin/bash", "gecos",
		u->gecos ? u->gecos : "", "keys", keys_of(a, u->name));
	char home[256];

	snprintf(home, sizeof(home), "/home/%.64s", u->name);
	json_object_set_new(user, "home", json_string(u->home ? u->home : home));
	return user;
}

json_t *accounts_args(const struct answers *a)
{
	json_t *users = json_array();
	long long next = FIRST_UID;

	for (size_t i = 0; i < a->user_count; i++)
		json_array_append_new(users, user_json(a, i, &next));
	return json_pack("{s:o, s:o}", "groups", groups_of(a), "users", users);
}
