/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server's own: what its parts share, and how a request is answered.
 *
 * All runs in one thread.  A handler gets a request whose body has come whole,
 * and answers it once.
 */
#ifndef SERVER_H
#define SERVER_H

#include <microhttpd.h>
#include <stdbool.h>

#include "netboot/dnsmasq.h"
#include "netboot/machine.h"
#include "netboot/net.h"
#include "netboot/order.h"
#include "netboot/serve.h"
#include "netboot/tree.h"

enum {
	BUNDLE_MAX = 64 << 20, /* bytes of a log bundle */
	BUNDLES_MAX = 4,       /* of one machine; the oldest goes */
	SAVE_PROGRESS_MS = 10000,
};

struct netboot {
	struct netboot_config config;
	struct net_link link;
	struct net_range range;
	struct tree tree;
	struct orders orders;
	struct machines machines;
	struct dnsmasq dnsmasq;
	struct MHD_Daemon *http;
	char host[32]; /* "192.0.2.1:8080" */
	char url[48];
	char run[64];
	char api_token[HEX_ID_SIZE];
	int lock, epoll;
	bool changed;		 /* since it was last shown */
	struct timespec folders; /* when the newest of those with orders and machines has changed */
};

/* Who may ask. */
struct request {
	struct netboot *n;
	struct MHD_Connection *conn;
	const struct route *route;
	const char *rest; /* of the path, behind the route's prefix */
	bool head;
	uint32_t peer; /* its address */
	bool has_mac;
	char mac[MAC_SIZE];   /* of the card that asks, as the wire tells */
	unsigned int refused; /* the status that is answered once the body has come, or 0 */
	uint64_t length;      /* of the body, as it came */
	struct buf body;
	int fd;		/* the file that it goes to instead, or -1 */
	char file[512]; /* its temporary name */
};

struct route {
	const char *method, *prefix;
	uint64_t body_max;
	/* Called before the body comes, or NULL: a status when it is not wanted, else 0. */
	unsigned int (*begin)(struct request *r);
	enum MHD_Result (*answer)(struct request *r);
};

extern const struct route routes[]; /* ended by one without a method */

enum MHD_Result reply(struct request *r, unsigned int status, const char *type, const void *data,
		      size_t len);
/* A line of text, which ends with a newline. */
enum MHD_Result reply_line(struct request *r, unsigned int status, const char *fmt, ...)
	__format(3, 4);
/* A part of a file; fd is taken. */
enum MHD_Result reply_file(struct request *r, int fd, uint64_t size, const char *etag,
			   const char *type);

const char *request_header(const struct request *r, const char *name);
/* The machine whose token the request bears, or NULL. */
struct machine *request_bearer(const struct request *r);

/* The machine of a path "TOKEN/NAME", and NAME; or NULL. */
struct machine *request_owner(const struct request *r, const char **name);

/* http.c: the daemon, on a socket that listens, which is taken. */
int http_open(struct netboot *n, int listener, struct err *e) __must_check;

/* Write a machine; that it failed is told, and the machine goes on. */
void server_keep(struct netboot *n, struct machine *m);
void server_tell(struct netboot *n, const struct machine *m, const char *fmt, ...) __format(3, 4);

/* All machines and orders as netboot_list() has them, with the newest numbers; NULL: why not. */
json_t *server_list(struct netboot *n, struct err *e);

/* list.c: tell in the list of machines what was ordered for them, and for others. */
int list_add_orders(json_t *list, const char *state, struct err *e) __must_check;

/* The order for a machine as it is known, as order_find(). */
int order_of(const struct netboot *n, const struct machine *m, struct order *o,
	     struct err *e) __must_check;

/* Whether the machine is not to be installed by it, since it was, by this or another one. */
bool order_is_done(const struct machine *m, const struct order *o);

/* What a machine is to do when it starts (boot.c). */
enum boot_way {
	BOOT_DISK,
	BOOT_INSTALL,
	BOOT_ASK_SERIAL, /* it should tell its serial number first, if it can */
};
enum boot_way boot_decide(struct netboot *n, struct machine *m, bool can_tell_serial);

/*
 * What a loader asks for: a menu, by a card or a serial number, which is the
 * asker's own, or by neither.  name: any text behind a prefix of routes.  False for
 * what is no name of a menu.
 */
struct asked {
	enum tree_menu menu;
	char mac[MAC_SIZE];	  /* or "" */
	char serial[SERIAL_SIZE]; /* or "" */
};
bool asked_parse(const char *prefix, const char *name, struct asked *a);

/* The handlers, by their files. */
enum MHD_Result answer_menu(struct request *r);	     /* boot.c */
enum MHD_Result answer_kickstart(struct request *r); /* answer_ks.c */
enum MHD_Result answer_event(struct request *r);     /* answer_report.c */
unsigned int begin_bundle(struct request *r);
enum MHD_Result answer_bundle(struct request *r);
enum MHD_Result answer_api(struct request *r);	/* answer_api.c */
enum MHD_Result answer_tree(struct request *r); /* answer_tree.c */

#endif
