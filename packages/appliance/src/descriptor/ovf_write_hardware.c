/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ovf.h"
#include "ovf_write.h"

enum { NUMBER = 24, NAME = 256 };

/* What an Item may have, by name: the order of OVF 1.1's schema.  NULL: left out. */
struct row {
	const char *address, *address_on_parent, *allocation_units, *automatic, *connection,
		*description, *element_name, *host_resource, *instance, *parent, *subtype, *type,
		*quantity;
};

static void leaf(struct xml_out *x, const char *prefix, const char *name, const char *text)
{
	char full[64];

	if (!text)
		return;
	snprintf(full, sizeof(full), "%s:%s", prefix, name);
	xml_leaf(x, full, text);
}

static void write_item(struct writer *w, const char *element, const char *prefix,
		       const struct row *r)
{
	struct xml_out *x = &w->x;

	xml_start(x, element);
	xml_open(x);
	leaf(x, prefix, "Address", r->address);
	leaf(x, prefix, "AddressOnParent", r->address_on_parent);
	leaf(x, prefix, "AllocationUnits", r->allocation_units);
	leaf(x, prefix, "AutomaticAllocation", r->automatic);
	leaf(x, prefix, "Connection", r->connection);
	leaf(x, prefix, "Description", r->description);
	leaf(x, prefix, "ElementName", r->element_name);
	leaf(x, prefix, "HostResource", r->host_resource);
	leaf(x, prefix, "InstanceID", r->instance);
	leaf(x, prefix, "Parent", r->parent);
	leaf(x, prefix, "ResourceSubType", r->subtype);
	leaf(x, prefix, "ResourceType", r->type);
	leaf(x, prefix, "VirtualQuantity", r->quantity);
	xml_close(x, element);
}

static void write_sizes(struct writer *w, const struct model_machine *vm)
{
	bool mib = vm->memory % (1 << 20) == 0;
	char quantity[NUMBER], name[NAME];

	if (vm->cpus) {
		snprintf(quantity, sizeof(quantity), "%u", vm->cpus);
		snprintf(name, sizeof(name), "%u virtual CPU(s)", vm->cpus);
		write_item(w, "Item", "rasd",
			   &(struct row){ .allocation_units = "hertz * 10^6",
					  .description = "Number of Virtual CPUs",
					  .element_name = name,
					  .instance = "1",
					  .type = "3",
					  .quantity = quantity });
	}
	if (!vm->memory)
		return;
	snprintf(quantity, sizeof(quantity), "%" PRIu64, mib ? vm->memory >> 20 : vm->memory);
	snprintf(name, sizeof(name), "%" PRIu64 "MB of memory", vm->memory >> 20);
	write_item(w, "Item", "rasd",
		   &(struct row){ .allocation_units = mib ? "byte * 2^20" : "byte",
				  .description = "Memory Size",
				  .element_name = name,
				  .instance = "2",
				  .type = "4",
				  .quantity = quantity });
}

static const struct {
	const char *type, *name, *subtype;
} controllers[] = {
	[BUS_UNKNOWN] = { NULL, NULL, NULL },
	[BUS_IDE] = { "5", "IDE Controller", NULL },
	[BUS_SATA] = { "20", "SATA Controller", "AHCI" },
	[BUS_SCSI] = { "6", "SCSI Controller", NULL },
	[BUS_NVME] = { "20", "NVMe Controller", "vmware.nvme.controller" },
	[BUS_XEN] = { "20", "Xen Controller", "xen" },
	[BUS_FLOPPY] = { NULL, NULL, NULL },
};

/* The first drive of the same controller: its index gives the controller's InstanceID. */
static size_t first_of(const struct model_machine *vm, size_t drive)
{
	const struct model_drive_use *d = &vm->drives[drive];

	for (size_t i = 0; i < drive; i++)
		if (vm->drives[i].bus == d->bus && vm->drives[i].controller_no == d->controller_no)
			return i;
	return drive;
}

enum { FIRST_CONTROLLER = 3 };

static void write_controller(struct writer *w, const struct model_machine *vm, size_t drive)
{
	const struct model_drive_use *d = &vm->drives[drive];
	char no[NUMBER], name[NAME], instance[NUMBER];

	if (!controllers[d->bus].type || first_of(vm, drive) != drive)
		return;
	snprintf(no, sizeof(no), "%u", d->controller_no);
	snprintf(name, sizeof(name), "%s %u", controllers[d->bus].name, d->controller_no);
	snprintf(instance, sizeof(instance), "%zu", FIRST_CONTROLLER + drive);
	write_item(w, "Item", "rasd",
		   &(struct row){ .address = no,
				  .description = controllers[d->bus].name,
				  .element_name = name,
				  .instance = instance,
				  .subtype = *d->controller ? d->controller
							    : controllers[d->bus].subtype,
				  .type = controllers[d->bus].type });
}

