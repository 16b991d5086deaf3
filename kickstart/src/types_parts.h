/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the checks of several kinds of values are made of.
 */
#ifndef KS_TYPES_PARTS_H
#define KS_TYPES_PARTS_H

#include <stdbool.h>

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"
#define ALNUM  LOWER UPPER DIGITS

/* Not empty, and of these characters only. */
bool text_only(const char *s, const char *allowed);

/* Whether ".." is one of a path's folders. */
bool has_dotdot(const char *s);

/* Syntax as the types of these names have it. */
bool valid_word(const char *s);
bool valid_path(const char *s);
bool valid_number(const char *s);
bool valid_integer(const char *s);
bool valid_positive(const char *s);
bool valid_percent(const char *s);

#endif
