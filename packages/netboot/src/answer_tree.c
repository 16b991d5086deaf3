/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server.h"
#include "socle/cleanup.h"

/* Firmware that boots by HTTP asks for its own. */
static const char *type_of(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && strcmp(name + len - 4, ".efi") == 0 ? "application/efi"
							      : "application/octet-stream";
}

/* Files of the list; their sums are what tells one from its successor. */
enum MHD_Result answer_tree(struct request *r)
{
	const struct tree_file *f = tree_find(&r->n->tree, r->rest);
	_cleanup_close_ int fd = -1;
	char etag[SHA256_HEX + 2];
	struct err e = { 0 };

	if (!f)
		return reply_line(r, MHD_HTTP_NOT_FOUND, "not found");
	fd = tree_file_open(&r->n->tree, f, &e);
	if (fd < 0) {
		server_tell(r->n, NULL, "tree: %s", err_text(&e));
		return reply_line(r, MHD_HTTP_INTERNAL_SERVER_ERROR, "%s", err_text(&e));
	}
	snprintf(etag, sizeof(etag), "\"%s\"", f->sha256);
	return reply_file(r, take_fd(fd), f->size, etag, type_of(f->name));
}
