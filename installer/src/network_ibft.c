/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The card that leads to the disk by which the firmware boots (iBFT).  Its address
 * is there before the host's own network, and taking it away would be taking the disk
 * away; so the initramfs makes it, as the firmware says, and here nothing else may.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "network.h"

static bool is_ibft(const struct ks_network *line)
{
	return line && line->proto == KS_PROTO_IBFT;
}

/* Whether a line asks for what the firmware has got, and nothing besides. */
static bool as_firmware(const struct facts *f, const struct ks_network *line)
{
	if (!line)
		return f->ibft.dhcp;
	return (is_ibft(line) || (line->proto == KS_PROTO_DHCP && f->ibft.dhcp)) &&
	       !line->inactive && !line->ipv4_off && !line->ipv6 && !line->mtu &&
	       !line->dns.count && !line->no_dns && !line->no_default_route && !line->dhcp_class;
}

static int lines_check(const struct net *n, struct err *e)
{
	const struct answers *a = n->d->answers;

	for (size_t i = 0; i < a->network_count; i++) {
		const struct ks_network *line = &a->networks[i];

		if (is_ibft(line) && n->d->plan->disk_count && !disk_by_ibft(n->d))
			return refuse(e, line->pos,
				      "--bootproto=ibft, but the system is not on a disk over "
				      "iSCSI that the firmware tells of");
	}
	for (size_t i = 0; i < n->count; i++) {
		const struct net_iface *at = &n->ifaces[i];

		if (is_ibft(at->address) &&
		    (!at->nic || strcasecmp(at->nic->mac, n->d->facts->ibft.mac) != 0))
			return refuse(e, at->address->pos,
				      "--bootproto=ibft is for the card that the firmware reaches "
				      "the disk by, %s, and not for %s",
				      n->d->facts->ibft.mac, at->name);
	}
	return 0;
}

static struct net_iface *disk_card(const struct net *n)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->ifaces[i].kind == NET_CARD &&
		    strcasecmp(n->ifaces[i].nic->mac, n->d->facts->ibft.mac) == 0)
			return &n->ifaces[i];
	return NULL;
}

/* The management bridge of ours on the card alone, which has the firmware's address. */
static bool bridge_fits(const struct net *n, const struct net_iface *card)
{
	return card->master == n->bridge && !n->bridge->line &&
	       as_firmware(n->d->facts, n->bridge->address);
}

static bool has_vlan(const struct net *n, const struct net_iface *card)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->ifaces[i].over == card)
			return true;
	return false;
}

int network_ibft(struct net *n, struct err *e)
{
	const struct net_iface *card = disk_card(n);
	int ret = lines_check(n, e);

	if (ret < 0 || !disk_by_ibft(n->d))
		return ret;
	if (!card)
		return 0;
	if (!card->master && !has_vlan(n, card) && as_firmware(n->d->facts, card->address))
		return 0;
	if (!has_vlan(n, card) && bridge_fits(n, card)) {
		snprintf(n->d->ibft_bridge, sizeof(n->d->ibft_bridge), "%s", n->bridge->name);
		return 0;
	}
	return refuse(e, n->main ? n->main->pos : (struct ks_pos){ 0 },
		      "the disk is reached over %s, whose address is the firmware's: say network "
		      "--bootproto=ibft and no more, or another --device for the management "
		      "network",
		      card->name);
}
