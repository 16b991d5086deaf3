/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where bytes come from: a file, a part of a file (the member of a tar archive),
 * a pipe, the member of a compressed archive, memory.
 *
 * Every input can be read in order; a seekable one also at any offset, from
 * several threads at once.  A wrapper (decompression, hashing, joined chunks) is
 * an input that owns the one below it.
 *
 * Errors: negative errno with a message that names the input and the offset in
 * bytes, "disk1.vmdk: byte 53215232: Input/output error".
 */
#ifndef APPLIANCE_INPUT_H
#define APPLIANCE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "socle/err.h"

#define INPUT_UNKNOWN UINT64_MAX

struct input;

struct input_ops {
	/* Up to len bytes in order; 0 at the end. */
	ssize_t (*read)(struct input *in, void *data, size_t len, struct err *e);
	/* Up to len bytes at an offset, thread-safe; NULL when not seekable. */
	ssize_t (*pread)(struct input *in, void *data, size_t len, uint64_t offset, struct err *e);
	void (*close)(struct input *in);
};

struct input {
	const struct input_ops *ops;
	char *name;    /* for messages; owned */
	uint64_t size; /* bytes, INPUT_UNKNOWN for a pipe */
	uint64_t at;   /* bytes that input_read() has given so far */
};

static inline bool input_seekable(const struct input *in)
{
	return in->ops->pread != NULL;
}

/* Up to len bytes in order; 0 at the end; short reads are possible. */
ssize_t input_read(struct input *in, void *data, size_t len, struct err *e) __must_check;

/* Exactly len bytes in order; -ENODATA "ends after N of M bytes" when there are fewer. */
int input_read_full(struct input *in, void *data, size_t len, struct err *e) __must_check;

/* Exactly len bytes at offset of a seekable input; -ENODATA when it ends before. */
int input_pread_full(struct input *in, void *data, size_t len, uint64_t offset,
		     struct err *e) __must_check;

/* Read on and forget, up to the offset "to" (a seekable input jumps); -ENODATA at the end. */
int input_skip_to(struct input *in, uint64_t to, struct err *e) __must_check;

void input_free(struct input *in); /* NULL is fine */

/* size bytes of a file from offset (size INPUT_UNKNOWN: to its end; a pipe has offset 0).  Owns fd.
 */
struct input *input_fd(int fd, const char *name, uint64_t offset, uint64_t size, struct err *e);

/* The descriptor of an input of input_fd(), which stays its owner. */
int input_fd_of(const struct input *in);

/*
 * The next bytes at or after an offset that are stored, [*from, *to): what is before them is a
 * hole, which reads as zeros.  At the end both are the size.  An input that knows of no holes
 * has none.
 */
void input_data(struct input *in, uint64_t offset, uint64_t *from, uint64_t *to);

/* Memory that outlives the input. */
struct input *input_memory(const void *data, size_t len, const char *name, struct err *e);

/*
 * The other files of the same package, for images that consist of several
 * (extents, parents).  Only plain names inside the package are found; "..", "/"
 * in front and links are -EPERM.
 */
struct input_dir {
	struct input *(*open)(struct input_dir *dir, const char *name, struct err *e);
	bool in_order; /* what it opens can be read in order only, each file once */
};

#endif
