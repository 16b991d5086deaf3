/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of dom0 in the making: what the answers say as interfaces that
 * lie on each other, and then as files of systemd-networkd.
 *
 *	network.c	lines of the kickstart to interfaces; the management bridge
 *	network_card.c	which card a line means
 *	network_ibft.c	the card that leads to a disk over iSCSI
 *	network_summary.c	what the plan says of it
 *	network_text.c	interfaces to .network and .netdev files
 *	network_link.c	.link files: the names of cards, and their settings
 */
#ifndef INSTALLER_NETWORK_H
#define INSTALLER_NETWORK_H

#include <net/if.h>

#include "draft.h"

#define NETWORK_DIR "etc/systemd/network/"

/* The bridge of guests, without another name for it. */
#define NETWORK_BRIDGE "xenbr0"

enum net_kind { NET_CARD, NET_BOND, NET_VLAN, NET_BRIDGE };

struct net_iface {
	enum net_kind kind;
	char name[IFNAMSIZ];
	const struct fact_nic *nic;	  /* the card whose MAC address it has */
	const struct ks_network *line;	  /* that made it; NULL: a card, or the bridge of ours */
	const struct ks_network *address; /* that gives it addresses, or NULL */
	struct net_iface *over;		  /* of a VLAN: what it lies on */
	struct net_iface *master;	  /* the bond or bridge it is a part of */
	bool primary;			  /* in its bond */
	unsigned int vlan;
	unsigned int mtu;
	const struct ks_network *mtu_line; /* that said the MTU of this very interface */
	const char *ethtool;		   /* of a card */
};

struct net {
	struct draft *d;
	struct net_iface *ifaces; /* in the order in which they were made */
	size_t count, room;
	struct net_iface *bridge;      /* the management bridge */
	struct net_iface *uplink;      /* its port, the first if there are more */
	const struct ks_network *main; /* the line that it was made of, or NULL */
};

/* Whether the name is a word for a card, or a MAC address: nothing can be called so. */
bool network_is_selector(const char *name);

/*
 * The card of a name, MAC address, "link" or "bootif"; with NULL the one that
 * was booted over, or else the first with a carrier, or else the first.  *out
 * is NULL when there is no card at all and none was named.
 */
int network_card(const struct facts *f, struct ks_pos pos, const char *device,
		 const struct fact_nic **out, struct err *e) __must_check;

/*
 * Whether the card that leads to the firmware's disk (iBFT) is left as the firmware
 * has it; sets draft.ibft_bridge.
 */
int network_ibft(struct net *n, struct err *e) __must_check;

/* "192.0.2.10/24, IPv6 dhcp", "dhcp", "none"; line may be NULL. */
void network_address_text(const struct ks_network *line, struct buf *out);

/* "none", "dhcp", "static" or "ibft"; and "none", "auto", "dhcp" or "static". */
const char *network_ipv4_word(const struct ks_network *line);
const char *network_ipv6_word(const struct ks_network *line);

/*
 * The [Match] of a card.  A bond, VLAN or bridge on it has the same address, but
 * not as its permanent one; with the other it must not be matched.
 */
void network_match_text(const struct fact_nic *nic, struct buf *out);

/* Put the "network" into the plan's head. */
void network_summary(const struct net *n);

/* Add the files of all interfaces, and of all cards' names. */
void network_files(const struct net *n, json_t *files);
void network_links(const struct net *n, json_t *files);

#endif
