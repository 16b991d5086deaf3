/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of xl's configuration, for guest_xl() and for what changes one.
 */
#ifndef GUEST_XLCFG_H
#define GUEST_XLCFG_H

#include "appliance/guest.h"

void xl_string(struct buf *out, const char *s);
void xl_disks(struct buf *out, const struct guest_disk *disks, size_t n);
void xl_nics(struct buf *out, const struct guest_nic *nics, size_t n, bool hvm);

/*
 * Give a key another value: statement is the whole new one, "name = \"x\"\n", and
 * takes the place of the old, or the end when there was none.  Comments and all
 * other lines stay as they are.
 */
int xl_replace(struct buf *text, const char *key, const char *statement,
	       struct err *e) __must_check;

const char *guest_type_name(enum model_virt type);
int guest_name_check(const char *name, struct err *e) __must_check;

#endif
