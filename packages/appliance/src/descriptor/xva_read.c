/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ova.xml of an XVA, XenServer's and XCP-ng's export: an XML-RPC value, a struct with
 * "version" and "objects"; each object has a class, a reference and its record.  The disk of the
 * VDI "Ref:7" is the members "Ref:7/00000000", ... of one MiB each, those of zeros left out.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "appliance/model.h"
#include "socle/cleanup.h"
#include "text.h"
#include "units.h"
#include "xml.h"

enum { OBJECTS_MAX = 4096 };

struct object {
	const char *class, *id;
	const xmlNode *record;
	size_t index; /* in the model, MODEL_NONE */
};

struct xva {
	const char *name;
	struct model *m;
	struct err *e;
	struct object *objects;
	size_t n;
};

static int fail(const struct xva *x, const xmlNode *at, const char *reason)
{
	return err_set(x->e, -EINVAL, "%s:%ld: %s", x->name, xmlGetLineNo(at), reason);
}

/* The <value> of a member of a struct's <value>; NULL. */
static const xmlNode *member(const xmlNode *value, const char *name)
{
	const xmlNode *record = value ? xml_child(value, "struct") : NULL;

	if (record)
		xml_each(m, record)
		{
			const xmlNode *key = xml_child(m, "name");

			if (key && strcmp(xml_text(key), name) == 0)
				return xml_child(m, "value");
		}
	return NULL;
}

/* Of a scalar, which may be untyped. */
static const char *text(const xmlNode *value)
{
	const xmlNode *typed = value ? xml_first(value) : NULL;

	return xml_text(typed ? typed : value);
}

static const char *get(const struct object *o, const char *name)
{
	return text(member(o->record, name));
}

static bool yes(const char *value)
{
	return strcmp(value, "1") == 0 || strcasecmp(value, "true") == 0;
}

static struct object *find(const struct xva *x, const char *class, const char *id)
{
	for (size_t i = 0; i < x->n; i++)
		if (strcmp(x->objects[i].class, class) == 0 && strcmp(x->objects[i].id, id) == 0)
			return &x->objects[i];
	return NULL;
}

static int read_objects(struct xva *x, const xmlNode *root)
{
	const xmlNode *objects = member(root, "objects");
	const xmlNode *array = objects ? xml_child(objects, "array") : NULL;
	const xmlNode *data = array ? xml_child(array, "data") : NULL;

	if (!xml_is(root, "value"))
		return fail(x, root,
			    xml_is(root, "appliance") ? "an XVA of a Xen before XenServer 4.1"
						      : "not an XVA's ova.xml");
	if (!data)
		return fail(x, root, "there are no objects");
	xml_each(value, data)
	{
		struct object *o = &x->objects[x->n];

		if (x->n >= OBJECTS_MAX)
			return fail(x, value, "too many objects");
		o->class = text(member(value, "class"));
		o->id = text(member(value, "id"));
		o->record = member(value, "snapshot");
		o->index = MODEL_NONE;
		if (!*o->class || !*o->id || !o->record)
			return fail(x, value, "an object without class, id or snapshot");
		x->n++;
	}
	return 0;
}

static int read_disk(struct xva *x, struct object *o)
{
	struct model_file *f = model_add_file(x->m, x->e);
	struct model_disk *d = f ? model_add_disk(x->m, x->e) : NULL;

	if (!d)
		return err_wrap(x->e, "%s", x->name);
	f->chunk = 1 << 20;
	d->file = x->m->n_files - 1;
	o->index = x->m->n_disks - 1;
	if (!model_href_ok(o->id))
		return fail(x, o->record, "a reference that is no name");
	if (!number_parse(get(o, "virtual_size"), &d->capacity))
		return fail(x, o->record, "a VDI without virtual_size");
	if (model_set_line(&f->id, o->id, x->e) < 0 || model_set_raw(&f->href, o->id, x->e) < 0 ||
	    model_set_line(&d->id, o->id, x->e) < 0)
		return -ENOMEM;
	return model_set_line(&d->format, "raw", x->e);
}

static int read_network(struct xva *x, struct object *o)
{
	struct model_network *n = model_add_network(x->m, x->e);

	if (!n)
		return err_wrap(x->e, "%s", x->name);
	o->index = x->m->n_networks - 1;
	if (model_set_text(&n->description, get(o, "name_description"), x->e) < 0)
		return -ENOMEM;
	return model_set_line(&n->name, get(o, "name_label"), x->e);
}

