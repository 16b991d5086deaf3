/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drives of an OVF machine: the controllers, what is in each drive, and its place.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ovf.h"
#include "ovf_items.h"
#include "text.h"
#include "units.h"

static enum model_bus storage_bus(const char *subtype)
{
	if (strcasestr(subtype, "nvme"))
		return BUS_NVME;
	if (strcasestr(subtype, "scsi") || strcasestr(subtype, "sas"))
		return BUS_SCSI;
	if (strcasestr(subtype, "xen"))
		return BUS_XEN;
	return BUS_SATA;
}

static int add_controller(struct ovf *o, struct items *list, const struct item *item,
			  enum model_bus bus)
{
	struct controller *c = &list->controllers[list->n_controllers];
	const char *address = item_text(item, "Address");
	uint64_t n;

	if (list->n_controllers >= CONTROLLERS_MAX)
		return ovf_fail(o, item->node, "more than %d controllers", CONTROLLERS_MAX);
	if (!*address)
		address = item_text(item, "BusNumber");
	c->id = item->id;
	c->bus = bus;
	c->subtype = item_text(item, "ResourceSubType");
	if (!*c->subtype && bus == BUS_SATA)
		c->subtype = "AHCI";
	if (bus == BUS_XEN)
		c->subtype = "";
	c->no = number_parse(address, &n) && n < 256 ? (unsigned int)n : 0;
	for (size_t i = 0; i < list->n_controllers; i++)
		if (list->controllers[i].bus == bus && list->controllers[i].no == c->no) {
			c->no++; /* two of the same address: the next free one */
			i = SIZE_MAX;
		}
	list->n_controllers++;
	return 0;
}

int ovf_controllers(struct ovf *o, struct items *list)
{
	int ret = 0;

	for (size_t i = 0; i < list->n && ret == 0; i++) {
		const struct item *item = &list->item[i];

		if (item->type == CIM_IDE)
			ret = add_controller(o, list, item, BUS_IDE);
		else if (item->type == CIM_SCSI || item->type == CIM_FC || item->type == CIM_ISCSI)
			ret = add_controller(o, list, item, BUS_SCSI);
		else if (item->type == CIM_STORAGE && !xml_child(item->node, "Type"))
			ret = add_controller(o, list, item,
					     storage_bus(item_text(item, "ResourceSubType")));
	}
	return ret;
}

/*
 * The disk or file that a drive names: "ovf:/disk/ID", "/disk/ID", "ovf:/file/ID";
 * oVirt writes "GROUP/ID", others a bare ID.
 */
static int find_medium(struct ovf *o, const struct item *item, const char *resource,
		       struct model_drive_use *d)
{
	const char *s = strncmp(resource, "ovf:", 4) == 0 ? resource + 4 : resource;
	const char *slash;
	bool file;

	s += strspn(s, "/");
	file = strncmp(s, "file/", 5) == 0;
	if (file || strncmp(s, "disk/", 5) == 0)
		s += 5;
	slash = strrchr(s, '/');
	d->disk = file ? MODEL_NONE : model_find_disk(o->m, s);
	if (d->disk == MODEL_NONE)
		d->file = model_find_file(o->m, s);
	if (d->disk == MODEL_NONE && d->file == MODEL_NONE && slash)
		d->disk = model_find_disk(o->m, slash + 1);
	if (d->disk == MODEL_NONE && d->file == MODEL_NONE)
		return ovf_fail(o, xml_child(item->node, "HostResource"),
				"there is no disk or file \"%.128s\"", resource);
	return 0;
}

/* A file that is used as a hard disk is a disk; a disk in a CD drive is a file. */
static int settle_medium(struct ovf *o, struct model_drive_use *d)
{
	struct model_disk *disk;
	const char *id;

	if (d->kind != DRIVE_DISK && d->disk != MODEL_NONE) {
		d->file = o->m->disks[d->disk].file;
		d->disk = MODEL_NONE;
	}
	if (d->kind != DRIVE_DISK || d->file == MODEL_NONE)
		return 0;
	id = o->m->files[d->file].id;
	d->disk = model_find_disk(o->m, id);
	if (d->disk == MODEL_NONE) {
		disk = model_add_disk(o->m, o->e);
		if (!disk || model_set_line(&disk->id, id, o->e) < 0)
			return -ENOMEM;
		disk->file = d->file;
		d->disk = o->m->n_disks - 1;
	}
	d->file = MODEL_NONE;
	return 0;
}

