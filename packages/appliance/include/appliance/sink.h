/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a disk's bytes go: a sparse raw file, a block device (a thin volume), a
 * qcow2 or VHD file.  Written from several threads at once, each byte once, in
 * any order; what is never written reads as zeros.
 *
 * A sink owns its file descriptor and never looks at a path: "name" is for
 * messages.  What a sink that was not finished leaves in a file is not an image.
 */
#ifndef APPLIANCE_SINK_H
#define APPLIANCE_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

struct sink;

enum sink_flags {
	/*
	 * The target reads as zeros where nothing was written: a new thin volume, or a file
	 * that keeps what is in it.  Without it a file is emptied, and on a block device
	 * zeros are written, by the device itself where it can.
	 */
	SINK_ZEROED = 1 << 0,
	/* Write past the page cache, which in dom0 is small; where the target cannot, with it. */
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
	uint64_t hole; /* bytes, aligned: when all of them are zeros, they are not written */
	bool in_order; /* the order of writes is seen in the file: the same one gives the same file
			*/
};

/* Raw contents to a file (which gets its size) or a block device (which must be large enough). Owns
 * fd, also on failure. */
int sink_raw(int fd, const char *name, uint64_t size, unsigned int flags, struct sink **s,
	     struct err *e) __must_check;

/*
 * For a new thin volume of a pool that does not zero its chunks: a chunk reads as
 * zeros only until something is written to it, so that the rest of a chunk that
 * gets data is written, too, also past the disk's end where the volume goes on.  s: of
 * sink_raw() with SINK_ZEROED, before the first write.  chunk: bytes, a multiple of 4096.
 */
int sink_raw_chunks(struct sink *s, uint64_t chunk, struct err *e) __must_check;

/* A new qcow2 version 3 file: clusters of 64 KiB, nothing of it compressed.  As sink_raw(). */
int sink_qcow2(int fd, const char *name, uint64_t size, struct sink **s,
	       struct err *e) __must_check;

/* A new VHD; fixed: raw contents and a footer, or else dynamic.  At most 2040 GiB. */
int sink_vhd(int fd, const char *name, uint64_t size, struct sink **s, struct err *e) __must_check;
int sink_vhd_fixed(int fd, const char *name, uint64_t size, struct sink **s,
		   struct err *e) __must_check;

/* Write; runs of zeros of at least 4 KiB are left out where the target reads as zeros. */
int sink_write(struct sink *s, const void *data, size_t len, uint64_t offset,
	       struct err *e) __must_check;
int sink_finish(struct sink *s, struct err *e) __must_check;
void sink_free(struct sink *s); /* NULL is fine */

#endif
