/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Interfaces to files of systemd-networkd: systemd.netdev(5), systemd.network(5).
 */
#include <stdio.h>
#include <string.h>

#include "kickstart/netopts.h"
#include "network.h"

enum v4 { V4_NONE, V4_DHCP, V4_STATIC, V4_IBFT };
enum v6 { V6_NONE, V6_AUTO, V6_DHCP, V6_STATIC };

static enum v4 v4_of(const struct ks_network *line)
{
	if (line && (line->inactive || line->ipv4_off))
		return V4_NONE;
	/* The files are the initramfs', which come before those of the host. */
	if (line && line->proto == KS_PROTO_IBFT)
		return V4_IBFT;
	return line && line->proto == KS_PROTO_STATIC ? V4_STATIC : V4_DHCP;
}

static enum v6 v6_of(const struct ks_network *line)
{
	if (line && (line->inactive || line->ipv6_off))
		return V6_NONE;
	if (!line || !line->ipv6 || strcmp(line->ipv6, "auto") == 0)
		return V6_AUTO;
	return strcmp(line->ipv6, "dhcp") == 0 ? V6_DHCP : V6_STATIC;
}

const char *network_ipv4_word(const struct ks_network *line)
{
	static const char *const words[] = { "none", "dhcp", "static", "ibft" };

	return words[v4_of(line)];
}

const char *network_ipv6_word(const struct ks_network *line)
{
	static const char *const words[] = { "none", "auto", "dhcp", "static" };

	return words[v6_of(line)];
}

void network_address_text(const struct ks_network *line, struct buf *out)
{
	enum v4 v4 = v4_of(line);
	enum v6 v6 = v6_of(line);

	if (v4 == V4_STATIC)
		buf_addf(out, "%s/%u", line->ip, line->prefix);
	else if (v4 == V4_DHCP)
		buf_adds(out, "dhcp");
	else if (v4 == V4_IBFT)
		buf_adds(out, "of the firmware (iBFT)");
	else if (v6 == V6_NONE)
		buf_adds(out, "none");
	if (v6 == V6_STATIC || v6 == V6_DHCP)
		buf_addf(out, "%sIPv6 %s", v4 ? ", " : "", line->ipv6);
	else if (v6 == V6_AUTO && !v4)
		buf_adds(out, "IPv6 auto");
}

/* A section of which only what was added is written. */
static void section(struct buf *out, const char *name, struct buf *lines)
{
	if (lines->len)
		buf_addf(out, "\n[%s]\n%s", name, lines->s);
	buf_clear(lines);
}

static void text_given(const struct ks_network *line, enum v4 v4, enum v6 v6, struct buf *out)
{
	if (v4 == V4_STATIC) {
		buf_addf(out, "Address=%s/%u\n", line->ip, line->prefix);
		if (line->gateway && !line->no_default_route)
			buf_addf(out, "Gateway=%s\n", line->gateway);
	}
	if (v6 == V6_STATIC) {
		buf_addf(out, "Address=%s\n", line->ipv6);
		if (line->ipv6_gateway && !line->no_default_route)
			buf_addf(out, "Gateway=%s\n", line->ipv6_gateway);
	}
	if (v4 == V4_DHCP && (v6 == V6_AUTO || v6 == V6_DHCP))
		buf_adds(out, "DHCP=yes\n");
	else if (v4 == V4_DHCP || v6 == V6_DHCP)
		buf_addf(out, "DHCP=%s\n", v4 == V4_DHCP ? "ipv4" : "ipv6");
}

static void text_names(const struct ks_network *line, struct buf *out)
{
	const struct ks_strings *lists[] = { &line->search, &line->search6 };
	bool any = false;

	for (size_t i = 0; i < line->dns.count; i++)
		buf_addf(out, "DNS=%s\n", line->dns.item[i]);
	for (size_t l = 0; l < ARRAY_SIZE(lists); l++) {
		for (size_t i = 0; i < lists[l]->count; i++) {
			buf_addf(out, "%s%s", any ? " " : "Domains=", lists[l]->item[i]);
			any = true;
		}
	}
	if (any)
		buf_addc(out, '\n');
}

/* What of the servers' and routers' answers is taken. */
static void text_learned(const struct ks_network *line, enum v4 v4, enum v6 v6, struct buf *out)
{
	bool route = !line || !line->no_default_route;
	bool dns4 = !line || (!line->no_dns && !line->ignore_dns4);
	bool dns6 = !line || (!line->no_dns && !line->ignore_dns6);
	struct buf t = BUF_INIT;

	if (v4 == V4_DHCP) {
		/* The lease then is the one the installer had, whatever the machine-id. */
		buf_adds(&t, "ClientIdentifier=mac\n");
		buf_adds(&t, route ? "" : "UseGateway=no\n");
		buf_adds(&t, dns4 ? "" : "UseDNS=no\n");
		if (line && line->dhcp_class)
			buf_addf(&t, "VendorClassIdentifier=%s\n", line->dhcp_class);
		section(out, "DHCPv4", &t);
	}
	if (v6 != V6_AUTO && v6 != V6_DHCP)
		return;
	buf_adds(&t, v6 == V6_DHCP ? "WithoutRA=solicit\n" : "");
	buf_adds(&t, dns6 ? "" : "UseDNS=no\n");
	section(out, "DHCPv6", &t);
	buf_adds(&t, v6 == V6_DHCP ? "DHCPv6Client=always\n" : "");
	buf_adds(&t, route ? "" : "UseGateway=no\n");
	buf_adds(&t, dns6 ? "" : "UseDNS=no\n");
	section(out, "IPv6AcceptRA", &t);
}

