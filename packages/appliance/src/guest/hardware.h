/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks, drives and network cards of a machine as Xen has them.
 */
#ifndef GUEST_HARDWARE_H
#define GUEST_HARDWARE_H

#include "choose.h"

/* Drives of the model in the order of their addresses: the first is the one to start from. */
int drives_sorted(const struct model_machine *m, size_t **order, struct err *e) __must_check;

/* Fill g->disks; g->type, ahci and seed are known. */
int disks_add(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
	      struct err *e) __must_check;

/* Fill g->nics. */
int nics_add(const struct choose_in *in, struct guest *g, struct err *e) __must_check;

/* 16 bytes that are always the same for a guest of this name on this host, for one purpose. */
void guest_digest(const struct guest_answers *a, const char *name, const char *purpose,
		  uint8_t out[16]);

/* What a guest of this name gets on this host: its UUID, the address of its card number n. */
void guest_uuid(const struct guest_answers *a, const char *name, char uuid[37]);
void guest_mac(const struct guest_answers *a, const char *name, size_t n, char mac[18]);

#endif
