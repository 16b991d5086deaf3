/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <string.h>

#include "netboot/order.h"

/* The order that was added for a MAC or a serial number; -ENOENT when there is none. */
int order_read_added(const struct orders *s, const char *key, bool serial, struct order *o,
		     struct err *e) __must_check;

/* "x.ks" */
static inline bool is_kickstart_name(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, ".ks") == 0;
}

#endif
