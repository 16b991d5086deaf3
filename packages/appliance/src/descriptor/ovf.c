/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What all readers of parts of OVF need.
 */
#include "ovf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *uri, *version;
} namespaces[] = {
	{ "http://schemas.dmtf.org/ovf/envelope/1", "1.0" },
	{ "http://schemas.dmtf.org/ovf/envelope/1/", "1.0" }, /* oVirt */
	{ "http://schemas.dmtf.org/ovf/1/envelope", "1.0" },
	{ "http://schemas.dmtf.org/ovf/envelope/2", "2.0" },
	{ "http://www.vmware.com/schema/ovf/1/envelope", "0.9" },
};

const char *ovf_version_of(const xmlNode *node)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
		if (xml_in(node, namespaces[i].uri))
			return namespaces[i].version;
	return NULL;
}

bool ovf_own(const xmlNode *node)
{
	return xml_in(node, NULL) || ovf_version_of(node);
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
