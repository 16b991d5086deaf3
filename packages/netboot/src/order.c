/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/order.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "kickstart/kickstart.h"
#include "order.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { ORDER_FILE_MAX = KS_FILE_MAX * 2 };

void order_clear(struct order *o)
{
	if (o->text.len)
		explicit_bzero(o->text.s, o->text.len);
	if (o->text.s)
		buf_clear(&o->text);
	free(o->path);
	*o = (struct order){ .text = BUF_INIT };
}

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

static int find_added(const struct orders *s, const struct asker *who, struct order *o,
		      struct err *e)
{
	int ret = -ENOENT;

	for (size_t i = 0; ret == -ENOENT && i < 1U + !!*who->serial; i++) {
		bool serial = i == 1;
		_cleanup_free_ char *path = added_path(s, serial ? who->serial : who->mac, serial);

		ret = path ? read_added(path, o, e) : err_sys(e, -ENOMEM, "order");
		o->by_serial = ret == 0 && serial;
	}
	return ret;
}

/* How well the name of a file fits: 0 not at all; the better, the more. */
enum { FIT_DEFAULT = 1, FIT_PATTERN = 2, FIT_SERIAL = 10000, FIT_MAC = 20000 };

struct fit {
	int how;
	bool serial;
};

static int plain_characters(const char *pattern)
{
	int n = 0;

	for (; *pattern; pattern++)
		n += !strchr("*?[]", *pattern);
	return n;
}

static bool is_pattern(const char *stem)
{
	return strpbrk(stem, "*?[");
}

static struct fit fits(const char *stem, const struct asker *who)
{
	char mac[MAC_SIZE];
	bool is_mac = mac_parse(stem, mac), pattern = is_pattern(stem);

	if (strcmp(stem, "default") == 0)
		return (struct fit){ FIT_DEFAULT, false };
	if (is_mac && strcmp(mac, who->mac) == 0)
		return (struct fit){ FIT_MAC, false };
	if (pattern && fnmatch(stem, who->mac, FNM_CASEFOLD) == 0)
		return (struct fit){ FIT_PATTERN + plain_characters(stem), false };
	if (!*who->serial || is_mac)
		return (struct fit){ 0 };
	if (strcmp(stem, who->serial) == 0)
		return (struct fit){ FIT_SERIAL, true };
	if (pattern && fnmatch(stem, who->serial, 0) == 0)
		return (struct fit){ FIT_PATTERN + plain_characters(stem), true };
	return (struct fit){ 0 };
}

struct search {
	struct fit best;
	char stem[NAME_MAX + 1], other[NAME_MAX + 1]; /* the best, and one that is as good */
};

static void look_at(struct search *r, const char *name, const struct asker *who)
{
	char stem[NAME_MAX + 1];
	struct fit f;

	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - 3), name);
	f = fits(stem, who);
	if (f.how > r->best.how) {
		r->best = f;
		strcpy(r->stem, stem);
		*r->other = '\0';
	} else if (f.how && f.how == r->best.how) {
		strcpy(r->other, stem);
	}
}

static int each_file(const struct orders *s, void (*use)(void *ctx, const char *name), void *ctx,
		     struct err *e)
{
	DIR *dir = s->folder ? opendir(s->folder) : NULL;
	struct dirent *d;
	size_t n = 0;

	if (!dir)
		return s->folder ? err_sys(e, -errno, "%s", s->folder) : 0;
	while ((d = readdir(dir)) && n <= ORDER_FILES_MAX) {
		if (*d->d_name == '.' || !is_kickstart_name(d->d_name))
			continue;
		use(ctx, d->d_name);
		n++;
	}
	closedir(dir);
	return n > ORDER_FILES_MAX ? err_set(e, -E2BIG, "%s: more than %d kickstart files",
					     s->folder, ORDER_FILES_MAX)
				   : 0;
}

struct looking {
	struct search found;
	const struct asker *who;
};

static void look_at_name(void *ctx, const char *name)
{
	struct looking *l = ctx;

	look_at(&l->found, name, l->who);
}

