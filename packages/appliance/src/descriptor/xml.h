/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML from strangers, by libxml2: no network, no DOCTYPE, no entities but the
 * predefined ones; size, depth and count bounded.  Comments and processing
 * instructions are dropped, so that the text of a leaf is one string.
 */
#ifndef APPLIANCE_XML_H
#define APPLIANCE_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

#include "socle/err.h"

enum { XML_SIZE_MAX = 8 << 20, XML_DEPTH_MAX = 64, XML_COUNT_MAX = 200000 };

/* The document, or NULL with "NAME:LINE: reason". */
xmlDoc *xml_parse(const char *text, size_t len, const char *name, struct err *e);

static inline void xml_free(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}

#define _cleanup_xml_ __attribute__((cleanup(xml_free)))

xmlNode *xml_first(const xmlNode *parent); /* its first element, or NULL */
xmlNode *xml_next(const xmlNode *node);	   /* the next element beside it, or NULL */
#define xml_each(child, parent) \
	for (xmlNode *child = xml_first(parent); child; child = xml_next(child))

/* Whether the name without its prefix is this one. */
bool xml_is(const xmlNode *node, const char *name);

/* Whether it is in the namespace, or (ns NULL) in none. */
bool xml_in(const xmlNode *node, const char *ns);

/* The first child with the name, whatever its prefix; NULL. */
xmlNode *xml_child(const xmlNode *parent, const char *name);

const char *xml_text(const xmlNode *node); /* of a leaf; "" for NULL and the empty one */

/* The attribute with the name, its element's prefix or none before others; NULL. */
const char *xml_own_attr(const xmlNode *node, const char *name); /* only those */
const char *xml_attr(const xmlNode *node, const char *name);

#endif
