/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Export: a model and its disks as a package that others import, an OVA or a
 * folder of files.
 *
 * The order is the one that all tools take: descriptor, manifest, certificate, then
 * the disks in the order of the descriptor's references.  What stands in front
 * depends on what comes after it, so its place is kept, and filled at the end;
 * each disk is read once and written once.  The same disks, model, key (of RSA)
 * and date give the same file, byte by byte.
 */
#ifndef APPLIANCE_EXPORT_H
#define APPLIANCE_EXPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/convert.h"
#include "appliance/model.h"

struct export_opts {
	const char *ovf;	       /* version of the descriptor: "1.1" or "2.0" */
	const char *format;	       /* of the disks: a name of convert_formats[] */
	bool folder;		       /* a folder of files, not an OVA */
	bool force;		       /* replace what has that name; never a folder */
	const char *key, *certificate; /* PEM, to sign with; NULL: not signed */
	const char *passphrase;	       /* of the key, or NULL */
	int64_t date;		       /* of the members: seconds since 1970 */
	struct convert_opts convert;   /* progress is over all disks */
};

/*
 * disks: for each of the model's disks that is not empty the file of an image, in any format
 * that is read, in the model's order.  The model's files are made anew: names, sizes, capacities.
 * out: the file or folder to be made; it appears when it is complete.
 * -EINVAL: what is asked for does not go together; -EEXIST: out is there.
 */
int export_package(struct model *m, const char *const *disks, size_t n, const char *out,
		   const struct export_opts *o, struct err *e) __must_check;

#endif
