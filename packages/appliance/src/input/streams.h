/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Inputs made of other inputs.  Each owns the ones below it, also when it cannot
 * be made (the result is NULL then), except for a slice.
 */
#ifndef APPLIANCE_INPUT_STREAMS_H
#define APPLIANCE_INPUT_STREAMS_H

#include "appliance/input.h"
#include "appliance/model.h"

/* By the first bytes: a gzip, xz or zstd stream, or none of them. */
enum model_compression packing_of(const void *head, size_t len);

/* The contents of a compressed stream, of all its members, frames and blocks. */
struct input *input_unpack(struct input *below, enum model_compression packing, struct err *e);

/* A part of a seekable input, which must outlive it. */
struct input *input_slice(struct input *of, const char *name, uint64_t offset, uint64_t size,
			  struct err *e);

/* Another's input, read in order on its behalf; it must outlive this. */
struct input *input_lend(struct input *of, struct err *e);

/*
 * The pieces of a file one after another; seekable when all are and all sizes are
 * known.  The array is copied.
 */
struct input *input_joined(struct input **pieces, size_t n, const char *name, struct err *e);

enum hash { HASH_SHA1 = 1 << 0, HASH_SHA256 = 1 << 1, HASH_SHA512 = 1 << 2, HASH_ALL = 7 };
enum { HASH_HEX = 129 }; /* the longest, with its NUL */

struct digests {
	unsigned int have; /* of enum hash: those that follow */
	char sha1[HASH_HEX], sha256[HASH_HEX], sha512[HASH_HEX];
	uint64_t size;
};

/*
 * The same bytes, in order only, hashed on their way.  "out" is filled at the
 * moment when the end is read, and stays as it is when it never is.
 */
struct input *input_hash(struct input *below, unsigned int which, struct digests *out,
			 struct err *e);

/* Read to the end and forget. */
int input_drain(struct input *in, struct err *e) __must_check;

enum { INPUT_HEAD_MAX = 1 << 20 };

/*
 * An input whose beginning can be looked at and read again: a seekable one is
 * given back as it is; what a pipe gave of its first INPUT_HEAD_MAX bytes is kept.
 */
struct input *input_rewindable(struct input *below, struct err *e);

/* Up to len first bytes without moving; the number, fewer when the input is shorter. */
ssize_t input_peek(struct input *in, void *data, size_t len, struct err *e);

/* Back to the start; -ESPIPE once more was read than is kept. */
int input_rewind(struct input *in, struct err *e) __must_check;

/* No more rewinding: what was kept is let go as it is read. */
void input_commit(struct input *in);

/* The files of a folder: plain names and paths below it, no links. Takes the descriptor over. */
struct input_dir *input_dir_fd(int fd, struct err *e);
void input_dir_free(struct input_dir *dir);

/* One of its files: a descriptor for reading, or the error that opening it would give. */
int input_dir_open(int folder, const char *name, struct err *e) __must_check;

/*
 * Whether a name stays inside its package: relative, no empty, "." or ".." part, no control
 * characters.
 */
bool input_name_ok(const char *name);

#endif
