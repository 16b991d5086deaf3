/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What installers send: events, and log bundles.
 */
#include "netboot/report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "server.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

enum { SPARE = 256 << 20 /* bytes that bundles leave free */ };

static void tell_change(struct netboot *n, const struct machine *m, enum report_change change)
{
	if (m->state == MACHINE_FAILED && *m->bundle)
		server_tell(n, m, "failed: %s; its logs: %s", m->error, m->bundle);
	else if (m->state == MACHINE_FAILED)
		server_tell(n, m, "failed: %s", m->error);
	else if (m->state == MACHINE_DONE)
		server_tell(n, m, "done");
	else if (change == REPORT_STEP)
		server_tell(n, m, "step %jd of %jd: %s", (intmax_t)m->step, (intmax_t)m->steps,
			    m->step_says);
	else
		server_tell(n, m, *m->plan ? "installing: planned" : "installing");
}

enum MHD_Result answer_event(struct request *r)
{
	struct machine *m = request_bearer(r);
	enum report_change change;
	struct err e = { 0 };
	int64_t step;

	if (!m)
		return reply_line(r, MHD_HTTP_UNAUTHORIZED, "who are you?");
	step = m->step;
	if (machine_take_event(m, r->body.s, r->body.len, time(NULL), &change, &e) < 0)
		return reply_line(r, MHD_HTTP_BAD_REQUEST, "%s", err_text(&e));
	address_text(r->peer, m->ip);
	r->n->changed = true;
	/* Numbers that grow are worth a disk's time now and then. */
	if (change == REPORT_STATE || change == REPORT_STEP ||
	    clock_ms() - m->saved_ms > SAVE_PROGRESS_MS)
		server_keep(r->n, m);
	if (change == REPORT_STATE || (change == REPORT_STEP && m->step != step))
		tell_change(r->n, m, change);
	return reply(r, MHD_HTTP_NO_CONTENT, "text/plain", "", 0);
}

static bool name_ok(const char *name)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._";

	return *name && *name != '.' && strlen(name) < 128 && !name[strspn(name, plain)];
}

static bool has_room(const char *folder)
{
	struct statvfs st;

	return statvfs(folder, &st) == 0 &&
	       (uint64_t)st.f_bavail * st.f_frsize > (uint64_t)BUNDLE_MAX + SPARE;
}

unsigned int begin_bundle(struct request *r)
{
	const char *name;
	const struct machine *m = request_owner(r, &name);
	char folder[400];

	if (!m)
		return MHD_HTTP_FORBIDDEN;
	if (!name_ok(name))
		return MHD_HTTP_BAD_REQUEST;
	/* One at a time, and no sum of sizes to be kept: each has to say its own. */
	if (!request_header(r, MHD_HTTP_HEADER_CONTENT_LENGTH))
		return MHD_HTTP_LENGTH_REQUIRED;
	snprintf(folder, sizeof(folder), "%.300s/bundles/%s", r->n->config.state, m->mac);
	if (fs_mkdirs(folder, 0700, NULL) < 0 || !has_room(folder))
		return MHD_HTTP_INSUFFICIENT_STORAGE;
	snprintf(r->file, sizeof(r->file), "%s/.new", folder);
	/* Of two at once the second is too much; what a killed server left is written over. */
	r->fd = open(r->file, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (r->fd >= 0 && flock(r->fd, LOCK_EX | LOCK_NB) == 0 && ftruncate(r->fd, 0) == 0)
		return 0;
	*r->file = '\0';
	return r->fd >= 0 ? MHD_HTTP_CONFLICT : MHD_HTTP_INSUFFICIENT_STORAGE;
}

/* The oldest of a machine's bundles goes when there are too many. */
static void make_room(const char *folder)
{
	char oldest[NAME_MAX + 1] = "", path[700];
	struct timespec then = { 0 };
	struct dirent *d;
	size_t n = 0;
	DIR *dir = opendir(folder);

	while (dir && (d = readdir(dir))) {
		struct stat st;

		if (*d->d_name == '.' || fstatat(dirfd(dir), d->d_name, &st, 0) < 0)
			continue;
		if (!n++ || st.st_mtim.tv_sec < then.tv_sec ||
		    (st.st_mtim.tv_sec == then.tv_sec && st.st_mtim.tv_nsec < then.tv_nsec)) {
			then = st.st_mtim;
			strcpy(oldest, d->d_name);
		}
	}
	if (dir)
		closedir(dir);
	if (n <= BUNDLES_MAX)
		return;
	snprintf(path, sizeof(path), "%.400s/%.255s", folder, oldest);
	unlink(path);
}

enum MHD_Result answer_bundle(struct request *r)
{
	const char *name;
	struct machine *m = request_owner(r, &name);
	char path[700], folder[400];

	if (!m)
		return reply_line(r, MHD_HTTP_FORBIDDEN, "who are you?");
	snprintf(folder, sizeof(folder), "%.300s/bundles/%s", r->n->config.state, m->mac);
	snprintf(path, sizeof(path), "%s/%.128s", folder, name);
	if (fsync(r->fd) < 0 || rename(r->file, path) < 0)
		return reply_line(r, MHD_HTTP_INSUFFICIENT_STORAGE, "it cannot be kept: %m");
	*r->file = '\0';
	make_room(folder);
	snprintf(m->bundle, sizeof(m->bundle), "%.255s", path);
	server_keep(r->n, m);
	server_tell(r->n, m, "log bundle %s", path);
	return reply_line(r, MHD_HTTP_CREATED, "kept");
}
