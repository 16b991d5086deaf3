/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A configuration as xl understands it (libxlutil reads it).
 */
#ifndef GUEST_VM_CONFIG_H
#define GUEST_VM_CONFIG_H

#include "appliance/guest.h"

struct vm_config {
	char *name, *uuid, *type; /* type: "pv", "pvh", "hvm"; "" where xl would guess */
	unsigned int cpus;
	uint64_t memory; /* bytes */
	struct guest_disk *disks;
	size_t n_disks;
	char **vifs; /* as written: "mac=...,bridge=..." */
	size_t n_vifs;
};

/* -EINVAL with libxlutil's message, which has the line. */
int vm_config_read(const char *path, struct vm_config *c, struct err *e) __must_check;
void vm_config_clear(struct vm_config *c); /* idempotent */
#define _cleanup_config_ __attribute__((cleanup(vm_config_clear)))

#endif
