/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a long work is.  On a terminal one line of standard error that is
 * written again and again: percent, a bar, MB/s, the time left.  For --json a line
 * of standard output every second:
 *
 *	{"progress": {"done": 1073741824, "total": 4294967296, "read": 367001600,
 *	 "percent": 25, "bytes_per_second": 901000000, "seconds_left": 3}}
 *
 * Elsewhere nothing.
 */
#ifndef SOCLE_PROGRESS_H
#define SOCLE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	bool json, terminal;
	int64_t started, told; /* milliseconds */
	bool shown;	       /* there is a line to be cleared */
};

void progress_start(struct progress *p, bool json);

/* progress: a struct progress.  Bytes done of all, and bytes read for that. */
void progress_tell(void *progress, uint64_t done, uint64_t total, uint64_t read);

/* Clear the line; returns the milliseconds since the start. */
int64_t progress_end(struct progress *p);

#endif