/* "{type=drive, bus=0, controller=0, target=0, unit=3}" of oVirt: one of its numbers. */
static bool address_part(const char *address, const char *part, unsigned int *n)
{
	const char *s = *address == '{' ? strstr(address, part) : NULL;

	if (!s || !isdigit((unsigned char)s[strlen(part)]))
		return false;
	*n = (unsigned int)strtoul(s + strlen(part), NULL, 10);
	return *n < 4096;
}

/* Two drives would write to one volume. */
static int refuse_twice(struct ovf *o, const struct model_machine *vm, const struct item *item,
			const struct model_drive_use *d)
{
	for (size_t i = 0; i < vm->n_drives; i++)
		if (&vm->drives[i] != d && vm->drives[i].kind == DRIVE_DISK &&
		    vm->drives[i].disk == d->disk)
			return ovf_fail(o, xml_child(item->node, "HostResource"),
					"the machine has the disk \"%.128s\" twice",
					o->m->disks[d->disk].id);
	return 0;
}

static bool taken(const struct model_machine *vm, const struct model_drive_use *d)
{
	for (size_t i = 0; i < vm->n_drives; i++) {
		const struct model_drive_use *x = &vm->drives[i];

		if (x != d && x->bus == d->bus && x->controller_no == d->controller_no &&
		    x->unit == d->unit)
			return true;
	}
	return false;
}

/* Where the drive sits on its controller; a place that is taken moves to the next one. */
static void place(struct ovf *o, const struct model_machine *vm, const struct item *item,
		  struct model_drive_use *d)
{
	const char *address = item_text(item, "Address");
	uint64_t n;
	bool said = number_parse(item_text(item, "AddressOnParent"), &n) && n < 4096;

	d->unit = said ? (unsigned int)n : 0;
	if (!said && address_part(address, "unit=", &d->unit)) {
		said = true;
		if (d->unit == 0)
			address_part(address, "target=", &d->unit);
		address_part(address, "controller=", &d->controller_no);
	}
	if (said && taken(vm, d))
		ovf_warn(o, item->node, "its place %u is taken, the next free one is used",
			 d->unit);
	while (taken(vm, d))
		d->unit++;
}

static int find_controller(struct ovf *o, const struct items *list, const struct item *item,
			   bool xen, struct model_drive_use *d)
{
	const xmlNode *node = xml_child(item->node, "Parent");
	const char *parent = xml_text(node);

	d->bus = d->kind == DRIVE_FLOPPY ? BUS_FLOPPY : xen ? BUS_XEN : BUS_UNKNOWN;
	if (!*parent || d->kind == DRIVE_FLOPPY)
		return 0;
	for (size_t i = 0; i < list->n_controllers; i++) {
		const struct controller *c = &list->controllers[i];

		if (strcmp(c->id, parent) != 0)
			continue;
		d->bus = c->bus;
		d->controller_no = c->no;
		return model_set_line(&d->controller, c->subtype, o->e);
	}
	for (size_t i = 0; i < list->n; i++)
		if (strcmp(list->item[i].id, parent) == 0 && list->item[i].type != CIM_NIC) {
			ovf_warn(o, node, "%.64s is no controller of disks", parent);
			return 0;
		}
	return ovf_fail(o, node, "there is no controller %.64s", parent);
}

int ovf_drive(struct ovf *o, struct model_machine *vm, const struct items *list,
	      const struct item *item, enum model_drive kind)
{
	const char *resource = item_text(item, "HostResource");
	struct model_drive_use *d = model_add_drive(vm, o->e);
	int ret;

	if (!d)
		return err_wrap(o->e, "%s", o->name);
	d->kind = kind;
	ret = find_controller(o, list, item, strcasestr(vm->hardware, "xen") != NULL, d);
	if (ret == 0 && *resource)
		ret = find_medium(o, item, resource, d);
	if (ret == 0)
		ret = settle_medium(o, d);
	if (ret == 0 && kind == DRIVE_DISK && d->disk == MODEL_NONE)
		ret = ovf_fail(o, item->node, "a disk without a HostResource");
	if (ret == 0 && kind == DRIVE_DISK)
		ret = refuse_twice(o, vm, item, d);
	if (ret == 0)
		place(o, vm, item, d);
	return ret;
}
