/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a request to the file: who reads which source, and the patience.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ks_place.h"
#include "socle/clock.h"
#include "socle/fs.h"

void ks_note(const struct ks_request *r, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (!r->note)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	r->note(line);
}

static unsigned int seconds_left(int64_t end)
{
	int64_t left = (end - clock_ms() + 999) / 1000;

	return left > 0 ? (unsigned int)left : 0;
}

int ks_retry(const struct ks_request *r, ks_try *try, void *ctx, struct err *e)
{
	int64_t end = clock_ms() + (int64_t)r->seconds * 1000;
	unsigned int pause = 1, tries = 1, left;
	int ret;

	for (;; tries++) {
		left = r->seconds ? seconds_left(end) : KS_SECONDS;
		ret = try(ctx, left ? left : 1, e);
		if (ret != -EAGAIN)
			return ret;
		if (seconds_left(end) <= pause)
			break;
		ks_note(r, "%.300s; next try in %u s", err_text(e), pause);
		sleep(pause);
		pause = pause * 2 > KS_PAUSE_MAX ? KS_PAUSE_MAX : pause * 2;
	}
	e->code = -ETIMEDOUT;
	if (!r->seconds)
		return -ETIMEDOUT;
	return err_wrap(e, "given up after %u s and %u tries", r->seconds, tries);
}

static int read_source(const struct ks_request *r, const struct ks_place *s, struct buf *out,
		       struct err *e)
{
	switch (s->scheme) {
	case KS_FROM_URL:
	case KS_FROM_POST:
		return ks_fetch(r, s, out, e);
	case KS_FROM_NFS:
		return ks_nfs_read(r, s, out, e);
	case KS_FROM_VOLUME:
		return ks_volume_read(r, s, out, e);
	case KS_FROM_MEDIUM:
		return ks_medium_read(s, out, e);
	case KS_FROM_FILE:
		/* A person may give a pipe; what a file includes is waited for by nobody. */
		return r->included ? fs_read_regular(s->path, KS_FILE_MAX, out, e)
				   : fs_read(s->path, KS_FILE_MAX, out, e);
	}
	return -EINVAL;
}

/* What is in the running system has come there by other ways. */
static bool is_pinnable(const struct ks_place *s)
{
	return s->scheme == KS_FROM_FILE || (s->url && strncmp(s->url, "https://", 8) == 0);
}

static bool is_mounted(const struct ks_place *s)
{
	return s->scheme == KS_FROM_NFS || s->scheme == KS_FROM_VOLUME ||
	       s->scheme == KS_FROM_MEDIUM;
}

static int read_named(const struct ks_request *r, const char *source, struct buf *out,
		      struct err *e)
{
	struct ks_place s;
	char name[512];
	int ret = ks_place_parse(source, &s, e);

	if (ret < 0)
		return ret;
	ks_source_name(source, name, sizeof(name));
	if (*r->pin && !is_pinnable(&s)) {
		ret = err_set(e, -EINVAL, "%s: a fingerprint was given, so it must be https://",
			      name);
	} else if (r->no_mounts && is_mounted(&s)) {
		ret = err_set(e, -EINVAL, "%s: only the installer mounts", name);
	} else {
		if (s.scheme != KS_FROM_FILE)
			ks_note(r, "from %s", name);
		ret = read_source(r, &s, out, e);
		/* Of a path, the message has it already. */
		if (ret < 0 && s.scheme != KS_FROM_FILE)
			ret = err_wrap(e, "%s", name);
	}
	ks_place_clear(&s);
	return ret;
}

static int read_labelled(struct ks_request *r, struct buf *out, struct err *e)
{
	char *found = NULL;
	int ret;

	if (*r->pin)
		return err_set(e, -EINVAL, "a fingerprint was given, and no https:// source");
	ret = ks_labelled_read(&found, out, e);
	if (ret == 0) {
		ks_note(r, "from %s", found);
		free(r->source);
		r->source = found;
	}
	return ret;
}

/* Asked for, but it was not said where. */
static int read_found(struct ks_request *r, struct buf *out, struct err *e)
{
	char *source = NULL;
	struct err dhcp = { 0 };
	int ret = ks_dhcp_ask(r, &source, &dhcp);

	if (ret == 0) {
		free(r->source);
		r->source = source;
		return read_named(r, source, out, e);
	}
	/* What DHCP names and cannot be used is not passed over; a volume has no fingerprint. */
	if ((ret != -ENOENT && ret != -ETIMEDOUT) || *r->pin) {
		*e = dhcp;
		return ret;
	}
	ret = read_labelled(r, out, e);
	if (ret != -ENOENT)
		return ret;
	return err_set(e, -ENODATA,
		       "%s; and there is no volume labelled OEMDRV or SOCLE-KS with /ks.cfg",
		       err_text(&dhcp));
}

int ks_request_read(struct ks_request *r, struct buf *out, struct err *e)
{
	struct err own = { 0 };

	e = e ? e : &own;
	if (!r->source)
		return read_labelled(r, out, e);
	if (!*r->source)
		return read_found(r, out, e);
	return read_named(r, r->source, out, e);
}

static char *resolve_included(void *ctx, const char *name, const char *from)
{
	const struct ks_request *r = ctx;

	return ks_source_beside(from ? from : r->source, name);
}

/* With the time that is left for all of them, whatever each of them does. */
static int read_included(void *ctx, const char *source, size_t max, struct buf *out, struct err *e)
{
	struct ks_request *whole = ctx, r = *whole;
	unsigned int seconds = r.seconds ? r.seconds : KS_SECONDS, left;

	(void)max; /* a file is never larger than KS_FILE_MAX */
	if (!whole->included_end)
		whole->included_end = clock_ms() + (int64_t)seconds * 1000;
	left = seconds_left(whole->included_end);
	if (!left)
		return err_set(e, -ETIMEDOUT, "the %u s for all included files are over", seconds);
	if (r.seconds)
		r.seconds = left;
	r.included = true;
	return read_named(&r, source, out, e);
}

struct ks_reader ks_request_reader(struct ks_request *r)
{
	return (struct ks_reader){ resolve_included, read_included, r };
}
