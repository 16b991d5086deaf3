/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model as OVF: what VMware, VirtualBox, Proxmox, XCP-ng and virt-v2v all take.  So sizes
 * of disks are in bytes and those of memory in MiB, which is what those assume who ignore the
 * units; the children of an Item are in alphabetical order (OVF 1.1's schema); the envelope's
 * namespace is the default one, its attributes have a prefix.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ovf.h"
#include "ovf_write.h"
#include "socle/cleanup.h"

static void info(struct xml_out *x, const char *text)
{
	xml_leaf(x, "Info", text);
}

static void write_files(struct writer *w)
{
	struct xml_out *x = &w->x;

	xml_start(x, "References");
	xml_open(x);
	for (size_t i = 0; i < w->m->n_files; i++) {
		const struct model_file *f = &w->m->files[i];

		xml_start(x, "File");
		xml_put(x, "ovf:href", f->href);
		xml_put(x, "ovf:id", f->id);
		if (f->size != MODEL_UNKNOWN)
			xml_put_number(x, "ovf:size", f->size);
		if (f->compression)
			xml_put(x, "ovf:compression", model_compression_names[f->compression]);
		if (f->chunk)
			xml_put_number(x, "ovf:chunkSize", f->chunk);
		xml_end(x);
	}
	xml_close(x, "References");
}

static const char *format_uri(const char *format)
{
	static const struct {
		const char *format, *uri;
	} formats[] = {
		{ "vmdk",
		  "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized" },
		{ "qcow2", "http://www.gnome.org/~markmc/qcow-image-format.html" },
		{ "vhd", "http://www.microsoft.com/technet/virtualserver/downloads/vhdspec.mspx" },
		{ "vhdx", "urn:socle:format:vhdx" },
		{ "raw", "urn:socle:format:raw" },
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i].format, format) == 0)
			return formats[i].uri;
	return "";
}

static void write_disk(struct writer *w, const struct model_disk *d)
{
	struct xml_out *x = &w->x;

	xml_start(x, "Disk");
	xml_put_number(x, "ovf:capacity", d->capacity);
	xml_put(x, "ovf:diskId", d->id);
	if (d->file != MODEL_NONE)
		xml_put(x, "ovf:fileRef", w->m->files[d->file].id);
	if (*format_uri(d->format))
		xml_put(x, "ovf:format", format_uri(d->format));
	if (d->parent != MODEL_NONE)
		xml_put(x, "ovf:parentRef", w->m->disks[d->parent].id);
	if (d->populated != MODEL_UNKNOWN)
		xml_put_number(x, "ovf:populatedSize", d->populated);
	xml_end(x);
}

static void write_disks(struct writer *w)
{
	if (!w->m->n_disks)
		return;
	xml_start(&w->x, "DiskSection");
	xml_open(&w->x);
	info(&w->x, "Virtual disks");
	for (size_t i = 0; i < w->m->n_disks; i++)
		write_disk(w, &w->m->disks[i]);
	xml_close(&w->x, "DiskSection");
}

static void write_networks(struct writer *w)
{
	struct xml_out *x = &w->x;

	if (!w->m->n_networks)
		return;
	xml_start(x, "NetworkSection");
	xml_open(x);
	info(x, "Logical networks");
	for (size_t i = 0; i < w->m->n_networks; i++) {
		const struct model_network *n = &w->m->networks[i];

		xml_start(x, "Network");
		xml_put(x, "ovf:name", n->name);
		if (*n->description) {
			xml_open(x);
			xml_leaf(x, "Description", n->description);
			xml_close(x, "Network");
		} else {
			xml_end(x);
		}
	}
	xml_close(x, "NetworkSection");
}

/*
 * A key as class, key and instance: OVF allows no full stop in a key itself, and a section for
 * each class and instance once.  "a.b.c" has the class a.b and the key c, "a.b.0" the
 * class a, the key b and the instance 0.
 */
struct key_parts {
	int class_len, key_len;
	const char *key, *instance;
};

static struct key_parts split(const char *whole)
{
	struct key_parts p = { 0, 0, whole, "" };
	const char *end = whole + strlen(whole), *dot = strrchr(whole, '.');

