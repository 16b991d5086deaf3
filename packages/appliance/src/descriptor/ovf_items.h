/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The items of a VirtualHardwareSection that count for the chosen option.
 */
#ifndef APPLIANCE_OVF_ITEMS_H
#define APPLIANCE_OVF_ITEMS_H

#include "ovf.h"

enum { ITEMS_MAX = 4096, CONTROLLERS_MAX = 64 };

struct item {
	const xmlNode *node;
	uint64_t type; /* CIM_ResourceAllocationSettingData.ResourceType */
	const char *id;
	bool configured; /* it is for certain options only */
};

struct controller {
	const char *id, *subtype;
	enum model_bus bus;
	unsigned int no; /* of its bus */
};

struct items {
	struct item item[ITEMS_MAX];
	size_t n;
	struct controller controllers[CONTROLLERS_MAX];
	size_t n_controllers;
};

/* What a vendor adds to the hardware: VMware's and XenCenter's settings, and Socle's own. */
int ovf_extra(struct ovf *o, struct model_machine *vm, const xmlNode *node) __must_check;

#endif
