/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections: from a line such as "%post" to "%end".
 *
 * Inside of one, a line that begins with % in its first column is a header
 * only if it names a known section; all else is the section's text, except
 * that %include puts a file's lines there.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "types.h"

enum {
	SCRIPT_NOCHROOT,
	SCRIPT_ERRORONFAIL,
	SCRIPT_INTERPRETER,
	SCRIPT_LOG,
	SCRIPT_IGNOREFAILURE,
};

#define LOG_OPTION                                                                      \
	[SCRIPT_LOG] = { "log", .alias = "logfile", .type = &type_path,                 \
			 .help = "file for the script's output, as seen where it runs", \
			 KS_TO(KS_STRING, struct ks_script, log) }
#define FAIL_OPTION                                                                   \
	[SCRIPT_ERRORONFAIL] = { "erroronfail",                                       \
				 .help = "the installation fails if the script does", \
				 KS_TO(KS_TRUE, struct ks_script, error_on_fail) }
#define INTERPRETER_OPTION                                                             \
	[SCRIPT_INTERPRETER] = { "interpreter", .type = &type_program,                 \
				 .help = "what runs the script; /bin/sh if not given", \
				 KS_TO(KS_STRING, struct ks_script, interpreter) }
/* ESXi's %post. */
#define ESXI_OPTIONS                                                                            \
	[SCRIPT_IGNOREFAILURE] = { "ignorefailure", .type = &type_bool, .optional_value = true, \
				   .dialect = KS_ESXI,                                          \
				   .help = "no: the installation fails if the script does" },   \
	{ "timeout", .type = &type_number, .dialect = KS_ESXI,                                  \
	  .help = "seconds after which the script is ended; an hour if not given, or 0",        \
	  KS_TO(KS_NUMBER, struct ks_script, timeout) },                                        \
	{ "level", .type = &type_number, .status = KS_SILENT, .dialect = KS_ESXI,               \
	  .help = "no effect" },                                                                \
	{ "unsupported", .status = KS_SILENT, .dialect = KS_ESXI, .help = "no effect" }

static const struct ks_option post_options[] = {
	[SCRIPT_NOCHROOT] = { "nochroot", .help = "run in the installer, not in the new system",
			      KS_TO(KS_TRUE, struct ks_script, nochroot) },
	FAIL_OPTION,
	INTERPRETER_OPTION,
	LOG_OPTION,
	ESXI_OPTIONS,
	{ 0 },
};

/* Scripts that run in the installer. */
static const struct ks_option installer_options[] = {
	[SCRIPT_NOCHROOT] = { "nochroot", .status = KS_SILENT, .help = "no effect" },
	FAIL_OPTION,
	INTERPRETER_OPTION,
	LOG_OPTION,
	ESXI_OPTIONS,
	{ 0 },
};

static const struct ks_option packages_options[] = {
	{ "ignoremissing", .alias = "ignore-missing" },
	{ .name = "excludedocs" },
	{ .name = "nocore" },
	{ .name = "default" },
	{ .name = "multilib" },
	{ "exclude-weakdeps", .alias = "excludeWeakdeps" },
	{ .name = "nobase" },
	{ .name = "resolvedeps" },
	{ .name = "ignoredeps" },
	{ .name = "ignorebroken" },
	{ "inst-langs", .alias = "instLangs", .type = &type_text },
	{ "timeout", .type = &type_number },
	{ "retries", .type = &type_number },
	{ 0 },
};

enum { CERTIFICATE_FILENAME };

const struct ks_option certificate_options[] = {
	[CERTIFICATE_FILENAME] = { "filename", .type = &type_text, .required = true,
				   KS_TO(KS_STRING, struct ks_certificate, name),
				   .help = "its name" },
	{ "dir", .type = &type_path, KS_TO(KS_STRING, struct ks_certificate, folder),
	  .help = "the folder it is put into; /etc/ssl/certs if not given" },
	{ "type", .type = &type_text, .status = KS_SILENT, .help = "no effect" },
	{ 0 },
};

static const struct script_kind {
	const char *section;
	enum ks_when when;
} script_kinds[] = {
	{ "%post", KS_POST },		{ "%pre", KS_PRE },
	{ "%onerror", KS_ON_ERROR },	{ "%pre-install", KS_PRE_INSTALL },
	{ "%traceback", KS_TRACEBACK }, { "%firstboot", KS_FIRST_BOOT },
};

static const struct script_kind *script_kind(const struct ks_command *c)
{
	for (size_t i = 0; i < sizeof(script_kinds) / sizeof(script_kinds[0]); i++)
		if (strcmp(script_kinds[i].section, c->name) == 0)
			return &script_kinds[i];
	return NULL;
}

static void include_here(struct parser *p, void *ctx)
{
	(void)ctx;
	parse_lines(p);
}

