/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/import.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "import_private.h"
#include "input/pump.h"
#include "input/streams.h"
#include "siblings.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { WAIT_MS = 200 };

void import_warn(struct import *i, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_array_append_new(json_object_get(i->report, "warnings"), json_string(text));
}

/* The next message: 1; -EINTR when somebody wants an end. */
static int receive(struct import *i, json_t **m, struct err *e)
{
	for (;;) {
		struct pollfd p = { .fd = i->box.channel, .events = POLLIN };

		if (i->o->stop && *i->o->stop)
			return err_set(e, -EINTR, "interrupted");
		if (poll(&p, 1, WAIT_MS) > 0)
			return sandbox_recv(&i->box, m, e);
	}
}

static int converse(struct import *i, struct err *e)
{
	int r = 0;

	while (r == 0) {
		_cleanup_json_ json_t *m = NULL;

		r = receive(i, &m, e);
		if (r > 0)
			r = import_message(i, m, e);
	}
	return r < 0 ? r : 0;
}

static enum decode_mode decode_mode(enum import_mode mode)
{
	return mode == IMPORT_REAL     ? DECODE_IMPORT
	       : mode == IMPORT_VERIFY ? DECODE_VERIFY
				       : DECODE_LOOK;
}

/* Read it, in the other process, to the end. */
static int decode(struct import *i, const struct trust *trust, struct pump *p, struct err *e)
{
	struct decode d = {
		.mode = decode_mode(i->o->mode),
		.fd = pump_out(p),
		.name = i->source.name,
		.option = i->o->option,
		.siblings = i->dir || i->siblings,
		.in_order = i->siblings != NULL,
		.policy = { .require_signature = i->o->require_signature,
			    .allow_unverified = i->o->allow_unverified,
			    .trust = trust },
		.threads = i->o->threads,
	};
	int r = sandbox_start(decode_run, &d, &d.fd, 1, &i->box, e);

	if (r < 0)
		return r;
	json_object_set_new(i->report, "sandbox",
			    json_pack("{s:b, s:b}", "landlock", i->box.landlock, "other_user",
				      i->box.other_user));
	if (!i->box.landlock)
		import_warn(
			i, "this kernel has no Landlock: the decoder is confined by seccomp alone");
	/* The other process was there before there are threads. */
	r = pump_start(p, e);
	if (r == 0)
		r = converse(i, e);
	sandbox_end(&i->box);
	return r;
}

struct stamp {
	struct stat st;
	bool regular;
};

static void take_stamp(int fd, struct stamp *s)
{
	s->regular = fstat(fd, &s->st) == 0 && S_ISREG(s->st.st_mode);
}

/* What was checked must be what was read: of a file that is read twice the clock tells. */
static int same_stamp(const struct import *i, const struct stamp *before, struct err *e)
{
	struct stamp now;

	take_stamp(i->source.fd, &now);
	if (!before->regular || (now.st.st_size == before->st.st_size &&
				 now.st.st_mtim.tv_sec == before->st.st_mtim.tv_sec &&
				 now.st.st_mtim.tv_nsec == before->st.st_mtim.tv_nsec &&
				 now.st.st_ctim.tv_sec == before->st.st_ctim.tv_sec &&
				 now.st.st_ctim.tv_nsec == before->st.st_ctim.tv_nsec))
		return 0;
	return err_set(e, -EBADMSG, "%s: changed while it was read", i->source.name);
}

static int check_sum(struct import *i, const struct pump *p, struct err *e)
{
	if (!p->sum)
		return 0;
	json_object_set_new(i->report, "sha256", json_string(p->hex));
	if (strcasecmp(p->hex, i->o->sha256) == 0)
		return 0;
	return err_set(e, -EBADMSG, "%s: its SHA-256 is %s, and should be %s", i->source.name,
		       p->hex, i->o->sha256);
}

/*
 * The sum of the whole source is this process's own, whatever the other one says.  What
 * went wrong on the way to it is the cause when it has found an early end.
 */
static int decode_source(struct import *i, const struct trust *trust, struct err *e)
{
	bool sum = i->o->sha256 && i->o->mode != IMPORT_PLAN;
	struct err why = { 0 }, way = { 0 };
	struct pump p = PUMP_INIT;
	struct stamp before;
	int r, w;

	take_stamp(i->source.fd, &before);
	r = pump_prepare(&p, i->source.url, i->source.fd, i->source.name, sum, &why);
	if (r == 0)
		r = decode(i, trust, &p, &why);
	if (r < 0 && r != -ENODATA && r != -EBADMSG && r != -EINVAL)
		atomic_store(&p.stop, true);
	else if (r < 0 && sum)
		atomic_store(&p.stop, true);
	w = pump_end(&p, &way);
	if (w == 0 && i->siblings && r != -EINTR)
		w = siblings_end(i->siblings, r < 0, &way);
	if (r == 0 || (w < 0 && r != -EINTR))
		r = w < 0 ? err_set(&why, w, "%s", err_text(&way)) : r;
	if (r == 0)
		r = check_sum(i, &p, &why);
	pump_clear(&p);
	if (r == 0)
		r = same_stamp(i, &before, &why);
	return r < 0 ? err_set(e, r, "%s", err_text(&why)) : 0;
}

