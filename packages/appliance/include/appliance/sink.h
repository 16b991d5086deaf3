/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a disk's bytes go: a sparse raw file, a block device (a thin volume), a
 * qcow2 file.  Written from several threads at once, each byte once, in any
 * order; what is never written reads as zeros.
 */
#ifndef APPLIANCE_SINK_H
#define APPLIANCE_SINK_H

#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

struct sink;

enum sink_flags {
	/* The target reads as zeros where nothing was written (a new file, a new thin volume). */
	SINK_ZEROED = 1 << 0,
	/* Write past the page cache, which in dom0 is small. */
	SINK_DIRECT = 1 << 1,
};

struct sink_ops {
	/* Thread-safe; len and offset are multiples of 512 unless at the disk's end. */
	int (*write)(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e);
	/* Everything was written: tables, footers, fsync. */
	int (*finish)(struct sink *s, struct err *e);
	void (*free)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	char *name;    /* for messages; owned */
	uint64_t size; /* guest bytes */
};

/* Raw contents to a file (which gets its size) or a block device (which must be large enough). Owns
 * fd. */
int sink_raw(int fd, const char *name, uint64_t size, unsigned int flags, struct sink **s,
	     struct err *e) __must_check;
/* A new qcow2 version 3 file. Owns fd. */
int sink_qcow2(int fd, const char *name, uint64_t size, struct sink **s,
	       struct err *e) __must_check;
/* A new dynamic VHD. Owns fd. */
int sink_vhd(int fd, const char *name, uint64_t size, struct sink **s, struct err *e) __must_check;

/* Write; runs of zeros of at least 4 KiB are left out where the target reads as zeros. */
int sink_write(struct sink *s, const void *data, size_t len, uint64_t offset,
	       struct err *e) __must_check;
int sink_finish(struct sink *s, struct err *e) __must_check;
void sink_free(struct sink *s); /* NULL is fine */

#endif
