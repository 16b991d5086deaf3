/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package by the name that somebody gives.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/package.h"
#include "socle/cleanup.h"
#include "socle/url.h"

enum { KINDS = 5 };

/* The best one is the first. */
static int rank(const char *name)
{
	static const char *const names[] = { ".ovf", "/vm.cfg", ".vmx", "/ova.xml", ".ovf.gz" };
	size_t n = strlen(name);

	for (int i = 0; i < KINDS && name[0] != '.'; i++) {
		size_t s = strlen(names[i]);

		if (names[i][0] == '/' ? strcmp(name, names[i] + 1) == 0
				       : n > s && strcasecmp(name + n - s, names[i]) == 0)
			return i;
	}
	return -1;
}

static void cleanup_dir(DIR **d)
{
	if (*d)
		closedir(*d);
}

/* The descriptor of a folder: there must be one of the best kind that is there. */
static int find_descriptor(int folder, const char *what, char **name, struct err *e)
{
	__attribute__((cleanup(cleanup_dir)))
	DIR *d = fdopendir(openat(folder, ".", O_RDONLY | O_CLOEXEC));
	int best = KINDS, same = 0;
	struct dirent *entry;

	if (!d)
		return err_sys(e, -errno, "%s", what);
	while ((entry = readdir(d))) {
		int r = rank(entry->d_name);

		if (r < 0 || r > best)
			continue;
		same = r == best ? same + 1 : 1;
		best = r;
		free(*name);
		*name = strdup(entry->d_name);
		if (!*name)
			return err_sys(e, -ENOMEM, "%s", what);
	}
	if (!same)
		return err_set(e, -ENOENT, "%s: no .ovf, vm.cfg or .vmx in this folder", what);
	if (same > 1)
		return err_set(e, -EINVAL, "%s: more than one descriptor in this folder; name one",
			       what);
	return 0;
}

static int open_folder(const char *what, struct source *s, struct err *e)
{
	_cleanup_free_ char *name = NULL;
	int r = find_descriptor(s->fd, what, &name, e);

	if (r < 0)
		return r;
	s->dir = s->fd;
	s->fd = openat(s->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (s->fd < 0)
		return err_sys(e, -errno, "%s/%s", what, name);
	free(s->name);
	if (asprintf(&s->name, "%s/%s", what, name) < 0) {
		s->name = NULL;
		return err_sys(e, -ENOMEM, "%s", what);
	}
	return 0;
}

static int open_around(const char *what, struct source *s, struct err *e)
{
	const char *slash = strrchr(what, '/');
	_cleanup_free_ char *folder = slash ? strndup(what, (size_t)(slash - what) + 1)
					    : strdup(".");

	if (!folder)
		return err_sys(e, -ENOMEM, "%s", what);
	s->dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return s->dir >= 0 ? 0 : err_sys(e, -errno, "%s", folder);
}

static int open_path(const char *what, struct source *s, struct err *e)
{
	struct stat st;

	s->fd = open(what, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) < 0)
		return err_sys(e, -errno, "%s", what);
	if (S_ISDIR(st.st_mode))
		return open_folder(what, s, e);
	return S_ISREG(st.st_mode) ? open_around(what, s, e) : 0;
}

static bool is_url(const char *what)
{
	static const char *const schemes[] = { "http://", "https://", "ftp://", "ftps://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strncasecmp(what, schemes[i], strlen(schemes[i])) == 0)
			return true;
	return false;
}

static int open_url(const char *what, struct source *s, struct err *e)
{
	size_t len = strlen(what) + 4;

	free(s->name);
	s->name = malloc(len);
	s->url = strdup(what);
	if (!s->name || !s->url)
		return err_sys(e, -ENOMEM, "URL");
	url_show(what, s->name, len);
	return 0;
}

int source_open(const char *what, struct source *s, struct err *e)
{
	int r;

	*s = SOURCE_INIT;
	s->name = strdup(what);
	if (!s->name)
		return err_sys(e, -ENOMEM, "%s", what);
	if (is_url(what)) {
		r = open_url(what, s, e);
	} else if (strcmp(what, "-") != 0) {
		r = open_path(what, s, e);
	} else {
		s->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
		r = s->fd >= 0 ? 0 : err_sys(e, -errno, "standard input");
	}
	if (r < 0)
		source_close(s);
	return r;
}

void source_close(struct source *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->dir >= 0)
		close(s->dir);
	free(s->name);
	free(s->url);
	*s = SOURCE_INIT;
}
