/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables as docs/kickstart.md, as words to complete, and command by command.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "kickstart/reference.h"
#include "parser.h"

static const char head[] =
	"<!-- Written by the tables in kickstart/src: UPDATE_GOLDEN=1 with the test "
	"\"reference\". -->\n"
	"# Kickstart: what Socle does with each line\n"
	"\n"
	"The same as the manual page socle-kickstart(5), to look things up.\n"
	"\n"
	"| mark | what Socle does |\n"
	"| --- | --- |\n"
	"| **acts** | what the line says |\n"
	"| accepts | nothing; it makes no difference here |\n"
	"| warns | less, or something else, as the reason tells |\n"
	"| *not installed* | the line is well-formed and the file accepted, but the installer "
	"refuses it by its line |\n"
	"| *refuses* | it is an error |\n";

static const char *const marks[] = {
	[KS_ACTS] = "**acts**",		[KS_SILENT] = "accepts",    [KS_IGNORED] = "warns",
	[KS_LATER] = "*not installed*", [KS_REFUSED] = "*refuses*",
};

static const char *const dialects[] = { [KS_ESXI] = " (ESXi)",
					[KS_OVM] = " (Oracle VM)",
					[KS_SOCLE] = " (Socle)",
					[KS_ANACONDA] = "" };

/* Text of a table's cell; in code nothing but the cell's end is special. */
static void add_text(struct buf *out, const char *text, bool code)
{
	for (; *text; text++)
		buf_adds(out, *text == '|'	      ? "\\|"
			      : *text == '<' && !code ? "&lt;"
			      : *text == '*' && !code ? "\\*"
						      : (char[]){ *text, '\0' });
}

static void add_cell(struct buf *out, const char *text)
{
	add_text(out, text, false);
}

static void add_code(struct buf *out, const char *text)
{
	add_text(out, text, true);
}

static void add_what(struct buf *out, const char *help, const char *why, enum ks_status status)
{
	char first[2] = { help ? (char)toupper(help[0]) : '\0', '\0' };

	if (help) {
		add_cell(out, first);
		add_cell(out, help + (*help != '\0'));
	}
	if (why && why != help && status != KS_ACTS && status != KS_SILENT) {
		buf_adds(out, help ? "; " : "");
		add_cell(out, why);
	}
}

static void add_names(struct buf *out, const char *before, const char *names, const char *prefix)
{
	char text[KS_NAMES];

	if (names)
		buf_addf(out, "; %s %s", before, names_text(names, prefix, text));
}

static void add_option(struct buf *out, const struct ks_command *c, const struct ks_option *o)
{
	/* An option has no better lot than its command. */
	bool own = c->status == KS_ACTS || c->status == KS_SILENT || o->status == KS_REFUSED ||
		   (o->status == KS_LATER && c->status == KS_IGNORED);
	enum ks_status status = own ? o->status : c->status;

	buf_addf(out, "| &nbsp;&nbsp;`--%s", o->name);
	if (o->type)
		add_code(out, o->optional_value ? "[=" : "=");
	if (o->type)
		add_code(out, o->choices ? o->choices : o->type->meta);
	buf_addf(out, "%s`%s | %s | ", o->type && o->optional_value ? "]" : "",
		 c->dialect == o->dialect ? "" : dialects[o->dialect], marks[status]);
	add_what(out, o->help, o->why, status);
	add_names(out, "acts with", o->but, "=");
	add_names(out, "needs", o->needs, "--");
	add_names(out, "not with", o->conflicts, "--");
	buf_adds(out, " |\n");
}

/* The number in "RHEL 8". */
static const char *release(const char *name)
{
	return name ? name + strcspn(name, "0123456789") : "";
}

static void add_command(struct buf *out, const struct ks_command *c)
{
	buf_addf(out, "| `%s", c->name);
	if (c->operand) {
		buf_adds(out, c->least ? " " : " [");
		add_code(out, c->operand);
		buf_adds(out, c->least ? "" : "]");
	}
	buf_addf(out, "`%s | %s | ", dialects[c->dialect], marks[c->status]);
	add_what(out, c->help, c->why, c->status);
	add_names(out, "one of", c->one_of, "--");
	add_names(out, "at least one of", c->some_of, "--");
	add_names(out, "not with", c->conflicts, "");
	if (c->since || c->gone)
		buf_addf(out, " (RHEL%s%s%s%s)", c->since ? " from " : "", release(c->since),
			 c->gone ? " before " : "", release(c->gone));
	buf_adds(out, " |\n");
	for (const struct ks_option *o = c->options; o && o->name; o++)
		add_option(out, c, o);
}

void ks_reference_markdown(struct buf *out)
{
	buf_adds(out, head);
	for (const struct ks_family *f = ks_families; f->title; f++) {
		buf_addf(out, "\n## %s\n\n| line | | what it is for |\n| --- | --- | --- |\n",
			 f->title);
		for (const struct ks_command *c = f->commands; c->name; c++)
			add_command(out, c);
	}
}

void ks_reference_words(struct buf *out)
{
	for (const struct ks_family *f = ks_families; f->title; f++) {
		for (const struct ks_command *c = f->commands; c->name; c++) {
			if (c->status == KS_REFUSED)
				continue;
			buf_adds(out, c->name);
			for (const struct ks_option *o = c->options; o && o->name; o++)
				buf_addf(out, " --%s%s", o->name,
					 o->type && !o->optional_value ? "=" : "");
			buf_addc(out, '\n');
		}
	}
}

int ks_about(const char *command, struct ks_about *about)
{
	static const enum ks_fate fates[] = {
		[KS_ACTS] = KS_FATE_DONE,	[KS_SILENT] = KS_FATE_NOTHING,
		[KS_IGNORED] = KS_FATE_IGNORED, [KS_LATER] = KS_FATE_UNMET,
		[KS_REFUSED] = KS_FATE_REFUSED,
	};
	const struct ks_command *c = table_find(command, NULL);

	if (!c)
		return -ENOENT;
	*about = (struct ks_about){ c->help, c->why, fates[c->status] };
	return 0;
}
