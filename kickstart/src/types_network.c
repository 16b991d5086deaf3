/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, interfaces, host names, ports.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kickstart/answers.h"
#include "types.h"
#include "types_parts.h"

enum { HOSTNAME_MAX = 64, LABEL_MAX = 63, MTU_MIN = 576, MTU_MAX = 65535 };

static const struct {
	const char *name, *ports;
} services[] = {
	{ "ssh", "22:tcp" },
	{ "http", "80:tcp" },
	{ "https", "443:tcp" },
	{ "ftp", "21:tcp" },
	{ "smtp", "25:tcp" },
	{ "telnet", "23:tcp" },
	{ "dns", "53:tcp,53:udp" },
	{ "ntp", "123:udp" },
	{ "snmp", "161:udp" },
	{ "nfs", "2049:tcp" },
	{ "dhcp", "67:udp" },
	{ "dhcpv6-client", "546:udp" },
	{ "mdns", "5353:udp" },
	{ "cockpit", "9090:tcp" },
	{ "tftp", "69:udp" },
	{ "syslog", "514:udp" },
	{ "vnc-server", "5900-5999:tcp" },
	{ "iscsi-target", "3260:tcp" },
};

const char *ks_service_ports(const char *name)
{
	for (size_t i = 0; i < sizeof(services) / sizeof(services[0]); i++)
		if (strcmp(services[i].name, name) == 0)
			return services[i].ports;
	return NULL;
}

static bool valid_mtu(const char *s)
{
	return valid_number(s) && atoi(s) >= MTU_MIN && atoi(s) <= MTU_MAX;
}

static bool valid_ipv4(const char *s)
{
	struct in_addr a;

	return inet_pton(AF_INET, s, &a) == 1;
}

static bool valid_ip(const char *s)
{
	struct in6_addr a;

	return valid_ipv4(s) || inet_pton(AF_INET6, s, &a) == 1;
}

static bool valid_ip6(const char *s)
{
	struct in6_addr a;

	return inet_pton(AF_INET6, s, &a) == 1;
}

/* "auto", "dhcp", or an address of a host: neither of a group, nor ::, nor ::1. */
static bool valid_ipv6(const char *s)
{
	const char *slash = strchr(s, '/');
	char address[INET6_ADDRSTRLEN];
	struct in6_addr a;

	if (strcmp(s, "auto") == 0 || strcmp(s, "dhcp") == 0)
		return true;
	if (!slash || slash - s >= (ptrdiff_t)sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - s), s);
	return inet_pton(AF_INET6, address, &a) == 1 && !IN6_IS_ADDR_MULTICAST(&a) &&
	       !IN6_IS_ADDR_UNSPECIFIED(&a) && !IN6_IS_ADDR_LOOPBACK(&a) &&
	       valid_number(slash + 1) && atoi(slash + 1) > 0 && atoi(slash + 1) <= 128;
}

uint32_t ipv4_number(const char *text)
{
	struct in_addr a = { 0 };

	inet_pton(AF_INET, text, &a);
	return ntohl(a.s_addr);
}

unsigned int netmask_prefix(const char *text)
{
	uint32_t mask;

	if (valid_number(text) && atoi(text) <= 32)
		return (unsigned int)atoi(text);
	if (!valid_ipv4(text))
		return 0;
	mask = ipv4_number(text);
	/* Contiguous: the host part plus one is a power of two. */
	return mask && (~mask & (~mask + 1)) == 0 ? (unsigned int)__builtin_popcount(mask) : 0;
}

static bool valid_netmask(const char *s)
{
	return netmask_prefix(s) > 0;
}

/* RFC 1123, 2.1; and 64 bytes, which is what Linux stores. */
static bool valid_hostname(const char *s)
{
	if (strlen(s) > HOSTNAME_MAX || valid_ipv4(s))
		return false;
	for (;;) {
		size_t n = strcspn(s, ".");

		if (!n || n > LABEL_MAX || s[0] == '-' || s[n - 1] == '-' ||
		    strspn(s, ALNUM "-") < n)
			return false;
		if (!s[n])
			return true;
		s += n + 1;
	}
}

