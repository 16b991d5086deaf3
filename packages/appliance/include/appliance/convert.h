/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine: an image into a sink on all cores, and an image into a
 * streamOptimized VMDK on all cores.
 *
 * One thread reads (and hashes, when the input is a hashing one), a pool
 * decompresses and writes.  Memory is bounded by the pool's queue, whatever the
 * size of the disk.
 */
#ifndef APPLIANCE_CONVERT_H
#define APPLIANCE_CONVERT_H

#include <signal.h>
#include <stdint.h>

#include "appliance/image.h"
#include "appliance/sink.h"

struct convert_opts {
	unsigned int threads; /* workers; 0: one per processor this process may use */
	/* Called now and then from one thread: guest bytes done of all, stored bytes read so far.
	 */
	void (*progress)(void *ctx, uint64_t done, uint64_t total, uint64_t read);
	void *ctx;
	const volatile sig_atomic_t *stop; /* the work ends with -EINTR once it is not 0; or NULL */
};

/*
 * Decode all of an image into a sink and finish it: by lookup(), or by stream() when the
 * image's input can only be read in order.  Of several errors it is always the earliest's, and
 * the file that is made is the same, however many threads there are.
 */
int convert_image(struct image *img, struct sink *s, const struct convert_opts *o,
		  struct err *e) __must_check;

/* Where an encoder's bytes go, in order. */
struct output {
	int (*write)(struct output *out, const void *data, size_t len, struct err *e);
};

/*
 * Encode a disk as a streamOptimized VMDK (version 3, grains of 64 KiB, footer),
 * byte by byte the same for the same contents and level.  img: of a seekable input.  level: 1,
 * the fastest by far, to 12.  written: its length in bytes.
 */
int convert_vmdk(struct image *img, struct output *out, int level, const struct convert_opts *o,
		 uint64_t *written, struct err *e) __must_check;

/* A bare disk in a file, to another one. */
struct convert_file {
	int in, dir;	      /* the image, and the folder of the files that belong to it, or -1 */
	int out;	      /* read and written; for "vmdk" also a pipe */
	const char *in_name;  /* for messages */
	const char *out_name; /* for messages */
	const char *to;	      /* a name of convert_formats[] */
	/* For "vmdk" instead of out: who gets the bytes, in order, in this process; or NULL. */
	struct output *taker;
};

extern const char *const convert_formats[]; /* NULL-terminated */

/* What was converted. */
struct convert_result {
	char format[16], subformat[32];
	uint64_t size; /* guest bytes */
};

/*
 * Convert in a process of its own, which has no privileges and no files but these; the
 * caller keeps the descriptors.  The input may be a pipe or compressed (gzip, xz, zstd) when
 * the image can be decoded in order.  -EINVAL: no such format.
 */
int convert_file(const struct convert_file *f, const struct convert_opts *o,
		 struct convert_result *r, struct err *e) __must_check;

#endif