static void write_drive(struct writer *w, const struct model_machine *vm, size_t drive)
{
	static const struct {
		const char *type, *name;
	} kinds[] = { { "17", "Hard disk" }, { "15", "CD/DVD drive" }, { "14", "Floppy drive" } };
	const struct model_drive_use *d = &vm->drives[drive];
	char unit[NUMBER], instance[NUMBER], parent[NUMBER], name[NAME], resource[20 << 10];
	struct row r = { .address_on_parent = unit,
			 .element_name = name,
			 .instance = instance,
			 .type = kinds[d->kind].type };

	snprintf(unit, sizeof(unit), "%u", d->unit);
	snprintf(name, sizeof(name), "%s %zu", kinds[d->kind].name, drive + 1);
	snprintf(instance, sizeof(instance), "%zu", FIRST_CONTROLLER + vm->n_drives + drive);
	snprintf(parent, sizeof(parent), "%zu", FIRST_CONTROLLER + first_of(vm, drive));
	if (controllers[d->bus].type)
		r.parent = parent;
	if (d->kind != DRIVE_DISK)
		r.automatic = d->file != MODEL_NONE ? "true" : "false";
	if (d->disk != MODEL_NONE || d->file != MODEL_NONE) {
		r.host_resource = resource;
		snprintf(resource, sizeof(resource), "ovf:/%s/%s",
			 d->disk != MODEL_NONE ? "disk" : "file",
			 d->disk != MODEL_NONE ? w->m->disks[d->disk].id : w->m->files[d->file].id);
	}
	write_item(w, w->two ? "StorageItem" : "Item", w->two ? "sasd" : "rasd", &r);
}

static void write_nic(struct writer *w, const struct model_machine *vm, size_t i)
{
	const struct model_nic *nic = &vm->nics[i];
	char unit[NUMBER], instance[NUMBER], name[NAME];
	struct row r = { .address_on_parent = unit,
			 .automatic = "true",
			 .element_name = *nic->name ? nic->name : name,
			 .instance = instance,
			 .type = "10" };

	snprintf(unit, sizeof(unit), "%zu", 7 + i); /* where VMware counts its adapters from */
	snprintf(name, sizeof(name), "Network adapter %zu", i + 1);
	snprintf(instance, sizeof(instance), "%zu", FIRST_CONTROLLER + 2 * vm->n_drives + i);
	if (*nic->mac)
		r.address = nic->mac;
	if (*nic->model)
		r.subtype = nic->model;
	if (nic->network != MODEL_NONE)
		r.connection = w->m->networks[nic->network].name;
	write_item(w, w->two ? "EthernetPortItem" : "Item", w->two ? "epasd" : "rasd", &r);
}

static void write_system(struct writer *w, const struct model_machine *vm)
{
	struct xml_out *x = &w->x;

	xml_start(x, "System");
	xml_open(x);
	xml_leaf(x, "vssd:ElementName", "Virtual Hardware Family");
	xml_leaf(x, "vssd:InstanceID", "0");
	xml_leaf(x, "vssd:VirtualSystemIdentifier", vm->name);
	if (*vm->hardware)
		xml_leaf(x, "vssd:VirtualSystemType", vm->hardware);
	xml_close(x, "System");
}

/* What OVF has no words for. */
static void write_extra(struct writer *w, const struct model_machine *vm)
{
	struct xml_out *x = &w->x;

	if (vm->firmware != FIRMWARE_UNKNOWN) {
		xml_start(x, "vmw:Config");
		xml_put(x, "ovf:required", "false");
		xml_put(x, "vmw:key", "firmware");
		xml_put(x, "vmw:value", vm->firmware == FIRMWARE_UEFI ? "efi" : "bios");
		xml_end(x);
	}
	if (vm->virt == ovf_virt(vm->hardware) && !*vm->kernel && !*vm->ramdisk && !*vm->cmdline)
		return;
	xml_start(x, "socle:Guest");
	xml_put(x, "xmlns:socle", OVF_SOCLE_NS);
	xml_put(x, "ovf:required", "false");
	xml_put(x, "virt", model_virt_names[vm->virt]);
	if (*vm->kernel)
		xml_put(x, "kernel", vm->kernel);
	if (*vm->ramdisk)
		xml_put(x, "ramdisk", vm->ramdisk);
	if (*vm->cmdline)
		xml_put(x, "cmdline", vm->cmdline);
	xml_end(x);
}

void ovf_write_hardware(struct writer *w, const struct model_machine *vm)
{
	struct xml_out *x = &w->x;

	xml_start(x, "VirtualHardwareSection");
	if (*vm->transport)
		xml_put(x, "ovf:transport", vm->transport);
	xml_open(x);
	xml_leaf(x, "Info", "Virtual hardware requirements");
	write_system(w, vm);
	write_sizes(w, vm);
	for (size_t i = 0; i < vm->n_drives; i++)
		write_controller(w, vm, i);
	for (size_t i = 0; i < vm->n_drives; i++)
		write_drive(w, vm, i);
	for (size_t i = 0; i < vm->n_nics; i++)
		write_nic(w, vm, i);
	write_extra(w, vm);
	xml_close(x, "VirtualHardwareSection");
}
