/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manifest of a package: the digests of its files (DSP0243 clause 5.1).
 *
 * Read as all tools write it: "SHA256(disk.vmdk)= 12ab...", also with spaces around the
 * name, with SHA-256 or SHA2-256 for SHA256, with CRLF, with parentheses in names.  Written
 * in the one way that all tools read.
 */
#ifndef APPLIANCE_MANIFEST_H
#define APPLIANCE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/model.h"
#include "socle/buf.h"
#include "socle/err.h"

enum manifest_hash { MANIFEST_SHA1, MANIFEST_SHA256, MANIFEST_SHA512 }; /* the stronger is later */
extern const char *const manifest_hash_names[]; /* "SHA1", "SHA256", "SHA512" */

struct manifest_line {
	char *name;
	char *hex; /* of a digest: as long as its algorithm's, in lower case */
	enum manifest_hash hash;
	unsigned int line;
};

struct manifest {
	char *file; /* for messages */
	struct manifest_line *lines;
	size_t n;
	unsigned int odd; /* the first line that Socle would have written otherwise, 0: none */
};

/* -EINVAL names the line: no digest, an unknown algorithm, two digests that differ. */
int manifest_read(const char *text, size_t len, const char *file, struct manifest **mf,
		  struct err *e) __must_check;
void manifest_free(struct manifest *mf); /* NULL is fine */

/* The line with the strongest digest of a file, NULL when it has none. */
const struct manifest_line *manifest_find(const struct manifest *mf, const char *name);

/* Whether the digest of a file is that of the line; -EBADMSG names file and line. */
int manifest_compare(const struct manifest *mf, const struct manifest_line *line, const char *hex,
		     struct err *e) __must_check;

/*
 * Whether the descriptor and each of its files have a digest: -ENOENT names the first that
 * has none.  Files in chunks are listed by their chunks.
 */
int manifest_complete(const struct manifest *mf, const struct model *m, const char *descriptor,
		      struct err *e) __must_check;

/* The weakest algorithm that a file depends on. */
enum manifest_hash manifest_weakest(const struct manifest *mf);

/* Append "SHA256(name)= hex". */
void manifest_add(struct buf *out, const char *name, const char *sha256);

#endif
