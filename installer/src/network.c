/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of dom0: the management bridge on a card, a bond or a VLAN, and
 * whatever else the kickstart says.  Cards are matched by their MAC addresses,
 * since names change between kernels and slots.  Cards that the answers do not
 * name are left alone.
 */
#include "network.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "kickstart/netopts.h"

static bool is_address(const char *s)
{
	struct in6_addr any;

	return inet_pton(AF_INET, s, &any) == 1 || inet_pton(AF_INET6, s, &any) == 1;
}

static int addresses_check(const struct ks_network *line, struct err *e)
{
	struct in_addr any;

	for (size_t i = 0; i < line->dns.count; i++)
		if (!is_address(line->dns.item[i]))
			return refuse(e, line->pos, "name server \"%.64s\" is no address",
				      line->dns.item[i]);
	if (line->mtu && (line->mtu < 576 || line->mtu > 65535))
		return refuse(e, line->pos, "MTU %u is out of range", line->mtu);
	if (line->proto != KS_PROTO_STATIC)
		return 0;
	if (!line->ip || inet_pton(AF_INET, line->ip, &any) != 1)
		return refuse(e, line->pos, "a static network needs an IPv4 address");
	if (line->prefix < 1 || line->prefix > 32)
		return refuse(e, line->pos, "a static network needs a netmask");
	if (line->gateway && inet_pton(AF_INET, line->gateway, &any) != 1)
		return refuse(e, line->pos, "gateway \"%.64s\" is no IPv4 address", line->gateway);
	return 0;
}

static struct net_iface *iface_find(const struct net *n, const char *name)
{
	for (size_t i = 0; i < n->count; i++)
		if (strcmp(n->ifaces[i].name, name) == 0)
			return &n->ifaces[i];
	return NULL;
}

static struct net_iface *iface_add(struct net *n, enum net_kind kind, const char *name)
{
	struct net_iface *i = &n->ifaces[n->count++];

	*i = (struct net_iface){ .kind = kind };
	snprintf(i->name, sizeof(i->name), "%s", name);
	return i;
}

/* One that is made, whose name nothing else may have. */
static int iface_make(struct net *n, enum net_kind kind, const char *name,
		      const struct ks_network *line, struct net_iface **out, struct err *e)
{
	static const struct ks_pos nowhere = { 0 };
	const struct facts *f = n->d->facts;
	struct ks_pos pos = line ? line->pos : nowhere;

	if (network_is_selector(name))
		return refuse(e, pos,
			      "\"%.64s\" is a card; a bond or a bridge needs a name of "
			      "its own",
			      name);
	if (strlen(name) >= IFNAMSIZ)
		return refuse(e, pos,
			      "\"%.64s\" is too long for an interface, which has up to 15 "
			      "letters",
			      name);
	if (iface_find(n, name))
		return refuse(e, pos, "there are two interfaces called %s", name);
	for (size_t i = 0; i < f->nic_count; i++)
		if (strcmp(f->nics[i].name, name) == 0)
			return refuse(e, pos, "%s is the name of a network card", name);
	*out = iface_add(n, kind, name);
	(*out)->line = line;
	return 0;
}

static struct net_iface *iface_of_card(struct net *n, const struct fact_nic *nic)
{
	struct net_iface *i;

	for (size_t at = 0; at < n->count; at++)
		if (n->ifaces[at].kind == NET_CARD && n->ifaces[at].nic == nic)
			return &n->ifaces[at];
	i = iface_add(n, NET_CARD, nic->name);
	i->nic = nic;
	return i;
}

/* What a line means by a device: an interface that was made, or a card; NULL when there is none. */
static int iface_meant(struct net *n, const struct ks_network *line, const char *device,
		       struct net_iface **out, struct err *e)
{
	const struct fact_nic *nic;
	int ret;

	if (!device && line && line->proto == KS_PROTO_IBFT)
		device = n->d->facts->ibft.mac;
	*out = device ? iface_find(n, device) : NULL;
	if (*out)
		return 0;
	ret = network_card(n->d->facts, line ? line->pos : (struct ks_pos){ 0 }, device, &nic, e);
	if (ret == 0 && nic)
		*out = iface_of_card(n, nic);
	return ret;
}

