/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a kernel's command line, as a source, and as a DHCP offer.
 */
#include <stdlib.h>
#include <string.h>

#include "installer/ks_offer.h"
#include "ks_place.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The contract: what is accepted has what its scheme needs, and can be shown. */
static void source(const char *text)
{
	struct err e = { 0 };
	struct ks_place s;
	char name[64];

	ks_source_name(text, name, sizeof(name));
	if (ks_place_parse(text, &s, &e) < 0) {
		if (!e.code || strchr(e.text, '\n'))
			abort();
	} else if ((s.scheme == KS_FROM_URL || s.scheme == KS_FROM_POST) != (s.url != NULL) ||
		   (s.scheme == KS_FROM_NFS) != (s.server != NULL) ||
		   (s.scheme == KS_FROM_VOLUME) != (s.device != NULL) || (!s.url && !s.path)) {
		abort();
	}
	ks_place_clear(&s);
}

static void offer(const uint8_t *data, size_t len)
{
	static const unsigned char mac[KS_DHCP_MAC] = { 2, 0, 0, 0, 0, 1 };
	struct ks_offer o;
	char *found = NULL;

	if (ks_offer_parse(data, len, 1, mac, &o) == 0 && ks_offer_source(&o, &found, NULL) == 0)
		source(found);
	free(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct ks_request r = KS_REQUEST_INIT;
	struct err e = { 0 };
	char *text = strndup((const char *)data, len);

	if (!text)
		return 0;
	if (ks_request_parse(text, &r, &e) == 0 && r.source && *r.source)
		source(r.source);
	ks_request_clear(&r);
	source(text);
	free(text);
	offer(data, len);
	return 0;
}
