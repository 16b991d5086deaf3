/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ovf.h"
#include "text.h"
#include "units.h"

static const struct {
	const char *uri, *version;
} namespaces[] = {
	{ "http://schemas.dmtf.org/ovf/envelope/1", "1.0" },
	{ "http://schemas.dmtf.org/ovf/envelope/1/", "1.0" }, /* oVirt */
	{ "http://schemas.dmtf.org/ovf/1/envelope", "1.0" },
	{ "http://schemas.dmtf.org/ovf/envelope/2", "2.0" },
	{ "http://www.vmware.com/schema/ovf/1/envelope", "0.9" },
};

static const char *version_of(const xmlNode *node)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (xml_in(node, namespaces[i].uri))
			return namespaces[i].version;
	return NULL;
}

bool ovf_own(const xmlNode *node)
{
	return xml_in(node, NULL) || version_of(node);
}

static __format(4, 0) void message(char *to, size_t size, const xmlNode *at, const char *fmt,
				   va_list args)
{
	size_t n = (size_t)snprintf(to, size, "%ld: %.64s: ", xmlGetLineNo(at), at->name);

	vsnprintf(to + n, size - n, fmt, args);
}

int ovf_fail(const struct ovf *o, const xmlNode *at, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	message(text, sizeof(text), at, fmt, args);
	va_end(args);
	return err_set(o->e, -EINVAL, "%s:%s", o->name, text);
}

void ovf_warn(const struct ovf *o, const xmlNode *at, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	message(text, sizeof(text), at, fmt, args);
	va_end(args);
	model_warn(o->m, "%s:%s", o->name, text);
}

bool ovf_section_is(const xmlNode *node, const char *name)
{
	const char *type, *colon;
	size_t n = strlen(name);

	if (!xml_is(node, "Section") && !xml_is(node, "Content"))
		return xml_is(node, name);
	type = xml_attr(node, "type");
	colon = type ? strchr(type, ':') : NULL;
	type = colon ? colon + 1 : type;
	return type && strncmp(type, name, n) == 0 && strcmp(type + n, "_Type") == 0;
}

const char *ovf_text(const struct ovf *o, const xmlNode *node)
{
	const char *id = node ? xml_attr(node, "msgid") : NULL, *own;

	if (id && o->strings)
		xml_each(msg, o->strings)
		{
			own = xml_attr(msg, "msgid");
			if (xml_is(msg, "Msg") && own && strcmp(own, id) == 0)
				return xml_text(msg);
		}
	return xml_text(node);
}

bool ovf_flag(const xmlNode *node, const char *name, bool absent)
{
	const char *value = xml_attr(node, name);

	return value ? strcasecmp(value, "true") == 0 || strcmp(value, "1") == 0 : absent;
}

bool ovf_for_option(const struct ovf *o, const char *options)
{
	size_t n = strlen(o->option);

	if (!options)
		return true;
	for (const char *s = options; n && *s; s += strcspn(s, " \t\n")) {
		s += strspn(s, " \t\n");
		if (strncmp(s, o->option, n) == 0 && strchr(" \t\n", s[n]))
			return true; /* strchr finds the end, too */
	}
	return false;
}

int ovf_section(struct ovf *o, const struct ovf_section *rows, struct model_machine *vm,
		const xmlNode *node)
{
	if (ovf_own(node)) {
		for (; rows->name; rows++)
			if (ovf_section_is(node, rows->name))
				return rows->read ? rows->read(o, vm, node) : 0;
		if (xml_in(node, NULL))
			return 0; /* oVirt's machine, in the midst of OVF */
	}
	if (ovf_flag(node, "required", true))
		return ovf_fail(o, node, "a required section that Socle does not know");
	ovf_warn(o, node, "left out, Socle does not know it");
	return 0;
}

static int read_size(struct ovf *o, const xmlNode *node, const char *name, uint64_t *to)
{
	const char *value = xml_attr(node, name);

	if (!value || !*value)
		return 0;
	if (!number_parse(value, to))
		return ovf_fail(o, node, "%s: \"%.64s\" is not a number", name, value);
	return 0;
}

static int read_compression(struct ovf *o, const xmlNode *node, struct model_file *f)
{
	const char *value = xml_attr(node, "compression");

	if (!value || !*value || strcasecmp(value, "identity") == 0)
		return 0;
	for (unsigned int i = 0; model_compression_names[i]; i++)
		if (strcasecmp(value, model_compression_names[i]) == 0) {
			f->compression = i;
			return 0;
		}
	return ovf_fail(o, node, "compression: \"%.64s\" is not known", value);
}

