/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files, whole: read with a cap, replaced atomically, hashed.
 */
#ifndef SOCLE_FS_H
#define SOCLE_FS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "socle/buf.h"
#include "socle/err.h"

/*
 * Read all of a file into out (appended).  max: the most bytes that are
 * accepted; a larger file is -EFBIG.  Works on files of /proc and /sys, whose
 * size is not known before they are read, and on pipes.  "-" is standard input.
 */
int fs_read(const char *path, size_t max, struct buf *out, struct err *e) __must_check;

/*
 * The same for what somebody else named: the file must be a regular one, -EINVAL
 * if not.  A device or a pipe is not waited for, and "-" is a file's name.
 */
int fs_read_regular(const char *path, size_t max, struct buf *out, struct err *e) __must_check;
/* The same of a file that was opened with O_NONBLOCK; path is for messages. */
int fs_read_regular_fd(int fd, const char *path, size_t max, struct buf *out,
		       struct err *e) __must_check;

/*
 * Replace a file: write a temporary one beside it, fsync, rename, fsync the
 * folder.  Whoever looks, also after a power cut, finds the old or the new
 * contents, never a mixture.  The one way in which Socle's files change.
 */
int fs_write(const char *path, const void *data, size_t len, mode_t mode,
	     struct err *e) __must_check;

/* The folder that a file is in, to the disk: a new name in it outlives a power cut. */
int fs_sync_folder_of(const char *path, struct err *e) __must_check;

/* Make a folder and those above it; existing ones are fine. */
int fs_mkdirs(const char *path, mode_t mode, struct err *e) __must_check;

/* Write all of data at an offset in bytes; short writes are continued. */
int fs_pwrite(int fd, const void *data, size_t len, uint64_t offset, struct err *e) __must_check;

enum { SHA256_HEX = 65 }; /* 64 digits and the NUL */

/* The SHA-256 (FIPS 180-4) of memory, in lower-case hexadecimal digits. */
void sha256_mem(const void *data, size_t len, char hex[SHA256_HEX]);

/*
 * The SHA-256 of len bytes of a file from its start, or of all of it when len
 * is UINT64_MAX.  progress may be NULL; it gets the bytes done so far and ends
 * the work with -ECANCELED by returning false.
 */
int sha256_fd(int fd, uint64_t len, bool (*progress)(void *ctx, uint64_t done), void *ctx,
	      char hex[SHA256_HEX], struct err *e) __must_check;

/*
 * A size for people: "16 GiB", "1.5 TiB", "512 B".  Binary units, at most one
 * decimal, rounded down so that a disk never looks larger than it is.
 * Returns buffer.
 */
const char *size_text(uint64_t bytes, char *buffer, size_t len);

/*
 * The other way round: "512M", "20G", "2 GiB", "100kb", all in binary units.  -EINVAL for a
 * number alone, which means MiB to some and bytes to others, for 0 and for more than 2^64.
 */
int size_parse(const char *text, uint64_t *bytes, struct err *e) __must_check;

#endif
