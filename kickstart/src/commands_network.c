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
	NET_LATER,
};

#define LATER(name)	 { name, .type = &type_word, .status = KS_LATER }
#define LATER_FLAG(name) { name, .status = KS_LATER }

static const struct ks_option network_options[] = {
	[NET_BOOTPROTO] = { "bootproto", .type = &type_word, .choices = "dhcp|static",
			    .help = "how the address is found; dhcp if not given" },
	[NET_DEVICE] = { "device", .type = &type_device,
			 .help = "interface name, MAC address, link (the first with a carrier) or "
				 "bootif (the one booted from)" },
	[NET_IP] = { "ip", .type = &type_ipv4, .help = "address, with --bootproto=static" },
	[NET_NETMASK] = { "netmask", .type = &type_netmask,
			  .help = "netmask or prefix length, with --bootproto=static" },
	[NET_GATEWAY] = { "gateway", .type = &type_ipv4,
			  .help = "default gateway, with --bootproto=static" },
	[NET_NAMESERVER] = { "nameserver", .type = &type_ip_list, .help = "name servers" },
	[NET_HOSTNAME] = { "hostname", .type = &type_hostname, .help = "name of the host" },
	[NET_MTU] = { "mtu", .type = &type_mtu, .help = "largest packet" },
	[NET_ONBOOT] = { "onboot", .type = &type_bool,
			 .help = "bring it up at boot; yes if not given" },
	[NET_ACTIVATE] = { "activate", .help = "bring it up (the default)" },
	[NET_NO_ACTIVATE] = { "no-activate", .help = "leave it down" },
	[NET_NOIPV6] = { "noipv6", .help = "no IPv6 addresses, also none that routers announce" },
	[NET_LATER] = LATER("ipv6"),
	LATER("ipv6gateway"),
	LATER("vlanid"),
	LATER("interfacename"),
	LATER("bondslaves"),
	LATER("bondopts"),
	LATER("bridgeslaves"),
	LATER("bridgeopts"),
	LATER("teamslaves"),
	LATER("teamconfig"),
	LATER("bindto"),
	LATER("ipv4-dns-search"),
	LATER("ipv6-dns-search"),
	LATER("ethtool"),
	LATER("dhcpclass"),
	LATER("essid"),
	LATER("wepkey"),
	LATER("wpakey"),
	LATER_FLAG("nodns"),
	LATER_FLAG("noipv4"),
	LATER_FLAG("nodefroute"),
	LATER_FLAG("notksdevice"),
	LATER_FLAG("ipv4-ignore-auto-dns"),
	LATER_FLAG("ipv6-ignore-auto-dns"),
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
			parser_error(p, arg->column, "--%s needs --bootproto=static", name);
			return false;
		}
		if (!arg->given && is_static(args) && theirs[i] != NET_GATEWAY) {
			parser_error(p, args->column, "--bootproto=static needs --%s", name);
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
		parser_error(p, ip->column, "--ip: %s is not an address of a host", ip->text);
		return false;
	}
	/* Networks of two addresses have neither, RFC 3021. */
	if (prefix < 31 && ((address & ~mask) == 0 || (address & ~mask) == ~mask)) {
		parser_error(p, ip->column, "--ip: %s is the %s address of its network, a /%u",
			     ip->text, address & ~mask ? "broadcast" : "network", prefix);
		return false;
	}
	if (!gateway->given)
		return true;
	via = ipv4_number(gateway->text);
	if ((via & mask) != (address & mask))
		parser_error(p, gateway->column, "--gateway: %s is not in the network of %s/%u",
			     gateway->text, ip->text, prefix);
	else if (via == address)
		parser_error(p, gateway->column, "--gateway: %s is the host's own address",
			     gateway->text);
	else if (prefix < 31 && ((via & ~mask) == 0 || (via & ~mask) == ~mask))
		parser_error(p, gateway->column, "--gateway: %s is the %s address of the network",
			     gateway->text, via & ~mask ? "broadcast" : "network");
	else
		return true;
	return false;
}

static bool device_free(struct parser *p, const struct ks_arg *device)
{
	const struct answers *a = p->a;

	for (size_t i = 0; device->given && i < a->network_count; i++) {
		if (a->networks[i].device && strcasecmp(a->networks[i].device, device->text) == 0) {
			parser_error(p, device->column, "%s was already configured in line %u",
				     device->text, a->networks[i].pos.line);
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

	if (!name->given)
		return false;
	for (int i = 0; i < NET_LATER; i++)
		if (i != NET_HOSTNAME && args->option[i].given)
			alone = false;
	if (!p->hostname) {
		parser_set(p, &p->hostname, name->text);
		p->hostname_pos = p->pos;
		p->hostname_alone = alone;
	} else if (strcasecmp(p->hostname, name->text) != 0) {
		parser_warn(p, name->column, "another host name was given in line %u, which counts",
			    p->hostname_pos.line);
	}
	return alone;
}

static void network_fill(struct parser *p, struct ks_network *n, const struct ks_args *args)
{
	const struct ks_arg *o = args->option;

	n->pos = p->pos;
	n->proto = is_static(args) ? KS_PROTO_STATIC : KS_PROTO_DHCP;
	n->prefix = o[NET_NETMASK].given ? netmask_prefix(o[NET_NETMASK].text) : 0;
	n->mtu = o[NET_MTU].given ? (unsigned int)atoi(o[NET_MTU].text) : 0;
	n->inactive = o[NET_NO_ACTIVATE].given ||
		      (o[NET_ONBOOT].given && !bool_value(o[NET_ONBOOT].text));
	n->ipv6_off = o[NET_NOIPV6].given;
	parser_set(p, &n->device, o[NET_DEVICE].text);
	parser_set(p, &n->ip, o[NET_IP].text);
	parser_set(p, &n->gateway, o[NET_GATEWAY].text);
	if (o[NET_NAMESERVER].given)
		parser_split(p, &n->dns, o[NET_NAMESERVER].text, ",");
	/* One name in the answers, whatever a later line says. */
	if (o[NET_HOSTNAME].given)
		parser_set(p, &n->hostname, p->hostname);
}

static void apply_network(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_network *n;

	if (args->option[NET_ACTIVATE].given && args->option[NET_NO_ACTIVATE].given) {
		parser_error(p, args->option[NET_NO_ACTIVATE].column,
			     "--activate and --no-activate contradict each other");
		return;
	}
	if (!static_complete(p, args) || (is_static(args) && !static_good(p, args)) ||
	    !device_free(p, &args->option[NET_DEVICE]) || take_hostname(p, args))
		return;
	n = parser_grow(p, &a->networks, &a->network_count, sizeof(*n));
	if (n)
		network_fill(p, n, args);
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
