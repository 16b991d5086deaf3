/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A model and its disks become an OVA (DSP0243, 5.3): the descriptor first, then the
 * disks as streamOptimized VMDK, the manifest and, when there is a key, its signature.
 *
 * The same model, disks and options give the same file, byte by byte.  It is written once,
 * from front to back but for the descriptor, which knows the sizes of what follows it: room
 * is left for it.  The package appears under its name when it is whole.
 */
#ifndef APPLIANCE_EXPORT_H
#define APPLIANCE_EXPORT_H

#include <stdint.h>

#include "appliance/convert.h"
#include "appliance/image.h"
#include "appliance/model.h"
#include "socle/err.h"

struct export_opts {
	const char *version;	/* of OVF: "1.1" (NULL) or "2.0" */
	int level;		/* of deflate; 0: the usual one */
	int64_t epoch;		/* the time that the members carry, seconds since 1970 */
	const char *key, *cert; /* PEM texts; NULL: the package is not signed */
	const char *passphrase; /* of the key, or NULL */
	struct convert_opts convert;
};

/*
 * images: one for each of m->disks.  m->files are made anew, one a disk, with names that
 * begin with the package's own, "web-1.0" of "web-1.0.ova".  An existing file is replaced.
 */
int export_ova(struct model *m, struct image *const *images, const char *path,
	       const struct export_opts *o, struct err *e) __must_check;

#endif
