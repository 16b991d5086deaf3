/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/ks_offer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ks_place.h"

/* Where the fields of a message begin, RFC 2131, 2. */
enum {
	AT_XID = 4,
	AT_FLAGS = 10,
	AT_YOUR = 16,
	AT_NEXT = 20,
	AT_MAC = 28,
	AT_SNAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
	SNAME_LEN = 64,
	FILE_LEN = 128,
};

enum { REQUEST = 1, REPLY = 2, ETHERNET = 1, DISCOVER = 1, OFFER = 2 };
enum { PAD = 0, OVERLOAD = 52, TYPE = 53, WANTED = 55, VENDOR = 60, SERVER = 66, NAME = 67 };
enum { END = 255 };

static const unsigned char cookie[4] = { 99, 130, 83, 99 };

static void put32(unsigned char *at, uint32_t n)
{
	n = htonl(n);
	memcpy(at, &n, sizeof(n));
}

static unsigned char *put_option(unsigned char *at, int code, const void *data, size_t len)
{
	*at++ = (unsigned char)code;
	*at++ = (unsigned char)len;
	memcpy(at, data, len);
	return at + len;
}

void ks_discover(unsigned char packet[KS_DISCOVER_LEN], uint32_t xid,
		 const unsigned char mac[KS_DHCP_MAC])
{
	static const unsigned char type = DISCOVER, wanted[] = { SERVER, NAME, KS_OPTION_SOURCE };
	static const char vendor[] = "socle-install";
	unsigned char *at = packet + AT_OPTIONS;

	memset(packet, 0, KS_DISCOVER_LEN);
	packet[0] = REQUEST;
	packet[1] = ETHERNET;
	packet[2] = KS_DHCP_MAC;
	put32(packet + AT_XID, xid);
	/* Answer by broadcast: we do not have the address that is offered. */
	packet[AT_FLAGS] = 0x80;
	memcpy(packet + AT_MAC, mac, KS_DHCP_MAC);
	memcpy(packet + AT_COOKIE, cookie, sizeof(cookie));
	at = put_option(at, TYPE, &type, 1);
	at = put_option(at, WANTED, wanted, sizeof(wanted));
	at = put_option(at, VENDOR, vendor, sizeof(vendor) - 1);
	*at = END;
}

/* What the options of a message tell. */
struct reading {
	struct ks_offer *o;
	char server[KS_DHCP_TEXT];
	unsigned char type, overload;
};

/* Text of a message, which may or may not end with a NUL; what is no text is not told. */
static void take_text(char dest[KS_DHCP_TEXT], const unsigned char *data, size_t len)
{
	size_t n = strnlen((const char *)data, len);

	*dest = '\0';
	for (size_t i = 0; i < n; i++)
		if (data[i] <= ' ' || data[i] >= 0x7f)
			return;
	memcpy(dest, data, n);
	dest[n] = '\0';
}

static void take_option(struct reading *r, int code, const unsigned char *data, size_t len)
{
	switch (code) {
	case TYPE:
		r->type = len ? data[0] : 0;
		break;
	case OVERLOAD:
		r->overload = len ? data[0] : 0;
		break;
	case SERVER:
		take_text(r->server, data, len);
		break;
	case NAME:
		take_text(r->o->file, data, len);
		break;
	case KS_OPTION_SOURCE:
		take_text(r->o->source, data, len);
		break;
	default:
		break;
	}
}

static int take_options(struct reading *r, const unsigned char *at, size_t len)
{
	const unsigned char *end = at + len;

	while (at < end && *at != END) {
		if (*at == PAD) {
			at++;
			continue;
		}
		if (end - at < 2 || end - at < 2 + at[1])
			return -EINVAL;
		take_option(r, at[0], at + 2, at[1]);
		at += 2 + at[1];
	}
	return 0;
}

static void take_address(char *dest, size_t size, const unsigned char *at)
{
	static const unsigned char none[4];

	*dest = '\0';
	if (memcmp(at, none, sizeof(none)) != 0)
		snprintf(dest, size, "%d.%d.%d.%d", at[0], at[1], at[2], at[3]);
}