void include_apply(struct parser *p, const struct ks_args *args)
{
	char name[4096];
	size_t len = strlen(args->operand[0].text);

	/* The words of this line are overwritten by those of the file. */
	if (!len || len >= sizeof(name)) {
		parser_error(p, args->operand[0].column, "this is no file's name");
		return;
	}
	memcpy(name, args->operand[0].text, len + 1);
	include_read(p, name, args->operand[0].column, include_here, NULL);
}

const struct ks_command commands_sections[] = {
	{ "%post", .section = true, .repeat = KS_MANY, .options = post_options,
	  .help = "a script, run after the installation, in the order of the file" },
	{ "%pre", .section = true, .repeat = KS_MANY, .options = installer_options,
	  .help = "a script, run in the installer before the file is read again, and may write "
		  "files that it includes" },
	{ "%pre-install", .since = "RHEL 7", .section = true, .repeat = KS_MANY,
	  .options = installer_options,
	  .help = "a script, run in the installer when the new system is mounted on /mnt/sysroot, "
		  "before its files are written" },
	{ "%onerror", .since = "RHEL 7", .section = true, .repeat = KS_MANY,
	  .options = installer_options,
	  .help = "a script, run in the installer when the installation is refused or fails" },
	{ "%traceback", .section = true, .status = KS_IGNORED, .repeat = KS_MANY,
	  .options = installer_options, .help = "a script, run when Anaconda crashes",
	  .why = "ignored; that is Anaconda's, %onerror is run on every failure" },
	{ "%packages", .section = true, .status = KS_IGNORED, .repeat = KS_MANY,
	  .options = packages_options, .help = "the packages of the system",
	  .why = "Socle's system image is fixed; no packages are added or removed" },
	{ "%addon", .since = "RHEL 7", .section = true, .free = true, .status = KS_IGNORED,
	  .repeat = KS_MANY, .operand = "NAME", .help = "data of an add-on of Anaconda",
	  .why = "ignored; there are no add-ons" },
	{ "%anaconda", .since = "RHEL 7", .section = true, .free = true, .status = KS_IGNORED,
	  .repeat = KS_MANY, .help = "settings of Anaconda itself",
	  .why = "ignored; this is not Anaconda" },
	{ "%certificate", .since = "RHEL 10", .section = true, .repeat = KS_MANY,
	  .options = certificate_options,
	  .help = "a certificate, put into the new system as a file" },
	{ "%firstboot", .section = true, .repeat = KS_MANY, .dialect = KS_ESXI,
	  .options = installer_options,
	  .help = "a script, run once in the new system, when it boots the first time" },
	{ "%vmlicense_text", .section = true, .status = KS_IGNORED, .dialect = KS_ESXI,
	  .help = "license key", .why = "ignored; Socle needs no license key" },
	{ "%include", .repeat = KS_MANY, .operand = "FILE|URL", .least = 1, .apply = include_apply,
	  .help = "the lines of another file; also inside of a section" },
	{ "%ksappend", .repeat = KS_MANY, .operand = "FILE|URL", .least = 1, .apply = include_apply,
	  .help = "the same as %include" },
	{ 0 },
};

static bool first_word_is(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && strncmp(line, word, n) == 0 &&
	       (len == n || strchr(" \t\r#", line[n]) != NULL);
}

static bool is_include(const char *line, size_t len)
{
	return first_word_is(line, len, "%include") || first_word_is(line, len, "%ksappend");
}

/* Whether a known section begins with this line. */
static bool is_header(const char *line, size_t len)
{
	for (const struct ks_command *c = commands_sections; c->name; c++)
		if (c->section && first_word_is(line, len, c->name))
			return true;
	return false;
}

static void script_add(struct parser *p, struct ks_pos pos, const struct ks_args *args,
		       enum ks_when when, char *body)
{
	struct answers *a = p->a;
	struct ks_script *s = parser_grow(p, &a->scripts, &a->script_count, sizeof(*s));
	const struct ks_arg *ignore = &args->option[SCRIPT_IGNOREFAILURE];

	if (!s) {
		free(body);
		return;
	}
	s->pos = pos;
	s->when = when;
	s->body = body;
	args_fill(p, p->command->options, args, s);
	/* What ESXi calls its shell. */
	if (s->interpreter && strcmp(s->interpreter, "busybox") == 0)
		parser_set(p, &s->interpreter, NULL);
	if (ignore->text && !bool_value(ignore->text))
		s->error_on_fail = true;
}

/* A name below the folder, not a way out of it. */
static void certificate_add(struct parser *p, struct ks_pos pos, const struct ks_args *args,
			    char *body)
{
	const struct ks_arg *name = &args->option[CERTIFICATE_FILENAME];
	struct answers *a = p->a;
	struct ks_certificate *c = NULL;

	if (!*name->text || strchr(name->text, '/') || *name->text == '.')
		parser_error(p, name->column, "--filename is the name of a file, without a folder");
	else
		c = parser_grow(p, &a->certificates, &a->certificate_count, sizeof(*c));
	if (!c) {
		free(body);
		return;
	}
	c->pos = pos;
	c->body = body;
	args_fill(p, certificate_options, args, c);
}

