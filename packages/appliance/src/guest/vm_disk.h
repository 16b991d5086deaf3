/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks of guests: thin volumes and files, made and copied in constant time.
 */
#ifndef GUEST_VM_DISK_H
#define GUEST_VM_DISK_H

#include <stdbool.h>

#include "appliance/vm.h"

/*
 * A copy of a disk for another guest: a thin snapshot, a reflink, or an overlay
 * of qcow2.  to: its path, freed by the caller; format: "raw" or "qcow2"; over: it
 * needs the original unchanged.
 */
int vm_disk_clone(const struct guest_disk *from, const char *from_guest, const char *guest,
		  const char *dir, char **to, char format[8], bool *over,
		  struct err *e) __must_check;

/* A new qcow2 file over another image of that size, which is never written to. */
int overlay_new(const char *path, const char *base, const char *base_format, uint64_t bytes,
		struct err *e) __must_check;

/* Guest bytes of a file or volume of that format. */
int disk_size(const char *path, const char *format, uint64_t *bytes, struct err *e) __must_check;

#endif
