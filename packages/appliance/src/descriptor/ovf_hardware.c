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

		if (number_parse(item_text(item, names[i]), &part) && part && part <= 4096) {
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
	const char *units = item_text(item, "AllocationUnits");
	uint64_t unit = 1 << 20, n = 0;
	bool there;
	int ret = number(o, item, "VirtualQuantity", &n, &there);

	if (ret < 0 || !there)
		return ret;
	if (!*units)
		units = item_text(item, "VirtualQuantityUnits");
	if (!*units && n >= 1 << 20)
		unit = 1;
	if (*units && !units_bytes(units, &unit))
		return ovf_fail(o, item->node, "\"%.64s\" is no unit of memory", units);
	if (__builtin_mul_overflow(n, unit, &vm->memory) || vm->memory > UINT64_C(64) << 40)
		return ovf_fail(o, item->node, "%" PRIu64 " %.64s of memory", n, units);
	return 0;
}

static int find_network(struct ovf *o, const struct item *item, size_t *to)
{
	const char *name = item_text(item, "Connection");
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
	const char *name = item_text(item, "ElementName");

	if (!nic)
		return err_wrap(o->e, "%s", o->name);
	if (!*name)
		name = item_text(item, "Caption");
	if (text_set_mac(&nic->mac, item_text(item, "Address"), o->e) < 0 ||
	    (!*nic->mac && text_set_mac(&nic->mac, item_text(item, "MACAddress"), o->e) < 0) ||
	    model_set_line(&nic->name, name, o->e) < 0 ||
	    model_set_line(&nic->model, item_text(item, "ResourceSubType"), o->e) < 0)
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
	const char *name = item_text(item, "ElementName");

	switch (item->type) {
	case CIM_CPU:
		return read_cpu(o, vm, item);
	case CIM_MEMORY:
		return read_memory(o, vm, item);
	case CIM_NIC:
		return read_nic(o, vm, item);
	case CIM_FLOPPY:
		return ovf_drive(o, vm, list, item, DRIVE_FLOPPY);
	case CIM_CDROM:
	case CIM_DVD:
		return ovf_drive(o, vm, list, item, DRIVE_CDROM);
	case CIM_DISK:
	case CIM_EXTENT:
	case CIM_LOGICAL_DISK:
		return ovf_drive(o, vm, list, item, DRIVE_DISK);
	default:
		break;
	}
	if (!needless(item->type) && ovf_flag(item->node, "required", true))
		ovf_warn(o, item->node, "\"%.64s\" (CIM resource type %" PRIu64 ") is left out",
			 *name ? name : item_text(item, "Caption"), item->type);
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
		ret = ovf_controllers(o, list);
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
