/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of a tar archive that is written: ustar (POSIX.1-1988), with GNU's
 * binary sizes from 8 GiB on, which ovftool, VirtualBox and libarchive read.
 */
#ifndef APPLIANCE_TAR_H
#define APPLIANCE_TAR_H

#include <stdint.h>

#include "socle/err.h"

enum { TAR_BLOCK = 512, TAR_NAME_MAX = 100, TAR_END = 2 * TAR_BLOCK };

/* A regular file's header; -ENAMETOOLONG when the name has more than TAR_NAME_MAX bytes. */
int tar_header(char block[TAR_BLOCK], const char *name, uint64_t size, int64_t mtime,
	       struct err *e) __must_check;

/* What a member of that size takes, without its header. */
static inline uint64_t tar_padded(uint64_t size)
{
	return (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}

#endif