	if (dot && dot > whole && dot[1] && strspn(dot + 1, "0123456789") == strlen(dot + 1)) {
		const char *before = memrchr(whole, '.', (size_t)(dot - whole));

		p.instance = dot + 1;
		end = dot;
		dot = before;
	}
	if (dot && dot > whole && dot + 1 < end) {
		p.class_len = (int)(dot - whole);
		p.key = dot + 1;
	}
	p.key_len = (int)(end - p.key);
	return p;
}

static bool same_section(const char *a, const char *b)
{
	struct key_parts x = split(a), y = split(b);

	return x.class_len == y.class_len && memcmp(a, b, (size_t)x.class_len) == 0 &&
	       strcmp(x.instance, y.instance) == 0;
}

/* Whether sections by class and instance keep the order of the properties. */
static bool splittable(const struct model_machine *vm)
{
	for (size_t i = 0; i < vm->n_properties; i++)
		for (size_t j = i + 2; j < vm->n_properties; j++)
			if (same_section(vm->properties[i].key, vm->properties[j].key) &&
			    !same_section(vm->properties[i].key, vm->properties[j - 1].key))
				return false;
	return true;
}

static void write_property(struct xml_out *x, const struct model_property *p, int key_len,
			   const char *key)
{
	_cleanup_free_ char *copy = strndup(key, (size_t)key_len);

	x->b->failed |= !copy;
	xml_start(x, "Property");
	xml_put(x, "ovf:key", copy ? copy : "");
	xml_put(x, "ovf:type", *p->type ? p->type : "string");
	if (*p->qualifiers)
		xml_put(x, "ovf:qualifiers", p->qualifiers);
	if (p->user_configurable)
		xml_put(x, "ovf:userConfigurable", "true");
	if (p->password)
		xml_put(x, "ovf:password", "true");
	if (p->has_value)
		xml_put(x, "ovf:value", p->value);
	if (!*p->label && !*p->description) {
		xml_end(x);
		return;
	}
	xml_open(x);
	if (*p->label)
		xml_leaf(x, "Label", p->label);
	if (*p->description)
		xml_leaf(x, "Description", p->description);
	xml_close(x, "Property");
}

static void open_product(struct xml_out *x, const struct model_machine *vm, size_t at, bool parts)
{
	struct key_parts key = { 0 };

	xml_start(x, "ProductSection");
	if (parts && at < vm->n_properties)
		key = split(vm->properties[at].key);
	if (key.class_len) {
		_cleanup_free_ char *class = strndup(vm->properties[at].key, (size_t)key.class_len);

		x->b->failed |= !class;
		xml_put(x, "ovf:class", class ? class : "");
	}
	if (key.instance && *key.instance)
		xml_put(x, "ovf:instance", key.instance);
	xml_open(x);
	info(x, "Information about the installed software");
	if (at || !*vm->product)
		return;
	xml_leaf(x, "Product", vm->product);
	if (*vm->vendor)
		xml_leaf(x, "Vendor", vm->vendor);
	if (*vm->version)
		xml_leaf(x, "Version", vm->version);
}

static void write_products(struct writer *w, const struct model_machine *vm)
{
	bool parts = splittable(vm), open = false;
	const char *category = "";

	if (!vm->n_properties && !*vm->product)
		return;
	for (size_t i = 0; i < vm->n_properties; i++) {
		const struct model_property *p = &vm->properties[i];
		struct key_parts key = { 0, (int)strlen(p->key), p->key, "" };

		if (parts)
			key = split(p->key);
		if (open && parts && !same_section(p->key, vm->properties[i - 1].key)) {
			xml_close(&w->x, "ProductSection");
			open = false;
		}
		if (!open) {
			open_product(&w->x, vm, i, parts);
			category = "";
		}
		open = true;
		if (strcmp(category, p->category) != 0)
			xml_leaf(&w->x, "Category", p->category);
		category = p->category;
		write_property(&w->x, p, key.key_len, key.key);
	}
	if (!open)
		open_product(&w->x, vm, 0, false);
	xml_close(&w->x, "ProductSection");
}

static void write_text(struct xml_out *x, const char *section, const char *what, const char *name,
		       const char *text)
{
	xml_start(x, section);
	xml_open(x);
	info(x, what);
	xml_leaf(x, name, text);
	xml_close(x, section);
}

