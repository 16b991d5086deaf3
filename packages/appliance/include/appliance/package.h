/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package of any maker, member by member: an OVA or any other tar, a zip, a
 * folder with a descriptor, an XVA, a bare disk; each of them compressed or not.
 * What it is shows in its contents, never in its name alone.
 *
 * One pass: package_next() gives the members in their order and hashes them while
 * they are read; the descriptor, the manifest and the certificate are read on the
 * way.  A package in a seekable file that is not compressed also opens its members
 * at random, package_open_file().
 *
 * Nothing is ever written under a member's name, so names are only compared.
 */
#ifndef APPLIANCE_PACKAGE_H
#define APPLIANCE_PACKAGE_H

#include "appliance/image.h"
#include "appliance/input.h"
#include "appliance/model.h"
#include "appliance/signature.h"
#include "socle/buf.h"
#include "socle/err.h"

#define PACKAGE_TEXT_MAX (UINT64_C(8) << 20) /* of a descriptor, a manifest, a certificate */

struct package;

enum part_kind {
	PART_DESCRIPTOR,
	PART_MANIFEST,
	PART_CERT,
	PART_FILE,  /* a file of the model, or, before there is one, any other member */
	PART_OTHER, /* not mentioned by the descriptor */
};

struct package_part {
	enum part_kind kind;
	const char *name; /* as the package has it; valid until the next part */
	const char *href; /* as the descriptor says it: relative to it, without a chunk's number */
	uint64_t size;	  /* bytes stored, INPUT_UNKNOWN */
	size_t file;	  /* index of model->files, MODEL_NONE */
	struct input *in; /* the bytes in order; the package's; NULL for what was read already */
};

/*
 * Open.  Owns in, also on failure; dir, which has the descriptor's siblings (or NULL),
 * must outlive the package.  option: the deployment option, or NULL.
 */
int package_open(struct input *in, struct input_dir *dir, const char *option, struct package **p,
		 struct err *e) __must_check;
void package_free(struct package *p); /* NULL is fine */

/* The next part: 1, or 0 at the end.  What was not read of the last one is read first. */
int package_next(struct package *p, struct package_part *part, struct err *e) __must_check;

/* Go on until the descriptor was read: -ENOENT when there is none. */
int package_find_model(struct package *p, struct err *e) __must_check;

/* NULL until the descriptor was met.  The model stays the package's. */
const struct model *package_model(const struct package *p);

/* "tar", "zip", "folder", "xva" or "disk"; and what is around it: "gzip", "xz", "zstd" or "". */
const char *package_container(const struct package *p);
const char *package_packing(const struct package *p);

struct package_text {
	const char *name; /* "" when it was not met */
	const char *text;
	size_t len;
};

/* As far as they were met. */
struct package_text package_descriptor(const struct package *p);
struct package_text package_manifest(const struct package *p);
struct package_text package_cert(const struct package *p);

struct package_policy {
	bool require_signature;	   /* by somebody in trust */
	bool allow_unverified;	   /* also when the manifest leaves out files */
	const struct trust *trust; /* or NULL */
};

/*
 * After the last part: whether each file is what the manifest says, and who signed it.
 * -EBADMSG: it is not, which no policy allows; -ENOENT, -EACCES: the policy is not met.
 *
 * verdict, a new reference: { "manifest", "hash", "files": how many were compared,
 * "signature": { "signer", "issuer", "fingerprint", "trusted", ... } or null,
 * "warnings": [ ... ] }.
 */
int package_check(struct package *p, const struct package_policy *policy, json_t **verdict,
		  struct err *e) __must_check;

/* The file of the model that a member is, MODEL_NONE. */
size_t package_find_file(const struct package *p, const char *member);

/* Whether package_open_file() can be asked. */
bool package_random(const struct package *p);

/*
 * A file of the model at random, its chunks joined, as it is stored (compressed when the
 * model says so).  The caller frees it before the package.
 */
int package_open_file(struct package *p, size_t file, struct input **in,
		      struct err *e) __must_check;

/* The files beside the descriptor by name, for images in several files; NULL when not random. */
struct input_dir *package_dir(struct package *p);

/*
 * The image in a file of the model, at random: -ENOTSUP for a compressed one.  For those
 * who look at disks without importing them.
 */
int package_open_image(struct package *p, size_t file, struct image **img,
		       struct err *e) __must_check;

/*
 * A package by name: a file, a folder, "-" for standard input, a URL.  One that is
 * seekable can be walked by package_next() and looked into by package_open_file().
 */
struct source {
	char *name; /* for messages, without a password */
	char *url;  /* whole, for who fetches it; NULL when it is none */
	int fd;	    /* of the package or the descriptor; -1 for a URL */
	int dir;    /* the folder around it, -1 */
};

#define SOURCE_INIT ((struct source){ .fd = -1, .dir = -1 })

int source_open(const char *what, struct source *s, struct err *e) __must_check;
void source_close(struct source *s); /* idempotent */

#endif
