/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kickstart files: for the machine that they are meant for, while it is to be
 * installed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "netboot/report.h"
#include "server.h"
#include "socle/cleanup.h"

/* Without a token only its card tells which machine it is. */
static struct machine *find_machine(const struct request *r, const char **name)
{
	if (strchr(r->rest, '/'))
		return request_owner(r, name);
	*name = r->rest;
	return r->has_mac ? machines_by_mac(&r->n->machines, r->mac) : NULL;
}

/* What a machine says of itself, and Anaconda's header if it sends no facts. */
static int take_facts(struct request *r, struct machine *m, struct err *e)
{
	const char *serial = request_header(r, "X-System-Serial-Number");
	char parsed[SERIAL_SIZE];
	struct machine copy = *m;
	int ret = 0;

	if (r->body.len)
		ret = machine_take_facts(&copy, r->body.s, r->body.len, e);
	else if (serial && !*m->serial && serial_parse(serial, parsed))
		strcpy(copy.serial, parsed);
	if (ret == 0)
		*m = copy;
	return ret;
}

/*
 * A serial number is only said by the machine itself, so the first that has said
 * it keeps it, until it is forgotten.
 */
static int check_serial(struct request *r, const struct machine *m, const struct order *o,
			struct err *e)
{
	struct machines *all = &r->n->machines;

	for (size_t i = 0; o->by_serial && i < all->count; i++)
		if (all->item[i] != m && strcmp(all->item[i]->serial, m->serial) == 0)
			return err_set(e, -EPERM,
				       "serial number %s is that of %s; forget one of them",
				       m->serial, all->item[i]->mac);
	return 0;
}

static enum MHD_Result wait_for(struct request *r, struct machine *m, const struct err *e)
{
	m->state = MACHINE_WAITING;
	snprintf(m->error, sizeof(m->error), "%.500s", err_text(e));
	server_keep(r->n, m);
	server_tell(r->n, m, "waiting: %s", m->error);
	/* The installer asks again for a while: somebody may mend it. */
	return reply_line(r, MHD_HTTP_SERVICE_UNAVAILABLE, "%s", m->error);
}

static enum MHD_Result give(struct request *r, struct machine *m, struct order *o)
{
	struct buf text = BUF_INIT;
	char bundle[128];
	struct err e = { 0 };
	enum MHD_Result done;

	snprintf(bundle, sizeof(bundle), "%s/bundle/%s/", r->n->url, m->token);
	if (order_kickstart(&r->n->orders, o, bundle, &text, NULL, &e) < 0) {
		done = wait_for(r, m, &e);
	} else {
		strcpy(m->assigned, o->id);
		strcpy(m->kickstart, o->source);
		if (*o->name)
			strcpy(m->name, o->name);
		if (m->state == MACHINE_WAITING)
			m->state = MACHINE_BOOTING;
		*m->error = '\0';
		server_keep(r->n, m);
		server_tell(r->n, m, "kickstart %s", m->kickstart);
		done = reply(r, MHD_HTTP_OK, "text/plain; charset=utf-8", text.s, text.len);
	}
	if (text.len)
		explicit_bzero(text.s, text.len);
	buf_clear(&text);
	return done;
}

static enum MHD_Result give_kickstart(struct request *r, struct machine *m)
{
	enum MHD_Result done;
	struct err e = { 0 };
	struct order o;
	int ret;

	if (take_facts(r, m, &e) < 0)
		return reply_line(r, MHD_HTTP_BAD_REQUEST, "%s", err_text(&e));
	ret = order_of(r->n, m, &o, &e);
	if (ret == 0 && (ret = check_serial(r, m, &o, &e)) < 0)
		order_clear(&o);
	if (ret < 0)
		return wait_for(r, m, &e);
	if (order_is_done(m, &o))
		done = reply_line(r, MHD_HTTP_FORBIDDEN, "it was installed already");
	else
		done = give(r, m, &o);
	order_clear(&o);
	return done;
}

static enum MHD_Result give_included(struct request *r, const char *name)
{
	struct err e = { 0 };
	struct stat st;
	char etag[64];
	_cleanup_close_ int fd = order_included_fd(&r->n->orders, name, &e);

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return reply_line(r, MHD_HTTP_NOT_FOUND, "not found");
	snprintf(etag, sizeof(etag), "\"%jx-%jx-%jx\"", (uintmax_t)st.st_ino,
		 (uintmax_t)st.st_mtim.tv_sec, (uintmax_t)st.st_mtim.tv_nsec);
	return reply_file(r, take_fd(fd), (uint64_t)st.st_size, etag, "text/plain");
}

enum MHD_Result answer_kickstart(struct request *r)
{
	const char *name;
	struct machine *m = find_machine(r, &name);

	if (!m)
		return reply_line(r, MHD_HTTP_FORBIDDEN, "who are you?");
	m->heard = time(NULL);
	address_text(r->peer, m->ip);
	if (strcmp(name, "ks.cfg") == 0)
		return give_kickstart(r, m);
	if (strcmp(m->assigned, m->finished) == 0)
		return reply_line(r, MHD_HTTP_FORBIDDEN, "it was installed already");
	return give_included(r, name);
}
