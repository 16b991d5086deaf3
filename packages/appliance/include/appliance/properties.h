/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of OVF properties (DSP0243, 9.5): what the package declares against
 * what the administrator gives.
 *
 * A key is given whole, "com.oracle.linux.network.hostname", or without its class
 * when that is unambiguous, "hostname".  Messages never contain the value of a
 * password.
 */
#ifndef APPLIANCE_PROPERTIES_H
#define APPLIANCE_PROPERTIES_H

#include <jansson.h>

#include "appliance/guest.h"
#include "appliance/model.h"
#include "socle/err.h"

/* Whether a value is one of the type and within the qualifiers; -EINVAL says which rule it breaks.
 */
int property_check(const struct model_property *p, const char *value, struct err *e) __must_check;

/* The property that a given key means; NULL when there is none or more than one (*count). */
const struct model_property *property_find(const struct model_machine *m, const char *key,
					   size_t *count);

/* Whether its maker gave a value, which may be empty when type and qualifiers let it be. */
bool property_has_default(const struct model_property *p);

/* Whether it has to be asked for: configurable, not given, and without a default or a password. */
bool property_open(const struct model_machine *m, const struct model_property *p,
		   const struct guest_pair *given, size_t n);

/*
 * All values: what was given, checked, and the defaults of the rest, as an object
 * key -> value.  An unknown key, a value against its rules, and one that is given
 * for a property that is not configurable are -EINVAL.
 */
int properties_values(const struct model_machine *m, const struct guest_pair *given, size_t n,
		      json_t **values, struct err *e) __must_check;

/*
 * The lines KEY=VALUE of a file: empty ones and those that begin with # are left
 * out, white space around the key too; the value is all the rest.  Pairs point into
 * text, which is changed.  *pairs is freed by the caller.
 */
int properties_parse(char *text, const char *name, struct guest_pair **pairs, size_t *n,
		     struct err *e) __must_check;

#endif
