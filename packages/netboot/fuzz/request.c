/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What strangers write into requests: the first line a name behind one of the
 * prefixes, the second, third and fourth Range, If-Range and If-None-Match, the
 * fifth a MAC, a serial number and a name of a host.  No part is outside the file,
 * and nothing with a "/" becomes the name of one here.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "netboot/range.h"
#include "server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check_names(const char *text)
{
	char mac[MAC_SIZE], serial[SERIAL_SIZE], again[MAC_SIZE];

	if (mac_parse(text, mac) && (!mac_parse(mac, again) || strcmp(mac, again) != 0))
		abort();
	if (serial_parse(text, serial) && strlen(serial) >= SERIAL_SIZE)
		abort();
	if (hostname_ok(text) && text[strcspn(text, "/ \"'\n")])
		abort();
}

static void check_range(uint64_t size, char *const line[])
{
	struct range r = range_of(size, "\"etag\"", line[1], line[2], line[3]);

	if (r.from > size || r.len > size - r.from || (r.status == 206 && !r.len))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const prefixes[] = { "/pxelinux.cfg/", "/grub/", "/ipxe/", "/other/" };
	char *text = malloc(len + 1), *rest = text, *line[5] = { NULL };
	struct asked a;

	if (!text)
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	for (size_t i = 0; i < 5 && rest; i++)
		line[i] = strsep(&rest, "\n");
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (asked_parse(prefixes[i], line[0], &a) && *a.mac && *a.serial)
			abort();
	check_range(0, line);
	check_range(1000, line);
	check_range(UINT64_MAX, line);
	check_names(line[4] ? line[4] : line[0]);
	free(text);
	return 0;
}
