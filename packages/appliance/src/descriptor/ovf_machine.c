/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "ovf.h"
#include "socle/buf.h"
#include "units.h"

static int read_os(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *id = xml_attr(node, "id"), *type = xml_attr(node, "osType");
	const char *text = ovf_text(o, xml_child(node, "Description"));
	uint64_t n;

	if (id && number_parse(id, &n) && n <= UINT16_MAX)
		vm->os_id = (unsigned int)n;
	else if (id && *id)
		ovf_warn(o, node, "id: \"%.64s\" is no operating system's number", id);
	if (!*text)
		text = xml_text(xml_child(node, "OSType"));
	return model_set_line(&vm->os, *text || !type ? text : type, o->e);
}

static int read_annotation(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	if (*vm->annotation)
		return 0;
	return model_set_text(&vm->annotation, ovf_text(o, xml_child(node, "Annotation")), o->e);
}

static int read_eula(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	int ret = model_add_eula(vm, ovf_text(o, xml_child(node, "License")), o->e);

	return ret < 0 ? err_wrap(o->e, "%s", o->name) : 0;
}

static const struct model_property *find_property(const struct model_machine *vm, const char *key)
{
	for (size_t i = 0; i < vm->n_properties; i++)
		if (strcmp(vm->properties[i].key, key) == 0)
			return &vm->properties[i];
	return NULL;
}

/* DSP0243 9.5.1: [CLASS.]KEY[.INSTANCE] */
static int whole_key(struct ovf *o, const xmlNode *section, const char *key, char **to)
{
	const char *class = xml_attr(section, "class"), *instance = xml_attr(section, "instance");
	struct buf b = BUF_INIT;
	int ret;

	if (class && *class)
		buf_addf(&b, "%s.", class);
	buf_adds(&b, key);
	if (instance && *instance)
		buf_addf(&b, ".%s", instance);
	ret = buf_ok(&b) ? model_set_line(to, b.s, o->e) : err_sys(o->e, -ENOMEM, "%s", o->name);
	buf_clear(&b);
	return ret;
}

/* The value for the chosen option, else for all. */
static const char *property_value(const struct ovf *o, const xmlNode *node)
{
	const char *value = xml_attr(node, "value");

	xml_each(child, node)
	{
		const char *options = xml_attr(child, "configuration");

		if (xml_is(child, "Value") && options && ovf_for_option(o, options))
			return xml_attr(child, "value");
		if (xml_is(child, "Value") && !options && !value)
			value = xml_attr(child, "value");
	}
	return value;
}

static int read_property(struct ovf *o, struct model_machine *vm, const xmlNode *section,
			 const xmlNode *node, const char *category)
{
	const char *key = xml_attr(node, "key"), *type = xml_attr(node, "type");
	const char *value = property_value(o, node), *qualifiers = xml_attr(node, "qualifiers");
	struct model_property *p;

	if (!key || !*key)
		return ovf_fail(o, node, "has no key");
	p = model_add_property(vm, o->e);
	if (!p || whole_key(o, section, key, &p->key) < 0)
		return err_wrap(o->e, "%s", o->name);
	p->has_value = value != NULL;
	p->user_configurable = ovf_flag(node, "userConfigurable", false);
	p->password = ovf_flag(node, "password", false);
	if (find_property(vm, p->key) != p)
		return ovf_fail(o, node, "key: \"%.128s\" is there twice", p->key);
	if (strpbrk(p->key, " \"<>&'="))
		return ovf_fail(o, node, "key: \"%.128s\" is not a name", p->key);
	if (model_set_line(&p->type, type && *type ? type : "string", o->e) < 0 ||
	    model_set_raw(&p->value, value, o->e) < 0 ||
	    model_set_line(&p->qualifiers, qualifiers, o->e) < 0 ||
	    model_set_line(&p->category, category, o->e) < 0 ||
	    model_set_text(&p->label, ovf_text(o, xml_child(node, "Label")), o->e) < 0)
		return -ENOMEM;
	return model_set_text(&p->description, ovf_text(o, xml_child(node, "Description")), o->e);
}

/* The first section with a name says what the machine is. */
static int read_product_name(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	const char *product = ovf_text(o, xml_child(node, "Product"));
	const char *version = xml_text(xml_child(node, "Version"));

	if (*vm->product || !*product)
		return 0;
	if (!*version)
		version = xml_text(xml_child(node, "FullVersion"));
	if (model_set_line(&vm->product, product, o->e) < 0 ||
	    model_set_line(&vm->version, version, o->e) < 0)
		return -ENOMEM;
	return model_set_line(&vm->vendor, ovf_text(o, xml_child(node, "Vendor")), o->e);
}

static int read_product(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	const char *category = "";
	int ret = read_product_name(o, vm, section);

	xml_each(node, section)
	{
		if (xml_is(node, "Category"))
			category = ovf_text(o, node);
		else if (xml_is(node, "Property") && ret == 0)
			ret = read_property(o, vm, section, node, category);
	}
	return ret;
}

/* Several are alternatives for different hypervisors: one for Xen, or the first. */
static const xmlNode *choose_hardware(const xmlNode *machine)
{
	const xmlNode *first = NULL;

	xml_each(node, machine)
	{
		const xmlNode *system;

		if (!ovf_own(node) || !ovf_section_is(node, "VirtualHardwareSection"))
			continue;
		system = xml_child(node, "System");
		if (system && strcasestr(xml_text(xml_child(system, "VirtualSystemType")), "xen"))
			return node;
		first = first ? first : node;
	}
	return first;
}

