/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the answers change in the new system's /etc and /root.  Everything else
 * stays as the image has it.
 */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"

void files_add(json_t *files, const char *path, unsigned int mode, const char *text)
{
	char octal[8];

	snprintf(octal, sizeof(octal), "%04o", mode & 07777U);
	json_array_append_new(
		files, json_pack("{s:s, s:s, s:s}", "path", path, "mode", octal, "text", text));
}

void files_link(json_t *files, const char *path, const char *target)
{
	json_array_append_new(files, json_pack("{s:s, s:s}", "path", path, "link", target));
}

static bool word_ok(const char *s, const char *more)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!isalnum((unsigned char)s[n]) && !strchr(more, s[n]))
			return false;
	return n > 0 && n < 256 && s[0] != '-' && s[0] != '/' && !strstr(s, "..");
}

/* RFC 1123, 2.1; 64 bytes is what Linux keeps. */
static bool hostname_ok(const char *s)
{
	return word_ok(s, "-.") && strlen(s) <= 64 && s[0] != '.' && s[strlen(s) - 1] != '.';
}

static int hostname_files(struct draft *d, json_t *files, struct err *e)
{
	const char *name = answers_hostname(d->answers);
	struct buf t = BUF_INIT;

	if (!name || !*name)
		name = "socle";
	if (!hostname_ok(name))
		return refuse(e, (struct ks_pos){ 0 }, "\"%.64s\" is no host name", name);
	buf_addf(&t, "%s\n", name);
	files_add(files, "etc/hostname", 0644, t.s);
	buf_clear(&t);
	buf_addf(&t, "127.0.0.1 localhost\n127.0.1.1 %s", name);
	if (strchr(name, '.'))
		buf_addf(&t, " %.*s", (int)strcspn(name, "."), name);
	buf_adds(&t, "\n::1 localhost ip6-localhost ip6-loopback\nff02::1 ip6-allnodes\n"
		     "ff02::2 ip6-allrouters\n");
	files_add(files, "etc/hosts", 0644, t.s);
	buf_clear(&t);
	json_object_set_new(d->plan->head, "hostname", json_string(name));
	return 0;
}

static int locale_files(const struct answers *a, json_t *files, struct err *e)
{
	char text[320];

	if (a->lang) {
		if (!word_ok(a->lang, "_.@-"))
			return refuse(e, (struct ks_pos){ 0 }, "lang: \"%.64s\" is no locale",
				      a->lang);
		snprintf(text, sizeof(text), "LANG=%s\n", a->lang);
		files_add(files, "etc/locale.conf", 0644, text);
		files_add(files, "etc/default/locale", 0644, text);
	}
	if (a->keyboard) {
		if (!word_ok(a->keyboard, "_-.+"))
			return refuse(e, (struct ks_pos){ 0 }, "keyboard: \"%.64s\" is no keymap",
				      a->keyboard);
		snprintf(text, sizeof(text), "KEYMAP=%s\n", a->keyboard);
		files_add(files, "etc/vconsole.conf", 0644, text);
	}
	return 0;
}

static int clock_files(const struct answers *a, json_t *files, struct err *e)
{
	const char *zone = a->timezone ? a->timezone : "Etc/UTC";
	struct buf t = BUF_INIT;

	if (!word_ok(zone, "_+-/"))
		return refuse(e, (struct ks_pos){ 0 }, "timezone: \"%.64s\" is no time zone", zone);
	buf_addf(&t, "../usr/share/zoneinfo/%s", zone);
	files_link(files, "etc/localtime", t.s);
	buf_clear(&t);
	buf_addf(&t, "%s\n", zone);
	files_add(files, "etc/timezone", 0644, t.s);
	buf_clear(&t);
	if (a->timezone && !a->utc)
		files_add(files, "etc/adjtime", 0644, "0.0 0 0.0\n0\nLOCAL\n");
	/* As "timedatectl set-ntp false", but such that no preset brings it back. */
	if (a->ntp_off)
		files_link(files, "etc/systemd/system/systemd-timesyncd.service", "/dev/null");
	if (!a->ntp.count)
		return 0;
	buf_adds(&t, "[Time]\nNTP=");
	for (size_t i = 0; i < a->ntp.count; i++) {
		if (!word_ok(a->ntp.item[i], ".-:")) {
			buf_clear(&t);
			return refuse(e, (struct ks_pos){ 0 }, "\"%.64s\" is no time server",
				      a->ntp.item[i]);
		}
		buf_addf(&t, "%s%s", i ? " " : "", a->ntp.item[i]);
	}
	buf_adds(&t, "\n");
	files_add(files, "etc/systemd/timesyncd.conf.d/10-installer.conf", 0644, t.s);
	buf_clear(&t);
	return 0;
}