static int read_file(struct ovf *o, const xmlNode *node)
{
	const char *id = xml_attr(node, "id"), *href = xml_attr(node, "href");
	struct model_file *f;

	if (!id || !href)
		return ovf_fail(o, node, "has no %s", id ? "href" : "id");
	if (!model_href_ok(href))
		return ovf_fail(o, node, "href: \"%.256s\" is not inside the package", href);
	if (model_find_file(o->m, id) != MODEL_NONE)
		return ovf_fail(o, node, "id: \"%.64s\" is there twice", id);
	f = model_add_file(o->m, o->e);
	if (!f)
		return err_wrap(o->e, "%s", o->name);
	if (read_size(o, node, "size", &f->size) < 0 ||
	    read_size(o, node, "chunkSize", &f->chunk) < 0 || read_compression(o, node, f) < 0 ||
	    model_set_line(&f->id, id, o->e) < 0)
		return -EINVAL;
	return model_set_raw(&f->href, href, o->e);
}

static int read_references(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	int ret = 0;

	(void)vm;
	xml_each(file, node)
	{
		if (xml_is(file, "File"))
			ret = read_file(o, file);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* What the format's URI means, by the part that all its spellings share. */
static const char *disk_format(const char *uri)
{
	static const struct {
		const char *part, *format;
	} formats[] = {
		{ "vmdk", "vmdk" },   { "vhdx", "vhdx" },   { "vhd", "vhd" },
		{ "qcow", "qcow2" },  { "raw", "raw" },	    { "ecma-119", "raw" },
		{ "iso9660", "raw" }, { "vmware", "vmdk" }, /* 0.9: ".../specifications/sparse" */
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcasestr(uri, formats[i].part))
			return formats[i].format;
	return "";
}

/* capacity may name a property, whose value is known after the machines are read. */
static int read_capacity(struct ovf *o, const xmlNode *node, const char *capacity, uint64_t *to)
{
	const char *units = xml_attr(node, "capacityAllocationUnits");
	uint64_t unit = 1;

	if (!number_parse(capacity, to))
		return ovf_fail(o, node, "capacity: \"%.64s\" is not a number", capacity);
	if (units && *units && !units_bytes(units, &unit))
		return ovf_fail(o, node, "capacityAllocationUnits: \"%.64s\" is no unit of bytes",
				units);
	if (__builtin_mul_overflow(*to, unit, to) || *to == MODEL_UNKNOWN)
		return ovf_fail(o, node, "capacity: too large");
	return 0;
}

static int read_disk_file(struct ovf *o, const xmlNode *node, struct model_disk *d)
{
	const char *file = xml_attr(node, "fileRef"), *format = xml_attr(node, "format");

	if (file && *file) {
		d->file = model_find_file(o->m, file);
		if (d->file == MODEL_NONE)
			return ovf_fail(o, node, "fileRef: there is no file \"%.64s\"", file);
	}
	if (format && *format && !*disk_format(format))
		ovf_warn(o, node, "format: \"%.128s\" is not known, the contents decide", format);
	return model_set_line(&d->format, format ? disk_format(format) : "", o->e);
}

static int read_disk(struct ovf *o, const xmlNode *node)
{
	const char *id = xml_attr(node, "diskId"), *capacity = xml_attr(node, "capacity");
	struct model_disk *d;

	if (!id || !*id)
		return ovf_fail(o, node, "has no diskId");
	if (model_find_disk(o->m, id) != MODEL_NONE)
		return ovf_fail(o, node, "diskId: \"%.64s\" is there twice", id);
	d = model_add_disk(o->m, o->e);
	if (!d)
		return err_wrap(o->e, "%s", o->name);
	if (model_set_line(&d->id, id, o->e) < 0 || read_disk_file(o, node, d) < 0 ||
	    read_size(o, node, "populatedSize", &d->populated) < 0)
		return -EINVAL;
	if (capacity && strncmp(capacity, "${", 2) != 0)
		return read_capacity(o, node, capacity, &d->capacity);
	if (!capacity && d->file == MODEL_NONE)
		return ovf_fail(o, node, "has no capacity");
	return 0;
}

static int read_parents(struct ovf *o, const xmlNode *section)
{
	size_t i = 0;

	xml_each(node, section)
	{
		const char *parent = xml_attr(node, "parentRef");

		if (!xml_is(node, "Disk"))
			continue;
		if (parent && *parent) {
			size_t at = model_find_disk(o->m, parent);

			if (at == MODEL_NONE)
				return ovf_fail(o, node, "parentRef: there is no disk \"%.64s\"",
						parent);
			o->m->disks[i].parent = at;
		}
		i++;
	}
	return 0;
}

static int read_disks(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	int ret = 0;

	(void)vm;
	if (o->m->n_disks)
		return ovf_fail(o, node, "there are two of them");
	xml_each(disk, node)
	{
		if (xml_is(disk, "Disk"))
			ret = read_disk(o, disk);
		if (ret < 0)
			return ret;
	}
	return read_parents(o, node);
}

static int read_networks(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	(void)vm;
	xml_each(node, section)
	{
		const char *name = xml_attr(node, "name");
		struct model_network *n;

		if (!xml_is(node, "Network"))
			continue;
		if (!name)
			return ovf_fail(o, node, "has no name");
		n = model_add_network(o->m, o->e);
		if (!n)
			return err_wrap(o->e, "%s", o->name);
		if (model_set_line(&n->name, name, o->e) < 0 ||
		    model_set_text(&n->description, ovf_text(o, xml_child(node, "Description")),
				   o->e) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int read_option(struct ovf *o, const xmlNode *node)
{
	const char *id = xml_attr(node, "id");
	struct model_option *option;

	if (!id || !*id)
		return ovf_fail(o, node, "has no id");
	option = model_add_option(o->m, o->e);
	if (!option)
		return err_wrap(o->e, "%s", o->name);
	option->preset = ovf_flag(node, "default", false);
	if (model_set_line(&option->id, id, o->e) < 0 ||
	    model_set_text(&option->label, ovf_text(o, xml_child(node, "Label")), o->e) < 0)
		return -ENOMEM;
	return model_set_text(&option->description, ovf_text(o, xml_child(node, "Description")),
			      o->e);
}

static int read_options(struct ovf *o, struct model_machine *vm, const xmlNode *section)
{
	int ret = 0;

	(void)vm;
	xml_each(node, section)
	{
		if (xml_is(node, "Configuration"))
			ret = read_option(o, node);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The option that was asked for, else the default, which without a mark is the first. */
static int choose_option(struct ovf *o, const char *wanted)
{
	struct model *m = o->m;
	size_t chosen = MODEL_NONE;

	for (size_t i = 0; i < m->n_options; i++)
		if (wanted ? strcmp(m->options[i].id, wanted) == 0 : m->options[i].preset)
			chosen = chosen == MODEL_NONE ? i : chosen;
	if (chosen == MODEL_NONE && wanted)
		return err_set(o->e, -EINVAL, "%s: there is no deployment option \"%.64s\"",
			       o->name, wanted);
	o->option = "";
	if (!m->n_options)
		return 0;
	chosen = chosen == MODEL_NONE ? 0 : chosen;
	m->options[chosen].chosen = true;
	o->option = m->options[chosen].id;
	return 0;
}

/* The messages in the document's own language, else in English, else the first. */
static void choose_strings(struct ovf *o, const xmlNode *envelope)
{
	const char *own = xml_attr(envelope, "lang");
	int best = 0;

	own = own ? own : "en-US";
	xml_each(node, envelope)
	{
		const char *lang = xml_attr(node, "lang");
		int rank = 1;

		if (!xml_is(node, "Strings") || !ovf_own(node))
			continue;
		if (xml_attr(node, "fileRef")) {
			ovf_warn(o, node, "messages in a file of their own are left out");
			continue;
		}
		if (lang && strcasecmp(lang, own) == 0)
			rank = 3;
		else if (lang && strncasecmp(lang, "en", 2) == 0)
			rank = 2;
		if (rank > best) {
			best = rank;
			o->strings = node;
		}
	}
}

static int read_machine(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	(void)vm;
	return ovf_machine(o, node);
}

static int read_collection(struct ovf *o, struct model_machine *vm, const xmlNode *node);

/* What precedes the machines, and what they refer to. */
static const struct ovf_section first[] = {
	{ "References", read_references },
	{ "DeploymentOptionSection", read_options },
	{ 0 },
};

static const struct ovf_section second[] = {
	{ "DiskSection", read_disks },
	{ "NetworkSection", read_networks },
	{ 0 },
};

/* Of the envelope and of a collection; what is NULL was read before or is its machines'. */
static const struct ovf_section third[] = {
	{ "VirtualSystem", read_machine },
	{ "VirtualSystemCollection", read_collection },
	{ "References", NULL },
	{ "DeploymentOptionSection", NULL },
	{ "DiskSection", NULL },
	{ "NetworkSection", NULL },
	{ "Strings", NULL },
	{ "Info", NULL },
	{ "Name", NULL },
	{ "StartupSection", NULL },
	{ "ProductSection", NULL },
	{ "EulaSection", NULL },
	{ "AnnotationSection", NULL },
	{ "ResourceAllocationSection", NULL },
	{ 0 },
};

static int read_each(struct ovf *o, const struct ovf_section *rows, const xmlNode *parent)
{
	int ret;

	xml_each(node, parent)
	{
		ret = ovf_section(o, rows, NULL, node);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_collection(struct ovf *o, struct model_machine *vm, const xmlNode *node)
{
	(void)vm;
	return read_each(o, third, node);
}

static int read_some(struct ovf *o, const struct ovf_section *rows, const xmlNode *parent)
{
	int ret;

	xml_each(node, parent) for (const struct ovf_section *row = rows; row->name;
				    row++) if (ovf_own(node) && ovf_section_is(node, row->name))
	{
		ret = row->read(o, NULL, node);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* The default of the property that a capacity names: "${NAME}". */
static const struct model_property *property(const struct model *m, const char *ref)
{
	size_t n = strcspn(ref + 2, "}");

	for (size_t i = 0; i < m->n_machines; i++)
		for (size_t j = 0; j < m->machines[i].n_properties; j++) {
			const struct model_property *p = &m->machines[i].properties[j];

			if (strncmp(p->key, ref + 2, n) == 0 && !p->key[n])
				return p;
		}
	return NULL;
}

static int resolve_capacities(struct ovf *o, const xmlNode *section)
{
	size_t i = 0;
	int ret;

	xml_each(node, section)
	{
		const char *capacity = xml_attr(node, "capacity");
		const struct model_property *p;

		if (!xml_is(node, "Disk"))
			continue;
		i++;
		if (!capacity || strncmp(capacity, "${", 2) != 0)
			continue;
		p = property(o->m, capacity);
		if (!p)
			return ovf_fail(o, node, "capacity: there is no property \"%.64s\"",
					capacity);
		ret = read_capacity(o, node, p->value, &o->m->disks[i - 1].capacity);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int read_envelope(struct ovf *o, const xmlNode *envelope, const char *option)
{
	const char *version = xml_own_attr(envelope, "version");

	if (!xml_is(envelope, "Envelope"))
		return ovf_fail(o, envelope, "not an OVF envelope");
	if (!version_of(envelope))
		return ovf_fail(o, envelope,
				"namespace \"%.128s\" is no version of OVF that is known",
				envelope->ns ? (const char *)envelope->ns->href : "");
	choose_strings(o, envelope);
	if (model_set_line(&o->m->version, version ? version : version_of(envelope), o->e) < 0 ||
	    read_some(o, first, envelope) < 0 || choose_option(o, option) < 0 ||
	    read_some(o, second, envelope) < 0 || read_each(o, third, envelope) < 0)
		return -EINVAL;
	xml_each(node, envelope) if (ovf_section_is(node, "DiskSection") &&
				     resolve_capacities(o, node) < 0) return -EINVAL;
	if (!o->m->n_machines)
		return ovf_fail(o, envelope, "there is no machine in it");
	if (o->m->n_machines == 1)
		o->m->machines[0].start_order = o->m->machines[0].start_delay = 0;
	return model_set_line(&o->m->name, o->m->machines[0].name, o->e);
}

int ovf_read(const char *text, size_t len, const char *name, const char *option, struct model **m,
	     struct err *e)
{
	struct err own = { 0 };
	struct ovf o = { .name = name, .option = "", .e = e ? e : &own };
	_cleanup_xml_ xmlDoc *doc = xml_parse(text, len, name, o.e);

	if (!doc)
		return o.e->code;
	o.m = model_new();
	if (!o.m)
		return err_sys(e, -ENOMEM, "%s", name);
	if (read_envelope(&o, xmlDocGetRootElement(doc), option) < 0)
		goto fail;
	if (model_check(o.m, o.e) == 0) {
		*m = o.m;
		return 0;
	}
	err_wrap(o.e, "%s", name);
fail:
	model_free(o.m);
	text_clean(o.e->text);
	return o.e->code;
}