/* Make i a part of a bond or a bridge. */
static int enslave(const struct ks_network *line, struct net_iface *i, struct net_iface *master,
		   struct err *e)
{
	if (i == master)
		return refuse(e, line->pos, "%s cannot be a part of itself", i->name);
	if (i->master == master)
		return refuse(e, line->pos, "%s is given twice", i->name);
	if (i->master)
		return refuse(e, line->pos, "%s is a part of %s already", i->name, i->master->name);
	i->master = master;
	if (!master->nic)
		master->nic = i->nic;
	return 0;
}

static void take_primary(void *ctx, const char *key, const char *value)
{
	if (strcmp(key, "primary") == 0)
		snprintf(ctx, 32, "%.31s", value);
}

/* The bond's option "primary" is a setting of that card. */
static int bond_primary(struct net *n, const struct ks_network *line, struct net_iface *bond,
			struct err *e)
{
	struct net_iface *i = NULL;
	char name[32] = "";
	int ret = ks_netopts_read(KS_BOND_OPTIONS, line->bond_options, take_primary, name, e);

	if (ret < 0) {
		struct err why = *e;

		return refuse(e, line->pos, "%s", err_text(&why));
	}
	if (!*name)
		return 0;
	for (size_t at = 0; at < n->count; at++)
		if (n->ifaces[at].master == bond && (strcmp(n->ifaces[at].name, name) == 0 ||
						     strcasecmp(n->ifaces[at].nic->mac, name) == 0))
			i = &n->ifaces[at];
	if (!i)
		return refuse(e, line->pos, "bond option primary: %s is no part of %s", name,
			      bond->name);
	i->primary = true;
	return 0;
}

static int make_bond(struct net *n, const struct ks_network *line, struct err *e)
{
	struct net_iface *bond, *card;
	int ret = iface_make(n, NET_BOND, line->device ? line->device : "bond0", line, &bond, e);

	for (size_t i = 0; i < line->bond_slaves.count && ret == 0; i++) {
		const struct fact_nic *nic;

		ret = network_card(n->d->facts, line->pos, line->bond_slaves.item[i], &nic, e);
		if (ret < 0)
			break;
		card = iface_of_card(n, nic);
		ret = enslave(line, card, bond, e);
	}
	return ret < 0 ? ret : bond_primary(n, line, bond, e);
}

static const char *bridge_name(const struct answers *a)
{
	return a->bridge.name ? a->bridge.name : NETWORK_BRIDGE;
}

static int make_bridge(struct net *n, const struct ks_network *line, struct err *e)
{
	const struct answers *a = n->d->answers;
	const char *name = line->device ? line->device : bridge_name(a);
	struct net_iface *bridge;

	if (line == n->main && a->bridge.name && strcmp(a->bridge.name, name) != 0)
		return refuse(e, line->pos,
			      "the management bridge has two names: %s, and %s in line %u", name,
			      a->bridge.name, a->bridge.pos.line);
	return iface_make(n, NET_BRIDGE, name, line, &bridge, e);
}

static int bridge_ports(struct net *n, const struct ks_network *line, struct err *e)
{
	const char *name = line->device ? line->device : bridge_name(n->d->answers);
	struct net_iface *bridge = iface_find(n, name), *port;
	int ret = 0;

	for (size_t i = 0; i < line->bridge_slaves.count && ret == 0; i++) {
		ret = iface_meant(n, line, line->bridge_slaves.item[i], &port, e);
		if (ret == 0 && port->kind == NET_BRIDGE)
			ret = refuse(e, line->pos, "%s is a bridge; it cannot be in another",
				     port->name);
		if (ret == 0)
			ret = enslave(line, port, bridge, e);
	}
	return ret;
}

/* The device that a line is about, without its VLAN. */
static int line_base(struct net *n, const struct ks_network *line, struct net_iface **out,
		     struct err *e)
{
	const char *device = line->device;

	if (!device && line->bond_slaves.count)
		device = "bond0";
	if (!device && line->bridge_slaves.count)
		device = bridge_name(n->d->answers);
	return iface_meant(n, line, device, out, e);
}