/* One line, and UTF-8: the plan is JSON. */
static bool key_ok(const char *key)
{
	json_t *text = key ? json_string(key) : NULL;
	bool ok = text && *key && !strpbrk(key, "\r\n");

	json_decref(text);
	return ok;
}

/*
 * sshd takes the first value it reads, in the order of the files' names; the
 * image's own 10-socle.conf lets root in by key only.
 */
#define SSHD_PASSWORD "etc/ssh/sshd_config.d/05-installer.conf"

static bool root_has_key(const struct answers *a)
{
	for (size_t i = 0; i < a->sshkey_count; i++)
		if (strcmp(a->sshkeys[i].user, "root") == 0)
			return true;
	return false;
}

/* Somebody must be able to log in, and should be able to do something then. */
static int login_possible(struct draft *d, bool password, struct err *e)
{
	const struct answers *a = d->answers;

	if (password || root_has_key(a))
		return 0;
	for (size_t i = 0; i < a->user_count; i++)
		if (accounts_may_enter(a, &a->users[i]))
			return draft_warn(d, "root has neither password nor key: users can log in, "
					     "but nobody can administer this host");
	return refuse(e, a->root_pos, "nobody could log in: give rootpw or sshkey");
}

static int root_keys(const struct answers *a, struct buf *keys, struct err *e)
{
	for (size_t i = 0; i < a->sshkey_count; i++) {
		const struct ks_sshkey *k = &a->sshkeys[i];

		if (!key_ok(k->key))
			return refuse(e, k->pos, "sshkey: a key is one line of text");
		if (strcmp(k->user, "root") == 0)
			buf_addf(keys, "%s\n", k->key);
	}
	return 0;
}

/* Who can log in: the password stays out of the plan, the keys are public. */
static int login_files(struct draft *d, json_t *files, struct err *e)
{
	const struct answers *a = d->answers;
	bool password = a->root_password && *a->root_password && !a->root_locked;
	struct buf keys = BUF_INIT;
	json_t *login = json_object(), *users = json_array();
	size_t count = 0;
	int ret = accounts_check(a, e);

	if (!ret)
		ret = root_keys(a, &keys, e);
	if (!ret)
		ret = login_possible(d, password, e);
	if (!ret && keys.len)
		files_add(files, "root/.ssh/authorized_keys", 0600, keys.s);
	if (!ret && password && a->root_ssh)
		files_add(files, SSHD_PASSWORD, 0644, "PermitRootLogin yes\n");
	for (size_t i = 0; i < a->sshkey_count; i++)
		count += strcmp(a->sshkeys[i].user, "root") == 0;
	for (size_t i = 0; i < a->user_count; i++)
		json_array_append_new(users, json_string(a->users[i].name));
	json_object_set_new(login, "password", json_boolean(password));
	json_object_set_new(login, "ssh_password", json_boolean(password && a->root_ssh));
	json_object_set_new(login, "password_line", json_integer(password ? a->root_pos.line : 0));
	json_object_set_new(login, "ssh_keys", json_integer((json_int_t)count));
	if (a->user_count)
		json_object_set(login, "users", users);
	json_decref(users);
	json_object_set_new(d->plan->head, "login", login);
	buf_clear(&keys);
	return ret;
}

/* What of the new system can be written; all else is the image. */
static bool is_writable(const char *folder)
{
	static const char *const tops[] = { "/etc", "/var", "/root", "/home" };

	for (size_t i = 0; i < ARRAY_SIZE(tops); i++) {
		size_t n = strlen(tops[i]);

		if (strncmp(folder, tops[i], n) == 0 && (folder[n] == '/' || !folder[n]))
			return true;
	}
	return false;
}

static int certificate_files(const struct answers *a, json_t *files, struct err *e)
{
	for (size_t i = 0; i < a->certificate_count; i++) {
		const struct ks_certificate *c = &a->certificates[i];
		const char *folder = c->folder ? c->folder : "/etc/ssl/certs";
		char path[PATH_MAX];
		size_t n = strlen(folder);

		if (!is_writable(folder))
			return refuse(e, c->pos, "%%certificate: %.256s is read-only in the system",
				      folder);
		n -= folder[n - 1] == '/';
		snprintf(path, sizeof(path), "%.*s/%s", (int)n - 1, folder + 1, c->name);
		files_add(files, path, 0644, c->body);
	}
	return 0;
}

int system_files(struct draft *d, json_t *files, struct err *e)
{
	int ret = hostname_files(d, files, e);

	if (ret == 0)
		ret = locale_files(d->answers, files, e);
	if (ret == 0)
		ret = clock_files(d->answers, files, e);
	if (ret == 0)
		ret = login_files(d, files, e);
	if (ret == 0)
		firewall_files(d->answers, files);
	if (ret == 0)
		ret = certificate_files(d->answers, files, e);
	if (ret == 0)
		ret = network_make(d, files, e);
	return ret;
}
