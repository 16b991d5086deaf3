/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * XML as text: one element a line, indented by its depth, all values escaped.
 */
#ifndef APPLIANCE_XML_WRITE_H
#define APPLIANCE_XML_WRITE_H

#include <stdint.h>

#include "socle/buf.h"

struct xml_out {
	struct buf *b;
	unsigned int depth;
};

/* "<name", to which attributes are added. */
void xml_start(struct xml_out *x, const char *name);
void xml_put(struct xml_out *x, const char *name, const char *value);
void xml_put_number(struct xml_out *x, const char *name, uint64_t value);

/* ">" and a line deeper; or "/>". */
void xml_open(struct xml_out *x);
void xml_end(struct xml_out *x);

/* "</name>" of what was opened. */
void xml_close(struct xml_out *x, const char *name);

/* "<name>text</name>" */
void xml_leaf(struct xml_out *x, const char *name, const char *text);

#endif
