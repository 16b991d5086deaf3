/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The envelope: its networks, options and messages, and the order of all that is in it.
 */
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "ovf.h"
#include "text.h"

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
	{ "References", ovf_references },
	{ "DeploymentOptionSection", read_options },
	{ 0 },
};

static const struct ovf_section second[] = {
	{ "DiskSection", ovf_disks },
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

static int read_envelope(struct ovf *o, const xmlNode *envelope, const char *option)
{
	const char *version = xml_own_attr(envelope, "version");

	if (!xml_is(envelope, "Envelope"))
		return ovf_fail(o, envelope, "not an OVF envelope");
	if (!ovf_version_of(envelope))
		return ovf_fail(o, envelope,
				"namespace \"%.128s\" is no version of OVF that is known",
				envelope->ns ? (const char *)envelope->ns->href : "");
	choose_strings(o, envelope);
	if (model_set_line(&o->m->version, version ? version : ovf_version_of(envelope), o->e) <
		    0 ||
	    read_some(o, first, envelope) < 0 || choose_option(o, option) < 0 ||
	    read_some(o, second, envelope) < 0 || read_each(o, third, envelope) < 0)
		return -EINVAL;
	xml_each(node, envelope) if (ovf_section_is(node, "DiskSection") &&
				     ovf_capacities(o, node) < 0) return -EINVAL;
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
