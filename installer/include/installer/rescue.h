/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rescue: find the systems that are installed on a machine's disks, and mend them.
 *
 * rescue_find() only looks at facts; nothing is assembled, activated or mounted
 * before rescue_mount() or one of the others is called.  The system is put
 * together as it is when it runs: the image of a slot, read-only, the overlay over
 * its /etc, and /var, /root and /home of the state volume.
 */
#ifndef INSTALLER_RESCUE_H
#define INSTALLER_RESCUE_H

#include <limits.h>
#include <stdbool.h>

#include "installer/facts.h"
#include "installer/image.h"
#include "socle/buf.h"

#define RESCUE_ROOT "/mnt/sysroot"

enum { RESCUE_SYSTEMS_MAX = 64 };

/* One installed system; the numbers are those of its partitions. */
struct rescue_system {
	const struct fact_disk *disks[2];
	size_t disk_count;
	bool mirror; /* on arrays; with one disk the other half is missing */
	unsigned int bios, esp, slots[2], data;
};

struct rescue_systems {
	struct rescue_system item[RESCUE_SYSTEMS_MAX];
	size_t count;
};

/* The systems on the machine's disks, which must outlive them. */
void rescue_find(const struct facts *f, struct rescue_systems *all);

/* "/dev/sda", or "/dev/sda and /dev/sdb". */
void rescue_name(const struct rescue_system *s, struct buf *out);

/*
 * The one on this disk ("sda", "/dev/sda", a link below /dev/disk), or, with disk
 * NULL, the only one there is.  -ENOENT: none; -ENOTUNIQ: several, with their names.
 */
int rescue_choose(const struct rescue_systems *all, const char *disk,
		  const struct rescue_system **one, struct err *e) __must_check;

struct rescue_options {
	char slot;	/* 'a', 'b', or 0: the one that boots by default */
	bool read_only; /* nothing is written, and no journal replayed */
};

/*
 * Assemble the system and mount it at RESCUE_ROOT, with all that a chroot needs.
 * On failure nothing stays mounted.  rescue_unmount() undoes it; -EBUSY when
 * something still uses it.
 */
int rescue_mount(const struct rescue_system *s, const struct rescue_options *o,
		 struct err *e) __must_check;
int rescue_unmount(struct err *e) __must_check;
bool rescue_is_mounted(void);

/*
 * The log bundle of the system that is mounted and of this machine, brought to a place
 * as "socle-install --bundle" has it; where becomes what may be shown of that place.
 */
int rescue_logs(const char *place, char where[PATH_MAX], struct err *e) __must_check;

/*
 * Write GRUB for BIOS and UEFI again, from the files of the medium, with the boot
 * menu if that is lost (from the plan, on a system that is mounted) and, on UEFI,
 * the entries in the firmware's list.  warning: what could not be done.
 */
int rescue_grub(const struct rescue_system *s, const char *medium, struct buf *warning,
		struct err *e) __must_check;

/* The slot that boots by default. */
int rescue_slot(const struct rescue_system *s, char *slot, struct err *e) __must_check;
/* Have another one boot; -ENOENT when nothing was installed in it. */
int rescue_set_slot(const struct rescue_system *s, char slot, struct err *e) __must_check;

/*
 * GRUB's environment block (any bytes): the value of "slot", 'a' when it is not
 * said; and a block of the same size with another one.  -EINVAL: it is no block,
 * or has no room.
 */
char grubenv_slot(const char *text, size_t len);
int grubenv_set_slot(const char *text, size_t len, char slot, struct buf *out,
		     struct err *e) __must_check;

#endif
