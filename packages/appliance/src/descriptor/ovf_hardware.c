/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "ovf.h"
#include "ovf_items.h"
#include "socle/cleanup.h"
#include "text.h"
#include "units.h"

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

static const char *field(const struct item *item, const char *name)
{
	return xml_text(xml_child(item->node, name));
}

/* A number that may be missing; what is not a number is refused. */
static int number(const struct ovf *o, const struct item *item, const char *name, uint64_t *n,
		  bool *there)
{
	const xmlNode *node = xml_child(item->node, name);

	*there = node && *xml_text(node);
	if (*there && !number_parse(xml_text(node), n))
		return ovf_fail(o, node, "\"%.64s\" is not a number", xml_text(node));
	return 0;
}

/* oVirt says sockets, cores and threads. */
static bool product(const struct item *item, uint64_t *n)
{
	static const char *const names[] = { "num_of_sockets", "cpu_per_socket",
					     "threads_per_cpu" };
	bool any = false;

	*n = 1;
	for (size_t i = 0; i < 3; i++) {
		uint64_t part;

		if (number_parse(field(item, names[i]), &part) && part && part <= 4096) {
			any = true;
			*n *= part;
		}
	}
	return any;
}

static int read_cpu(struct ovf *o, struct model_machine *vm, const struct item *item)
{
	bool there;
	uint64_t n = 0;
	int ret = number(o, item, "VirtualQuantity", &n, &there);

	if (ret < 0)
		return ret;
	if (!there && !product(item, &n))
		return 0;
	if (n < 1 || n > 4096)
		return ovf_fail(o, item->node, "%" PRIu64 " CPUs", n);
	vm->cpus = (unsigned int)n;
	return 0;
}

/* Without a unit it is MiB by custom, unless that would be absurd. */
static int read_memory(struct ovf *o, struct model_machine *vm, const struct item *item)
{
	const char *units = field(item, "AllocationUnits");
	uint64_t unit = 1 << 20, n = 0;
	bool there;
	int ret = number(o, item, "VirtualQuantity", &n, &there);

	if (ret < 0 || !there)
		return ret;
	if (!*units)
		units = field(item, "VirtualQuantityUnits");
	if (!*units && n >= 1 << 20)
		unit = 1;
	if (*units && !units_bytes(units, &unit))
		return ovf_fail(o, item->node, "\"%.64s\" is no unit of memory", units);
	if (__builtin_mul_overflow(n, unit, &vm->memory) || vm->memory > UINT64_C(64) << 40)
		return ovf_fail(o, item->node, "%" PRIu64 " %.64s of memory", n, units);
	return 0;
}

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
	const char *address = field(item, "Address");
	uint64_t n;

	if (list->n_controllers >= CONTROLLERS_MAX)
		return ovf_fail(o, item->node, "more than %d controllers", CONTROLLERS_MAX);
	if (!*address)
		address = field(item, "BusNumber");
	c->id = item->id;
	c->bus = bus;
	c->subtype = field(item, "ResourceSubType");
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

/* Controllers first: a drive may precede its own. */
static int read_controllers(struct ovf *o, struct items *list)
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
					     storage_bus(field(item, "ResourceSubType")));
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
	const char *address = field(item, "Address");
	uint64_t n;
	bool said = number_parse(field(item, "AddressOnParent"), &n) && n < 4096;

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

static int read_drive(struct ovf *o, struct model_machine *vm, const struct items *list,
		      const struct item *item, enum model_drive kind)
{
	const char *resource = field(item, "HostResource");
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
	if (ret == 0)
		place(o, vm, item, d);
	return ret;
}

static int find_network(struct ovf *o, const struct item *item, size_t *to)
{
	const char *name = field(item, "Connection");
	struct model_network *network;

	if (!*name)
		return 0;
	*to = model_find_network(o->m, name);
	if (*to != MODEL_NONE)
		return 0;
	ovf_warn(o, xml_child(item->node, "Connection"),
		 "the network \"%.64s\" is not described, taken as it is", name);
	network = model_add_network(o->m, o->e);
	if (!network)
		return err_wrap(o->e, "%s", o->name);
	*to = o->m->n_networks - 1;
	return model_set_line(&network->name, name, o->e);
}

static int read_nic(struct ovf *o, struct model_machine *vm, const struct item *item)
{
	struct model_nic *nic = model_add_nic(vm, o->e);
	const char *name = field(item, "ElementName");

	if (!nic)
		return err_wrap(o->e, "%s", o->name);
	if (!*name)
		name = field(item, "Caption");
	if (text_set_mac(&nic->mac, field(item, "Address"), o->e) < 0 ||
	    (!*nic->mac && text_set_mac(&nic->mac, field(item, "MACAddress"), o->e) < 0) ||
	    model_set_line(&nic->name, name, o->e) < 0 ||
	    model_set_line(&nic->model, field(item, "ResourceSubType"), o->e) < 0)
		return -ENOMEM;
	return find_network(o, item, &nic->network);
}

/* What a guest on Xen has anyway, or has no need of. */
static bool needless(uint64_t type)
{
	return type == CIM_USB || type == CIM_GRAPHICS || type == CIM_STORAGE ||
	       type == CIM_SERIAL || type == CIM_PARALLEL || (type >= CIM_IDE && type <= CIM_ISCSI);
}

