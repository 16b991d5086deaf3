/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The items of a VirtualHardwareSection that count for the chosen option.
 */
#ifndef APPLIANCE_OVF_ITEMS_H
#define APPLIANCE_OVF_ITEMS_H

#include "ovf.h"

enum { ITEMS_MAX = 4096, CONTROLLERS_MAX = 64 };

/* CIM_ResourceAllocationSettingData.ResourceType */
enum {
	CIM_OTHER = 1,
	CIM_CPU = 3,
	CIM_MEMORY = 4,
	CIM_IDE = 5,
	CIM_SCSI = 6,
	CIM_FC = 7,
	CIM_ISCSI = 8,
	CIM_NIC = 10,
	CIM_FLOPPY = 14,
	CIM_CDROM = 15,
	CIM_DVD = 16,
	CIM_DISK = 17,
	CIM_EXTENT = 19,
	CIM_STORAGE = 20,
	CIM_SERIAL = 21,
	CIM_PARALLEL = 22,
	CIM_USB = 23,
	CIM_GRAPHICS = 24,
	CIM_LOGICAL_DISK = 31,
};

struct item {
	const xmlNode *node;
	uint64_t type; /* CIM_… */
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

/* The text of an item's child, "" when there is none. */
static inline const char *item_text(const struct item *item, const char *name)
{
	return xml_text(xml_child(item->node, name));
}

/* ovf_drives.c: the controllers, before the drives: one may precede its own. */
int ovf_controllers(struct ovf *o, struct items *list) __must_check;
int ovf_drive(struct ovf *o, struct model_machine *vm, const struct items *list,
	      const struct item *item, enum model_drive kind) __must_check;

#endif
