/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef ORDER_H
#define ORDER_H

#include <stdbool.h>
#include <string.h>

/* "x.ks" */
static inline bool is_kickstart_name(const char *name)
{
	size_t len = strlen(name);

	return len > 3 && strcmp(name + len - 3, ".ks") == 0;
}

#endif
