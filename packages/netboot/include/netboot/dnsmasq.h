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

enum { DNSMASQ_PAUSE_MAX = 30 /* seconds between two starts */ };

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

/* A running one; DNSMASQ_INIT before it is started. */
struct dnsmasq {
	pid_t pid;	/* 0: it does not run */
	int fd;		/* readable when it wrote or died */
	char last[256]; /* the last line that it wrote */
	size_t len;	/* of last, while the line has no end yet */
	bool ready;
	unsigned int pause;	/* before the next start, in seconds */
	int64_t started, again; /* clock_ms() */
};
#define DNSMASQ_INIT ((struct dnsmasq){ .fd = -1 })

/*
 * Start it.  It is alone with its parent in a process namespace, which ends when
 * we do, however that is.
 */
int dnsmasq_start(struct dnsmasq *d, const char *run, struct err *e) __must_check;

/* The same, and wait until it serves; -EIO with what it said when it does not. */
int dnsmasq_start_ready(struct dnsmasq *d, const char *run, struct err *e) __must_check;

/*
 * Read what it wrote.  False when it has died: then it is to be started again at
 * d->again.
 */
bool dnsmasq_read(struct dnsmasq *d);

void dnsmasq_stop(struct dnsmasq *d); /* idempotent */

#endif
