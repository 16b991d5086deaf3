/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests' disks as thin volumes: "import-NAME.disk0" in quarantine, then
 * "NAME.disk0".  The tag tells what an import has made from what was there before.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle/buf.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/proc.h"
#include "store_private.h"

/* "socle.import-0123456789abcdef": of one import alone. */
static const char *tag(const struct store *s, char *text, size_t len)
{
	snprintf(text, len, "socle.import-%s", s->id);
	return text;
}

static int names(struct store *s, struct volume *v)
{
	if (asprintf(&v->path, "%s/%s.%s", s->pool->devices, v->guest, v->what) < 0)
		v->path = NULL;
	if (asprintf(&v->hidden, "import-%s.%s", v->guest, v->what) < 0)
		v->hidden = NULL;
	return v->path && v->hidden ? 0 : -ENOMEM;
}

/* Whether there is a volume of that name that this import has made. */
static int tagged(struct store *s, const char *name, bool *there, struct err *e)
{
	char filter[256], text[40];
	struct buf out = BUF_INIT;
	const char *const argv[] = { "lvs", "--noheadings", "-o",	    "lv_name",
				     "-S",  filter,	    s->pool->group, NULL };
	int r;

	snprintf(filter, sizeof(filter), "lv_name=\"%s\" && lv_tags=\"%s\"", name,
		 tag(s, text, sizeof(text)));
	r = proc_run(&(struct proc){ .argv = argv, .out = &out }, e);
	*there = r == 0 && strstr(out.s, name);
	buf_clear(&out);
	return r;
}

static int remove_tagged(struct store *s, const char *name, struct err *e)
{
	char whole[256];
	bool there;
	int r = tagged(s, name, &there, e);

	if (r < 0 || !there)
		return r;
	snprintf(whole, sizeof(whole), "%s/%s", s->pool->group, name);
	return proc_cmd(e, "lvremove", "-y", "-f", whole, NULL);
}

static const char *final_name(const struct volume *v)
{
	return strrchr(v->path, '/') + 1;
}

/* The guest's configuration goes first: it must not be seen without its disks. */
static int remove_volume(struct store *s, const struct volume *v, struct err *e)
{
	int r = store_forget_guest(s, v, e);

	if (r == 0)
		r = remove_tagged(s, v->hidden, e);
	return r == 0 ? remove_tagged(s, final_name(v), e) : r;
}

/* LVM makes volumes of whole extents. */
static int create(struct store *s, const char *name, uint64_t size, int *fd, struct err *e)
{
	char bytes[32], pool[256], path[4096], text[40];
	int r;

	snprintf(bytes, sizeof(bytes), "%" PRIu64 "b", (size + 511) / 512 * 512);
	snprintf(pool, sizeof(pool), "%s/%s", s->pool->group, s->pool->pool);
	r = proc_cmd(e, "lvcreate", "-y", "-q", "--type", "thin", "-V", bytes, "--thinpool", pool,
		     "-n", name, "--addtag", tag(s, text, sizeof(text)), "-kn", "-ay", NULL);
	if (r < 0)
		return r;
	snprintf(path, sizeof(path), "%s/%s", s->pool->devices, name);
	*fd = open(path, O_RDWR | O_CLOEXEC);
	return *fd >= 0 ? 0 : err_sys(e, -errno, "%s", path);
}

static int make(struct store *s, const struct volume *v, uint64_t size, int *fd, struct err *e)
{
	if (strcmp(v->format, "raw") != 0)
		return err_set(e, -EINVAL, "a volume of a thin pool is raw, not %s", v->format);
	return create(s, v->hidden, size, fd, e);
}

static int copy(struct store *s, const struct volume *v, const struct volume *to, struct err *e)
{
	char whole[256], text[40];

	snprintf(whole, sizeof(whole), "%s/%s", s->pool->group, v->hidden);
	return proc_cmd(e, "lvcreate", "-y", "-q", "-s", "-n", to->hidden, "--addtag",
			tag(s, text, sizeof(text)), "-kn", "-ay", whole, NULL);
}

static int grow(struct store *s, const struct volume *v, uint64_t size, struct err *e)
{
	char bytes[32], whole[256];

	snprintf(bytes, sizeof(bytes), "%" PRIu64 "b", (size + 511) / 512 * 512);
	snprintf(whole, sizeof(whole), "%s/%s", s->pool->group, v->hidden);
	return proc_cmd(e, "lvextend", "-q", "-L", bytes, whole, NULL);
}

static int promote_volume(struct store *s, const struct volume *v, struct err *e)
{
	return proc_cmd(e, "lvrename", "-q", s->pool->group, v->hidden, final_name(v), NULL);
}

static int promote(struct store *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->n; i++)
		if (!s->volumes[i].dropped)
			r = promote_volume(s, &s->volumes[i], e);
	return r;
}

/* Two numbers that lvs tells of the pool: sizes in bytes, truths as 0 and 1. */
static int ask_pool(struct store *s, const char *fields, double n[2], struct err *e)
{
	char pool[256];
	struct buf out = BUF_INIT;
	const char *const argv[] = { "lvs",	   "--noheadings", "--binary", "--units", "b",
				     "--nosuffix", "-o",	   fields,     pool,	  NULL };
	int r;

	snprintf(pool, sizeof(pool), "%s/%s", s->pool->group, s->pool->pool);
	r = proc_run(&(struct proc){ .argv = argv, .out = &out }, e);
	if (r == 0 && (sscanf(out.s, "%lf %lf", &n[0], &n[1]) != 2 || n[0] < 0 || n[1] < 0))
		r = err_set(e, -EIO, "lvs says \"%s\" of the pool %s", out.s, pool);
	buf_clear(&out);
	return r;
}

/* lvs tells how full a pool is in percent. */
static int space(struct store *s, uint64_t *bytes, struct err *e)
{
	double n[2];
	int r = ask_pool(s, "lv_size,data_percent", n, e);

	if (r == 0)
		*bytes = n[1] < 100 ? (uint64_t)(n[0] / 100 * (100 - n[1])) : 0;
	return r;
}

/* Whether a pool clears its chunks can be changed at any time (lvchange --zero). */
static int chunk(struct store *s, uint64_t *bytes, struct err *e)
{
	double n[2];
	int r = ask_pool(s, "chunk_size,zero", n, e);

	if (r == 0)
		*bytes = n[1] > 0 ? 0 : (uint64_t)n[0];
	return r;
}

static int settle(struct store *s, const struct volume *v, struct err *e)
{
	char whole[256], text[40];

	snprintf(whole, sizeof(whole), "%s/%s", s->pool->group, final_name(v));
	return proc_cmd(e, "lvchange", "-q", "--deltag", tag(s, text, sizeof(text)), whole, NULL);
}

static int spool(struct store *s, int *fd, struct err *e)
{
	(void)s;
	(void)fd;
	(void)e;
	return -ENOTSUP;
}

const struct store_kind store_kind_pool = {
	.make = make,
	.copy = copy,
	.grow = grow,
	.remove = remove_volume,
	.names = names,
	.promote = promote,
	.settle = settle,
	.space = space,
	.chunk = chunk,
	.spool = spool,
};
