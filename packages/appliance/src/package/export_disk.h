/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One disk of a package that is written: converted in the decoder's process, and
 * hashed on its way to its place.
 */
#ifndef APPLIANCE_EXPORT_DISK_H
#define APPLIANCE_EXPORT_DISK_H

#include "appliance/convert.h"
#include "socle/fs.h"

struct export_disk {
	const char *path;   /* the image */
	const char *name;   /* in the package */
	const char *format; /* in the package */
	size_t number, of;  /* for the progress: this one, from 0, of so many */
	const struct convert_opts *convert;
	/* The result. */
	uint64_t size;	 /* guest bytes */
	uint64_t stored; /* bytes in the package */
	char sha256[SHA256_HEX];
};

/*
 * Convert and put into fd from byte "at" on, where nothing is yet.  folder: for a format
 * that cannot be written in order a file without a name is made there first; -1 when fd
 * is to have nothing but this disk.
 */
int export_disk(struct export_disk *d, int fd, uint64_t at, int folder, struct err *e) __must_check;

#endif
