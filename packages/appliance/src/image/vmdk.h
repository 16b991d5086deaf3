/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMDK, in parts: a disk is a list of extents, which its descriptor names
 * (vmdk_descriptor.c); an extent is flat, or sparse in one of three ways
 * (vmdk_sparse.c: hosted products and ESX's "COWD"; vmdk_sesparse.c); a
 * streamOptimized one can be decoded in order (vmdk_stream.c).
 *
 * From VMware's "Virtual Disk Format 5.0"; what that leaves open is as VMware's
 * products and qemu have it.
 */
#ifndef IMAGE_VMDK_H
#define IMAGE_VMDK_H

#include "private.h"

enum { VMDK_PARTS_MAX = 1024, VMDK_NO_PARENT = 0xffffffff, PER_TABLE_MAX = 512 };

/* A sparse extent: a directory of tables of grains. */
struct sparse {
	struct input *in;
	uint64_t capacity;		     /* bytes of the guest */
	uint64_t grain;			     /* bytes, a power of 2 */
	uint64_t per_table;		     /* entries of a table */
	uint64_t directory;		     /* byte in "in" */
	uint64_t front;			     /* bytes before the first grain */
	uint64_t descriptor, descriptor_len; /* bytes in "in"; 0: none */
	uint64_t tables, grains;	     /* bytes in "in"; of seSparse */
	bool compressed, markers;
	bool footer; /* the directory's place is in a copy of the header at the end */
};

/* The marker in front of a compressed grain, or of a table when it has no size. */
enum {
	MARKER_NUMBER = 0, /* le64: the grain's first sector of the guest; sectors of a table */
	MARKER_SIZE = 8,   /* le32: bytes that follow at MARKER_DATA */
	MARKER_DATA = 12,
	MARKER_TYPE = 12, /* le32, when there is no size */
};
enum { MARKER_END, MARKER_TABLE, MARKER_DIRECTORY, MARKER_FOOTER };

enum grain_kind { GRAIN_HOLE, GRAIN_ZERO, GRAIN_STORED };

struct grain {
	enum grain_kind kind;
	uint64_t at; /* byte in the file when stored */
	uint64_t n;  /* grains that the answer is for: those of a missing table */
};

/* A file of the disk, or a part of it. */
struct part {
	struct input *in; /* NULL: zeros */
	uint64_t start;	  /* bytes of the guest */
	uint64_t length;  /* bytes of the guest */
	uint64_t at;	  /* a flat one's: byte in "in" */
	struct sparse *s; /* owned; NULL: flat */
	/* Where a grain of s is. */
	int (*find)(struct image *img, const struct sparse *s, uint64_t number, struct grain *g,
		    struct err *e);
};

struct vmdk {
	struct part *parts;
	size_t n_parts;
	uint32_t cid, parent_cid; /* of the contents */
	char create_type[32];
	char parent[512]; /* parentFileNameHint */
	struct sparse stream;
};

/*
 * Read a descriptor; extents are opened in the image's package unless there is
 * one in the image's own file, then they are not looked at.
 */
int vmdk_describe(struct image *img, struct vmdk *v, const char *text, bool extents,
		  struct err *e) __must_check;

/* Read "KDMV" at a header of 512 bytes; "at" is where it was, for messages. */
int sparse_header(struct sparse *s, const void *header, uint64_t at, struct err *e) __must_check;

/* The three kinds of sparse files, whose headers may refer to other places of it. */
int sparse_open(struct part *p, struct err *e) __must_check;
int cowd_open(struct part *p, struct err *e) __must_check;
int sesparse_open(struct part *p, struct err *e) __must_check;

/* offset: of the guest's bytes in this part. */
int sparse_lookup(struct image *img, const struct part *p, uint64_t offset, struct extent *x,
		  struct err *e) __must_check;

int vmdk_stream(struct image *img, const struct sparse *s,
		int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		struct err *e);

#endif
