/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a descriptor says of the operating system: CIM's number
 * (CIM_OperatingSystem.OSType), and a text that everybody writes differently.
 */
#ifndef GUEST_OS_H
#define GUEST_OS_H

#include "appliance/model.h"

enum os_family { OS_UNKNOWN, OS_LINUX, OS_WINDOWS, OS_BSD, OS_SOLARIS };

struct os {
	enum os_family family;
	unsigned int bits; /* 32, 64, 0 when not said */
	bool arm;
	bool grub2_folder; /* keeps grub.cfg in /boot/grub2: Red Hat's and SUSE's descendants */
	bool no_pv;	   /* a Linux before 2.6.36, without drivers for Xen */
};

struct os os_of(const struct model_machine *m);

#endif
