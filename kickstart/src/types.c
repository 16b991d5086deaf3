/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kickstart/answers.h"
#include "table.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ALNUM  LOWER UPPER DIGITS

enum { HOSTNAME_MAX = 64, LABEL_MAX = 63, MTU_MIN = 576, MTU_MAX = 65535 };

static bool only(const char *s, const char *allowed)
{
	return *s && !s[strspn(s, allowed)];
}

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

static bool valid_word(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static const char *const yes[] = { "yes", "on", "true", "1" };
static const char *const no[] = { "no", "off", "false", "0" };

static bool is_one_of(const char *s, const char *const words[4])
{
	for (int i = 0; i < 4; i++)
		if (strcasecmp(s, words[i]) == 0)
			return true;
	return false;
}

bool bool_value(const char *text)
{
	return is_one_of(text, yes);
}

static bool valid_bool(const char *s)
{
	return is_one_of(s, yes) || is_one_of(s, no);
}

static bool valid_number(const char *s)
{
	return strlen(s) <= 9 && only(s, DIGITS);
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
	       (strlen(s) < IFNAMSIZ && only(s, ALNUM "._-") && strspn(s, ".") < strlen(s));
}

/* A name that an interface can be given. */
static bool valid_interface(const char *s)
{
	return valid_device(s) && !valid_mac(s) && strcmp(s, "link") != 0 &&
	       strcmp(s, "bootif") != 0 && s[0] != '-' && s[0] != '.';
}

/* One line of ASCII that systemd reads as it is written. */
static bool valid_printable(const char *s)
{
	size_t n = strlen(s);

	for (size_t i = 0; i < n; i++)
		if (s[i] <= ' ' || s[i] > '~' || strchr("\"'\\%#;", s[i]))
			return false;
	return n > 0 && n < 256;
}

/* language[_COUNTRY][.charset][@modifier] */
static bool valid_lang(const char *s)
{
	size_t n = strspn(s, LOWER);

	if (strcmp(s, "C") == 0 || strcmp(s, "POSIX") == 0 || strcmp(s, "C.UTF-8") == 0)
		return true;
	if (n < 2 || n > 3)
		return false;
	s += n;
	if (*s == '_') {
		if (strspn(s + 1, UPPER DIGITS) < 2)
			return false;
		s += 1 + strspn(s + 1, UPPER DIGITS);
	}
	if (*s == '.')
		s += 1 + strspn(s + 1, ALNUM "-");
	if (*s == '@')
		s += 1 + strspn(s + 1, LOWER);
	return !*s && s[-1] != '.' && s[-1] != '@';
}

static bool valid_keymap(const char *s)
{
	return strlen(s) < 64 && only(s, ALNUM "._+-") && s[0] != '.' && s[0] != '-';
}

/* "us" or "cz (qwerty)" */
static bool valid_layout(const char *s)
{
	size_t n = strspn(s, ALNUM "_-"), variant;

	if (!n)
		return false;
	s += n;
	if (!*s)
		return true;
	s += strspn(s, " ");
	variant = *s == '(' ? strspn(s + 1, ALNUM "_-") : 0;
	return variant && strcmp(s + 1 + variant, ")") == 0;
}

/* As tzdata names its files: "Europe/Berlin", "Etc/GMT+1". */
static bool valid_timezone(const char *s)
{
	for (;;) {
		size_t n = strspn(s, ALNUM "_+-");

		if (!n || *s == '-')
			return false;
		if (!s[n])
			return true;
		if (s[n] != '/')
			return false;
		s += n + 1;
	}
}

static bool has_dotdot(const char *s)
{
	for (const char *p = s; (p = strstr(p, "..")); p += 2)
		if ((p == s || p[-1] == '/') && (!p[2] || p[2] == '/'))
			return true;
	return false;
}

/* "sda", "/dev/sda", "nvme*", "disk/by-id/…"; file-system labels and the like are no disks. */
static bool valid_disk(const char *s)
{
	size_t n = strlen(s);

	if (strncmp(s, "/dev/", 5) == 0)
		s += 5, n -= 5;
	return n && n < 256 && s[0] != '/' && s[n - 1] != '/' && !has_dotdot(s) &&
	       only(s, ALNUM "._:+-@=/*?[]!");
}

static bool valid_path(const char *s)
{
	return s[0] == '/' && s[1] && strlen(s) < 1024 && !has_dotdot(s) && valid_word(s);
}

/* "busybox" is what ESXi calls its shell. */
static bool valid_program(const char *s)
{
	return (valid_path(s) && !strchr(s, ' ')) || strcmp(s, "busybox") == 0;
}

static bool valid_user(const char *s)
{
	return strlen(s) <= 32 && only(s, ALNUM "._-") && s[0] != '-' && s[0] != '.';
}

/* A whole number as argparse takes it, also one that makes no sense here. */
static bool valid_integer(const char *s)
{
	return valid_number(s + (*s == '-' || *s == '+'));
}

static bool valid_positive(const char *s)
{
	return valid_number(s) && atoi(s) > 0;
}

static bool valid_percent(const char *s)
{
	return valid_number(s) && atoi(s) > 0 && atoi(s) <= 100;
}

static bool valid_part(const char *s)
{
	return valid_percent(s) && atoi(s) < 100;
}

static bool valid_port(const char *s)
{
	return valid_positive(s) && atoi(s) < 65536;
}

static bool valid_accepted(const char *s)
{
	return strcasecmp(s, "accepted") == 0;
}

static bool valid_scheme(const char *s)
{
	static const char *const schemes[] = { "lvm", "thinp", "plain", "partition", "btrfs" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcasecmp(s, schemes[i]) == 0)
			return true;
	return false;
}

static bool valid_text(const char *s)
{
	(void)s;
	return true;
}

static bool has_scheme(const char *s, const char *const *schemes)
{
	for (; *schemes; schemes++)
		if (strncasecmp(s, *schemes, strlen(*schemes)) == 0 && s[strlen(*schemes)])
			return true;
	return false;
}

static bool valid_url(const char *s)
{
	static const char *const schemes[] = { "http://",  "https://", "ftp://", "nfs:",
					       "file:///", "nfs://",   NULL };

	return has_scheme(s, schemes) && valid_word(s);
}

static bool valid_web(const char *s)
{
	static const char *const schemes[] = { "http://", "https://", "file:///", NULL };

	return has_scheme(s, schemes);
}

static bool valid_source(const char *s)
{
	return valid_path(s) || valid_url(s);
}

/* "com.example.name=anything" (DSP0243, 9.5.1: no dot but of the class, no white space) */
static bool valid_property(const char *s)
{
	size_t n = strcspn(s, "=");

	return n && s[n] && strcspn(s, " \t'\"") >= n;
}

/* "key=value" */
static bool valid_pair(const char *s)
{
	size_t n = strcspn(s, "=");

	return n && s[n] && s[n + 1] && !strchr(s, ' ');
}

/* The disk of a boot loader: one. */
static bool valid_one(const char *s)
{
	return !strchr(s, ',');
}

static bool valid_group(const char *s)
{
	size_t n = strcspn(s, "(");
	char name[64];

	if (!n || n >= sizeof(name))
		return false;
	memcpy(name, s, n);
	name[n] = '\0';
	if (!s[n])
		return valid_user(name);
	s += n + 1;
	n = strspn(s, DIGITS);
	return valid_user(name) && n && strcmp(s + n, ")") == 0;
}

/* "VG/LV" */
static bool valid_volume(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash && slash != s && slash[1] && !strchr(slash + 1, '/');
}

static bool valid_mount(const char *s)
{
	return *s == '/' || strcmp(s, "swap") == 0 || strcmp(s, "none") == 0 || strcmp(s, "-") == 0;
}

static bool valid_level(const char *s)
{
	if (strncasecmp(s, "raid", 4) == 0)
		s += 4;
	return strcmp(s, "0") == 0 || strcmp(s, "1") == 0 || strcmp(s, "4") == 0 ||
	       strcmp(s, "5") == 0 || strcmp(s, "6") == 0 || strcmp(s, "10") == 0 ||
	       strcasecmp(s, "linear") == 0;
}

static bool valid_not_btrfs(const char *s)
{
	return strcmp(s, "btrfs") != 0;
}

static bool valid_vlan(const char *s)
{
	return valid_number(s) && atoi(s) < 4095;
}

/* A number of bytes with a unit; the rest of the text is behind it. */
static const char *behind_size(const char *s)
{
	size_t n = strspn(s, DIGITS);

	if (!n || n > 9)
		return NULL;
	s += n;
	return *s && strchr("KMGT", *s) ? s + 1 : s;
}

static bool valid_memory(const char *s)
{
	const char *end = behind_size(s);

	return end && !*end && strchr("MG", end[-1]) && atoi(s) > 0;
}

/*
 * A size with a unit, in bytes, above 0 and such that 5 percent more of it can be
 * counted; returns what is behind it, NULL when it is none.
 */
static const char *take_bytes(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *end = behind_size(s);

	if (!end || !strchr(units, end[-1]))
		return NULL;
	*bytes = strtoull(s, NULL, 10);
	for (const char *u = units; u <= strchr(units, end[-1]); u++)
		if (__builtin_mul_overflow(*bytes, (uint64_t)1000, bytes))
			return NULL;
	return *bytes && *bytes <= UINT64_MAX / 105 ? end : NULL;
}

/* "480G", "400G-500G", "400G-", "-2T" */
static bool valid_range(const char *s)
{
	uint64_t low = 0, high = UINT64_MAX;

	if (*s != '-' && (!(s = take_bytes(s, &low)) || !*s))
		return s;
	if (*s++ != '-')
		return false;
	if (!*s)
		return low;
	return (s = take_bytes(s, &high)) && !*s && low <= high;
}

/* "all", "80%", "200G" */
static bool valid_share(const char *s)
{
	size_t n = strspn(s, DIGITS);

	if (strcmp(s, "all") == 0)
		return true;
	if (n && n < 4 && strcmp(s + n, "%") == 0)
		return atoi(s) > 0 && atoi(s) <= 100;
	return (s = behind_size(s)) && !*s;
}

static bool valid_sha256(const char *s)
{
	return strlen(s) == 64 && only(s, DIGITS "abcdefABCDEF");
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

static bool valid_unit(const char *s)
{
	return strlen(s) < 128 && only(s, ALNUM "._-@:") && s[0] != '-' && s[0] != '.';
}

/* "64 digits", with colons or without, or as curl writes it. */
static bool valid_pin(const char *s)
{
	size_t digits = 0;

	if (strncmp(s, "sha256//", 8) == 0)
		return strlen(s) == 52 && only(s + 8, ALNUM "+/=");
	for (; *s; s++)
		if (*s != ':' || !digits || digits % 2 || s[-1] == ':')
			digits += strchr(DIGITS "abcdefABCDEF", *s) ? 1 : 1000;
	return digits == 64;
}

/* What may be in braces in it. */
static bool valid_template(const char *s)
{
	static const char *const names[] = { "{mac}", "{serial}", "{uuid}", "{hostname}",
					     "{event}" };

	for (s = strchr(s, '{'); s; s = strchr(s + 1, '{')) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			known |= strncmp(s, names[i], strlen(names[i])) == 0;
		if (!known)
			return false;
	}
	return true;
}

static bool valid_webhook(const char *s)
{
	size_t n = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;

	return n && s[n] && s[n] != '/' && strlen(s) < 2048 && valid_word(s) && !strchr(s, ' ') &&
	       valid_template(s);
}

static bool valid_event(const char *s)
{
	static const char *const names[] = { "start", "planned", "step",  "progress",
					     "done",  "failed",	 "bundle" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}

/* A URL, "post:URL", "hd:DEVICE:/FOLDER/" or a path. */
static bool valid_bundle(const char *s)
{
	if (strncmp(s, "post:", 5) == 0)
		return valid_webhook(s + 5);
	if (strncmp(s, "hd:", 3) == 0) {
		const char *path = strstr(s, ":/");

		return path && path > s + 3 && valid_word(s) && !has_dotdot(path) &&
		       valid_template(s);
	}
	return valid_webhook(s) || (valid_path(s) && valid_template(s));
}

static bool valid_bridge(const char *s)
{
	return strlen(s) < IFNAMSIZ && only(s, ALNUM "_-");
}

static bool valid_check(const char *s)
{
	return is_choice(KS_CHECKS, s, strlen(s));
}

const struct ks_type
	type_word = { "a value", "VALUE", NULL, valid_word, false },
	type_text = { "a value", "VALUE", NULL, valid_text, false },
	type_texts = { "a value", "VALUE,...", ",", valid_text, false },
	type_list = { "a value", "VALUE,...", ", ", valid_text, false },
	type_bool = { "yes or no", "yes|no", NULL, valid_bool, true },
	type_number = { "a number", "NUMBER", NULL, valid_number, true },
	type_integer = { "a number", "NUMBER", NULL, valid_integer, true },
	type_positive = { "a number above 0", "NUMBER", NULL, valid_positive, true },
	type_percent = { "a number from 1 to 100", "PERCENT", NULL, valid_percent, true },
	type_scheme = { "one of lvm, thinp, plain and btrfs", "lvm|thinp|plain|btrfs", NULL,
			valid_scheme, true },
	type_part = { "a number from 1 to 99", "PERCENT", NULL, valid_part, true },
	type_accepted = { "the word Accepted", "Accepted", NULL, valid_accepted, true },
	type_port = { "a port from 1 to 65535", "PORT", NULL, valid_port, false },
	type_size = { "a number of MiB without a unit", "MIB", NULL, valid_integer, true },
	type_level = { "a RAID level such as 1 or RAID1", "LEVEL", NULL, valid_level, true },
	type_fstype = { "a file system that can be made; btrfs is not supported", "TYPE", NULL,
			valid_not_btrfs, true },
	type_mtu = { "a number of bytes from 576 to 65535", "BYTES", NULL, valid_mtu, false },
	type_ipv4 = { "an IPv4 address", "ADDRESS", NULL, valid_ipv4, false },
	type_ip6 = { "an IPv6 address", "ADDRESS", NULL, valid_ip6, false },
	type_ipv6 = { "auto, dhcp, or an IPv6 address with its prefix length",
		      "auto|dhcp|ADDRESS/LENGTH", NULL, valid_ipv6, false },
	type_host_list = { "a domain", "DOMAIN,...", ",", valid_hostname, false },
	type_printable = { "one word of ASCII", "WORD", NULL, valid_printable, false },
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
	type_pairs = { "a list such as key=value,key=value", "KEY=VALUE,...", ",", valid_pair,
		       true },
	type_lang = { "a language such as en_US.UTF-8", "LANGUAGE", NULL, valid_lang, false },
	type_keymap = { "a console keymap", "KEYMAP", NULL, valid_keymap, false },
	type_layouts = { "a keyboard layout such as us or 'cz (qwerty)'", "LAYOUT,...", ",",
			 valid_layout, false },
	type_timezone = { "a time zone such as Europe/Berlin", "ZONE", NULL, valid_timezone,
			  false },
	type_disk = { "a disk such as sda or disk/by-id/NAME", "DISK", NULL, valid_disk, false },
	type_one_disk = { "one disk", "DISK", NULL, valid_one, true },
	type_disks = { "a disk such as sda or disk/by-id/NAME", "DISK,...", ",|", valid_disk,
		       false },
	type_program = { "the absolute path of a program", "PROGRAM", NULL, valid_program, false },
	type_path = { "an absolute path", "FILE", NULL, valid_path, false },
	type_user = { "a user name", "USER", NULL, valid_user, false },
	type_groups = { "a group such as wheel or name(1000)", "GROUP,...", ",", valid_group,
			false },
	type_url = { "a URL", "URL", NULL, valid_url, false },
	type_web = { "a URL of http, https or file", "URL", NULL, valid_web, true },
	type_source = { "a URL or an absolute path", "URL|FILE", NULL, valid_source, true },
	type_property = { "a property such as com.example.name=VALUE", "KEY=VALUE", NULL,
			  valid_property, true },
	type_volume = { "a volume such as GROUP/VOLUME", "GROUP/VOLUME", NULL, valid_volume, true },
	type_mount = { "a mount point, swap or none", "MOUNTPOINT", NULL, valid_mount, true },
	type_memory = { "a size such as 4G or 4096M", "SIZE", NULL, valid_memory, true },
	type_range = { "a size such as 480G, or a range such as 400G-500G", "SIZE[-SIZE]", NULL,
		       valid_range, true },
	type_share = { "a size such as 200G or 80%, or all", "SIZE", NULL, valid_share, true },
	type_units = { "a service such as sshd", "SERVICE,...", ", ", valid_unit, false },
	type_ports = { "a port such as 8080:tcp or 5900-5903:tcp", "PORT:PROTOCOL,...", ",",
		       valid_ports, false },
	type_services = { "a service whose ports are known here; use --port", "SERVICE,...", ",",
			  valid_service, false },
	type_pin = { "a SHA-256 of 64 hexadecimal digits, or sha256// and base64", "SHA256", NULL,
		     valid_pin, true },
	type_webhook = { "a URL of http or https, in which {mac}, {serial}, {uuid}, {hostname} and "
			 "{event} may stand",
			 "URL", NULL, valid_webhook, true },
	type_events = { "start, planned, step, progress, done, failed or bundle", "EVENT,...", ",",
			valid_event, true },
	type_bundle = { "a URL, post:URL, hd:DEVICE:/FOLDER/ or an absolute path", "PLACE", NULL,
			valid_bundle, true },
	type_sha256 = { "a SHA-256 of 64 digits", "SHA256", NULL, valid_sha256, true },
	type_checks = { "one of " KS_CHECKS, "CHECK,...", ",", valid_check, true },
	type_bridge = { "a name of up to 15 letters, digits, - and _", "NAME", NULL, valid_bridge,
			true };
