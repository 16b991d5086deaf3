/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle appliance convert
 *
 * The file is made under another name beside the one it is to have, and takes its
 * place when it is complete.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/convert.h"
#include "progress.h"
#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/part.h"

static const char *to;
static bool as_json, force;

const struct cmd_opt appliance_convert_opts[] = {
	{ "to", 0, OPT_STRING, "raw|qcow2|vmdk|vhd", &to, "format of OUT; else its name tells" },
	{ "force", 0, OPT_BOOL, NULL, &force, "replace a file, write over a disk" },
	{ "json", 0, OPT_BOOL, NULL, &as_json, "progress and result as JSON, a line each" },
	{ 0 },
};

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	stop = number;
}

static void stop_on_signals(void)
{
	/* Without SA_RESTART: what waits is to be interrupted. */
	const struct sigaction sa = { .sa_handler = on_signal };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
}

/* Where the bytes go: a new file that is to become "name", a disk, a pipe. */
struct target {
	const char *name;
	struct part part; /* its path is NULL for what is there already */
};

static const char *format_by_name(const char *name)
{
	static const struct {
		const char *suffix, *format;
	} known[] = { { ".raw", "raw" },    { ".img", "raw" },	 { ".qcow2", "qcow2" },
		      { ".qcow", "qcow2" }, { ".vmdk", "vmdk" }, { ".vhd", "vhd" },
		      { ".vpc", "vhd" } };
	size_t len = strlen(name);

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t n = strlen(known[i].suffix);

		if (len > n && strcmp(name + len - n, known[i].suffix) == 0)
			return known[i].format;
	}
	return NULL;
}

/* A file that is replaced, a disk that is written over: only when it was asked for. */
static int open_existing(struct target *t, const struct stat *st, struct err *e)
{
	bool pipe = S_ISFIFO(st->st_mode) || S_ISCHR(st->st_mode);

	if (!force && !pipe)
		return err_set(e, -EEXIST, "%s: exists already; --force replaces it", t->name);
	if (S_ISREG(st->st_mode))
		return part_begin(&t->part, t->name, false, e);
	if (!pipe && !S_ISBLK(st->st_mode))
		return err_set(e, -EINVAL, "%s: neither a file nor a disk", t->name);
	t->part.fd = open(t->name, (pipe ? O_WRONLY : O_RDWR | O_EXCL) | O_CLOEXEC);
	return t->part.fd < 0 ? err_sys(e, -errno, "%s", t->name) : 0;
}

static int target_open(struct target *t, const char *format, struct err *e)
{
	struct stat st;
	int ret = 0;

	if (strcmp(t->name, "-") == 0) {
		if (as_json)
			return err_set(e, -EINVAL, "--json is for standard output, as - is");
		t->part.fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		t->name = "standard output";
		ret = t->part.fd < 0 ? err_sys(e, -errno, "%s", t->name) : 0;
	} else if (stat(t->name, &st) == 0) {
		ret = open_existing(t, &st, e);
	} else {
		ret = part_begin(&t->part, t->name, false, e);
	}
	if (ret == 0 && strcmp(format, "vmdk") != 0 && fstat(t->part.fd, &st) == 0 &&
	    !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		ret = err_set(e, -ESPIPE, "%s: only vmdk can be written to a pipe", t->name);
	return ret;
}

static int open_source(const char *name, struct convert_file *f, struct err *e)
{
	_cleanup_free_ char *copy = strdup(name);

	f->in_name = name;
	f->dir = -1;
	if (strcmp(name, "-") == 0) {
		f->in_name = "standard input";
		f->in = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	} else {
		f->in = open(name, O_RDONLY | O_CLOEXEC);
	}
	if (f->in < 0 || !copy)
		return err_sys(e, -errno, "%s", f->in_name);
	if (strcmp(name, "-") != 0)
		f->dir = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return 0;
}

/* stored: bytes that the new file takes, 0 for what is none. */
static int print_result(const struct convert_file *f, const struct convert_result *r,
			uint64_t stored, int64_t ms)
{
	char size[32], takes[32];
	json_t *json;
	int ret;

	if (as_json) {
		json = json_pack("{s:b, s:o, s:s, s:s, s:I, s:o, s:s, s:I, s:I}", "ok", true, "in",
				 json_text(f->in_name), "format", r->format, "subformat",
				 r->subformat, "size", (json_int_t)r->size, "out",
				 json_text(f->out_name), "to", f->to, "stored", (json_int_t)stored,
				 "ms", (json_int_t)ms);
		ret = print_json(json, JSON_COMPACT);
		json_decref(json);
		return ret;
	}
	fprintf(stderr, "%s: %s", f->out_name, f->to);
	if (stored)
		fprintf(stderr, ", %s", size_text(stored, takes, sizeof(takes)));
	fprintf(stderr, ", of %s%s%s of %s, in %" PRId64 ".%" PRId64 " s, %" PRIu64 " MB/s\n",
		r->format, *r->subformat ? " " : "", r->subformat,
		size_text(r->size, size, sizeof(size)), ms / 1000, ms % 1000 / 100,
		r->size / 1000 / (uint64_t)(ms ? ms : 1));
	return 0;
}

static int refused(const struct err *e)
{
	json_t *json;

	if (!as_json)
		return fail(e);
	json = json_pack("{s:b, s:o}", "ok", false, "error", json_text(err_text(e)));
	(void)print_json(json, JSON_COMPACT);
	json_decref(json);
	return 1;
}

static int convert(struct convert_file *f, struct target *t, struct err *e)
{
	struct convert_result r = { 0 };
	struct progress progress;
	const struct convert_opts o = {
		.progress = progress_tell,
		.ctx = &progress,
		.stop = &stop,
	};
	bool file;
	struct stat st = { 0 };
	int64_t ms;
	int ret = target_open(t, f->to, e);

	if (ret < 0)
		return ret;
	file = t->part.path != NULL;
	f->out = t->part.fd;
	f->out_name = t->name;
	progress_start(&progress, as_json);
	ret = convert_file(f, &o, &r, e);
	ms = progress_end(&progress);
	if (ret == 0 && file)
		ret = part_commit(&t->part, t->name, e);
	if (ret < 0)
		return ret;
	if (file && fstat(t->part.fd, &st) < 0)
		return err_sys(e, -errno, "%s", t->name);
	return print_result(f, &r, (uint64_t)st.st_blocks * 512, ms) ? -EPIPE : 0;
}

int run_appliance_convert(size_t argc, char **argv)
{
	struct convert_file f = { .in = -1, .dir = -1, .out = -1 };
	struct target t = { .name = argv[1], .part = PART_INIT };
	struct err e = { 0 };
	int ret;

	(void)argc;
	f.to = to ? to : strcmp(t.name, "-") == 0 ? "vmdk" : format_by_name(t.name);
	if (!f.to) {
		err_set(&e, -EINVAL, "%s: its name does not tell the format; --to does", t.name);
		return refused(&e);
	}
	stop_on_signals();
	ret = open_source(argv[0], &f, &e);
	if (ret == 0)
		ret = convert(&f, &t, &e);
	part_clear(&t.part);
	if (f.in >= 0)
		close(f.in);
	if (f.dir >= 0)
		close(f.dir);
	/* Without a message it was said already. */
	return ret == 0 ? 0 : e.code ? refused(&e) : 1;
}