static bool is_reply(const unsigned char *p, size_t len, uint32_t xid,
		     const unsigned char mac[KS_DHCP_MAC])
{
	unsigned char id[4];

	put32(id, xid);
	return len >= AT_OPTIONS && p[0] == REPLY && p[1] == ETHERNET && p[2] == KS_DHCP_MAC &&
	       memcmp(p + AT_XID, id, sizeof(id)) == 0 &&
	       memcmp(p + AT_MAC, mac, KS_DHCP_MAC) == 0 &&
	       memcmp(p + AT_COOKIE, cookie, sizeof(cookie)) == 0;
}

int ks_offer_parse(const unsigned char *p, size_t len, uint32_t xid,
		   const unsigned char mac[KS_DHCP_MAC], struct ks_offer *o)
{
	struct reading r = { .o = o };
	int ret;

	*o = (struct ks_offer){ 0 };
	if (!is_reply(p, len, xid, mac))
		return -EINVAL;
	ret = take_options(&r, p + AT_OPTIONS, len - AT_OPTIONS);
	/* RFC 2131, 4.1: the fields may hold more options. */
	if (ret == 0 && r.overload & 1)
		ret = take_options(&r, p + AT_FILE, FILE_LEN);
	if (ret == 0 && r.overload & 2)
		ret = take_options(&r, p + AT_SNAME, SNAME_LEN);
	if (ret < 0 || r.type != OFFER)
		return -EINVAL;
	if (!*o->file && !(r.overload & 1))
		take_text(o->file, p + AT_FILE, FILE_LEN);
	take_address(o->address, sizeof(o->address), p + AT_YOUR);
	take_address(o->server, sizeof(o->server), p + AT_NEXT);
	if (!*o->server)
		memcpy(o->server, r.server, sizeof(o->server));
	return 0;
}

/* The same field starts machines over the network; such a file is no kickstart. */
static bool is_boot_loader(const char *file)
{
	static const char *const ends[] = { ".0", ".efi", ".kpxe", ".kkpxe", ".pxe", ".ipxe" };
	size_t len = strlen(file);

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		size_t n = strlen(ends[i]);

		if (len >= n && strcasecmp(file + len - n, ends[i]) == 0)
			return true;
	}
	return false;
}

static int check_source(const char *source, struct err *e)
{
	struct ks_place s;
	int ret = ks_place_parse(source, &s, e);
	bool network = ret == 0 && (s.url || s.server);

	ks_place_clear(&s);
	if (ret < 0)
		return err_wrap(e, "DHCP");
	return network ? 0
		       : err_set(e, -EINVAL, "DHCP names %s, which is not in the network", source);
}

int ks_offer_source(const struct ks_offer *o, char **source, struct err *e)
{
	bool folder = *o->file && o->file[strlen(o->file) - 1] == '/';
	int ret;

	if (!*o->source && !*o->file)
		return err_set(e, -ENOENT, "DHCP names no kickstart file");
	if (!*o->source && is_boot_loader(o->file))
		return err_set(e, -EINVAL,
			       "DHCP names %s, a boot loader; let it name the kickstart for the "
			       "vendor class \"socle-install\", or give socle.ks= a value",
			       o->file);
	if (*o->source || strstr(o->file, "://") || strncmp(o->file, "nfs:", 4) == 0)
		ret = asprintf(source, "%s", *o->source ? o->source : o->file);
	else if (!*o->server)
		return err_set(e, -EINVAL, "DHCP names the file %s, but no server (next-server)",
			       o->file);
	else
		ret = asprintf(source, "nfs:%s:%s%s%s%s", o->server, *o->file == '/' ? "" : "/",
			       o->file, folder ? o->address : "", folder ? "-kickstart" : "");
	if (ret < 0)
		return err_sys(e, -ENOMEM, "DHCP");
	ret = check_source(*source, e);
	if (ret < 0) {
		free(*source);
		*source = NULL;
	}
	return ret;
}