static int read_item(struct ovf *o, struct model_machine *vm, const struct items *list,
		     const struct item *item)
{
	const char *name = field(item, "ElementName");

	switch (item->type) {
	case CIM_CPU:
		return read_cpu(o, vm, item);
	case CIM_MEMORY:
		return read_memory(o, vm, item);
	case CIM_NIC:
		return read_nic(o, vm, item);
	case CIM_FLOPPY:
		return read_drive(o, vm, list, item, DRIVE_FLOPPY);
	case CIM_CDROM:
	case CIM_DVD:
		return read_drive(o, vm, list, item, DRIVE_CDROM);
	case CIM_DISK:
	case CIM_EXTENT:
	case CIM_LOGICAL_DISK:
		return read_drive(o, vm, list, item, DRIVE_DISK);
	default:
		break;
	}
	if (!needless(item->type) && ovf_flag(item->node, "required", true))
		ovf_warn(o, item->node, "\"%.64s\" (CIM resource type %" PRIu64 ") is left out",
			 *name ? name : field(item, "Caption"), item->type);
	return 0;
}

/* DSP0243 9.8: of items with one InstanceID, the one for the chosen option. */
static int add_item(struct ovf *o, struct items *list, const xmlNode *node)
{
	const char *options = xml_attr(node, "configuration"), *bound = xml_attr(node, "bound");
	struct item item = { .node = node, .configured = options != NULL };
	const xmlNode *type = xml_child(node, "ResourceType"), *id = xml_child(node, "InstanceID");

	if (!ovf_for_option(o, options) || (bound && strcmp(bound, "normal") != 0))
		return 0;
	if (!type || !number_parse(xml_text(type), &item.type))
		return ovf_fail(o, type ? type : node, "has no number of a resource type");
	item.id = xml_text(id ? id : xml_child(node, "InstanceId")); /* 0.9 */
	for (size_t i = 0; *item.id && i < list->n; i++) {
		if (strcmp(list->item[i].id, item.id) != 0)
			continue;
		if (item.configured == list->item[i].configured) {
			ovf_warn(o, node, "InstanceID: %.64s is there twice", item.id);
			break;
		}
		if (item.configured)
			list->item[i] = item;
		return 0;
	}
	if (list->n >= ITEMS_MAX)
		return ovf_fail(o, node, "more than %d items", ITEMS_MAX);
	list->item[list->n++] = item;
	return 0;
}

enum model_virt ovf_virt(const char *type)
{
	static const struct {
		const char *part;
		enum model_virt virt;
	} parts[] = {
		{ "pvh", VIRT_PVH },	    { "hvm", VIRT_HVM },   { "xen-", VIRT_PV },
		{ "xen:pv", VIRT_PV },	    { "xen_pv", VIRT_PV }, { "vmx-", VIRT_HVM },
		{ "virtualbox", VIRT_HVM },
	};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcasestr(type, parts[i].part))
			return parts[i].virt;
	return VIRT_UNKNOWN;
}

static int read_system(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *type = xml_text(xml_child(node, "VirtualSystemType"));
	const char *name = xml_text(xml_child(node, "VirtualSystemIdentifier"));

	vm->virt = ovf_virt(type);
	if (!*vm->name && model_set_line(&vm->name, name, o->e) < 0)
		return -ENOMEM;
	return model_set_line(&vm->hardware, type, o->e);
}

/* The devices of the chosen option, read in their order. */
static int read_items(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	_cleanup_free_ struct items *list = calloc(1, sizeof(*list));
	int ret = 0;

	if (!list)
		return err_sys(o->e, -ENOMEM, "%s", o->name);
	xml_each(node, section) if (ret == 0 && ovf_own(node) &&
				    (xml_is(node, "Item") || xml_is(node, "StorageItem") ||
				     xml_is(node, "EthernetPortItem")))
		ret = add_item(o, list, node);
	if (ret == 0)
		ret = read_controllers(o, list);
	for (size_t i = 0; i < list->n && ret == 0; i++)
		ret = read_item(o, vm, list, &list->item[i]);
	return ret;
}

int ovf_hardware(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	const xmlNode *system = xml_child(section, "System");
	int ret = system ? read_system(o, vm, system) : 0;

	if (ret == 0)
		ret = model_set_line(&vm->transport, xml_attr(section, "transport"), o->e);
	if (ret == 0)
		ret = read_items(o, vm, section);
	xml_each(node, section) if (ret == 0 && !ovf_own(node)) ret = ovf_extra(o, vm, node);
	return ret;
}

/* VirtualBox numbers its adapters as it lists them in OVF, those that are enabled. */
int ovf_vbox_machine(struct ovf *o, struct model_machine *vm, const xmlNode *machine)
{
	const xmlNode *hardware = xml_child(machine, "Hardware");
	const xmlNode *network = hardware ? xml_child(hardware, "Network") : NULL;
	const xmlNode *firmware = hardware ? xml_child(hardware, "Firmware") : NULL;
	const char *type = firmware ? xml_attr(firmware, "type") : NULL;
	size_t n = 0;

	if (type && *type)
		vm->firmware = strncasecmp(type, "efi", 3) == 0 ? FIRMWARE_UEFI : FIRMWARE_BIOS;
	if (!network)
		return 0;
	xml_each(adapter, network)
	{
		const char *mac = xml_attr(adapter, "MACAddress");

		if (!xml_is(adapter, "Adapter") || !ovf_flag(adapter, "enabled", false))
			continue;
		if (n < vm->n_nics && mac && !*vm->nics[n].mac &&
		    text_set_mac(&vm->nics[n].mac, mac, o->e) < 0)
			return -ENOMEM;
		n++;
	}
	return 0;
}
