/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the commands "socle vm ..." share.
 */
#ifndef SOCLE_VM_H
#define SOCLE_VM_H

#include "appliance/vm.h"
#include "socle/cmd.h"

extern const char *vm_storage; /* --storage DIR, or NULL */

#define VM_STORAGE                                                                  \
	{                                                                           \
		"storage", 0,		OPT_STRING,                                 \
		"DIR",	   &vm_storage, "guests of a folder instead of this host's" \
	}

/* The host, or the folder of --storage: a path that does not depend on where we are. */
int vm_host_open(struct vm_host *h, struct err *e) __must_check;

/* What tells this host from others, for addresses of cards: its machine-id, "" without one. */
const char *vm_host_id(void);

/* Why a guest may not start, on standard error, a line each. */
void vm_print_problems(const struct guest *g);

#endif
