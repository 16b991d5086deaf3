/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network.
 */
#include <stdlib.h>
#include <string.h>

#include "kickstart/netopts.h"
#include "parser.h"
#include "types.h"

enum {
	NET_BOOTPROTO,
	NET_DEVICE,
	NET_IP,
	NET_NETMASK,
	NET_GATEWAY,
	NET_NAMESERVER,
	NET_HOSTNAME,
	NET_MTU,
	NET_ONBOOT,
	NET_ACTIVATE,
	NET_NO_ACTIVATE,
	NET_NOIPV6,
	NET_IPV6,
	NET_IPV6_GATEWAY,
	NET_VLAN,
	NET_NAME,
	NET_NOIPV4,
	NET_NODNS,
	NET_BOND_SLAVES,
	NET_BOND_OPTIONS,
	NET_BRIDGE_SLAVES,
	NET_BRIDGE_OPTIONS,
	NET_ETHTOOL,
	NET_OTHERS,
};

#define NET(kind, field) KS_TO(kind, struct ks_network, field)
#define NO_VLAN		 "0" /* IEEE 802.1Q, 9.6; so ESXi has it too */
#define NO_TEAMS	 "teams are not supported; use a bond where it is"
#define NO_WIRELESS	 "wireless networks are not supported"
#define LATER		 .status = KS_LATER