static void write_machine(struct writer *w, const struct model_machine *vm)
{
	struct xml_out *x = &w->x;

	xml_start(x, "VirtualSystem");
	xml_put(x, "ovf:id", vm->id);
	xml_open(x);
	info(x, "A virtual machine");
	xml_leaf(x, "Name", vm->name);
	xml_start(x, "OperatingSystemSection");
	xml_put_number(x, "ovf:id", vm->os_id);
	xml_open(x);
	info(x, "The kind of installed guest operating system");
	if (*vm->os)
		xml_leaf(x, "Description", vm->os);
	xml_close(x, "OperatingSystemSection");
	ovf_write_hardware(w, vm);
	write_products(w, vm);
	if (*vm->annotation)
		write_text(x, "AnnotationSection", "A human-readable annotation", "Annotation",
			   vm->annotation);
	for (size_t i = 0; i < vm->n_eulas; i++)
		write_text(x, "EulaSection", "License agreement", "License", vm->eulas[i]);
	xml_close(x, "VirtualSystem");
}

static void write_startup(struct writer *w)
{
	struct xml_out *x = &w->x;

	xml_start(x, "StartupSection");
	xml_open(x);
	info(x, "The order in which the machines start");
	for (size_t i = 0; i < w->m->n_machines; i++) {
		const struct model_machine *vm = &w->m->machines[i];

		xml_start(x, "Item");
		xml_put(x, "ovf:id", vm->id);
		xml_put_number(x, "ovf:order", vm->start_order);
		xml_put_number(x, "ovf:startDelay", vm->start_delay);
		xml_end(x);
	}
	xml_close(x, "StartupSection");
}

static void write_machines(struct writer *w)
{
	struct xml_out *x = &w->x;

	if (w->m->n_machines == 1) {
		write_machine(w, &w->m->machines[0]);
		return;
	}
	xml_start(x, "VirtualSystemCollection");
	xml_put(x, "ovf:id", "collection");
	xml_open(x);
	info(x, "Several virtual machines");
	write_startup(w);
	for (size_t i = 0; i < w->m->n_machines; i++)
		write_machine(w, &w->m->machines[i]);
	xml_close(x, "VirtualSystemCollection");
}

#define CIM "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_"

static void open_envelope(struct writer *w)
{
	struct xml_out *x = &w->x;
	const char *ns = w->two ? "http://schemas.dmtf.org/ovf/envelope/2"
				: "http://schemas.dmtf.org/ovf/envelope/1";

	buf_adds(x->b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	xml_start(x, "Envelope");
	if (w->two)
		xml_put(x, "ovf:version", "2.0");
	xml_put(x, "xmlns", ns);
	xml_put(x, "xmlns:ovf", ns);
	xml_put(x, "xmlns:rasd", CIM "ResourceAllocationSettingData");
	xml_put(x, "xmlns:vssd", CIM "VirtualSystemSettingData");
	if (w->two) {
		xml_put(x, "xmlns:epasd", CIM "EthernetPortAllocationSettingData.xsd");
		xml_put(x, "xmlns:sasd", CIM "StorageAllocationSettingData.xsd");
	}
	xml_put(x, "xmlns:vmw", "http://www.vmware.com/schema/ovf");
	xml_open(x);
}

static int check(const struct model *m, struct err *e)
{
	int ret = model_check(m, e);

	if (ret == 0 && !m->n_machines)
		ret = err_set(e, -EINVAL, "there is no machine");
	for (size_t i = 0; i < m->n_disks && ret == 0; i++)
		if (m->disks[i].capacity == MODEL_UNKNOWN)
			ret = err_set(e, -EINVAL, "disk %s: its capacity is not known",
				      m->disks[i].id);
	return ret;
}

int ovf_write(const struct model *m, const char *version, struct buf *out, struct err *e)
{
	struct writer w = { .m = m, .x = { .b = out } };
	int ret = check(m, e);

	if (ret == 0 && strcmp(version, "1.1") != 0 && strcmp(version, "2.0") != 0)
		ret = err_set(e, -EINVAL, "version \"%.16s\": OVF is written as 1.1 or 2.0",
			      version);
	if (ret < 0) {
		err_wrap(e, "OVF");
		return ret;
	}
	w.two = *version == '2';
	open_envelope(&w);
	write_files(&w);
	write_disks(&w);
	write_networks(&w);
	write_machines(&w);
	xml_close(&w.x, "Envelope");
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "OVF");
}