struct body {
	struct buf text;
	struct ks_pos indented; /* an %end that is none, since it is not in the first column */
	bool ended;
	bool unread;  /* what is in it makes no difference */
	bool skipped; /* and it is not kept either */
	bool whole;   /* every line belongs to it: an included file */
};

static void take_body(struct parser *p, struct body *b);

static void take_included(struct parser *p, void *ctx)
{
	struct body *b = ctx;
	bool whole = b->whole;

	b->whole = true;
	take_body(p, b);
	b->whole = whole;
}

static void body_include(struct parser *p, const char *line, size_t len, struct body *b)
{
	struct ks_words *w = &p->words;
	struct ks_pos pos = p->pos;
	char name[4096];

	/* Nobody will read the section, so the file need not be there. */
	if (b->unread)
		return;
	lex_line(w, line, len);
	if (w->fault || w->count != 2 || strlen(w->word[1].text) >= sizeof(name)) {
		parser_error(p, 1, "%%include takes one file's name");
		return;
	}
	memcpy(name, w->word[1].text, strlen(w->word[1].text) + 1);
	include_read(p, name, w->word[1].column, take_included, b);
	p->pos = pos;
}

static void body_line(struct parser *p, const char *line, size_t len, struct body *b)
{
	size_t blanks = 0;

	while (blanks < len && (line[blanks] == ' ' || line[blanks] == '\t'))
		blanks++;
	if (blanks && first_word_is(line + blanks, len - blanks, "%end"))
		b->indented = p->pos;
	buf_add(&b->text, line, len);
	buf_addc(&b->text, '\n');
}

/* The body's lines into its text, up to %end, the next section, or the end of the file. */
static void take_body(struct parser *p, struct body *b)
{
	const char *before = p->source->at, *line;
	size_t len;

	while (!p->stopped && !p->out_of_memory && parser_line(p, &line, &len)) {
		bool marked = len && *line == '%';

		if (marked && first_word_is(line, len, "%end") && !b->whole) {
			b->ended = p->any_end = true;
			return;
		}
		if (marked && is_header(line, len) && !b->whole) {
			p->source->at = before;
			p->source->pos.line--;
			return;
		}
		if (marked && is_include(line, len))
			body_include(p, line, len, b);
		else if (!b->skipped)
			body_line(p, line, len, b);
		before = p->source->at;
	}
}

void section_skip(struct parser *p)
{
	struct body b = { .text = BUF_INIT, .unread = true, .skipped = true };

	take_body(p, &b);
}

static void endless(struct parser *p, struct ks_pos start, const struct body *b)
{
	size_t n = p->endless_count;

	if (n == KS_ENDLESS_MAX || p->source->parent) {
		p->pos = start;
		parser_error(p, start.column, "%%end is missing");
		return;
	}
	p->endless[n].pos = start;
	p->endless[n].section = p->command;
	p->endless[n].indented = b->indented;
	p->endless_count++;
}

void section_read(struct parser *p, const struct ks_args *args)
{
	const struct script_kind *kind = args ? script_kind(p->command) : NULL;
	bool certificate = args && p->command->options == certificate_options;
	struct ks_pos start = p->pos;
	struct body b = { .text = BUF_INIT,
			  .unread = !p->command || p->command->status == KS_IGNORED };

	take_body(p, &b);
	if (!b.ended)
		endless(p, start, &b);
	p->pos = start;
	if (!buf_ok(&b.text))
		p->out_of_memory = true;
	else if ((kind || certificate) && memchr(b.text.s, '\0', b.text.len))
		parser_error(p, start.column, "the %s contains a NUL byte",
			     kind ? "script" : "certificate");
	else if (certificate)
		certificate_add(p, start, args, buf_take(&b.text));
	else if (kind)
		script_add(p, start, args, kind->when, buf_take(&b.text));
	buf_clear(&b.text);
}

/*
 * ESXi, and Anaconda up to RHEL 5, of which Oracle VM Server 2 was made, know no
 * %end: there a section runs to the next one.  In all other files a missing one
 * would make commands the text of a script.
 */
void sections_settle(struct parser *p)
{
	for (size_t i = 0; i < p->endless_count; i++) {
		p->pos = p->endless[i].pos;
		p->command = p->endless[i].section;
		if (p->other_dialect || (p->old && !p->any_end))
			parser_warn(p, p->pos.column,
				    "%%end is missing: the section runs to the next one, or to the "
				    "end of the file");
		else if (p->endless[i].indented.line)
			parser_error(p, p->pos.column,
				     "%%end is missing; that of line %u is indented",
				     p->endless[i].indented.line);
		else
			parser_error(p, p->pos.column, "%%end is missing");
	}
	p->command = NULL;
}
