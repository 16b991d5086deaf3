/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dnsmasq as a child: its configuration, and a life that is no longer than ours.
 */
#ifndef NETBOOT_DNSMASQ_H
#define NETBOOT_DNSMASQ_H

#include <stdint.h>
#include <sys/types.h>

#include "netboot/net.h"
#include "netboot/tree.h"

struct dnsmasq_setup {
	const struct net_link *link;
	const struct net_range *range; /* NULL: beside another DHCP server */
	const struct tree *tree;
	const char *server;	  /* of HTTP, "192.0.2.1:8080" */
	const char *run, *state;  /* folders: of its files for TFTP, of its leases */
	const char *router, *dns; /* that machines are told of, or NULL */
	const char *user;	  /* that it becomes */
};

/* Its configuration file. */
void dnsmasq_config(const struct dnsmasq_setup *s, struct buf *out);

/* Fill RUN/tftp, write RUN/dnsmasq.conf and have dnsmasq check it. */
int dnsmasq_prepare(const struct dnsmasq_setup *s, struct err *e) __must_check;

/*
 * A running one; DNSMASQ_INIT before it is started.  A keeper starts dnsmasq again
 * when it dies, after 1, 2, 4 … 30 seconds, and has the privileges for that, so
 * that the server needs none.  Both are alone in a process namespace, which ends
 * when we do, however that is.
 */
struct dnsmasq {
	pid_t pid;	/* of the keeper; 0: there is none */
	int fd;		/* readable when there is something to read, or it died */
	char last[256]; /* the last line that dnsmasq wrote */
	char line[256]; /* the one that has no end yet, and its length */
	size_t len;
	bool ready;
};
#define DNSMASQ_INIT ((struct dnsmasq){ .fd = -1 })

/* Start it and wait until it serves; -EIO with what it said when it does not. */
int dnsmasq_start(struct dnsmasq *d, const char *run, struct err *e) __must_check;

/* What an operator should know, a line. */
typedef void dnsmasq_line(void *ctx, const char *line);

/* Read what was written.  False when the keeper has died, which nobody starts again. */
bool dnsmasq_read(struct dnsmasq *d, dnsmasq_line *use, void *ctx);

void dnsmasq_stop(struct dnsmasq *d); /* idempotent */

#endif
