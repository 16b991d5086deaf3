/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Make users and groups in the new system, by its own groupadd and useradd.
 *
 * The system that runs is the image that is installed, so what is there already
 * is known before the first write.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/proc.h"

enum { ACCOUNT_SECONDS = 60, SHADOW_LINE = 600 };

static void add_names(const json_t *list, const char *what, struct buf *out)
{
	const json_t *one;
	size_t i;

	for (i = 0; (one = json_array_get(list, i)); i++)
		buf_addf(out, "%s%s", i ? ", " : what, arg_string(one, "name"));
}

void accounts_describe(const json_t *args, struct buf *out)
{
	const json_t *groups = json_object_get(args, "groups");

	buf_adds(out, "make");
	add_names(groups, " the groups ", out);
	if (json_array_size(groups) && json_array_size(json_object_get(args, "users")))
		buf_adds(out, ", and");
	add_names(json_object_get(args, "users"), " the users ", out);
}

int accounts_possible(const json_t *args, struct err *e)
{
	const json_t *users = json_object_get(args, "users"), *u;
	size_t i;

	for (i = 0; (u = json_array_get(users, i)); i++) {
		const char *name = arg_string(u, "name");
		const struct passwd *there = getpwnam(name);

		if (!there)
			there = getpwuid((uid_t)arg_uint(u, "uid"));
		if (there)
			return err_set(e, -EEXIST,
				       "kickstart line %llu: user %s, uid %llu: the system has an "
				       "account %s, uid %u, of its own",
				       (unsigned long long)arg_uint(u, "line"), name,
				       (unsigned long long)arg_uint(u, "uid"), there->pw_name,
				       there->pw_uid);
	}
	for (i = 0; (u = json_array_get(json_object_get(args, "groups"), i)); i++) {
		const struct group *g = getgrnam(arg_string(u, "name"));

		if (g && json_object_get(u, "gid") && g->gr_gid != arg_uint(u, "gid"))
			return err_set(
				e, -EEXIST,
				"kickstart line %llu: the system has a group %s with the gid "
				"%u",
				(unsigned long long)arg_uint(u, "line"), g->gr_name, g->gr_gid);
	}
	return 0;
}

/* Those of the image are there already. */
static int add_group(struct exec *x, const json_t *group, struct err *e)
{
	const char *name = arg_string(group, "name");
	char gid[24];

	if (getgrnam(name))
		return 0;
	if (!json_object_get(group, "gid"))
		return exec_cmd(x, ACCOUNT_SECONDS, e, "groupadd", "-R", EXEC_ROOT, name);
	snprintf(gid, sizeof(gid), "%llu", (unsigned long long)arg_uint(group, "gid"));
	return exec_cmd(x, ACCOUNT_SECONDS, e, "groupadd", "-R", EXEC_ROOT, "-g", gid, name);
}

static int add_user(struct exec *x, const json_t *u, struct err *e)
{
	const json_t *groups = json_object_get(u, "groups");
	const char *name = arg_string(u, "name");
	bool own = json_is_true(json_object_get(u, "own_group"));
	struct buf list = BUF_INIT;
	char uid[24];
	size_t i;
	int ret;

	for (i = 0; i < json_array_size(groups); i++)
		buf_addf(&list, "%s%s", i ? "," : "", json_string_value(json_array_get(groups, i)));
	snprintf(uid, sizeof(uid), "%llu", (unsigned long long)arg_uint(u, "uid"));
	/* -U makes a group of the user's name; -g takes the one that add_group() made. */
	ret = own ? exec_cmd(x, ACCOUNT_SECONDS, e, "useradd", "-R", EXEC_ROOT, "-m", "-u", uid,
			     "-G", list.s, "-d", arg_string(u, "home"), "-s",
			     arg_string(u, "shell"), "-c", arg_string(u, "gecos"), "-U", name)
		  : exec_cmd(x, ACCOUNT_SECONDS, e, "useradd", "-R", EXEC_ROOT, "-m", "-u", uid,
			     "-G", list.s, "-d", arg_string(u, "home"), "-s",
			     arg_string(u, "shell"), "-c", arg_string(u, "gecos"), "-g", name,
			     name);
	buf_clear(&list);
	return ret;
}

/* As it is given, or of the word; "!" before it lets nobody in by it. */
static int set_password(struct exec *x, const json_t *u, struct err *e)
{
	size_t index = arg_uint(u, "index");
	char line[SHADOW_LINE], *hash = NULL;
	const struct ks_user *user;
	int ret;

	if (index >= x->answers->user_count)
		return err_set(e, -EINVAL, "these are not the answers of the plan");
	user = &x->answers->users[index];
	if (!user->password || !*user->password)
		return 0;
	ret = exec_hash(user->password, user->crypted, &hash, e);
	if (ret < 0)
		return ret;
	snprintf(line, sizeof(line), "%s:%s%s\n", user->name, user->locked ? "!" : "", hash);
	ret = proc_run(&(struct proc){ .argv = (const char *const[]){ "chpasswd", "-e", "-R",
								      EXEC_ROOT, NULL },
				       .input = line,
				       .timeout_s = ACCOUNT_SECONDS },
		       e);
	explicit_bzero(line, sizeof(line));
	explicit_bzero(hash, strlen(hash));
	free(hash);
	return ret;
}

static int give(const char *path, mode_t mode, const struct stat *owner, struct err *e)
{
	if (chmod(path, mode) < 0 || lchown(path, owner->st_uid, owner->st_gid) < 0)
		return err_sys(e, -errno, "%s", path);
	return 0;
}

/* The home has the right owner by now. */
static int write_keys(const json_t *u, struct err *e)
{
	const char *keys = arg_string(u, "keys");
	char home[256], folder[288], file[320];
	struct stat owner;
	int ret;

	if (!*keys)
		return 0;
	snprintf(home, sizeof(home), EXEC_ROOT "%.200s", arg_string(u, "home"));
	snprintf(folder, sizeof(folder), "%s/.ssh", home);
	snprintf(file, sizeof(file), "%s/authorized_keys", folder);
	if (lstat(home, &owner) < 0)
		return err_sys(e, -errno, "%s", home);
	ret = fs_mkdirs(folder, 0700, e);
	if (ret == 0)
		ret = fs_write(file, keys, strlen(keys), 0600, e);
	if (ret == 0)
		ret = give(file, 0600, &owner, e);
	return ret < 0 ? ret : give(folder, 0700, &owner, e);
}

int accounts_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *groups = json_object_get(args, "groups"), *one;
	const json_t *users = json_object_get(args, "users");
	int ret = 0;
	size_t i;

	for (i = 0; ret == 0 && (one = json_array_get(groups, i)); i++)
		ret = add_group(x, one, e);
	for (i = 0; ret == 0 && (one = json_array_get(users, i)); i++) {
		ret = add_user(x, one, e);
		if (ret == 0)
			ret = set_password(x, one, e);
		if (ret == 0)
			ret = write_keys(one, e);
		if (ret < 0)
			err_wrap(e, "user %s", arg_string(one, "name"));
	}
	return ret;
}
