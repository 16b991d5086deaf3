/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Menus: what a machine starts, as its loader asks.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "server.h"

enum { SAME_START = 10 /* seconds */ };

int order_of(const struct netboot *n, const struct machine *m, struct order *o, struct err *e)
{
	struct asker who = { m->mac, m->serial };

	return order_find(&n->orders, &who, o, e);
}

/* A host is written over only when somebody has said so since, with "add". */
bool order_is_done(const struct machine *m, const struct order *o)
{
	return strcmp(o->id, m->finished) == 0 || (*m->finished && !o->added);
}

/* Whether it has to be carried out still. */
static bool is_due(struct netboot *n, struct machine *m, const struct order *o)
{
	if (order_is_done(m, o))
		return false;
	if (strcmp(o->id, m->assigned) != 0) {
		strcpy(m->assigned, o->id);
		m->tries = 0;
	}
	strcpy(m->kickstart, o->source);
	if (*o->name)
		strcpy(m->name, o->name);
	if (m->tries < MACHINE_TRIES)
		return true;
	server_tell(n, m, "%d installations have failed; it is left alone until it is added again",
		    MACHINE_TRIES);
	return false;
}

enum boot_way boot_decide(struct netboot *n, struct machine *m, bool can_tell_serial)
{
	enum boot_way way = BOOT_DISK;
	struct err e = { 0 };
	struct order o;
	int ret = order_of(n, m, &o, &e);

	if (ret == 0) {
		way = is_due(n, m, &o) ? BOOT_INSTALL : BOOT_DISK;
		order_clear(&o);
	} else if (ret != -ENOENT) {
		server_tell(n, m, "%s", err_text(&e));
	} else if (!*m->serial && orders_need_serial(&n->orders)) {
		/* A loader that cannot tell it lets the installer do so. */
		way = can_tell_serial ? BOOT_ASK_SERIAL : BOOT_INSTALL;
	}
	return way;
}

static const struct {
	const char *prefix, *before, *after, *base, *loader;
} menus[MENUS] = {
	[MENU_PXELINUX] = { "/pxelinux.cfg/", "", "", "default", "pxelinux" },
	[MENU_GRUB] = { "/grub/", "grub.cfg-", "", "grub.cfg", "grub" },
	[MENU_IPXE] = { "/ipxe/", "", ".ipxe", "default.ipxe", "ipxe" },
};

bool asked_parse(const char *prefix, const char *name, struct asked *a)
{
	char copy[128], *who;
	size_t before, after, len = strlen(name);

	*a = (struct asked){ 0 };
	while (a->menu < MENUS && strcmp(menus[a->menu].prefix, prefix) != 0)
		a->menu++;
	if (a->menu == MENUS || len >= sizeof(copy))
		return false;
	if (strcmp(name, menus[a->menu].base) == 0)
		return true;
	before = strlen(menus[a->menu].before);
	after = strlen(menus[a->menu].after);
	if (len <= before + after || strncmp(name, menus[a->menu].before, before) != 0 ||
	    strcmp(name + len - after, menus[a->menu].after) != 0)
		return false;
	strcpy(copy, name);
	copy[len - after] = '\0';
	who = copy + before;
	if (strncmp(who, "01-", 3) == 0)
		return mac_parse(who + 3, a->mac);
	return strncmp(who, "serial-", 7) == 0 && serial_parse(who + 7, a->serial);
}

static void fill_args(struct netboot *n, const struct machine *m, bool again, struct buf *args)
{
	buf_addf(args,
		 "socle.ks=post:%s/ks/%s/ks.cfg socle.webhook=%s/event socle.webhook.token=%s",
		 n->url, m->token, n->url, m->token);
	if (again)
		buf_adds(args, " socle.reinstall");
	/* Somebody may add it while it waits. */
	if (!*m->assigned)
		buf_adds(args, " socle.ks.timeout=86400");
}

static enum MHD_Result send_menu(struct request *r, const struct asked *a, const struct machine *m,
				 bool install)
{
	struct menu_words w = { .server = r->n->host, .entry = "local", .timeout = "3" };
	struct buf args = BUF_INIT, text = BUF_INIT;
	enum MHD_Result done;
	struct err e = { 0 };

	if (install) {
		w.entry = "install";
		fill_args(r->n, m, *m->finished && !m->tries, &args);
	}
	w.args = args.s;
	if (menu_fill(&r->n->tree.menu[a->menu], &w, &text, &e) < 0)
		done = reply_line(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err_text(&e));
	else
		done = reply(r, MHD_HTTP_OK, "text/plain", text.s, text.len);
	buf_clear(&args);
	buf_clear(&text);
	return done;
}

/* Some loaders ask for several files in a row: that is one start. */
static void note_boot(struct netboot *n, struct machine *m, enum boot_way way, int64_t before_seen)
{
	enum machine_state before = m->state;

	if (way == BOOT_INSTALL)
		m->state = MACHINE_BOOTING;
	else if (m->state != MACHINE_DONE && m->state != MACHINE_FAILED)
		m->state = MACHINE_SEEN;
	server_keep(n, m);
	if (m->state == before && m->seen - before_seen < SAME_START)
		return;
	if (m->state == MACHINE_BOOTING)
		server_tell(n, m,
			    before == MACHINE_INSTALLING ? "booting the installer again"
							 : "booting the installer");
	else
		server_tell(n, m, "booting its disk");
}

enum MHD_Result answer_menu(struct request *r)
{
	struct machine *m;
	enum boot_way way;
	struct asked a;
	struct err e = { 0 };
	int64_t seen;

	if (!asked_parse(r->route->prefix, r->rest, &a))
		return reply_line(r, MHD_HTTP_NOT_FOUND, "not found");
	if (!r->has_mac || (*a.mac && strcmp(a.mac, r->mac) != 0))
		return reply_line(r, MHD_HTTP_FORBIDDEN, "this is not your menu");
	m = machines_add(&r->n->machines, r->mac, &e);
	if (!m) {
		server_tell(r->n, NULL, "%s: %s", r->mac, err_text(&e));
		return reply_line(r, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", err_text(&e));
	}
	if (*a.serial && !*m->serial)
		strcpy(m->serial, a.serial);
	seen = m->seen;
	m->seen = time(NULL);
	address_text(r->peer, m->ip);
	strcpy(m->loader, menus[a.menu].loader);
	way = boot_decide(r->n, m, *a.mac && a.menu != MENU_PXELINUX);
	if (way == BOOT_ASK_SERIAL)
		return reply_line(r, MHD_HTTP_NOT_FOUND, "what is your serial number?");
	note_boot(r->n, m, way, seen);
	return send_menu(r, &a, m, way == BOOT_INSTALL);
}
