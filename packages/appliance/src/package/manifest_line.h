/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "SHA256(NAME)= HEX": a line of a manifest, and the first one of a signature.
 */
#ifndef APPLIANCE_MANIFEST_LINE_H
#define APPLIANCE_MANIFEST_LINE_H

#include "appliance/manifest.h"

struct signed_line { /* parts of the text it was parsed from */
	enum manifest_hash hash;
	const char *name, *hex;
	size_t name_len, hex_len;
};

/* The hexadecimal digits may be of any number. */
int signed_line_parse(const char *s, size_t len, struct signed_line *l, struct err *e) __must_check;

#endif
