/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections: from a line such as "%post" to "%end".
 *
 * Inside of one, a line that begins with % in its first column is a header
 * only if it names a known section; all else is the section's text.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "types.h"

enum { POST_NOCHROOT, POST_INTERPRETER, POST_LOG, POST_ERRORONFAIL };

static const struct ks_option post_options[] = {
	[POST_NOCHROOT] = { "nochroot", .help = "run in the installer, not in the new system" },
	[POST_INTERPRETER] = { "interpreter", .type = &type_program,
			       .help = "what runs the script; /bin/sh if not given" },
	[POST_LOG] = { "log", .alias = "logfile", .type = &type_path,
		       .help = "file for the script's output, as seen where it runs" },
	[POST_ERRORONFAIL] = { "erroronfail", .help = "the installation fails if the script does" },
	{ 0 },
};

static const struct ks_option packages_options[] = {
	{ .name = "ignoremissing" },
	{ .name = "excludedocs" },
	{ .name = "nocore" },
	{ .name = "default" },
	{ .name = "multilib" },
	{ "exclude-weakdeps", .alias = "excludeWeakdeps" },
	{ .name = "nobase" },
	{ .name = "resolvedeps" },
	{ .name = "ignorebroken" },
	{ "inst-langs", .alias = "instLangs", .type = &type_word },
	{ "timeout", .type = &type_number },
	{ "retries", .type = &type_number },
	{ 0 },
};

const struct ks_command commands_sections[] = {
	{ "%post", .section = true, .repeat = KS_MANY, .options = post_options,
	  .help = "a script, run after the installation, in the order of the file" },
	{ "%packages", .section = true, .status = KS_IGNORED, .repeat = KS_MANY,
	  .options = packages_options,
	  .help = "Socle's system image is fixed; no packages are added or removed" },
	{ "%pre", .section = true, .status = KS_LATER },
	{ "%pre-install", .section = true, .status = KS_LATER },
	{ "%onerror", .section = true, .status = KS_LATER },
	{ "%traceback", .section = true, .status = KS_LATER },
	{ "%addon", .section = true, .status = KS_LATER },
	{ "%anaconda", .section = true, .status = KS_LATER },
	{ "%certificate", .section = true, .status = KS_LATER },
	{ "%firstboot", .section = true, .status = KS_LATER },
	{ "%include", .status = KS_LATER },
	{ "%ksappend", .status = KS_LATER },
	{ 0 },
};

static bool first_word_is(const char *line, size_t len, const char *word)
{
	size_t n = strlen(word);

	return len >= n && memcmp(line, word, n) == 0 &&
	       (len == n || line[n] == ' ' || line[n] == '\t' || line[n] == '#');
}

static bool is_header(const char *line, size_t len)
{
	for (const struct ks_command *c = commands_sections; c->name; c++)
		if (first_word_is(line, len, c->name))
			return true;
	return false;
}

static void script_add(struct parser *p, struct ks_pos pos, const struct ks_args *args, char *body)
{
	struct answers *a = p->a;
	struct ks_script *s = parser_grow(p, &a->scripts, &a->script_count, sizeof(*s));

	if (!s) {
		free(body);
		return;
	}
	s->pos = pos;
	s->when = KS_POST;
	s->nochroot = args->option[POST_NOCHROOT].given;
	s->error_on_fail = args->option[POST_ERRORONFAIL].given;
	s->body = body;
	parser_set(p, &s->interpreter, args->option[POST_INTERPRETER].text);
	parser_set(p, &s->log, args->option[POST_LOG].text);
}

/*
 * The body's lines into text.  Returns whether %end was there; indented is the
 * line of an %end that is none, since it does not begin in the first column.
 */
static bool take_body(struct parser *p, struct buf *text, unsigned int *indented)
{
	const char *before = p->at, *line;
	size_t len;

	while (parser_line(p, &line, &len)) {
		size_t blanks = 0;

		if (len && *line == '%') {
			if (first_word_is(line, len, "%end"))
				return true;
			if (is_header(line, len)) {
				p->at = before;
				p->pos.line--;
				return false;
			}
		}
		while (blanks < len && (line[blanks] == ' ' || line[blanks] == '\t'))
			blanks++;
		if (blanks && first_word_is(line + blanks, len - blanks, "%end"))
			*indented = p->pos.line;
		buf_add(text, line, len);
		buf_addc(text, '\n');
		before = p->at;
	}
	return false;
}

void section_read(struct parser *p, const struct ks_args *args)
{
	struct ks_pos start = p->pos, end;
	struct buf text = BUF_INIT;
	unsigned int indented = 0;
	bool ended = take_body(p, &text, &indented);

	end = p->pos;
	p->pos = start;
	if (!ended && indented)
		parser_error(p, start.column, "%%end is missing; that of line %u is indented",
			     indented);
	else if (!ended)
		parser_error(p, start.column, "%%end is missing");
	if (!buf_ok(&text))
		p->out_of_memory = true;
	else if (args && p->command && p->command->options == post_options) {
		if (memchr(text.s, '\0', text.len))
			parser_error(p, start.column, "the script contains a NUL byte");
		else
			script_add(p, start, args, buf_take(&text));
	}
	buf_clear(&text);
	p->pos = end;
}