static int make_vlan(struct net *n, const struct ks_network *line, struct err *e)
{
	struct net_iface *base, *vlan;
	char name[IFNAMSIZ + 8];
	int ret = line_base(n, line, &base, e);

	if (ret < 0 || !base)
		return ret;
	if (base->kind == NET_VLAN)
		return refuse(e, line->pos, "%s is a VLAN already", base->name);
	snprintf(name, sizeof(name), "%s.%s", base->name, line->vlan);
	if (strlen(name) >= IFNAMSIZ)
		snprintf(name, sizeof(name), "vlan%.4s", line->vlan);
	ret = iface_make(n, NET_VLAN, line->interface_name ? line->interface_name : name, line,
			 &vlan, e);
	if (ret < 0)
		return ret;
	vlan->over = base;
	vlan->nic = base->nic;
	vlan->vlan = (unsigned int)atoi(line->vlan);
	for (size_t i = 0; i + 1 < n->count; i++)
		if (n->ifaces[i].over == base && n->ifaces[i].vlan == vlan->vlan)
			return refuse(e, line->pos, "VLAN %u of %s is configured already",
				      vlan->vlan, base->name);
	return 0;
}

/* The interface that has a line's addresses. */
static int line_target(struct net *n, const struct ks_network *line, struct net_iface **out,
		       struct err *e)
{
	for (size_t i = 0; i < n->count; i++) {
		if (n->ifaces[i].kind == NET_VLAN && n->ifaces[i].line == line) {
			*out = &n->ifaces[i];
			return 0;
		}
	}
	return line_base(n, line, out, e);
}

static void give_ethtool(struct net *n, struct net_iface *i, const char *ethtool)
{
	if (i->kind == NET_CARD)
		i->ethtool = ethtool;
	else if (i->over)
		give_ethtool(n, i->over, ethtool);
	for (size_t at = 0; at < n->count; at++)
		if (n->ifaces[at].master == i)
			give_ethtool(n, &n->ifaces[at], ethtool);
}

static int line_apply(struct net *n, const struct ks_network *line, struct err *e)
{
	struct net_iface *i = NULL;
	int ret = addresses_check(line, e);

	if (ret == 0)
		ret = line_target(n, line, &i, e);
	if (ret < 0 || !i)
		return ret;
	if (i->address)
		return refuse(e, line->pos, "%s is configured by another network line already",
			      i->name);
	if (i->master)
		return refuse(e, line->pos, "%s is a part of %s, which has the addresses", i->name,
			      i->master->name);
	i->address = line;
	i->mtu = line->mtu;
	i->mtu_line = line->mtu ? line : NULL;
	if (line->ethtool)
		give_ethtool(n, i, line->ethtool);
	return 0;
}

/* What lies below takes packets as large as what lies above. */
static int mtu_below(const struct net_iface *above, struct net_iface *below, struct err *e)
{
	if (!above->mtu || below->mtu >= above->mtu)
		return 0;
	if (below->mtu_line)
		return refuse(e, below->mtu_line->pos, "--mtu=%u of %s is less than the %u of %s",
			      below->mtu, below->name, above->mtu, above->name);
	below->mtu = above->mtu;
	return 0;
}

/* At most three layers lie on each other: a bridge, a VLAN, a bond. */
static int mtu_settle(struct net *n, struct err *e)
{
	int ret = 0;

	for (int layer = 0; layer < 4; layer++) {
		for (size_t at = 0; at < n->count && ret == 0; at++) {
			struct net_iface *i = &n->ifaces[at];

			if (i->over)
				ret = mtu_below(i, i->over, e);
			if (ret == 0 && i->master)
				ret = mtu_below(i->master, i, e);
		}
	}
	/* One without an MTU of its own would take that of a device made larger for others. */
	for (size_t at = 0; at < n->count; at++)
		if (n->ifaces[at].over && !n->ifaces[at].mtu && n->ifaces[at].over->mtu > 1500)
			n->ifaces[at].mtu = 1500;
	return ret;
}

/* The line's interface becomes a port of the bridge, which has its addresses. */
static int management_bridge(struct net *n, struct err *e)
{
	struct net_iface *port = NULL;
	int ret;

	if (n->main)
		ret = line_target(n, n->main, &port, e);
	else
		ret = iface_meant(n, NULL, NULL, &port, e);
	if (ret < 0 || !port)
		return ret;
	if (port->kind == NET_BRIDGE) {
		n->bridge = port;
		for (size_t i = 0; i < n->count && !n->uplink; i++)
			if (n->ifaces[i].master == port)
				n->uplink = &n->ifaces[i];
		return 0;
	}
	ret = iface_make(n, NET_BRIDGE, bridge_name(n->d->answers), NULL, &n->bridge, e);
	if (ret < 0)
		return ret;
	n->uplink = port;
	port->master = n->bridge;
	n->bridge->nic = port->nic;
	n->bridge->address = port->address;
	n->bridge->mtu = port->mtu;
	port->address = NULL;
	return 0;
}

