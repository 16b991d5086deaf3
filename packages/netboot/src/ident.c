/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/ident.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool mac_parse(const char *text, char mac[MAC_SIZE])
{
	unsigned char byte[6] = { 0 };
	size_t digits = 0;
	char between = '\0';

	for (; *text; text++) {
		int value = hex_value(*text);

		if (value >= 0 && digits < 12) {
			byte[digits / 2] = (unsigned char)(byte[digits / 2] << 4 | value);
			digits++;
			continue;
		}
		/* One kind of mark, between bytes or between pairs of them. */
		if (!strchr(":-.", *text) || (between && between != *text) || !digits ||
		    digits % (*text == '.' ? 4 : 2) || !text[1] || hex_value(text[1]) < 0)
			return false;
		between = *text;
	}
	if (digits != 12 || byte[0] & 1 || memcmp(byte, "\0\0\0\0\0", 6) == 0)
		return false;
	snprintf(mac, MAC_SIZE, "%02x-%02x-%02x-%02x-%02x-%02x", byte[0], byte[1], byte[2], byte[3],
		 byte[4], byte[5]);
	return true;
}

bool mac_misspelt(const char *text)
{
	size_t colons = 0, dashes = 0;
	char mac[MAC_SIZE];

	for (const char *p = text; *p; p++) {
		colons += *p == ':';
		dashes += *p == '-';
	}
	return !mac_parse(text, mac) && !strpbrk(text, "*?[") &&
	       (colons >= 4 || (dashes == 5 && strlen(text) == MAC_SIZE - 1));
}

/* What boards say whose maker has not written a number. */
static bool says_nothing(const char *serial)
{
	static const char *const words[] = {
		"to be filled by o.e.m.",
		"default string",
		"system serial number",
		"not specified",
		"not applicable",
		"not available",
		"none",
		"n/a",
		"unknown",
		"o.e.m.",
		"empty",
		"0123456789",
		"123456789",
		"1234567890",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcasecmp(serial, words[i]) == 0)
			return true;
	return !serial[strspn(serial, "0")] || !serial[strspn(serial, ".")] ||
	       !serial[strspn(serial, "xX")] || !serial[strspn(serial, "-")];
}

bool serial_parse(const char *text, char serial[SERIAL_SIZE])
{
	size_t len;

	text += strspn(text, " ");
	len = strlen(text);
	while (len && text[len - 1] == ' ')
		len--;
	if (!len || len >= SERIAL_SIZE)
		return false;
	for (size_t i = 0; i < len; i++)
		if (text[i] < ' ' || text[i] > '~')
			return false;
	memcpy(serial, text, len);
	serial[len] = '\0';
	return !says_nothing(serial);
}

bool hostname_ok(const char *name)
{
	size_t label = 0, len = strlen(name);

	if (!len || len >= HOSTNAME_SIZE)
		return false;
	for (const char *p = name; *p; p++) {
		if (*p == '.' ? !label || p[-1] == '-' || !p[1] : *p == '-' && !label)
			return false;
		if (*p != '.' && *p != '-' && !isalnum((unsigned char)*p))
			return false;
		label = *p == '.' ? 0 : label + 1;
		if (label > 63)
			return false;
	}
	return name[len - 1] != '-';
}

bool hex_id(char id[HEX_ID_SIZE])
{
	unsigned char raw[16];

	if (getrandom(raw, sizeof(raw), 0) != sizeof(raw))
		return false;
	for (size_t i = 0; i < sizeof(raw); i++)
		snprintf(id + 2 * i, 3, "%02x", raw[i]);
	return true;
}
