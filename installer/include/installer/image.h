/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image: what the medium has to install, as its manifest.json tells:
 *
 *	{ "socle": "0.1.0", "xen": "4.20…", "linux": "6.12…-socle", "epoch": N,
 *	  "files": [ { "name": "system.squashfs", "size": N, "sha256": "…" }, … ] }
 *
 * The files lie beside the manifest.  A plan names their sizes and hashes, and
 * the executor accepts no other contents.
 */
#ifndef INSTALLER_IMAGE_H
#define INSTALLER_IMAGE_H

#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"
#include "socle/fs.h"

enum { IMAGE_MANIFEST_MAX = 1 << 20, IMAGE_FILES_MAX = 64 };

#define IMAGE_MANIFEST	"manifest.json"
#define IMAGE_SYSTEM	"system.squashfs"
#define IMAGE_XEN	"xen.gz"
#define IMAGE_LINUX	"vmlinuz"
#define IMAGE_INITRD	"initrd.img"
#define IMAGE_GRUB_BIOS "grub-bios.img" /* a sector for the MBR, then core.img */
#define IMAGE_GRUB_EFI	"grub.efi"

struct image_file {
	char *name; /* without a slash */
	uint64_t size;
	char sha256[SHA256_HEX];
};

struct image {
	char *version;
	char *xen;
	char *kernel;	/* the manifest's "linux" */
	uint64_t epoch; /* seconds since 1970 of the sources it was built from */
	struct image_file *files;
	size_t file_count;
};

#define IMAGE_INIT ((struct image){ 0 })

void image_clear(struct image *i); /* idempotent */

/*
 * Parse a manifest (any bytes).  The six files above must be in it.  -EINVAL
 * with the path of the faulty key.  The caller clears i, also after an error.
 */
int image_parse(const char *text, size_t len, struct image *i, struct err *e) __must_check;

/* Read and parse a manifest file. */
int image_load(const char *path, struct image *i, struct err *e) __must_check;

/* The file of that name, or NULL. */
const struct image_file *image_find(const struct image *i, const char *name);

#endif
