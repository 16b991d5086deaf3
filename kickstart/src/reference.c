/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kickstart/reference.h"

#include <ctype.h>
#include <string.h>

#include "parser.h"

enum { WIDTH = 72 };

static const char head[] =
	".\\\" SPDX-License-Identifier: GPL-2.0-or-later\n"
	".\\\" Written by \"socle kickstart reference\"; change the tables in kickstart/src.\n"
	".Dd November 23, 2026\n"
	".Dt SOCLE-KICKSTART 5\n"
	".Os\n"
	".Sh NAME\n"
	".Nm socle-kickstart\n"
	".Nd kickstart files that install Socle\n"
	".Sh DESCRIPTION\n"
	"A kickstart file answers all that the installer would ask.\n"
	"The language is that of Anaconda; this page lists what Socle takes of it.\n"
	"All else is an error: nothing is left out silently.\n"
	".Pp\n"
	"Each line is a command with options and at most one operand.\n"
	"Words are parted by blanks and quoted as in a shell;\n"
	".Ql #\n"
	"begins a comment.\n"
	"A value follows its option after\n"
	".Ql =\n"
	"or a blank; the items of a list are parted by commas.\n"
	"Sections begin with a line such as\n"
	".Ic %post\n"
	"and end with\n"
	".Ic %end .\n"
	"Unless noted otherwise, a command that is given again replaces the first one.\n";

static const char tail[] = ".Sh EXAMPLES\n"
			   ".Bd -literal -compact\n"
			   "lang en_US.UTF-8\n"
			   "keyboard us\n"
			   "timezone --utc Etc/UTC\n"
			   "rootpw --lock\n"
			   "sshkey --username=root \"ssh-ed25519 AAAA... admin\"\n"
			   "network --bootproto=dhcp --hostname=host1.example.org\n"
			   "ignoredisk --only-use=/dev/disk/by-id/wwn-0x5000c500a1b2c3d4\n"
			   "clearpart --all\n"
			   "autopart\n"
			   "reboot\n"
			   ".Ed\n"
			   ".Sh SEE ALSO\n"
			   ".Xr socle 1 ,\n"
			   ".Xr crypt 5\n";

/* One word of text; a line of mdoc must not begin with a control character. */
static void add_word(struct buf *out, const char *word, size_t len, bool first)
{
	if (*word == '.' || *word == '\'')
		buf_adds(out, "\\&");
	for (size_t i = 0; i < len; i++) {
		char c = first && i == 0 ? (char)toupper(word[i]) : word[i];

		buf_adds(out, c == '\\' ? "\\e" : (char[]){ c, '\0' });
	}
}

/* A help text as a sentence, in lines that are not too long. */
static void add_sentence(struct buf *out, const char *before, const char *text, const char *end)
{
	size_t column = strlen(before);
	bool first = column == 0;

	buf_adds(out, before);
	while (*text) {
		size_t len = strcspn(text, " ");

		if (column && column + len > WIDTH) {
			buf_adds(out, "\n");
			column = 0;
		} else if (!first && column != strlen(before)) {
			buf_adds(out, " ");
		}
		add_word(out, text, len, first);
		column += len + 1;
		first = false;
		text += len + (text[len] == ' ');
	}
	buf_addf(out, "%s\n", end);
}

static const char *ignored(enum ks_status status)
{
	return status == KS_IGNORED ? "Accepted with a warning: " : "";
}

static void add_option(struct buf *out, const struct ks_option *o)
{
	/* What is refused by name only would make the page long and say nothing. */
	if (o->status == KS_LATER || o->status == KS_REFUSED || !o->help)
		return;
	buf_addf(out, ".It Fl \\-%s", o->name);
	if (o->type)
		buf_addf(out, " Ns = Ns Ar %s", o->choices ? o->choices : o->type->meta);
	buf_adds(out, "\n");
	add_sentence(out, ignored(o->status), o->help, ".");
}

static bool has_options(const struct ks_command *c)
{
	for (const struct ks_option *o = c->options; o && o->name; o++)
		if (o->status != KS_LATER && o->status != KS_REFUSED && o->help)
			return true;
	return false;
}

static void add_command(struct buf *out, const struct ks_command *c)
{
	buf_addf(out, ".It Ic %s", c->name);
	if (c->operand)
		buf_addf(out, c->operand_needed ? " Ar %.*s" : " Op Ar %.*s",
			 (int)strcspn(c->operand + (*c->operand == '"'), "\""),
			 c->operand + (*c->operand == '"'));
	buf_adds(out, "\n");
	add_sentence(out, ignored(c->status), c->help,
		     c->repeat == KS_ONCE ? "; may be given once." : ".");
	if (!has_options(c))
		return;
	buf_adds(out, ".Bl -tag -width Ds -compact\n");
	for (const struct ks_option *o = c->options; o->name; o++)
		add_option(out, o);
	buf_adds(out, ".El\n");
}

static bool is_refused(const struct ks_command *c)
{
	return c->status == KS_LATER || c->status == KS_REFUSED;
}

static void add_family(struct buf *out, const struct ks_family *f)
{
	bool any = false;

	for (const struct ks_command *c = f->commands; c->name; c++) {
		if (is_refused(c))
			continue;
		if (!any)
			buf_addf(out, ".Ss \\&%s\n.Bl -tag -width Ds\n", f->title);
		any = true;
		add_command(out, c);
	}
	if (any)
		buf_adds(out, ".El\n");
}

static void add_refused(struct buf *out)
{
	const char *comma = "";

	buf_adds(out, ".Ss Refused\nThese are known and refused with a reason:\n");
	for (const struct ks_family *f = ks_families; f->title; f++) {
		for (const struct ks_command *c = f->commands; c->name; c++) {
			if (!is_refused(c))
				continue;
			buf_addf(out, "%s.Ic %s", comma, c->name);
			comma = " ,\n";
		}
	}
	buf_adds(out, " .\n");
}

void ks_reference(struct buf *out)
{
	buf_adds(out, head);
	buf_adds(out, ".Sh COMMANDS\n");
	for (const struct ks_family *f = ks_families; f->title; f++)
		add_family(out, f);
	add_refused(out);
	buf_adds(out, tail);
}
