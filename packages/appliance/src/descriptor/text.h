/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text from strangers: UTF-8 without what would act on a terminal.
 */
#ifndef APPLIANCE_TEXT_H
#define APPLIANCE_TEXT_H

#include <stdbool.h>

#include "socle/err.h"

enum { TEXT_HREF_MAX = 1024, TEXT_LINE_MAX = 16 << 10, TEXT_MAX = 1 << 20 };

/* UTF-8 without control characters; lines: but for line feeds and tabs. */
bool text_ok(const char *s, bool lines);

/* In place: what is not UTF-8 (a name cut in its midst), or would act on a terminal, is "?". */
void text_clean(char *s);

/*
 * Whether two names are the same, or one is the other with the escapes of a URI ("a%20b" is
 * "a b"): OVF's references are URIs, and not all who write them know it.
 */
bool text_same_uri(const char *a, const char *b);

/*
 * Twelve hexadecimal digits, with or without separators, as "52:54:00:12:34:56"; of
 * anything else nothing is made.
 */
int text_set_mac(char **to, const char *text, struct err *e) __must_check;

#endif
