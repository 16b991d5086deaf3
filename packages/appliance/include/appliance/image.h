/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disk images: VMDK, qcow2, VHD, VHDX, raw.
 *
 * An image is a map from the guest's bytes to where they are stored.  A format
 * is a row of image_formats[]: it recognises its magic, opens, and answers
 * lookup().  A format whose file can be decoded while it is read in order also
 * has stream().  From these two come everything else: reading, converting,
 * importing, telling where an image is damaged.
 *
 * The contents are hostile: every number of a header is checked before it is
 * used, tables are bounded by IMAGE_TABLE_MAX bytes, and nothing outside the
 * package is opened.  Errors name the file, the offset and the grain or cluster:
 * "disk1.vmdk: grain 812 at byte 53215232: ...".
 */
#ifndef APPLIANCE_IMAGE_H
#define APPLIANCE_IMAGE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/input.h"
#include "socle/err.h"

#define IMAGE_SIZE_MAX	(UINT64_C(64) << 40) /* 64 TiB: no guest disk is larger */
#define IMAGE_TABLE_MAX (UINT64_C(64) << 20) /* bytes of tables kept in memory at once */
#define IMAGE_CHUNK_MAX (UINT64_C(2) << 20)  /* the largest compressed unit: a qcow2 cluster */

enum { STORED_EXTRA = 64 << 10 };

enum extent_kind {
	EXTENT_HOLE,	/* a format's answer: the parent's bytes; image_lookup() resolves it */
	EXTENT_ZERO,	/* reads as zeros, nothing stored */
	EXTENT_RAW,	/* stored as it is */
	EXTENT_DEFLATE, /* RFC 1951 (qcow2) */
	EXTENT_ZLIB,	/* RFC 1950 (VMDK) */
	EXTENT_ZSTD,	/* RFC 8878 (qcow2) */
};

/* A run of the guest's bytes that is stored in one way. */
struct extent {
	enum extent_kind kind;
	uint64_t offset;  /* guest bytes */
	uint64_t length;  /* guest bytes, what extent_unpack() writes */
	struct input *in; /* where it is stored; NULL for EXTENT_ZERO */
	uint64_t at;	  /* byte in "in" */
	/* Bytes in "in"; an upper bound where the format knows no better.  Of a compressed kind at
	 * most STORED_EXTRA more than the unit. */
	uint64_t stored;
	/* Of a compressed kind: the bytes that it unpacks to, at most IMAGE_CHUNK_MAX, and how many
	 * of them come before offset. */
	uint32_t unit, skip;
};

struct image_info {
	const char *format;    /* "vmdk" */
	const char *subformat; /* "streamOptimized", "" when there is but one */
	uint64_t size;	       /* guest bytes */
	uint32_t cluster;      /* bytes of the unit of allocation; 1 for raw */
	bool compressed;
	const char *parent; /* name of the backing image, NULL when there is none */
};

struct image;

struct image_format {
	const char *name;
	/* Whether the first bytes (len of them, at least 512 unless the file is smaller) are its
	 * own. */
	bool (*probe)(const void *head, size_t len);
	/* Seekable inputs.  After a failure close() is called as well. */
	int (*open)(struct image *img, struct err *e);
	/* The extent that contains a guest offset, as far as one entry of a table tells; one caller
	 * at a time.  Neighbours are joined by image_lookup(). */
	int (*lookup)(struct image *img, uint64_t offset, struct extent *x, struct err *e);
	/* Decode in order, see image_open_stream(): the file's first bytes are img->head.  Both are
	 * NULL when the format needs its tables first. */
	int (*open_stream)(struct image *img, struct err *e);
	int (*stream)(struct image *img,
		      int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		      struct err *e);
	void (*close)(struct image *img);
};

extern const struct image_format *const image_formats[]; /* NULL-terminated; raw is the last */

enum { IMAGE_HEAD = 512 };

struct image {
	const struct image_format *format;
	struct input *in;      /* owned */
	struct input_dir *dir; /* siblings, may be NULL */
	struct image_info info;
	void *state;	      /* the format's own */
	struct image *parent; /* owned; what EXTENT_HOLE refers to, or NULL for zeros */
	unsigned int depth;   /* of images that have this one below them */
	/* image.c's own */
	char head[IMAGE_HEAD]; /* the first bytes of a stream */
	size_t head_len;
	pthread_mutex_t lock; /* of lookups */
	struct tables *tables;
};

/*
 * The format of an image by its first bytes (IMAGE_HEAD of them).  It is decided once, here;
 * nothing probes again.  What is nothing known is raw; NULL with the reason when it is known and
 * refused.
 */
const struct image_format *image_probe(const void *head, size_t len, struct err *e);
const struct image_format *image_format_by_name(const char *name);

/*
 * Open a seekable input with a format (NULL: probe; a fixed VHD is told by its last bytes).  The
 * image owns "in" on success.
 */
int image_open(struct input *in, const struct image_format *format, struct input_dir *dir,
	       struct image **img, struct err *e) __must_check;

/*
 * Open to be streamed only, from an input of which nothing was read; the header is read, what
 * follows is left to image_stream().  info.size is INPUT_UNKNOWN for raw bytes from a pipe.
 */
int image_open_stream(struct input *in, const struct image_format *format, struct image **img,
		      struct err *e) __must_check;

/* Whether the format can be decoded in order: image_open_stream() need not fail. */
bool image_streamable(const struct image_format *format);

/*
 * The extent at a guest offset below info.size; x->offset <= offset < x->offset + x->length.
 * Thread-safe.  What is stored is inside the file.  A raw extent may be the whole disk.
 */
int image_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e) __must_check;

/*
 * Decode while reading in order.  emit gets each stored unit, in the order of
 * the file, x->stored bytes at data (valid during the call); zeros are left out,
 * no guest byte comes twice.  What emit returns ends the stream unless it is 0.
 * What the input still holds after the image is not read.
 */
int image_stream(struct image *img,
		 int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		 struct err *e) __must_check;

/* Guest bytes, decompressed; thread-safe.  Beyond the end: -ERANGE. */
int image_pread(struct image *img, void *data, size_t len, uint64_t offset,
		struct err *e) __must_check;

/*
 * Decompress one unit: exactly x->length bytes to "out" from x->stored bytes at
 * data.  -EBADMSG when it is damaged or of another length; the message says the offset.
 * Thread-safe: each thread keeps a decompressor until it ends.
 */
int extent_unpack(const struct extent *x, const void *data, void *out, struct err *e) __must_check;

void image_free(struct image *img); /* NULL is fine */

#endif
