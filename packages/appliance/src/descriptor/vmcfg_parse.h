/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a vm.cfg: Python by custom (xm), of which only data is understood:
 * assignments of strings, numbers, True, False, None, lists, tuples and dictionaries, with
 * comments and continued lines.  Nothing is evaluated.
 */
#ifndef APPLIANCE_VMCFG_PARSE_H
#define APPLIANCE_VMCFG_PARSE_H

#include <jansson.h>
#include <stddef.h>

#include "socle/err.h"

enum {
	VMCFG_SIZE_MAX = 1 << 18,
	VMCFG_KEYS_MAX = 512,
	VMCFG_VALUES_MAX = 8192,
	VMCFG_DEPTH_MAX = 8
};

struct vmcfg_key {
	char name[64];
	json_t *value;
	unsigned int line;
};

struct vmcfg {
	struct vmcfg_key keys[VMCFG_KEYS_MAX];
	size_t n;
};

/* Strings may be of any encoding.  -EINVAL names the line.  Filled as far as it went. */
int vmcfg_parse(const char *text, size_t len, const char *name, struct vmcfg *cfg,
		struct err *e) __must_check;
void vmcfg_clear(struct vmcfg *cfg);

#endif