const struct ks_option network_options[] = {
	[NET_BOOTPROTO] = { "bootproto", .type = &type_text,
			    .choices = "dhcp|static|bootp|query|ibft",
			    .help = "how the address is found; dhcp if not given" },
	[NET_DEVICE] = { "device", .type = &type_device, NET(KS_STRING, device),
			 .help = "interface name, MAC address, link (the first with a carrier) or "
				 "bootif (the one booted from)" },
	[NET_IP] = { "ip", .type = &type_ipv4, .help = "address, with --bootproto=static" },
	[NET_NETMASK] = { "netmask", .type = &type_netmask,
			  .help = "netmask or prefix length, with --bootproto=static" },
	[NET_GATEWAY] = { "gateway", .type = &type_ipv4,
			  .help = "default gateway, with --bootproto=static" },
	[NET_NAMESERVER] = { "nameserver", .type = &type_ip_list, NET(KS_STRINGS, dns),
			     .help = "name servers" },
	[NET_HOSTNAME] = { "hostname", .type = &type_hostname, .help = "name of the host" },
	[NET_MTU] = { "mtu", .type = &type_mtu, .help = "largest packet" },
	[NET_ONBOOT] = { "onboot", .type = &type_bool,
			 .help = "bring it up at boot; yes if not given" },
	[NET_ACTIVATE] = { "activate", .help = "bring it up (the default)" },
	[NET_NO_ACTIVATE] = { "no-activate", .help = "leave it down" },
	[NET_NOIPV6] = { "noipv6", NET(KS_TRUE, ipv6_off),
			 .help = "no IPv6 addresses, also none that routers announce" },
	[NET_IPV6] = { "ipv6", .type = &type_ipv6, .filled = true, NET(KS_STRING, ipv6),
		       .help = "auto (the default: what routers announce), dhcp, or an address "
			       "with the length of its prefix, and then none that is announced" },
	[NET_IPV6_GATEWAY] = { "ipv6gateway", .type = &type_ip6, NET(KS_STRING, ipv6_gateway),
			       .help = "default gateway of IPv6, with an address in --ipv6" },
	[NET_VLAN] = { "vlanid", .type = &type_vlan, .but = NO_VLAN, NET(KS_STRING, vlan),
		       .help = "number of a VLAN on the device, or on the bond that this line "
			       "makes; the addresses are the VLAN's; 0 is none" },
	[NET_NAME] = { "interfacename", .type = &type_interface, NET(KS_STRING, interface_name),
		       .help = "name of the VLAN's interface; DEVICE.NUMBER if not given" },
	[NET_NOIPV4] = { "noipv4", NET(KS_TRUE, ipv4_off), .help = "no IPv4 addresses" },
	[NET_NODNS] = { "nodns", NET(KS_TRUE, no_dns),
			.help = "no name servers, also none by DHCP or from routers" },
	[NET_BOND_SLAVES] = { "bondslaves", .type = &type_device_list, NET(KS_STRINGS, bond_slaves),
			      .help = "the cards (names or MAC addresses) that make the bond "
				      "called --device, bond0 if not given" },
	[NET_BOND_OPTIONS] = { "bondopts", .type = &type_text, NET(KS_STRING, bond_options),
			       .help = "options of the bonding driver, as "
				       "mode=802.3ad,miimon=100,lacp_rate=fast, parted by ; "
				       "when a value has commas; mode=active-backup and "
				       "miimon=100 if not given" },
	[NET_BRIDGE_SLAVES] = { "bridgeslaves", .type = &type_device_list,
				NET(KS_STRINGS, bridge_slaves),
				.help = "the interfaces in the bridge called --device, which for "
					"the management network then is the bridge of guests" },
	[NET_BRIDGE_OPTIONS] = { "bridgeopts", .type = &type_pairs, NET(KS_STRING, bridge_options),
				 .needs = "bridgeslaves",
				 .help = "options of the bridge, as stp=yes,priority=4096" },
	[NET_ETHTOOL] = { "ethtool", .type = &type_text, NET(KS_STRING, ethtool),
			  .help = "settings of the card as ethtool -s and -K take them: autoneg, "
				  "speed, duplex, port, wol, rx, tx, tso, gso, gro, lro, ntuple, "
				  "rxvlan, txvlan" },
	{ "nodefroute", NET(KS_TRUE, no_default_route),
	  .help = "this is not the way to all other networks" },
	{ "teamslaves", .type = &type_text, LATER, NET(KS_STRING, team_slaves),
	  .help = "the interfaces in the team", .why = NO_TEAMS },
	{ "teamconfig", .type = &type_text, LATER, NET(KS_STRING, team_config),
	  .help = "options of the team", .why = NO_TEAMS },
	{ "bindto", .type = &type_text, .choices = "mac", NET(KS_STRING, bind_to),
	  .help = "accepted; the card is always known by its MAC address" },
	{ "ipv4-dns-search", .type = &type_host_list, NET(KS_STRINGS, search), .needs = "device",
	  .help = "domains that are searched for short names" },
	{ "ipv6-dns-search", .type = &type_host_list, NET(KS_STRINGS, search6), .needs = "device",
	  .help = "domains that are searched for short names" },
	{ "ipv4-ignore-auto-dns", NET(KS_TRUE, ignore_dns4), .needs = "device",
	  .help = "no name servers by DHCP" },
	{ "ipv6-ignore-auto-dns", NET(KS_TRUE, ignore_dns6), .needs = "device",
	  .help = "no name servers by DHCPv6 or from routers" },
	{ "dhcpclass", .type = &type_printable, NET(KS_STRING, dhcp_class),
	  .help = "class that DHCP is told" },
	{ "notksdevice", .status = KS_SILENT, .help = "no effect" },
	{ "essid", .type = &type_text, LATER, .help = "name of a wireless network",
	  .why = NO_WIRELESS },
	{ "wepkey", .type = &type_text, .secret = true, LATER, .help = "its key",
	  .why = NO_WIRELESS },
	{ "wpakey", .type = &type_text, .secret = true, LATER, .help = "its key",
	  .why = NO_WIRELESS },
	{ "addvmportgroup", .type = &type_bool, .dialect = KS_ESXI, .status = KS_SILENT,
	  .help = "no effect; guests are always connected to the bridge" },
	{ "portgroup", .type = &type_text, .dialect = KS_ESXI, .status = KS_IGNORED,
	  .help = "name of the network of guests", .why = "ignored; guests use the bridge" },
	{ 0 },
};

static bool is_static(const struct ks_args *args)
{
	const struct ks_arg *proto = &args->option[NET_BOOTPROTO];

	return proto->given && strcmp(proto->text, "static") == 0;
}

/* The address options go with a static network and only with it. */
static bool static_complete(struct parser *p, const struct ks_args *args)
{
	static const int theirs[] = { NET_IP, NET_NETMASK, NET_GATEWAY };

	for (size_t i = 0; i < sizeof(theirs) / sizeof(theirs[0]); i++) {
		const struct ks_arg *arg = &args->option[theirs[i]];
		const char *name = network_options[theirs[i]].name;

		if (arg->given && !is_static(args)) {
			parser_refuse(p, arg->column, "--%s needs --bootproto=static", name);
			return false;
		}
		if (!arg->given && is_static(args) && theirs[i] != NET_GATEWAY) {
			parser_refuse(p, args->column, "--bootproto=static needs --%s", name);
			return false;
		}
	}
	return true;
}

/* Neither 0.0.0.0/8, loopback, multicast nor reserved: RFC 6890, 2.2.2. */
static bool is_host_address(uint32_t ip)
{
	return ip >> 24 != 0 && ip >> 24 != 127 && ip < 0xe0000000;
}

