/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/order.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "order.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

void order_clear(struct order *o)
{
	if (o->text.len)
		explicit_bzero(o->text.s, o->text.len);
	if (o->text.s)
		buf_clear(&o->text);
	free(o->path);
	*o = (struct order){ .text = BUF_INIT };
}

static int find_added(const struct orders *s, const struct asker *who, struct order *o,
		      struct err *e)
{
	int ret = -ENOENT;

	for (size_t i = 0; ret == -ENOENT && i < 1U + !!*who->serial; i++) {
		bool serial = i == 1;

		ret = order_read_added(s, serial ? who->serial : who->mac, serial, o, e);
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
