/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * References and DiskSection: files, and the disks that are in them.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "ovf.h"
#include "units.h"

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
	while (strncmp(href, "./", 2) == 0)
		href += 2;
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

int ovf_references(struct ovf *o, struct model_machine *vm, const xmlNode *node)
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

int ovf_disks(struct ovf *o, struct model_machine *vm, const xmlNode *node)
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

int ovf_capacities(struct ovf *o, const xmlNode *section)
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
