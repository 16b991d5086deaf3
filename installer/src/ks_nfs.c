/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ks_place.h"

enum { MOUNT_SECONDS = 30 };

/* A dead server gives an error instead of a process that hangs; statd does not run here. */
#define OPTIONS "soft,timeo=100,retrans=2,retry=0,nolock"

struct nfs {
	const struct ks_place *s;
	struct buf *out;
};

static int try_nfs(void *ctx, unsigned int left, struct err *e)
{
	const struct nfs *n = ctx;
	const struct ks_place *s = n->s;
	const char *file = strrchr(s->path, '/');
	int folder = (int)(file - s->path), ret;
	char device[KS_SOURCE_MAX + 8], options[900];
	struct ks_mount m = { .device = device,
			      .data = options,
			      .helper = "mount.nfs",
			      .seconds = left < MOUNT_SECONDS ? left : MOUNT_SECONDS };

	snprintf(device, sizeof(device), "%s:%.*s", s->server, folder ? folder : 1, s->path);
	if (snprintf(options, sizeof(options), "%s%s%s", OPTIONS, s->options ? "," : "",
		     s->options ? s->options : "") >= (int)sizeof(options))
		return err_set(e, -EINVAL, "the options are too long");
	ret = ks_mount_read(&m, file, n->out, e);
	/* Of mount, only what it says is known. */
	return ret == -EIO || ret == -ETIMEDOUT ? -EAGAIN : ret;
}

int ks_nfs_read(const struct ks_request *r, const struct ks_place *s, struct buf *out,
		struct err *e)
{
	struct nfs n = { s, out };

	return ks_retry(r, try_nfs, &n, e);
}