static void text_ipv6(enum v6 v6, struct buf *out)
{
	buf_addf(out, "LinkLocalAddressing=%s\nIPv6AcceptRA=%s\n", v6 ? "ipv6" : "no",
		 v6 == V6_AUTO || v6 == V6_DHCP ? "yes" : "no");
}

static void add_option(void *ctx, const char *key, const char *value)
{
	if (strcmp(key, "primary") != 0)
		buf_addf(ctx, "%s=%s\n", key, value);
}

static void text_options(enum ks_netopts kind, const char *options, struct buf *out)
{
	struct err e = { 0 };

	/* They were checked when the line was read. */
	if (ks_netopts_read(kind, options, add_option, out, &e) < 0)
		out->failed = true;
}

static void text_bond(const struct net_iface *i, struct buf *out)
{
	const char *options = i->line->bond_options;

	buf_adds(out, "\n[Bond]\n");
	if (!options || !strstr(options, "mode="))
		buf_addf(out, "Mode=%s\n", ks_bond_mode(options));
	if (!options || (!strstr(options, "miimon=") && !strstr(options, "arp_interval=")))
		buf_adds(out, "MIIMonitorSec=100ms\n");
	text_options(KS_BOND_OPTIONS, options, out);
}

static void text_bridge(const struct net_iface *i, struct buf *out)
{
	const char *options = i->line ? i->line->bridge_options : NULL;

	buf_adds(out, "\n[Bridge]\n");
	/* One that learns nothing of loops forwards at once. */
	if (!options || !strstr(options, "stp="))
		buf_adds(out, "STP=no\nForwardDelaySec=0\n");
	text_options(KS_BRIDGE_OPTIONS, options, out);
}

static void netdev_file(const struct net_iface *i, json_t *files)
{
	static const char *const kinds[] = { "", "bond", "vlan", "bridge" };
	struct buf t = BUF_INIT;
	char path[64];

	buf_addf(&t, "[NetDev]\nName=%s\nKind=%s\n", i->name, kinds[i->kind]);
	/* A VLAN has its device's. */
	if (i->kind != NET_VLAN && i->nic)
		buf_addf(&t, "MACAddress=%s\n", i->nic->mac);
	if (i->mtu)
		buf_addf(&t, "MTUBytes=%u\n", i->mtu);
	if (i->kind == NET_VLAN)
		buf_addf(&t, "\n[VLAN]\nId=%u\n", i->vlan);
	else if (i->kind == NET_BOND)
		text_bond(i, &t);
	else
		text_bridge(i, &t);
	snprintf(path, sizeof(path), NETWORK_DIR "10-%.15s.netdev", i->name);
	files_add(files, path, 0644, t.s);
	buf_clear(&t);
}

/* A port has no addresses of its own; neither has what only carries VLANs. */
static bool is_addressed(const struct net *n, const struct net_iface *i)
{
	return (i->address || i == n->bridge) && !i->master;
}

/* A port with carrier is not yet a network for those that wait for one: its bridge is. */
static void text_link(const struct net *n, const struct net_iface *i, struct buf *out)
{
	if (!i->mtu && is_addressed(n, i))
		return;
	buf_adds(out, "\n[Link]\n");
	if (i->mtu)
		buf_addf(out, "MTUBytes=%u\n", i->mtu);
	if (!is_addressed(n, i))
		buf_adds(out, "RequiredForOnline=no\n");
}

static void text_network(const struct net *n, const struct net_iface *i, struct buf *out)
{
	const struct ks_network *line = i->address;
	bool addressed = is_addressed(n, i);
	enum v4 v4 = addressed ? v4_of(line) : V4_NONE;
	enum v6 v6 = addressed ? v6_of(line) : V6_NONE;

	buf_adds(out, "\n[Network]\n");
	if (i->master)
		buf_addf(out, "%s=%s\n", i->master->kind == NET_BOND ? "Bond" : "Bridge",
			 i->master->name);
	if (i->primary)
		buf_adds(out, "PrimarySlave=yes\n");
	for (size_t v = 0; v < n->count; v++)
		if (n->ifaces[v].over == i)
			buf_addf(out, "VLAN=%s\n", n->ifaces[v].name);
	text_given(line, v4, v6, out);
	if (addressed && line)
		text_names(line, out);
	if (i->master)
		buf_adds(out, "LinkLocalAddressing=no\n");
	else
		text_ipv6(v6, out);
	if (i->kind == NET_CARD)
		buf_adds(out, "LLDP=yes\n");
	text_learned(line, v4, v6, out);
}

void network_match_text(const struct fact_nic *nic, struct buf *out)
{
	buf_addf(out, "[Match]\n%s=%s\nType=ether\n",
		 nic->permanent ? "PermanentMACAddress" : "MACAddress", nic->mac);
	if (!nic->permanent)
		buf_adds(out, "Kind=!bond bridge vlan\n");
}

static void network_file(const struct net *n, const struct net_iface *i, json_t *files)
{
	struct buf t = BUF_INIT;
	char path[64];

	if (i->kind == NET_CARD)
		network_match_text(i->nic, &t);
	else
		buf_addf(&t, "[Match]\nName=%s\n", i->name);
	text_link(n, i, &t);
	text_network(n, i, &t);
	snprintf(path, sizeof(path), NETWORK_DIR "10-%.15s.network", i->name);
	files_add(files, path, 0644, t.s);
	buf_clear(&t);
}

void network_files(const struct net *n, json_t *files)
{
	for (size_t i = 0; i < n->count; i++) {
		if (n->ifaces[i].kind != NET_CARD)
			netdev_file(&n->ifaces[i], files);
		network_file(n, &n->ifaces[i], files);
	}
}
