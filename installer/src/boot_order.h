/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Our entries in UEFI's list, and their place in it.
 */
#ifndef INSTALLER_BOOT_ORDER_H
#define INSTALLER_BOOT_ORDER_H

#include <jansson.h>

#include "efi.h"

enum boot_policy {
	BOOT_DISK,    /* ours first */
	BOOT_NETWORK, /* behind the network cards, so that a server decides at each start */
	BOOT_KEEP,    /* what is there keeps its place: ours last */
};

/* "disk", "network" or "keep"; anything else is BOOT_DISK. */
enum boot_policy boot_policy_parse(const char *text);

/* Which of the firmware's entries go over the network, and which one the machine was started by. */
struct boot_networks {
	struct efi_order list;
	int current; /* its number, when it is one of them; or -1 */
};

/* The order that a policy makes of "was"; ours may be in it. */
void boot_order_make(enum boot_policy policy, const struct efi_order *was,
		     const struct efi_order *ours, const struct boot_networks *networks,
		     struct efi_order *out);

/*
 * Make the entries of a boot-entry operation (op.h), remove older ones of the same
 * partitions, and put them in their place; then read all of it back.  folder: as
 * in efi.h.  What is not as wanted, though nothing failed, is in warning.
 */
int boot_order_apply(const char *folder, const json_t *args, struct buf *warning,
		     struct err *e) __must_check;

/* Have the next start, once, go to the entry of a partition.  -ENOENT: there is none. */
int boot_next(const char *folder, const char *guid, struct err *e) __must_check;

#endif
