/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders that were added, each a file.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "kickstart/kickstart.h"
#include "netboot/order.h"
#include "order.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { ORDER_FILE_MAX = KS_FILE_MAX * 2 };

/* A MAC as it is; a serial number with all but letters, digits and "_" encoded. */
static char *added_path(const struct orders *s, const char *key, bool serial)
{
	struct buf path = BUF_INIT;

	buf_addf(&path, "%s/orders/%s", s->state, serial ? "serial-" : "");
	for (; *key; key++) {
		if (strchr("%./", *key) || *key <= ' ')
			buf_addf(&path, "%%%02x", (unsigned char)*key);
		else
			buf_addc(&path, *key);
	}
	buf_adds(&path, ".json");
	return buf_take(&path);
}

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return text ? text : "";
}

static int from_json(const json_t *json, struct order *o, struct err *e)
{
	const char *id = text_of(json, "id"), *key = text_of(json, "key"),
		   *name = text_of(json, "name");
	const json_t *text = json_object_get(json, "text");

	if (strlen(id) != HEX_ID_SIZE - 1 || !*key || strlen(key) >= ORDER_KEY_SIZE ||
	    (*name && !hostname_ok(name)))
		return err_set(e, -EINVAL, "no order");
	strcpy(o->id, id);
	strcpy(o->key, key);
	strcpy(o->name, name);
	snprintf(o->source, sizeof(o->source), "%s", text_of(json, "kickstart"));
	o->added = json_integer_value(json_object_get(json, "added"));
	if (json_is_string(text))
		buf_add(&o->text, json_string_value(text), json_string_length(text));
	return buf_ok(&o->text) ? 0 : err_sys(e, -ENOMEM, "order");
}

static int read_added(const char *path, struct order *o, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	struct buf text = BUF_INIT;
	int ret = fs_read_regular(path, ORDER_FILE_MAX, &text, e);

	if (ret == 0) {
		json = json_loadb(text.s, text.len, 0, NULL);
		ret = from_json(json, o, e);
		if (ret < 0)
			err_wrap(e, "%s", path);
		explicit_bzero(text.s, text.len);
	}
	buf_clear(&text);
	return ret;
}

int order_read_added(const struct orders *s, const char *key, bool serial, struct order *o,
		     struct err *e)
{
	_cleanup_free_ char *path = added_path(s, key, serial);

	return path ? read_added(path, o, e) : err_sys(e, -ENOMEM, "order");
}

/* Orders are changed by one at a time. */
static int lock_orders(const struct orders *s, struct err *e)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_close_ int fd = -1;
	int ret;

	if (asprintf(&folder, "%s/orders", s->state) < 0)
		return err_sys(e, -ENOMEM, "order");
	ret = fs_mkdirs(folder, 0700, e);
	if (ret < 0)
		return ret;
	fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		return err_sys(e, -errno, "%s", folder);
	return take_fd(fd);
}

/* The one of the two that it is, and its file. */
static int parse_key(const struct orders *s, const char *who, char key[ORDER_KEY_SIZE], char **path,
		     struct err *e)
{
	bool mac = mac_parse(who, key);

	if (mac_misspelt(who))
		return err_set(e, -EINVAL, "%.80s is no MAC address of a card", who);
	if (!mac && !serial_parse(who, key))
		return err_set(e, -EINVAL, "%.80s is neither a MAC address nor a serial number",
			       who);
	*path = added_path(s, key, !mac);
	return *path ? 0 : err_sys(e, -ENOMEM, "order");
}

int order_add(const struct orders *s, const char *who, const struct buf *text, const char *source,
	      const char *name, struct err *e)
{
	_cleanup_free_ char *path = NULL, *json_text = NULL;
	char key[ORDER_KEY_SIZE], id[HEX_ID_SIZE];
	_cleanup_json_ json_t *json = NULL;
	_cleanup_close_ int lock = -1;
	int ret = parse_key(s, who, key, &path, e);

	if (ret < 0)
		return ret;
	if (name && !hostname_ok(name))
		return err_set(e, -EINVAL, "%.80s is no name of a host", name);
	if (!hex_id(id))
		return err_sys(e, -EIO, "random numbers");
	json = json_pack("{s:s, s:s, s:I, s:s, s:s}", "id", id, "key", key, "added",
			 (json_int_t)time(NULL), "name", name ? name : "", "kickstart", "");
	if (text && json_object_set_new(json, "text", json_stringn(text->s, text->len)) < 0)
		return err_set(e, -EINVAL, "%s: not UTF-8", source);
	if (text)
		json_object_set_new(json, "kickstart", json_string(source));
	json_text = json_dumps(json, JSON_INDENT(1));
	if (!json_text)
		return err_sys(e, -ENOMEM, "order");
	lock = lock_orders(s, e);
	ret = lock < 0 ? lock : fs_write(path, json_text, strlen(json_text), 0600, e);
	explicit_bzero(json_text, strlen(json_text));
	return ret;
}

int order_remove(const struct orders *s, const char *who, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	char key[ORDER_KEY_SIZE];
	_cleanup_close_ int lock = -1;
	int ret = parse_key(s, who, key, &path, e);

	if (ret < 0)
		return ret;
	lock = lock_orders(s, e);
	if (lock < 0)
		return lock;
	if (unlink(path) == 0)
		return 0;
	return errno == ENOENT ? err_set(e, -ENOENT, "%s was not added", who)
			       : err_sys(e, -errno, "%s", path);
}

static int append(const char *path, json_t *list, struct err *e)
{
	struct order o = { .text = BUF_INIT };
	int ret = read_added(path, &o, e);

	if (ret == 0)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s, s:I}", "id", o.id,
						      "key", o.key, "name", o.name, "kickstart",
						      o.source, "added", (json_int_t)o.added));
	order_clear(&o);
	return ret == -ENOENT ? 0 : ret;
}

int orders_json(const struct orders *s, json_t **out, struct err *e)
{
	_cleanup_free_ char *folder = NULL;
	_cleanup_json_ json_t *list = json_array();
	struct dirent *d;
	int ret = 0;
	DIR *dir;

	if (!list || asprintf(&folder, "%s/orders", s->state) < 0)
		return err_sys(e, -ENOMEM, "orders");
	dir = opendir(folder);
	if (!dir && errno != ENOENT)
		return err_sys(e, -errno, "%s", folder);
	while (dir && ret == 0 && (d = readdir(dir))) {
		_cleanup_free_ char *path = NULL;
		size_t len = strlen(d->d_name);

		if (len < 5 || strcmp(d->d_name + len - 5, ".json") != 0)
			continue;
		ret = asprintf(&path, "%s/%s", folder, d->d_name) < 0
			      ? err_sys(e, -ENOMEM, "orders")
			      : append(path, list, e);
	}
	if (dir)
		closedir(dir);
	if (ret == 0)
		*out = take_ptr(list);
	return ret;
}
