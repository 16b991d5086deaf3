/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bundle_place.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/fs.h"
#include "socle/proc.h"
#include "socle/url.h"

#define STICK "/run/socle/stick"

/* The place with the file's own name where it is a folder; to be freed. */
static char *whole_place(const char *place, const char *path, const struct send_names *names,
			 bool is_path)
{
	char *expanded = send_expand(place, names, is_path), *whole = NULL;
	size_t n = expanded ? strlen(expanded) : 0;
	const char *name = strrchr(path, '/') + 1;

	if (n && asprintf(&whole, "%s%s", expanded, expanded[n - 1] == '/' ? name : "") < 0)
		whole = NULL;
	free(expanded);
	return whole;
}

static int send_file(const char *path, const char *url, bool put, const struct bundle_target *t,
		     struct err *e)
{
	_cleanup_fclose_ FILE *f = fopen(path, "re");
	int64_t end = clock_ms() + BUNDLE_SEND_SECONDS * 1000LL;
	char pin[SEND_PIN_MAX];
	struct stat st;
	struct send s = { .url = url,
			  .put = put,
			  .token = t->token,
			  .pin = pin,
			  .type = "application/zstd",
			  .file = f,
			  .seconds = BUNDLE_SEND_SECONDS / 2 };
	int ret = send_pin(t->fingerprint, pin, e);

	if (ret < 0)
		return ret;
	if (!f || fstat(fileno(f), &st) < 0)
		return err_sys(e, -errno, "%s", path);
	s.size = (uint64_t)st.st_size;
	for (unsigned int pause = 1;; pause *= 2) {
		ret = send_once(&s, e);
		if (ret != -EAGAIN || clock_ms() + pause * 1000LL >= end)
			return ret;
		nanosleep(&(struct timespec){ .tv_sec = pause }, NULL);
	}
}

static int copy_to(const char *from, const char *to, struct err *e)
{
	char folder[PATH_MAX], *slash;
	int ret = 0;

	snprintf(folder, sizeof(folder), "%s", to);
	slash = strrchr(folder, '/');
	if (slash && slash != folder) {
		*slash = '\0';
		ret = fs_mkdirs(folder, 0755, e);
	}
	return ret < 0 ? ret : proc_cmd(e, "cp", "--", from, to, (char *)NULL);
}

/* "DEVICE:/PATH", a kernel name, a path or a tag; a stick is mounted for that time only. */
static int to_volume(const char *path, char *place, struct err *e)
{
	char device[PATH_MAX], to[PATH_MAX], *colon = strstr(place, ":/");
	int ret = colon ? fs_mkdirs(STICK, 0700, e)
			: err_set(e, -EINVAL, "hd:DEVICE:/PATH is meant");

	if (ret < 0)
		return ret;
	*colon = '\0';
	snprintf(to, sizeof(to), STICK "%s", colon + 1);
	snprintf(device, sizeof(device), "%s%s", strpbrk(place, "/=") ? "" : "/dev/", place);
	ret = proc_cmd(e, "mount", "-o", "rw,nosuid,nodev,noexec", device, STICK, (char *)NULL);
	if (ret < 0)
		return ret;
	ret = copy_to(path, to, e);
	sync();
	if (umount2(STICK, UMOUNT_NOFOLLOW) < 0 && ret == 0)
		ret = err_sys(e, -errno, "unmount %s", place);
	return ret;
}

int bundle_bring(const char *path, const struct bundle_target *t, const struct send_names *names,
		 char where[PATH_MAX], struct err *e)
{
	bool post = strncmp(t->place, "post:", 5) == 0;
	const char *place = t->place + (post ? 5 : 0);
	bool url = strncmp(place, "http://", 7) == 0 || strncmp(place, "https://", 8) == 0;
	_cleanup_free_ char *whole = whole_place(place, path, names, !url);

	if (!whole)
		return err_sys(e, -ENOMEM, "bundle");
	if (url)
		url_show(whole, where, PATH_MAX);
	else
		snprintf(where, PATH_MAX, "%s", whole);
	if (url)
		return send_file(path, whole, !post, t, e);
	if (strncmp(whole, "hd:", 3) == 0)
		return to_volume(path, whole + 3, e);
	return strcmp(whole, path) == 0 ? 0 : copy_to(path, whole, e);
}
