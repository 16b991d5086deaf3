/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "types.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ALNUM  LOWER UPPER DIGITS

enum { HOSTNAME_MAX = 64, LABEL_MAX = 63, MTU_MIN = 576, MTU_MAX = 65535 };

static bool only(const char *s, const char *allowed)
{
	return *s && !s[strspn(s, allowed)];
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

static bool valid_program(const char *s)
{
	return valid_path(s) && !strchr(s, ' ');
}

static bool valid_user(const char *s)
{
	return strlen(s) <= 32 && only(s, ALNUM "._-") && s[0] != '-' && s[0] != '.';
}

const struct ks_type
	type_word = { "a value", "VALUE", NULL, valid_word },
	type_bool = { "yes or no", "yes|no", NULL, valid_bool },
	type_number = { "a number", "NUMBER", NULL, valid_number },
	type_mtu = { "a number of bytes from 576 to 65535", "BYTES", NULL, valid_mtu },
	type_ipv4 = { "an IPv4 address", "ADDRESS", NULL, valid_ipv4 },
	type_netmask = { "a netmask or a prefix length", "MASK", NULL, valid_netmask },
	type_ip_list = { "an IP address", "ADDRESS,...", ",", valid_ip },
	type_hostname = { "a host name", "NAME", NULL, valid_hostname },
	type_server_list = { "a host name or IP address", "HOST,...", ",", valid_server },
	type_device = { "an interface name or MAC address", "DEVICE", NULL, valid_device },
	type_lang = { "a language such as en_US.UTF-8", "LANGUAGE", NULL, valid_lang },
	type_keymap = { "a console keymap", "KEYMAP", NULL, valid_keymap },
	type_layouts = { "a keyboard layout such as us or 'cz (qwerty)'", "LAYOUT,...", ",",
			 valid_layout },
	type_timezone = { "a time zone such as Europe/Berlin", "ZONE", NULL, valid_timezone },
	type_disk = { "a disk such as sda or disk/by-id/NAME", "DISK", NULL, valid_disk },
	type_disks = { "a disk such as sda or disk/by-id/NAME", "DISK,...", ",|", valid_disk },
	type_program = { "the absolute path of a program", "PROGRAM", NULL, valid_program },
	type_path = { "an absolute path", "FILE", NULL, valid_path },
	type_user = { "a user name", "USER", NULL, valid_user };
