/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network.
 */
#include <stdlib.h>
#include <string.h>

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
	NET_VLAN,
	NET_OTHERS,
};

#define NET(kind, field) KS_TO(kind, struct ks_network, field)
#define NO_BONDS	 "bonds are not supported yet"
#define NO_BRIDGES	 "bridges of one's own are not supported yet; Socle makes its own"
#define NO_VLANS	 "VLANs are not supported yet"
#define NO_VLAN		 "0" /* IEEE 802.1Q, 9.6; so ESXi has it too */
#define NO_TEAMS	 "teams are not supported; use a bond where it is"
#define NO_IPV6		 "only automatic IPv6 addresses are supported yet"
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
	[NET_IPV6] = { "ipv6", .type = &type_text, .filled = true, LATER, .but = "auto",
		       NET(KS_STRING, ipv6),
		       .help = "auto (the default), dhcp, or an IPv6 address with the length of "
			       "its prefix",
		       .why = NO_IPV6 },
	[NET_VLAN] = { "vlanid", .type = &type_vlan, LATER, .but = NO_VLAN, NET(KS_STRING, vlan),
		       .help = "number of the VLAN; 0 is none", .why = NO_VLANS },
	[NET_OTHERS] = { "noipv4", LATER, NET(KS_TRUE, ipv4_off), .help = "no IPv4 addresses",
			 .why = "the management network needs IPv4 yet" },
	{ "ipv6gateway", .type = &type_text, LATER, NET(KS_STRING, ipv6_gateway),
	  .help = "default gateway of IPv6", .why = NO_IPV6 },
	{ "nodefroute", LATER, NET(KS_TRUE, no_default_route),
	  .help = "this is not the way to all other networks" },
	{ "nodns", LATER, NET(KS_TRUE, no_dns), .help = "no name servers, also none by DHCP" },
	{ "interfacename", .type = &type_text, LATER, NET(KS_STRING, interface_name),
	  .help = "name of the VLAN's interface", .why = NO_VLANS },
	{ "bondslaves", .type = &type_texts, LATER, NET(KS_STRINGS, bond_slaves),
	  .help = "the interfaces that make the bond", .why = NO_BONDS },
	{ "bondopts", .type = &type_text, LATER, NET(KS_STRING, bond_options),
	  .help = "options of the bond, as mode=active-backup,miimon=100", .why = NO_BONDS },
	{ "bridgeslaves", .type = &type_texts, LATER, NET(KS_STRINGS, bridge_slaves),
	  .help = "the interfaces in the bridge", .why = NO_BRIDGES },
	{ "bridgeopts", .type = &type_pairs, LATER, NET(KS_STRING, bridge_options),
	  .needs = "bridgeslaves", .help = "options of the bridge, as stp=on", .why = NO_BRIDGES },
	{ "teamslaves", .type = &type_text, LATER, NET(KS_STRING, team_slaves),
	  .help = "the interfaces in the team", .why = NO_TEAMS },
	{ "teamconfig", .type = &type_text, LATER, NET(KS_STRING, team_config),
	  .help = "options of the team", .why = NO_TEAMS },
	{ "bindto", .type = &type_text, .choices = "mac", NET(KS_STRING, bind_to),
	  .help = "accepted; the card is always known by its MAC address" },
	{ "ipv4-dns-search", .type = &type_texts, LATER, NET(KS_STRINGS, search), .needs = "device",
	  .help = "domains that are searched for short names" },
	{ "ipv6-dns-search", .type = &type_texts, LATER, NET(KS_STRINGS, search6),
	  .needs = "device", .help = "domains that are searched for short names" },
	{ "ipv4-ignore-auto-dns", LATER, .needs = "device", .help = "no name servers by DHCP" },
	{ "ipv6-ignore-auto-dns", LATER, .needs = "device", .help = "no name servers by DHCPv6" },
	{ "ethtool", .type = &type_text, LATER, NET(KS_STRING, ethtool),
	  .help = "settings of the card, as ethtool(8) takes them" },
	{ "dhcpclass", .type = &type_text, LATER, NET(KS_STRING, dhcp_class),
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

static bool device_free(struct parser *p, const struct ks_arg *device)
{
	char shown[KS_SHOWN], where[KS_PLACE];
	const struct answers *a = p->a;

	for (size_t i = 0; device->given && i < a->network_count; i++) {
		if (a->networks[i].device && strcasecmp(a->networks[i].device, device->text) == 0) {
			parser_refuse(p, device->column, "%s was already configured in %s",
				      word_show(device->text, shown),
				      place(a->networks[i].pos, where));
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
	else if (strcmp(proto->text, "ibft") == 0)
		parser_refuse(p, proto->column, "--bootproto=ibft is not supported yet");
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
	/* One name in the answers, whatever a later line says. */
	if (o[NET_HOSTNAME].given)
		parser_set(p, &n->hostname, p->hostname);
}

static void apply_network(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_network *n;

	if (args->option[NET_ACTIVATE].given && args->option[NET_NO_ACTIVATE].given) {
		parser_refuse(p, args->option[NET_NO_ACTIVATE].column,
			      "--activate and --no-activate contradict each other");
		return;
	}
	if (args->option[NET_IPV6].given && args->option[NET_NOIPV6].given) {
		parser_refuse(p, args->option[NET_IPV6].column,
			      "--ipv6 and --noipv6 contradict each other");
		return;
	}
	if (!static_complete(p, args) || (is_static(args) && !static_good(p, args)) ||
	    !device_free(p, &args->option[NET_DEVICE]) || take_hostname(p, args))
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
