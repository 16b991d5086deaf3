/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done with a package in the process that reads it, sandbox.h.  It is
 * told by messages what to do with each file, and tells what it has found.
 *
 * Asked, each with an answer { "type": "ok", ... } or { "type": "error", "code", "text" }:
 *
 *	open    name: a sibling of the descriptor; the answer brings its descriptor
 *	model   model, container, packing, descriptor; "files" of the answer tells for each
 *	        whether it is wanted
 *	target  file (-1: not known yet), name, size; the answer brings a file to write the
 *	        disk to, its "format" and its "volume" number
 *	spool   size (-1); the answer brings a file
 *
 * Told without an answer:
 *
 *	image   file, volume, format, subformat, size, stored, boot: of a disk that was decoded
 *	match   volume, file: what a disk that came before the descriptor is
 *	progress  done, total: guest bytes of this file; read: stored bytes of all
 *	verdict   of package_check()
 */
#ifndef APPLIANCE_DECODE_H
#define APPLIANCE_DECODE_H

#include <jansson.h>

#include "appliance/boot.h"
#include "appliance/package.h"

enum decode_mode {
	DECODE_IMPORT, /* disks go to their targets */
	DECODE_VERIFY, /* disks are decoded, and forgotten */
	DECODE_LOOK,   /* disks are looked at where that can be done at random */
};

struct decode {
	enum decode_mode mode;
	int fd; /* of the source */
	const char *name, *option;
	bool siblings; /* "open" can be asked */
	bool in_order; /* and gives pipes */
	struct package_policy policy;
	unsigned int threads;
};

/* For sandbox_start(): ctx is a struct decode. */
int decode_run(int channel, void *ctx, struct err *e);

/* struct boot as a JSON string, and back: checked, so that all that holds of one does. */
json_t *boot_pack(const struct boot *b);
int boot_unpack(const json_t *json, struct boot *b, struct err *e) __must_check;

#endif