static int check_opts(const struct import_opts *o, struct err *e)
{
	if (o->format && strcmp(o->format, "raw") != 0 && strcmp(o->format, "qcow2") != 0)
		return err_set(e, -EINVAL, "%s: the format of disks is raw or qcow2", o->format);
	if (o->format && strcmp(o->format, "qcow2") == 0 && !o->storage)
		return err_set(e, -EINVAL,
			       "the volumes of the thin pool are raw; qcow2 needs --storage");
	if (o->sha256 && (strlen(o->sha256) != SHA256_HEX - 1 ||
			  strspn(o->sha256, "0123456789abcdefABCDEF") != SHA256_HEX - 1))
		return err_set(e, -EINVAL, "%s: not a SHA-256 in hexadecimal digits", o->sha256);
	return 0;
}

static int open_store(struct import *i, struct err *e)
{
	struct buf removed = BUF_INIT;
	int r = 0;

	if (i->o->mode != IMPORT_REAL)
		return 0;
	r = store_open(i->o->storage, &store_pool_host, &removed, &i->store, e);
	if (r == 0 && removed.len)
		import_warn(i, "removed what an import that did not end had left: %s", removed.s);
	buf_clear(&removed);
	return r;
}

static int open_all(struct import *i, struct trust **trust, struct err *e)
{
	int r = check_opts(i->o, e);

	if (r == 0)
		r = source_open(i->o->source, &i->source, e);
	if (r == 0 && i->source.dir >= 0) {
		i->dir = input_dir_fd(take_fd(i->source.dir), e);
		r = i->dir ? 0 : -ENOMEM;
	}
	if (r == 0 && i->source.url) {
		i->siblings = siblings_new(i->source.url, i->o->stop, e);
		r = i->siblings ? 0 : -ENOMEM;
	}
	if (r == 0 && i->o->trust)
		r = trust_open(i->o->trust, trust, e);
	if (r == 0)
		json_object_set_new(json_object_get(i->report, "package"), "source",
				    json_string(i->source.name));
	return r == 0 ? open_store(i, e) : r;
}

/* What identifies the plan: the same package and answers on the same host give the same one. */
static int sign_plan(struct import *i, struct err *e)
{
	_cleanup_free_ char *text = json_dumps(i->report, JSON_COMPACT | JSON_SORT_KEYS);
	char hex[SHA256_HEX];

	if (!text)
		return err_sys(e, -ENOMEM, "plan");
	sha256_mem(text, strlen(text), hex);
	json_object_set_new(i->report, "plan", json_string(hex));
	return 0;
}

static int plan(struct import *i, struct err *e)
{
	int r = import_guests(i, false, e);

	return r == 0 ? sign_plan(i, e) : r;
}

static int finish(struct import *i, struct err *e)
{
	int r;

	if (i->o->mode == IMPORT_VERIFY)
		return 0;
	r = import_settle(i, e);
	if (r < 0 || i->o->mode == IMPORT_PLAN)
		return r < 0 ? r : plan(i, e);
	r = store_promote(i->store, e);
	if (r == 0)
		r = import_guests(i, true, e);
	return r == 0 ? store_end(i->store, e) : r;
}

static void clear(struct import *i)
{
	sandbox_end(&i->box);
	store_free(i->store);
	for (size_t k = 0; i->names && k < i->model->n_machines; k++)
		free(i->names[k]);
	free(i->names);
	for (size_t k = 0; k < i->n_stored; k++)
		free(i->stored[k].path);
	free(i->stored);
	model_free(i->model);
	free(i->base);
	input_dir_free(i->dir);
	siblings_free(i->siblings);
	source_close(&i->source);
}

int import_run(const struct import_opts *o, json_t **report, struct err *e)
{
	struct import i = { .o = o, .source = SOURCE_INIT, .box = SANDBOX_INIT };
	struct trust *trust = NULL;
	int r;

	i.report = json_pack("{s:{}, s:n, s:[], s:[], s:[]}", "package", "verified", "disks",
			     "guests", "warnings");
	*report = i.report;
	if (!i.report)
		return err_sys(e, -ENOMEM, "import");
	r = open_all(&i, &trust, e);
	if (r == 0)
		r = decode_source(&i, trust, e);
	if (r == 0)
		r = finish(&i, e);
	trust_free(trust);
	clear(&i);
	return r;
}
