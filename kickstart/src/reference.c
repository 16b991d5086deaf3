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
	"The language is that of Anaconda, with the words that VMware ESXi and Oracle VM\n"
	"Server have of their own, and a few of Socle's; this page lists all of them.\n"
	"All else is an error: nothing is left out silently.\n"
	"What is well-formed but cannot be done is told by\n"
	".Ql socle kickstart check ,\n"
	"and keeps the file from being installed.\n"
	".Pp\n"
	"Each line is a command with options and operands.\n"
	"Words are parted by blanks and quoted as in a shell;\n"
	".Ql #\n"
	"begins a comment.\n"
	"A value follows its option after\n"
	".Ql =\n"
	"or a blank; the items of a list are parted by commas.\n"
	"An option may be shortened as long as no other begins so.\n"
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

/* What becomes of it, when it is not done as it says. */
static void add_status(struct buf *out, enum ks_status status, const char *help, const char *why)
{
	static const char *const lead[] = {
		[KS_IGNORED] = "Accepted with a warning: ",
		[KS_LATER] = "Well-formed, but not installed: ",
		[KS_REFUSED] = "Refused: ",
	};

	if (lead[status] && why && why != help)
		add_sentence(out, lead[status], why, ".");
}

/* An option without a word of help is of a command that is not acted on. */
static bool is_told(const struct ks_option *o)
{
	return o->help || o->why;
}

/* "Not together with a, b." */
static void add_names(struct buf *out, const char *before, const char *names, const char *prefix)
{
	char text[KS_NAMES];

	if (names)
		add_sentence(out, before, names_text(names, prefix, text), ".");
}

static void add_option(struct buf *out, const struct ks_option *o)
{
	const char *meta = o->choices ? o->choices : o->type ? o->type->meta : "";

	if (!is_told(o))
		return;
	buf_addf(out, ".It Fl \\-%s", o->name);
	if (o->type && o->optional_value)
		buf_addf(out, " Ns Op = Ns Ar %s", meta);
	else if (o->type)
		buf_addf(out, " Ns = Ns Ar %s", meta);
	buf_adds(out, "\n");
	if (o->help)
		add_sentence(out, "", o->help, ".");
	add_names(out, "Needs ", o->needs, "--");
	add_names(out, "Not together with ", o->conflicts, "--");
	add_status(out, o->status, o->help, o->why);
	add_names(out, "Acts with ", o->but, "=");
}

static void add_options(struct buf *out, const struct ks_command *c)
{
	const char *comma = "Also taken:";
	bool list = false;

	for (const struct ks_option *o = c->options; o && o->name; o++) {
		if (!is_told(o))
			continue;
		buf_adds(out, list ? "" : ".Bl -tag -width Ds -compact\n");
		list = true;
		add_option(out, o);
	}
	buf_adds(out, list ? ".El\n" : "");
	for (const struct ks_option *o = c->options; o && o->name; o++) {
		if (is_told(o))
			continue;
		buf_addf(out, "%s\n.Fl \\-%s", comma, o->name);
		comma = " ,";
	}
	buf_adds(out, *comma == ' ' ? " .\n" : "");
}

static void add_command(struct buf *out, const struct ks_command *c)
{
	size_t quoted = c->operand && *c->operand == '"';

	buf_addf(out, ".It Ic %s", c->name);
	if (c->operand)
		buf_addf(out, c->least ? " Ar %.*s" : " Op Ar %.*s",
			 (int)strcspn(c->operand + quoted, "\""), c->operand + quoted);
	buf_adds(out, "\n");
	if (c->help)
		add_sentence(out, "", c->help, ".");
	add_names(out, "Takes exactly one of ", c->one_of, "--");
	add_names(out, "Takes at least one of ", c->some_of, "--");
	add_names(out, "Not together with ", c->conflicts, "");
	if (c->repeat == KS_ONCE)
		buf_adds(out, "May be given once.\n");
	add_status(out, c->status, c->help, c->why);
	if (c->since)
		buf_addf(out, "In Anaconda since %s.\n", c->since);
	if (c->gone)
		buf_addf(out, "Gone from Anaconda since %s.\n", c->gone);
	add_options(out, c);
}

static void add_family(struct buf *out, const struct ks_family *f)
{
	buf_addf(out, ".Ss \\&%s\n.Bl -tag -width Ds\n", f->title);
	for (const struct ks_command *c = f->commands; c->name; c++)
		add_command(out, c);
	buf_adds(out, ".El\n");
}

void ks_reference(struct buf *out)
{
	buf_adds(out, head);
	buf_adds(out, ".Sh COMMANDS\n");
	for (const struct ks_family *f = ks_families; f->title; f++)
		add_family(out, f);
	buf_adds(out, tail);
}
