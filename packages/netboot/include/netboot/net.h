/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The wire that is served: its interface, the addresses on it, who is there.
 * Addresses are IPv4 in the machine's byte order.
 */
#ifndef NETBOOT_NET_H
#define NETBOOT_NET_H

#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>

#include "netboot/ident.h"
#include "socle/err.h"

enum { ADDRESS_SIZE = 16 };

struct net_link {
	char name[IFNAMSIZ];
	unsigned char mac[6];
	uint32_t address, mask;
};

const char *address_text(uint32_t address, char text[ADDRESS_SIZE]);

/* An Ethernet interface that is up and has an IPv4 address, its first; or why not. */
int net_link_open(const char *name, struct net_link *l, struct err *e) __must_check;

/* "A,B" or "A,B,MASK": addresses for machines, in the link's network and without its own. */
struct net_range {
	uint32_t first, last, mask;
};
int net_range_parse(const char *text, const struct net_link *l, struct net_range *r,
		    struct err *e) __must_check;

/* A socket that listens for HTTP on the link's address; -EADDRINUSE names who cannot share it. */
int net_listen(const struct net_link *l, unsigned int port, struct err *e) __must_check;

/* Whether dnsmasq could have its ports there: DHCP (67, or 4011 beside another) and TFTP (69). */
int net_ports_free(const struct net_link *l, bool proxy, struct err *e) __must_check;

/*
 * Ask for DHCP servers on the wire for some seconds: 0 and server "" when none
 * answers, else the address of the first that does.
 */
int net_dhcp_probe(const struct net_link *l, char server[ADDRESS_SIZE], struct err *e) __must_check;

/* The card that has an address on the wire, as the kernel knows it; false if it does not. */
bool net_neighbour(const struct net_link *l, uint32_t address, char mac[MAC_SIZE]);

#endif