/* The address and its gateway as numbers: hosts, and of the same network. */
static bool static_good(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *ip = &args->option[NET_IP], *gateway = &args->option[NET_GATEWAY];
	unsigned int prefix = netmask_prefix(args->option[NET_NETMASK].text);
	uint32_t mask = UINT32_MAX << (32 - prefix), address = ipv4_number(ip->text), via;

	if (!is_host_address(address)) {
		parser_refuse(p, ip->column, "--ip: %s is not an address of a host", ip->text);
		return false;
	}
	/* Networks of two addresses have neither, RFC 3021. */
	if (prefix < 31 && ((address & ~mask) == 0 || (address & ~mask) == ~mask)) {
		parser_refuse(p, ip->column, "--ip: %s is the %s address of its network, a /%u",
			      ip->text, address & ~mask ? "broadcast" : "network", prefix);
		return false;
	}
	if (!gateway->given)
		return true;
	via = ipv4_number(gateway->text);
	if ((via & mask) != (address & mask))
		parser_refuse(p, gateway->column, "--gateway: %s is not in the network of %s/%u",
			      gateway->text, ip->text, prefix);
	else if (via == address)
		parser_refuse(p, gateway->column, "--gateway: %s is the host's own address",
			      gateway->text);
	else if (prefix < 31 && ((via & ~mask) == 0 || (via & ~mask) == ~mask))
		parser_refuse(p, gateway->column, "--gateway: %s is the %s address of the network",
			      gateway->text, via & ~mask ? "broadcast" : "network");
	else
		return true;
	return false;
}

/* The VLAN that a line configures on its device, "" when it is the device itself. */
static const char *vlan_said(const struct ks_args *args)
{
	const char *vlan = args->option[NET_VLAN].text;

	return vlan && strcmp(vlan, NO_VLAN) != 0 ? vlan : "";
}

static bool device_free(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *device = &args->option[NET_DEVICE];
	char shown[KS_SHOWN], where[KS_PLACE];
	const struct answers *a = p->a;

	for (size_t i = 0; device->given && i < a->network_count; i++) {
		const struct ks_network *n = &a->networks[i];

		if (n->device && strcasecmp(n->device, device->text) == 0 &&
		    strcmp(n->vlan ? n->vlan : "", vlan_said(args)) == 0) {
			parser_refuse(p, device->column, "%s was already configured in %s",
				      word_show(device->text, shown), place(n->pos, where));
			return false;
		}
	}
	return true;
}

/* The first host name counts; returns whether the line says nothing else. */
static bool take_hostname(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *name = &args->option[NET_HOSTNAME];
	bool alone = name->given;
	char where[KS_PLACE];

	if (!name->given)
		return false;
	for (const struct ks_option *o = network_options; o->name; o++)
		if (o - network_options != NET_HOSTNAME && args->option[o - network_options].given)
			alone = false;
	if (!p->hostname) {
		parser_set(p, &p->hostname, name->text);
		p->hostname_pos = p->pos;
		p->hostname_alone = alone;
	} else if (strcasecmp(p->hostname, name->text) != 0) {
		parser_warn(p, name->column, "another host name was given in %s, which counts",
			    place(p->hostname_pos, where));
	}
	return alone;
}

/* bootp is DHCP's elder, which every DHCP server answers. */
static void told_proto(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *proto = &args->option[NET_BOOTPROTO];

	if (!proto->given)
		return;
	if (strcmp(proto->text, "bootp") == 0)
		parser_warn(p, proto->column, "--bootproto=bootp is taken for dhcp");
	else if (strcmp(proto->text, "query") == 0)
		parser_refuse(p, proto->column, "--bootproto=query asks, but nobody is there");
}

static void network_fill(struct parser *p, struct ks_network *n, const struct ks_args *args)
{
	const struct ks_arg *o = args->option;

	n->pos = p->pos;
	args_fill(p, network_options, args, n);
	n->mtu = o[NET_MTU].given ? (unsigned int)atoi(o[NET_MTU].text) : 0;
	n->inactive = (o[NET_ONBOOT].given && !bool_value(o[NET_ONBOOT].text)) ||
		      o[NET_NO_ACTIVATE].given;
	if (n->vlan && strcmp(n->vlan, NO_VLAN) == 0)
		parser_set(p, &n->vlan, NULL);
	if (is_static(args)) {
		n->proto = KS_PROTO_STATIC;
		n->prefix = netmask_prefix(o[NET_NETMASK].text);
		parser_set(p, &n->ip, o[NET_IP].text);
		if (o[NET_GATEWAY].given)
			parser_set(p, &n->gateway, o[NET_GATEWAY].text);
	}
	if (o[NET_BOOTPROTO].given && strcmp(o[NET_BOOTPROTO].text, "ibft") == 0)
		n->proto = KS_PROTO_IBFT;
	/* One name in the answers, whatever a later line says. */
	if (o[NET_HOSTNAME].given)
		parser_set(p, &n->hostname, p->hostname);
}