static bool valid_server(const char *s)
{
	return valid_ip(s) || valid_hostname(s);
}

static bool valid_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !strchr(DIGITS "abcdefABCDEF", s[i]))
			return false;
	return true;
}

/* A name the kernel accepts, or a MAC address; "link" and "bootif" look like names. */
static bool valid_device(const char *s)
{
	return valid_mac(s) ||
	       (strlen(s) < IFNAMSIZ && text_only(s, ALNUM "._-") && strspn(s, ".") < strlen(s));
}

/* A name that an interface can be given. */
static bool valid_interface(const char *s)
{
	return valid_device(s) && !valid_mac(s) && strcmp(s, "link") != 0 &&
	       strcmp(s, "bootif") != 0 && s[0] != '-' && s[0] != '.';
}

static bool valid_port(const char *s)
{
	return valid_positive(s) && atoi(s) < 65536;
}

static bool valid_vlan(const char *s)
{
	return valid_number(s) && atoi(s) < 4095;
}

/* "8080", "8080:tcp", "5900-5903:tcp" */
static bool valid_ports(const char *s)
{
	size_t n = strspn(s, DIGITS "-"), low = strspn(s, DIGITS);
	long first = strtol(s, NULL, 10),
	     last = s[low] == '-' ? strtol(s + low + 1, NULL, 10) : first;

	if (!low || low > 5 || n > 11 || (n > low && (n == low + 1 || strchr(s + low + 1, '-'))))
		return false;
	return first > 0 && first <= last && last <= 65535 &&
	       (!s[n] || strcmp(s + n, ":tcp") == 0 || strcmp(s + n, ":udp") == 0);
}

static bool valid_service(const char *s)
{
	return ks_service_ports(s) != NULL;
}

static bool valid_bridge(const char *s)
{
	return strlen(s) < IFNAMSIZ && text_only(s, ALNUM "_-");
}

const struct ks_type
	type_port = { "a port from 1 to 65535", "PORT", NULL, valid_port, false },
	type_mtu = { "a number of bytes from 576 to 65535", "BYTES", NULL, valid_mtu, false },
	type_ipv4 = { "an IPv4 address", "ADDRESS", NULL, valid_ipv4, false },
	type_ip6 = { "an IPv6 address", "ADDRESS", NULL, valid_ip6, false },
	type_ipv6 = { "auto, dhcp, or an IPv6 address with its prefix length",
		      "auto|dhcp|ADDRESS/LENGTH", NULL, valid_ipv6, false },
	type_host_list = { "a domain", "DOMAIN,...", ",", valid_hostname, false },
	type_device_list = { "an interface name or MAC address", "DEVICE,...", ",", valid_device,
			     false },
	type_interface = { "a name of up to 15 letters, digits, -, _ and .", "NAME", NULL,
			   valid_interface, false },
	type_netmask = { "a netmask or a prefix length", "MASK", NULL, valid_netmask, false },
	type_ip_list = { "an IP address", "ADDRESS,...", ",", valid_ip, false },
	type_hostname = { "a host name", "NAME", NULL, valid_hostname, false },
	type_server_list = { "a host name or IP address", "HOST,...", ",", valid_server, false },
	type_server = { "a host name or IP address", "HOST", NULL, valid_server, false },
	type_device = { "an interface name or MAC address", "DEVICE", NULL, valid_device, false },
	type_vlan = { "a VLAN number from 1 to 4094, or 0", "NUMBER", NULL, valid_vlan, false },
	type_ports = { "a port such as 8080:tcp or 5900-5903:tcp", "PORT:PROTOCOL,...", ",",
		       valid_ports, false },
	type_services = { "a service whose ports are known here; use --port", "SERVICE,...", ",",
			  valid_service, false },
	type_bridge = { "a name of up to 15 letters, digits, - and _", "NAME", NULL, valid_bridge,
			true };
