/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the sinks have in common: a file, a lock, and making one.
 */
#ifndef CONVERT_FILE_SINK_H
#define CONVERT_FILE_SINK_H

#include <pthread.h>
#include <stdbool.h>

#include "appliance/sink.h"

enum { SINK_HOLE = 4096 }; /* bytes of the shortest run of zeros that is left out */

struct file_sink {
	struct sink sink;
	int fd;
	pthread_mutex_t lock;
};

/* A sink of "len" bytes, zeroed, whose first member is a file_sink.  Owns fd; NULL on failure. */
void *file_sink_new(size_t len, const struct sink_ops *ops, int fd, const char *name, uint64_t size,
		    struct err *e);

/* The file is regular and becomes empty. */
int file_sink_empty(struct file_sink *f, struct err *e) __must_check;

int file_sink_pwrite(struct file_sink *f, const void *data, size_t len, uint64_t offset,
		     struct err *e) __must_check;
int file_sink_sync(struct file_sink *f, struct err *e) __must_check;

/* For sink_ops.free. */
void file_sink_free(struct sink *s);

#endif