static void read_virt(const struct object *o, struct model_machine *vm)
{
	const char *type = get(o, "domain_type");
	const char *firmware = text(member(member(o->record, "HVM_boot_params"), "firmware"));

	if (strcmp(type, "pvh") == 0)
		vm->virt = VIRT_PVH;
	else if (strncmp(type, "pv", 2) == 0)
		vm->virt = VIRT_PV;
	else if (strcmp(type, "hvm") == 0 || *get(o, "HVM_boot_policy"))
		vm->virt = VIRT_HVM;
	else
		vm->virt = VIRT_PV; /* before XenServer 7.5: what does not boot as HVM */
	if (strcmp(firmware, "uefi") == 0)
		vm->firmware = FIRMWARE_UEFI;
	else if (vm->virt == VIRT_HVM)
		vm->firmware = FIRMWARE_BIOS;
}

/* Files of the host that it came from. */
static void warn_kernel(struct xva *x, const struct object *o)
{
	static const char *const keys[] = { "PV_kernel", "PV_ramdisk" };

	for (size_t i = 0; i < 2; i++)
		if (*get(o, keys[i]))
			model_warn(x->m,
				   "%s:%ld: %s: \"%.128s\" is a file of another host, left out",
				   x->name, xmlGetLineNo(o->record), keys[i], get(o, keys[i]));
	if (yes(text(member(member(o->record, "platform"), "secureboot"))))
		model_warn(x->m, "%s: secure boot is left out", x->name);
}

static int read_sizes(struct xva *x, const struct object *o, struct model_machine *vm)
{
	uint64_t cpus = 0, order = 0, delay = 0;

	if (!number_parse(get(o, "memory_dynamic_max"), &vm->memory) || !vm->memory)
		if (!number_parse(get(o, "memory_static_max"), &vm->memory))
			return fail(x, o->record, "a VM without memory_static_max");
	if (!number_parse(get(o, "VCPUs_at_startup"), &cpus) || cpus > 4096)
		return fail(x, o->record, "a VM without VCPUs_at_startup");
	vm->cpus = (unsigned int)cpus;
	if (number_parse(get(o, "order"), &order) && order <= 65535)
		vm->start_order = (unsigned int)order;
	if (number_parse(get(o, "start_delay"), &delay) && delay <= 86400)
		vm->start_delay = (unsigned int)delay;
	return 0;
}

static int read_machine(struct xva *x, struct object *o)
{
	struct model_machine *vm;

	if (yes(get(o, "is_control_domain")) || yes(get(o, "is_a_snapshot")))
		return 0;
	vm = model_add_machine(x->m, x->e);
	if (!vm)
		return err_wrap(x->e, "%s", x->name);
	o->index = x->m->n_machines - 1;
	read_virt(o, vm);
	warn_kernel(x, o);
	if (model_set_line(&vm->id, o->id, x->e) < 0 ||
	    model_set_line(&vm->name, get(o, "name_label"), x->e) < 0 ||
	    model_set_text(&vm->annotation, get(o, "name_description"), x->e) < 0 ||
	    model_set_line(&vm->hardware, "xen", x->e) < 0 ||
	    (vm->virt == VIRT_PV && model_set_line(&vm->cmdline, get(o, "PV_args"), x->e) < 0))
		return -ENOMEM;
	return read_sizes(x, o, vm);
}

static int read_drive(struct xva *x, struct object *o)
{
	const struct object *vm = find(x, "VM", get(o, "VM")), *vdi = find(x, "VDI", get(o, "VDI"));
	struct model_drive_use *d;
	uint64_t unit;

	if (!vm || vm->index == MODEL_NONE)
		return 0;
	d = model_add_drive(&x->m->machines[vm->index], x->e);
	if (!d)
		return err_wrap(x->e, "%s", x->name);
	d->kind = strcmp(get(o, "type"), "CD") == 0 ? DRIVE_CDROM : DRIVE_DISK;
	d->bus = BUS_XEN;
	if (!number_parse(get(o, "userdevice"), &unit) || unit > 255)
		return fail(x, o->record, "a VBD without userdevice");
	d->unit = (unsigned int)unit;
	if (d->kind == DRIVE_DISK && (!vdi || vdi->index == MODEL_NONE))
		return fail(x, o->record, "a disk without its VDI");
	if (d->kind == DRIVE_DISK)
		d->disk = vdi->index;
	else if (vdi && vdi->index != MODEL_NONE)
		d->file = x->m->disks[vdi->index].file;
	return 0;
}

