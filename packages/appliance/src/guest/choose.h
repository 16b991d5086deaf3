/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a guest is virtualized and started: rules, and what may keep it from
 * starting.  Both are tables; a rule or a problem more is a row.
 */
#ifndef GUEST_CHOOSE_H
#define GUEST_CHOOSE_H

#include "appliance/guest.h"
#include "os.h"

/* What is known of a machine. */
struct choose_in {
	const struct model *model;
	const struct model_machine *machine;
	const struct guest_answers *answers;
	const struct boot *boot; /* of the disk it starts from; NULL when nobody has looked */
	struct os os;
	bool kernel; /* the package brings a kernel that is on this host */
};

struct choice {
	enum model_virt type;
	enum model_firmware firmware; /* FIRMWARE_UNKNOWN for PV and PVH */
	enum guest_start start;
	const char *why;
};

/* The first rule that applies, and gives what was asked for if something was. */
struct choice choose(const struct choose_in *in);

/* All that may go wrong with the guest as it was planned: added to g->problems. */
int problems_add(const struct choose_in *in, struct guest *g, struct err *e) __must_check;

/* One problem of the plan, printf-like. */
int problem_add(struct guest *g, enum guest_severity severity, const char *id, const char *fmt, ...)
	__format(4, 5);

/* GRUB of Debian's grub-xen-host: it looks for /boot/grub/grub.cfg and /grub/grub.cfg. */
#define PVGRUB_PV  "/usr/lib/grub-xen/grub-x86_64-xen.bin"
#define PVGRUB_PVH "/usr/lib/grub-xen/grub-i386-xen_pvh.bin"

#endif
