/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "property_args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { FILE_MAX = 1 << 20 };

/* Keep a text for as long as the pairs live; NULL when memory is exhausted. */
static char *keep(struct property_args *a, char *text)
{
	char **more = text ? reallocarray(a->texts, a->n_texts + 1, sizeof(*more)) : NULL;

	if (!more) {
		free(text);
		return NULL;
	}
	a->texts = more;
	a->texts[a->n_texts++] = text;
	return text;
}

static int add(struct property_args *a, const struct guest_pair *pairs, size_t n)
{
	struct guest_pair *more = reallocarray(a->pairs, a->n + n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	a->pairs = more;
	if (n)
		memcpy(a->pairs + a->n, pairs, n * sizeof(*pairs));
	a->n += n;
	return 0;
}

static int take_option(struct property_args *a, const char *option, struct err *e)
{
	char *text = keep(a, strdup(option)), *equals;

	if (!text)
		return err_sys(e, -ENOMEM, "--property");
	equals = strchr(text, '=');
	/* The value may be a password: it is not repeated. */
	if (!equals || equals == text)
		return err_set(e, -EINVAL, "--property is given as KEY=VALUE");
	*equals = '\0';
	return add(a, &(struct guest_pair){ text, equals + 1 }, 1) < 0
		       ? err_sys(e, -ENOMEM, "--property")
		       : 0;
}

static int take_file(struct property_args *a, const char *path, struct err *e)
{
	_cleanup_free_ struct guest_pair *pairs = NULL;
	struct buf data = BUF_INIT;
	size_t n = 0;
	char *text;
	int ret = fs_read(path, FILE_MAX, &data, e);

	text = ret == 0 ? keep(a, buf_take(&data)) : NULL;
	buf_clear(&data);
	if (ret == 0 && !text)
		ret = err_sys(e, -ENOMEM, "%s", path);
	if (ret == 0)
		ret = properties_parse(text, path, &pairs, &n, e);
	if (ret == 0 && add(a, pairs, n) < 0)
		ret = err_sys(e, -ENOMEM, "%s", path);
	return ret;
}

int property_args_take(struct property_args *a, const struct cmd_list *options,
		       const struct cmd_list *files, struct err *e)
{
	int ret = 0;

	/* What is on the command line counts more than what is in a file. */
	for (size_t i = 0; i < files->count && ret == 0; i++)
		ret = take_file(a, files->item[i], e);
	for (size_t i = 0; i < options->count && ret == 0; i++)
		ret = take_option(a, options->item[i], e);
	return ret;
}

/* A line of the terminal without its end; NULL at the end of input. */
static char *read_line(FILE *tty, bool hidden)
{
	struct termios before, quiet;
	bool changed = hidden && tcgetattr(fileno(tty), &before) == 0;
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (changed) {
		quiet = before;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(fileno(tty), TCSADRAIN, &quiet);
	}
	n = getline(&line, &size, tty);
	if (changed) {
		tcsetattr(fileno(tty), TCSADRAIN, &before);
		fputc('\n', tty);
	}
	if (n < 0) {
		free(line);
		return NULL;
	}
	line[strcspn(line, "\r\n")] = '\0';
	return line;
}

/* What the package's maker wrote, without what could move the terminal's cursor. */
static void print_plain(FILE *to, const char *text)
{
	for (; *text; text++)
		fputc((unsigned char)*text < 0x20 || *text == 0x7f ? ' ' : *text, to);
}

static void print_question(FILE *to, const struct model_property *p)
{
	if (*p->description) {
		fputs("  ", to);
		print_plain(to, p->description);
		fputc('\n', to);
	}
	print_plain(to, *p->label ? p->label : p->key);
	if (*p->label)
		fprintf(to, " (%s)", p->key);
	fputs(": ", to);
	fflush(to);
}

static int ask(struct property_args *a, const struct model_property *p, FILE *tty, struct err *e)
{
	for (;;) {
		struct err why = { 0 };
		char *line;

		print_question(tty, p);
		line = read_line(tty, p->password);
		if (!line)
			return err_set(e, -ECANCELED, "property %s was not given", p->key);
		if (!keep(a, line))
			return err_sys(e, -ENOMEM, "property %s", p->key);
		if (!*line)
			return 0;
		if (property_check(p, line, &why) == 0)
			return add(a, &(struct guest_pair){ p->key, line }, 1);
		fprintf(tty, "%s\n", err_text(&why));
	}
}

int property_args_ask(struct property_args *a, const struct model_machine *m, struct err *e)
{
	_cleanup_fclose_ FILE *tty = isatty(STDIN_FILENO) ? fopen("/dev/tty", "r+e") : NULL;
	int ret = 0;

	for (size_t i = 0; i < m->n_properties && tty && ret == 0; i++)
		if (property_open(m, &m->properties[i], a->pairs, a->n))
			ret = ask(a, &m->properties[i], tty, e);
	return ret;
}

void property_args_clear(struct property_args *a)
{
	for (size_t i = 0; i < a->n; i++)
		explicit_bzero((char *)a->pairs[i].value, strlen(a->pairs[i].value));
	for (size_t i = 0; i < a->n_texts; i++)
		free(a->texts[i]);
	free(a->texts);
	free(a->pairs);
	*a = (struct property_args){ 0 };
}