/* "network --hostname=x" alone says nothing about a card. */
static bool says_card(const struct ks_network *line)
{
	return !line->inactive && (line->device || line->proto != KS_PROTO_DHCP || line->vlan ||
				   line->bond_slaves.count || line->bridge_slaves.count);
}

static bool has_addresses(const struct ks_network *line)
{
	return !line->ipv4_off || !line->ipv6_off;
}

/* The first that says a card and has addresses, or else says a card, or else is there. */
static const struct ks_network *management_line(const struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++)
		if (says_card(&a->networks[i]) && has_addresses(&a->networks[i]))
			return &a->networks[i];
	for (size_t i = 0; i < a->network_count; i++)
		if (says_card(&a->networks[i]))
			return &a->networks[i];
	for (size_t i = 0; i < a->network_count; i++)
		if (!a->networks[i].inactive)
			return &a->networks[i];
	return a->network_count ? &a->networks[0] : NULL;
}

/* A further line that names no card: nobody knows which one is to have its values. */
static int homeless(const struct ks_network *line, const struct ks_network *main, struct err *e)
{
	if (line->inactive || (!line->dns.count && !line->mtu && !line->ipv6_off))
		return 0;
	return refuse(e, line->pos,
		      "--nameserver, --mtu or --noipv6 without --device; the management "
		      "network is that of line %u",
		      main->pos.line);
}

/* The lines in the order in which interfaces need each other. */
static int lines_take(struct net *n, struct err *e)
{
	const struct answers *a = n->d->answers;
	int ret = 0;

	for (size_t i = 0; i < a->network_count && ret == 0; i++)
		if (a->networks[i].bond_slaves.count)
			ret = make_bond(n, &a->networks[i], e);
	for (size_t i = 0; i < a->network_count && ret == 0; i++)
		if (a->networks[i].bridge_slaves.count)
			ret = make_bridge(n, &a->networks[i], e);
	for (size_t i = 0; i < a->network_count && ret == 0; i++)
		if (a->networks[i].vlan && !a->networks[i].inactive)
			ret = make_vlan(n, &a->networks[i], e);
	for (size_t i = 0; i < a->network_count && ret == 0; i++)
		if (a->networks[i].bridge_slaves.count)
			ret = bridge_ports(n, &a->networks[i], e);
	if (ret == 0 && n->main)
		ret = line_apply(n, n->main, e);
	for (size_t i = 0; i < a->network_count && ret == 0; i++) {
		const struct ks_network *line = &a->networks[i];

		if (line != n->main)
			ret = says_card(line) ? line_apply(n, line, e) : homeless(line, n->main, e);
	}
	return ret;
}

/* What xl gives guests that name no bridge. */
static void bridge_for_guests(const struct net *n, json_t *files)
{
	struct buf t = BUF_INIT;

	if (strcmp(n->bridge->name, NETWORK_BRIDGE) == 0)
		return;
	buf_addf(&t, "autoballoon=\"off\"\nvif.default.bridge=\"%s\"\n", n->bridge->name);
	files_add(files, "etc/xen/xl.conf", 0644, t.s);
	buf_clear(&t);
}

static int network_all(struct net *n, json_t *files, struct err *e)
{
	int ret = lines_take(n, e);

	if (ret == 0)
		ret = management_bridge(n, e);
	if (ret == 0 && n->bridge)
		ret = mtu_settle(n, e);
	if (ret == 0)
		ret = network_ibft(n, e);
	if (ret < 0)
		return ret;
	if (!n->bridge)
		return draft_warn(n->d, "this machine has no network card: no bridge is made");
	if (!n->uplink)
		return refuse(e, n->main->pos, "%s has no port", n->bridge->name);
	n->d->uplink = n->uplink->nic;
	network_files(n, files);
	network_links(n, files);
	bridge_for_guests(n, files);
	network_summary(n);
	return 0;
}

int network_make(struct draft *d, json_t *files, struct err *e)
{
	const struct answers *a = d->answers;
	struct net n = { .d = d, .main = management_line(a) };
	int ret;

	/* A bond or bridge and a VLAN of each line, all cards, and the bridge. */
	n.room = 2 * a->network_count + d->facts->nic_count + 1;
	n.ifaces = calloc(n.room, sizeof(*n.ifaces));
	if (!n.ifaces)
		return err_sys(e, -ENOMEM, "network");
	ret = network_all(&n, files, e);
	free(n.ifaces);
	return ret;
}
