/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kickstart/reader.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* "http://…", "nfs:…", "hd:…": a scheme is letters before a colon. */
static bool is_url(const char *name)
{
	size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz");

	return n > 1 && name[n] == ':';
}

static int read_file(void *ctx, const char *name, const char *from, size_t max, struct buf *out,
		     struct err *e)
{
	const char *base = from ? from : ctx, *slash = strrchr(base, '/');
	char path[PATH_MAX];
	int n;

	if (is_url(name))
		return err_set(e, -EPROTONOSUPPORT, "only files are read, not URLs");
	if (*name == '/' || !slash)
		n = snprintf(path, sizeof(path), "%s", name);
	else
		n = snprintf(path, sizeof(path), "%.*s/%s", (int)(slash - base), base, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_set(e, -ENAMETOOLONG, "the name is too long");
	return fs_read(path, max, out, e);
}

struct ks_reader ks_file_reader(const char *path)
{
	return (struct ks_reader){ .read = read_file, .ctx = (void *)path };
}