static int read_hardware(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	if (node == choose_hardware(node->parent))
		return ovf_hardware(o, vm, node);
	ovf_warn(o, node, "left out, the machine is described by another one");
	return 0;
}

static int read_name(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	return model_set_line(&vm->name, ovf_text(o, node), o->e);
}

/* oVirt: 0 to 2 are BIOS, 3 and 4 UEFI. */
static int read_bios_type(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	uint64_t n;

	(void)o;
	if (number_parse(xml_text(node), &n))
		vm->firmware = n >= 3 ? FIRMWARE_UEFI : FIRMWARE_BIOS;
	return 0;
}

static const struct ovf_section sections[] = {
	{ "Info", NULL },
	{ "Name", read_name },
	{ "OperatingSystemSection", read_os },
	{ "VirtualHardwareSection", read_hardware },
	{ "ProductSection", read_product },
	{ "AnnotationSection", read_annotation },
	{ "EulaSection", read_eula },
	{ "InstallSection", NULL },
	{ "SnapshotsSection", NULL },
	{ "BiosType", read_bios_type },
	{ 0 },
};

/* What a collection says for each of its machines (DSP0243 9.5: they see its properties). */
static int read_shared(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	const char *category = "", *key;
	int ret = 0;

	xml_each(node, section)
	{
		key = xml_attr(node, "key");
		if (xml_is(node, "Category")) {
			category = ovf_text(o, node);
		} else if (xml_is(node, "Property") && ret == 0 && key) {
			char *whole = NULL;

			ret = whole_key(o, section, key, &whole);
			if (ret == 0 && !find_property(vm, whole))
				ret = read_property(o, vm, section, node, category);
			free(whole);
		}
	}
	return ret;
}

static const struct ovf_section shared[] = {
	{ "ProductSection", read_shared },
	{ "AnnotationSection", read_annotation },
	{ "EulaSection", read_eula },
	{ 0 },
};

static int read_parent(struct ovf *o, struct model_machine *vm, const xmlNode *parent)
{
	int ret = 0;

	xml_each(node, parent) for (const struct ovf_section *row = shared; row->name && ret == 0;
				    row++) if (ovf_own(node) && ovf_section_is(node, row->name))
		ret = row->read(o, vm, node);
	return ret;
}

static int read_startup_item(struct ovf *o, struct model_machine *vm, const xmlNode *item)
{
	const char *order = xml_attr(item, "order"), *delay = xml_attr(item, "startDelay");
	uint64_t n = 0, seconds = 0;

	if ((order && !number_parse(order, &n)) || n > 65535)
		return ovf_fail(o, item, "order: \"%.64s\" is not a small number", order);
	if ((delay && !number_parse(delay, &seconds)) || seconds > 86400)
		return ovf_fail(o, item, "startDelay: \"%.64s\" is not a number of seconds", delay);
	vm->start_order = (unsigned int)n;
	vm->start_delay = (unsigned int)seconds;
	return 0;
}

/* The machine's place among its siblings; that of a collection is its machines'. */
static int read_startup(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	for (; node->parent && node->parent->type == XML_ELEMENT_NODE; node = node->parent) {
		const char *id = xml_attr(node, "id"), *of;

		xml_each(section, node->parent)
		{
			if (!ovf_own(section) || !ovf_section_is(section, "StartupSection"))
				continue;
			xml_each(item, section)
			{
				of = xml_attr(item, "id");
				if (id && of && strcmp(id, of) == 0)
					return read_startup_item(o, vm, item);
			}
		}
	}
	return 0;
}

static int read_sections(struct ovf *o, struct model_machine *vm, const xmlNode *machine)
{
	int ret;

	xml_each(node, machine)
	{
		/* VirtualBox's copy of the machine in its own words, and Socle's of Xen's. */
		if (xml_is(node, "Machine") && !ovf_own(node))
			ret = 0;
		else
			ret = ovf_section(o, sections, vm, node);
		if (ret < 0)
			return ret;
	}
	xml_each(node, machine) if (xml_is(node, "Machine") && !ovf_own(node))
	{
		ret = ovf_vbox_machine(o, vm, node);
		if (ret < 0)
			return ret;
	}
	return read_parent(o, vm, machine->parent);
}

int ovf_machine(struct ovf *o, const xmlNode *node)
{
	const char *id = xml_attr(node, "id");
	struct model_machine *vm = model_add_machine(o->m, o->e);
	int ret;

	if (!vm)
		return err_wrap(o->e, "%s", o->name);
	if (!id)
		return ovf_fail(o, node, "has no id");
	for (size_t i = 0; i + 1 < o->m->n_machines; i++)
		if (strcmp(o->m->machines[i].id, id) == 0)
			return ovf_fail(o, node, "id: \"%.64s\" is there twice", id);
	ret = model_set_line(&vm->id, id, o->e);
	if (ret == 0)
		ret = read_sections(o, vm, node);
	if (ret == 0)
		ret = read_startup(o, vm, node);
	if (ret == 0 && !choose_hardware(node))
		ret = ovf_fail(o, node, "has no VirtualHardwareSection");
	if (ret == 0 && !*vm->name)
		ret = model_set_line(&vm->name, vm->id, o->e);
	return ret;
}
