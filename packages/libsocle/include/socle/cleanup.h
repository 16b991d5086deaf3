/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Cleanup by scope: a variable declared with one of these attributes is
 * released when it goes out of scope.  A function uses these or a single
 * "out:" label, not both.
 */
#ifndef SOCLE_CLEANUP_H
#define SOCLE_CLEANUP_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void cleanup_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void cleanup_json(json_t **j)
{
	json_decref(*j);
}

#define _cleanup_free_	 __attribute__((cleanup(cleanup_free)))
#define _cleanup_close_	 __attribute__((cleanup(cleanup_close)))
#define _cleanup_fclose_ __attribute__((cleanup(cleanup_fclose)))
#define _cleanup_json_	 __attribute__((cleanup(cleanup_json)))

/* Hand the value on and leave nothing behind for the cleanup. */
#define take_ptr(p)                  \
	({                           \
		__typeof__(p) t = p; \
		(p) = NULL;          \
		t;                   \
	})
#define take_fd(fd)           \
	({                    \
		int t = (fd); \
		(fd) = -1;    \
		t;            \
	})

#endif
