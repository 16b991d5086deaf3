/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xml.h"

#include <errno.h>
#include <libxml/parser.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "text.h"

/* What the parser is asked to count, and why it was stopped. */
struct watch {
	startElementNsSAX2Func start;
	size_t count;
	int line;
	char stopped[256];
};

/* The first fault is kept: others follow from it. */
static void note(struct watch *w, int line, const char *why)
{
	if (*w->stopped)
		return;
	w->line = line;
	snprintf(w->stopped, sizeof(w->stopped), "%.*s", (int)strcspn(why, "\n"), why);
}

static void stop(xmlParserCtxt *ctxt, const char *why)
{
	note(ctxt->_private, xmlSAX2GetLineNumber(ctxt), why);
	xmlStopParser(ctxt);
}

static void on_error(void *ctx, xmlError *error)
{
	if (error->level == XML_ERR_FATAL && error->message)
		note(((xmlParserCtxt *)ctx)->_private, error->line, error->message);
}

static void on_doctype(void *ctx, const xmlChar *name, const xmlChar *id, const xmlChar *system)
{
	(void)name;
	(void)id;
	(void)system;
	stop(ctx, "a DOCTYPE is not accepted");
}

static void on_start(void *ctx, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
		     int n_ns, const xmlChar **ns, int n_attr, int n_default, const xmlChar **attr)
{
	xmlParserCtxt *ctxt = ctx;
	struct watch *w = ctxt->_private;

	w->count += 1 + (size_t)n_attr + (size_t)n_ns;
	if (w->count > XML_COUNT_MAX)
		stop(ctxt, "too many elements");
	else if (ctxt->nameNr > XML_DEPTH_MAX)
		stop(ctxt, "nested too deeply");
	else
		w->start(ctx, name, prefix, uri, n_ns, ns, n_attr, n_default, attr);
}

static void watch(xmlParserCtxt *ctxt, struct watch *w)
{
	w->start = ctxt->sax->startElementNs;
	ctxt->_private = w;
	ctxt->sax->startElementNs = on_start;
	ctxt->sax->internalSubset = on_doctype;
	ctxt->sax->serror = on_error;
	ctxt->sax->comment = NULL;
	ctxt->sax->processingInstruction = NULL;
}

/*
 * .NET writes "utf-16" into the declaration of what it then stores as UTF-8
 * (XenCenter's packages); the bytes are right.
 */
static const char *encoding(const char *text, size_t len)
{
	size_t head = len < 100 ? len : 100;
	const char *end = memchr(text, '>', head);

	if (!end || strncmp(text, "<?xml", 5) != 0)
		return NULL;
	for (const char *s = text; s + 6 < end; s++)
		if (strncasecmp(s, "utf-16", 6) == 0)
			return "UTF-8";
	return NULL;
}

xmlDoc *xml_parse(const char *text, size_t len, const char *name, struct err *e)
{
	static const int options = XML_PARSE_NONET | XML_PARSE_NOENT | XML_PARSE_NOCDATA |
				   XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
	struct watch w = { 0 };
	xmlParserCtxt *ctxt;
	xmlDoc *doc;

	if (len > XML_SIZE_MAX) {
		err_set(e, -EFBIG, "%s: more than %d MiB", name, XML_SIZE_MAX >> 20);
		return NULL;
	}
	ctxt = xmlNewParserCtxt();
	if (!ctxt) {
		err_sys(e, -ENOMEM, "%s", name);
		return NULL;
	}
	watch(ctxt, &w);
	doc = xmlCtxtReadMemory(ctxt, text, (int)len, NULL, encoding(text, len), options);
	if (*w.stopped || !doc) {
		text_clean(w.stopped);
		err_set(e, -EINVAL, "%s:%d: %s", name, w.line, *w.stopped ? w.stopped : "not XML");
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

static xmlNode *element(xmlNode *node)
{
	while (node && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

xmlNode *xml_first(const xmlNode *parent)
{
	return element(parent->children);
}

xmlNode *xml_next(const xmlNode *node)
{
	return element(node->next);
}

bool xml_is(const xmlNode *node, const char *name)
{
	return strcmp((const char *)node->name, name) == 0;
}

bool xml_in(const xmlNode *node, const char *ns)
{
	const char *href = node->ns ? (const char *)node->ns->href : NULL;

	return ns ? href && strcmp(href, ns) == 0 : !href;
}

xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	xml_each(child, parent) if (xml_is(child, name)) return child;
	return NULL;
}

const char *xml_text(const xmlNode *node)
{
	for (const xmlNode *n = node ? node->children : NULL; n; n = n->next)
		if (n->type == XML_TEXT_NODE && n->content)
			return (const char *)n->content;
	return "";
}

static const char *value(const xmlAttr *a)
{
	return a->children && a->children->content ? (const char *)a->children->content : "";
}

const char *xml_own_attr(const xmlNode *node, const char *name)
{
	for (const xmlAttr *a = node->properties; a; a = a->next)
		if (strcmp((const char *)a->name, name) == 0 &&
		    (!a->ns || (node->ns && xmlStrEqual(a->ns->href, node->ns->href))))
			return value(a);
	return NULL;
}

const char *xml_attr(const xmlNode *node, const char *name)
{
	const char *own = xml_own_attr(node, name);

	for (const xmlAttr *a = node->properties; a && !own; a = a->next)
		if (strcmp((const char *)a->name, name) == 0)
			own = value(a);
	return own;
}
