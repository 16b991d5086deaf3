/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers as JSON, by a table of their fields.
 *
 * What was not said is null, or an empty list.  A secret is "(hidden)", and of
 * a script there is only its length: what it says may be a secret too.
 */
#ifndef SOCLE_ANSWERS_JSON_H
#define SOCLE_ANSWERS_JSON_H

#include <jansson.h>

#include "kickstart/answers.h"

/* NULL when memory was exhausted. */
json_t *answers_json(const struct answers *a);

#endif
