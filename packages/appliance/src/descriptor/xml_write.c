/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "xml_write.h"

#include <inttypes.h>

/* Line ends and tabs of an attribute would be read as spaces (XML 1.0, 3.3.3). */
static void escape(struct buf *b, const char *s, bool attribute)
{
	for (; *s; s++) {
		switch (*s) {
		case '<':
			buf_adds(b, "&lt;");
			break;
		case '>':
			buf_adds(b, "&gt;");
			break;
		case '&':
			buf_adds(b, "&amp;");
			break;
		case '"':
			buf_adds(b, attribute ? "&quot;" : "\"");
			break;
		case '\r':
			buf_adds(b, "&#13;");
			break;
		case '\n':
		case '\t':
			if (attribute)
				buf_addf(b, "&#%d;", *s);
			else
				buf_addc(b, *s);
			break;
		default:
			buf_addc(b, *s);
		}
	}
}

static void indent(const struct xml_out *x)
{
	for (unsigned int i = 0; i < x->depth; i++)
		buf_adds(x->b, "  ");
}

void xml_start(struct xml_out *x, const char *name)
{
	indent(x);
	buf_addf(x->b, "<%s", name);
}

void xml_put(struct xml_out *x, const char *name, const char *value)
{
	buf_addf(x->b, " %s=\"", name);
	escape(x->b, value, true);
	buf_addc(x->b, '"');
}

void xml_put_number(struct xml_out *x, const char *name, uint64_t value)
{
	buf_addf(x->b, " %s=\"%" PRIu64 "\"", name, value);
}

void xml_open(struct xml_out *x)
{
	buf_adds(x->b, ">\n");
	x->depth++;
}

void xml_end(struct xml_out *x)
{
	buf_adds(x->b, "/>\n");
}

void xml_close(struct xml_out *x, const char *name)
{
	x->depth--;
	indent(x);
	buf_addf(x->b, "</%s>\n", name);
}

void xml_leaf(struct xml_out *x, const char *name, const char *text)
{
	indent(x);
	buf_addf(x->b, "<%s>", name);
	escape(x->b, text, false);
	buf_addf(x->b, "</%s>\n", name);
}