static int read_nic(struct xva *x, struct object *o)
{
	const struct object *vm = find(x, "VM", get(o, "VM"));
	const struct object *network = find(x, "network", get(o, "network"));
	struct model_nic *nic;

	if (!vm || vm->index == MODEL_NONE)
		return 0;
	nic = model_add_nic(&x->m->machines[vm->index], x->e);
	if (!nic)
		return err_wrap(x->e, "%s", x->name);
	nic->network = network ? network->index : MODEL_NONE;
	if (text_set_mac(&nic->mac, get(o, "MAC"), x->e) < 0)
		return -ENOMEM;
	return model_set_line(&nic->name, get(o, "device"), x->e);
}

static int units(const void *a, const void *b)
{
	unsigned int x = ((const struct model_drive_use *)a)->unit;
	unsigned int y = ((const struct model_drive_use *)b)->unit;

	return (x > y) - (x < y);
}

static int nic_names(const void *a, const void *b)
{
	return strverscmp(((const struct model_nic *)a)->name, ((const struct model_nic *)b)->name);
}

/* In the order of what refers to what. */
static int read_classes(struct xva *x)
{
	static const struct {
		const char *class;
		int (*read)(struct xva *x, struct object *o);
	} classes[] = {
		{ "VDI", read_disk },  { "network", read_network }, { "VM", read_machine },
		{ "VBD", read_drive }, { "VIF", read_nic },
	};
	int ret = 0;

	for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++)
		for (size_t i = 0; i < x->n && ret == 0; i++)
			if (strcmp(x->objects[i].class, classes[c].class) == 0)
				ret = classes[c].read(x, &x->objects[i]);
	for (size_t i = 0; i < x->m->n_machines && ret == 0; i++) {
		struct model_machine *vm = &x->m->machines[i];

		if (vm->n_drives)
			qsort(vm->drives, vm->n_drives, sizeof(*vm->drives), units);
		if (vm->n_nics)
			qsort(vm->nics, vm->n_nics, sizeof(*vm->nics), nic_names);
	}
	return ret;
}

static int read_xva(struct xva *x, const xmlNode *root)
{
	const xmlNode *version = member(root, "version");
	const char *number = text(member(version, "xapi_minor"));
	int ret = read_objects(x, root);

	if (ret == 0)
		ret = model_set_line(&x->m->version, text(member(version, "product_version")),
				     x->e);
	if (ret == 0 && !*x->m->version)
		ret = model_set_line(&x->m->version, number, x->e);
	if (ret == 0)
		ret = read_classes(x);
	if (ret == 0 && !x->m->n_machines)
		ret = fail(x, root, "there is no machine in it");
	if (ret == 0 && x->m->n_machines == 1)
		x->m->machines[0].start_order = x->m->machines[0].start_delay = 0;
	return ret < 0 ? ret : model_set_line(&x->m->name, x->m->machines[0].name, x->e);
}

int xva_read(const char *xml, size_t len, const char *name, struct model **m, struct err *e)
{
	struct err own = { 0 };
	struct xva x = { .name = name, .e = e ? e : &own };
	_cleanup_xml_ xmlDoc *doc = xml_parse(xml, len, name, x.e);
	_cleanup_free_ struct object *objects = NULL;
	int ret;

	if (!doc)
		return x.e->code;
	x.objects = objects = calloc(OBJECTS_MAX, sizeof(*objects));
	x.m = model_new();
	if (!objects || !x.m) {
		model_free(x.m);
		return err_sys(e, -ENOMEM, "%s", name);
	}
	x.m->kind = MODEL_XVA;
	ret = read_xva(&x, xmlDocGetRootElement(doc));
	if (ret == 0 && model_check(x.m, x.e) < 0)
		ret = err_wrap(x.e, "%s", name);
	if (ret < 0) {
		model_free(x.m);
		text_clean(x.e->text);
		return ret;
	}
	*m = x.m;
	return 0;
}