/* Of two options that exclude each other, the message is about the second. */
static bool no_contradiction(struct parser *p, const struct ks_args *args)
{
	static const int pairs[][2] = {
		{ NET_ACTIVATE, NET_NO_ACTIVATE },
		{ NET_NOIPV6, NET_IPV6 },
		{ NET_NODNS, NET_NAMESERVER },
		{ NET_BOND_SLAVES, NET_BRIDGE_SLAVES },
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		const struct ks_arg *one = &args->option[pairs[i][0]];
		const struct ks_arg *two = &args->option[pairs[i][1]];

		if (!one->given || !two->given)
			continue;
		if (pairs[i][0] == NET_ACTIVATE)
			parser_refuse(p, two->column, "--%s and --%s contradict each other",
				      network_options[pairs[i][0]].name,
				      network_options[pairs[i][1]].name);
		else
			parser_refuse(p, two->column, "--%s and --%s contradict each other",
				      network_options[pairs[i][1]].name,
				      network_options[pairs[i][0]].name);
		return false;
	}
	return true;
}

/* What means nothing without another option; a gateway of IPv6 is else one that is announced. */
static bool nothing_missing(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *gateway = &args->option[NET_IPV6_GATEWAY];
	const struct ks_arg *ipv6 = &args->option[NET_IPV6];
	const struct ks_arg *bond = &args->option[NET_BOND_OPTIONS];
	const struct ks_arg *name = &args->option[NET_NAME];

	if (gateway->given && !(ipv6->given && strchr(ipv6->text, '/')))
		parser_refuse(p, gateway->column, "--ipv6gateway needs an address in --ipv6");
	else if (bond->given && !args->option[NET_BOND_SLAVES].given)
		parser_refuse(p, bond->column, "--bondopts needs --bondslaves");
	else if (name->given && !*vlan_said(args))
		parser_refuse(p, name->column, "--interfacename needs --vlanid");
	else
		return true;
	return false;
}

static bool options_good(struct parser *p, const struct ks_args *args)
{
	static const struct {
		int option;
		enum ks_netopts kind;
	} all[] = {
		{ NET_BOND_OPTIONS, KS_BOND_OPTIONS },
		{ NET_BRIDGE_OPTIONS, KS_BRIDGE_OPTIONS },
		{ NET_ETHTOOL, KS_CARD_OPTIONS },
	};

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		const struct ks_arg *arg = &args->option[all[i].option];
		struct err e = { 0 };

		if (!arg->given || ks_netopts_read(all[i].kind, arg->text, NULL, NULL, &e) == 0)
			continue;
		parser_refuse(p, arg->column, "--%s: %s", network_options[all[i].option].name,
			      err_text(&e));
		return false;
	}
	return true;
}

static void apply_network(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_network *n;

	if (!no_contradiction(p, args) || !static_complete(p, args) ||
	    (is_static(args) && !static_good(p, args)) || !nothing_missing(p, args) ||
	    !options_good(p, args) || !device_free(p, args) || take_hostname(p, args))
		return;
	told_proto(p, args);
	n = parser_grow(p, &a->networks, &a->network_count, sizeof(*n));
	if (!n)
		return;
	network_fill(p, n, args);
	if (n->bind_to && n->vlan && !n->bond_slaves.count)
		parser_error(p, args->column,
			     "--bindto is for cards and bonds, a VLAN has its card's");
}

/* "network --hostname=NAME" names the host of the other lines, or of the default network. */
void network_settle(struct parser *p)
{
	struct answers *a = p->a;
	struct ks_network *n = a->networks;

	if (!p->hostname_alone)
		return;
	if (!a->network_count) {
		n = parser_grow(p, &a->networks, &a->network_count, sizeof(*n));
		if (!n)
			return;
		n->pos = p->hostname_pos;
	}
	parser_set(p, &n->hostname, p->hostname);
}

const struct ks_command commands_network[] = {
	{ "network", .repeat = KS_MANY, .options = network_options, .apply = apply_network,
	  .help = "the management network; a line with nothing but --hostname names the host" },
	{ 0 },
};
