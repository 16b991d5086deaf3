/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server of a network boot: dnsmasq for DHCP and TFTP, and HTTP for all else.
 *
 * What is wrong with what it is told is found before anything is served; then it
 * runs in one thread until it is stopped.  All that it knows lies in the state
 * folder, so it may die at any moment.
 *
 *	STATE/orders/KEY.json      what "add" said (order.h)
 *	STATE/machines/MAC.json    what was seen (machine.h)
 *	STATE/bundles/MAC/NAME     log bundles that were sent
 *	STATE/leases               of DHCP
 *	STATE/api-token            for those who ask /api from elsewhere
 *	STATE/serve.lock           held while a server runs
 */
#ifndef NETBOOT_SERVE_H
#define NETBOOT_SERVE_H

#include <signal.h>

#include "netboot/machine.h"
#include "socle/buf.h"

#define NETBOOT_STATE "/var/lib/socle/netboot"

struct netboot_config {
	const char *interface;
	const char *range; /* NULL: --proxy */
	const char *tree, *state;
	const char *kickstarts; /* folder, or NULL */
	const char *router, *dns;
	unsigned int port; /* of HTTP */
	/* One line of what has happened to a machine, or to the server itself (m is NULL). */
	void (*tell)(void *ctx, const struct machine *m, const char *line);
	/* About twice a second, when something has changed: all, as netboot_list() has it. */
	void (*show)(void *ctx, const json_t *machines);
	void *ctx;
};

struct netboot;

/*
 * Check all, and begin to serve.  problems gets what is said of kickstart files,
 * a line each, errors and warnings.
 */
int netboot_open(const struct netboot_config *c, struct netboot **n, struct buf *problems,
		 struct err *e) __must_check;

/* "http://192.0.2.1:8080" */
const char *netboot_url(const struct netboot *n);

/* Serve until *stop is not 0; a signal that sets it ends a wait at once. */
int netboot_run(struct netboot *n, const volatile sig_atomic_t *stop, struct err *e) __must_check;
void netboot_close(struct netboot *n);

/*
 * What a state folder knows, whether a server runs or not: an array of machines
 * by MAC (machine_json), then what was added and not seen yet, "expected".
 */
int netboot_list(const char *state, json_t **out, struct err *e) __must_check;

/* Forget an order and a machine by MAC or serial number; -ENOENT when there is neither. */
int netboot_forget(const char *state, const char *who, struct err *e) __must_check;

#endif
