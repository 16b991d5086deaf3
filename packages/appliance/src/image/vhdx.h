/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VHDX, as [MS-VHDX] has it: a header (of two, the later), regions, metadata and a
 * table of blocks (vhdx.c); a log of what was not written to its place yet
 * (vhdx_log.c).  All numbers are little-endian.
 */
#ifndef IMAGE_VHDX_H
#define IMAGE_VHDX_H

#include "private.h"

enum { VHDX_GUID = 16 };

/* CRC-32C of data in which the 4 bytes of the sum itself, at "field", count as zeros. */
uint32_t vhdx_sum(const void *data, size_t len, size_t field);

/*
 * The file as it is once its log is replayed, which is done in memory: an input
 * that reads "in" (not owned) with the log's writes on top.  -EBADMSG when the log has no
 * whole sequence of entries; the file is as it was before them, but then its writer counted
 * on them.
 */
int vhdx_replay(struct input *in, uint64_t at, uint64_t len, const void *guid, struct input **out,
		struct err *e) __must_check;

#endif