/* The same file is the same order, whatever is in it: a host that is done stays. */
static void folder_id(const char *stem, char id[HEX_ID_SIZE])
{
	char hex[SHA256_HEX];

	sha256_mem(stem, strlen(stem), hex);
	snprintf(id, HEX_ID_SIZE, "%.32s", hex);
}

static int find_in_folder(const struct orders *s, const struct asker *who, struct order *o,
			  struct err *e)
{
	struct looking l = { .who = who };
	int ret = each_file(s, look_at_name, &l, e);

	if (ret < 0)
		return ret;
	if (!l.found.best.how)
		return err_set(e, -ENOENT, "no kickstart for this machine");
	if (*l.found.other)
		return err_set(e, -EEXIST, "%s: %s.ks and %s.ks fit equally well", s->folder,
			       l.found.stem, l.found.other);
	if (asprintf(&o->path, "%s/%s.ks", s->folder, l.found.stem) < 0) {
		o->path = NULL;
		return err_sys(e, -ENOMEM, "order");
	}
	snprintf(o->source, sizeof(o->source), "%.251s.ks", l.found.stem);
	if (!*o->id) {
		snprintf(o->key, sizeof(o->key), "%.72s", l.found.stem);
		folder_id(l.found.stem, o->id);
		o->by_serial = l.found.best.serial;
	}
	return 0;
}

int order_find(const struct orders *s, const struct asker *who, struct order *o, struct err *e)
{
	int ret;

	*o = (struct order){ .text = BUF_INIT };
	ret = find_added(s, who, o, e);
	/* One that was added without a file takes the folder's. */
	if (ret == -ENOENT || (ret == 0 && !o->text.len))
		ret = find_in_folder(s, who, o, e);
	if (ret < 0)
		order_clear(o);
	return ret;
}

static void needs_serial(void *ctx, const char *name)
{
	char stem[NAME_MAX + 1], mac[MAC_SIZE];
	bool *needs = ctx;

	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - 3), name);
	*needs |= strcmp(stem, "default") != 0 && !mac_parse(stem, mac);
}

bool orders_need_serial(const struct orders *s)
{
	_cleanup_free_ char *folder = NULL;
	bool needs = false;
	struct dirent *d;
	DIR *dir;

	if (each_file(s, needs_serial, &needs, NULL) < 0 || needs)
		return needs;
	if (asprintf(&folder, "%s/orders", s->state) < 0)
		return false;
	dir = opendir(folder);
	while (dir && !needs && (d = readdir(dir)))
		needs = strncmp(d->d_name, "serial-", 7) == 0;
	if (dir)
		closedir(dir);
	return needs;
}

struct checking {
	const struct orders *s;
	size_t *count;
	struct buf *problems;
	struct err *e;
	int ret;
};

/* As which machine a file would never be found. */
static int check_stem(const struct orders *s, const char *name, struct err *e)
{
	char stem[NAME_MAX + 1];

	snprintf(stem, sizeof(stem), "%.*s", (int)(strlen(name) - 3), name);
	return mac_misspelt(stem)
		       ? err_set(e, -EINVAL, "%s/%s: its name is no MAC address of a card",
				 s->folder, name)
		       : 0;
}

static void check_name(void *ctx, const char *name)
{
	struct checking *c = ctx;
	struct order o = { .text = BUF_INIT };
	struct buf text = BUF_INIT;
	struct err e = { 0 };
	int ret;

	(*c->count)++;
	if (asprintf(&o.path, "%s/%s", c->s->folder, name) < 0)
		return;
	snprintf(o.source, sizeof(o.source), "%s", o.path);
	ret = check_stem(c->s, name, &e);
	if (ret == 0)
		ret = order_kickstart(c->s, &o, NULL, &text, c->problems, &e);
	if (ret < 0 && c->ret == 0) {
		c->ret = ret;
		*c->e = e;
	}
	if (text.len)
		explicit_bzero(text.s, text.len);
	buf_clear(&text);
	order_clear(&o);
}

int orders_check(const struct orders *s, size_t *count, struct buf *problems, struct err *e)
{
	struct checking c = { s, count, problems, e, 0 };
	int ret;

	*count = 0;
	ret = each_file(s, check_name, &c, e);
	return ret < 0 ? ret : c.ret;
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
