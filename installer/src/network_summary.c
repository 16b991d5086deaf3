/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plan says of the network: a line for people, and what it is made of
 * for those who try it.
 */
#include "kickstart/netopts.h"
#include "network.h"

/* "VLAN 30 on bond0, 802.3ad of eno1, eno2"; nothing for a card. */
static void layers_text(const struct net *n, const struct net_iface *i, struct buf *out)
{
	const char *sep = "";

	if (i->kind == NET_VLAN) {
		buf_addf(out, "VLAN %u on %s", i->vlan, i->over->name);
		if (i->over->kind != NET_CARD)
			buf_adds(out, ", ");
		layers_text(n, i->over, out);
	} else if (i->kind != NET_CARD) {
		buf_addf(out, "%s of ",
			 i->kind == NET_BOND ? ks_bond_mode(i->line->bond_options) : "bridge");
		for (size_t at = 0; at < n->count; at++) {
			if (n->ifaces[at].master != i)
				continue;
			buf_addf(out, "%s%s", sep, n->ifaces[at].name);
			sep = ", ";
		}
	}
}

static json_t *summary_further(const struct net *n)
{
	json_t *list = json_array();

	for (size_t at = 0; at < n->count; at++) {
		const struct net_iface *i = &n->ifaces[at];
		struct buf t = BUF_INIT;

		if (i == n->bridge || !i->address)
			continue;
		buf_addf(&t, "%s, ", i->name);
		layers_text(n, i, &t);
		buf_adds(&t, i->kind == NET_CARD ? "address: " : ", address: ");
		network_address_text(i->address, &t);
		json_array_append_new(list, json_string(t.s));
		buf_clear(&t);
	}
	return list;
}

/* Whether an interface lies below another, or is it. */
static bool is_below(const struct net_iface *i, const struct net_iface *top, const struct net *n)
{
	for (; i; i = i->master) {
		if (i == top)
			return true;
		for (size_t at = 0; at < n->count; at++)
			if (n->ifaces[at].over == i && is_below(&n->ifaces[at], top, n))
				return true;
	}
	return false;
}

/* What the management network is made of, for those who test it. */
static void summary_parts(const struct net *n, json_t *net)
{
	json_t *cards = json_array(), *bonds = json_array();

	for (size_t at = 0; at < n->count; at++) {
		const struct net_iface *i = &n->ifaces[at];

		if (!is_below(i, n->bridge, n))
			continue;
		if (i->kind == NET_CARD)
			json_array_append_new(cards, json_string(i->name));
		else if (i->kind == NET_BOND)
			json_array_append_new(bonds,
					      json_pack("{s:s, s:s}", "name", i->name, "mode",
							ks_bond_mode(i->line->bond_options)));
	}
	json_object_set_new(net, "cards", cards);
	if (json_array_size(bonds))
		json_object_set(net, "bonds", bonds);
	json_decref(bonds);
	json_object_set_new(net, "ipv4", json_string(network_ipv4_word(n->main)));
	json_object_set_new(net, "ipv6", json_string(network_ipv6_word(n->main)));
	if (n->bridge->mtu)
		json_object_set_new(net, "mtu", json_integer(n->bridge->mtu));
}

void network_summary(const struct net *n)
{
	struct buf address = BUF_INIT, layers = BUF_INIT;
	json_t *further = summary_further(n), *net;

	network_address_text(n->main, &address);
	layers_text(n, n->bridge->line ? n->bridge : n->uplink, &layers);
	net = json_pack("{s:s, s:s, s:s, s:s}", "bridge", n->bridge->name, "uplink",
			n->uplink->name, "mac", n->uplink->nic->mac, "address", address.s);
	if (layers.len)
		json_object_set_new(net, "layers", json_string(layers.s));
	if (json_array_size(further))
		json_object_set(net, "further", further);
	summary_parts(n, net);
	json_object_set_new(n->d->plan->head, "network", net);
	json_decref(further);
	buf_clear(&address);
	buf_clear(&layers);
}
