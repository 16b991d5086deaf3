/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where guests' disks are kept: a folder of files ("--storage DIR": DIR/NAME/disk0.raw)
 * or the thin pool of a host.
 *
 * What is being made is in quarantine, under names that nobody takes for a guest's:
 * the hidden folder ".import-NAME", the volumes "import-NAME.disk0" with the tag
 * "socle.import".  store_promote() gives all of it its names, after which the guests
 * are made visible by their configuration; store_end() declares the work done.
 * What ends before, by an error, a signal or a power cut, leaves a journal, from which
 * the next store_open() removes everything, the guests' configuration included.  A lock
 * on the journal tells whose work still goes on.
 */
#ifndef APPLIANCE_STORE_H
#define APPLIANCE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "appliance/guest.h"
#include "socle/err.h"

enum { STORE_VOLUMES_MAX = 1024, STORE_NONE = -1 };

struct store;

/* Of a host: where its guests' volumes are; another one in tests. */
struct store_pool {
	const char *group, *pool; /* of LVM */
	const char *devices;	  /* folder of the group's devices */
	const char *state;	  /* folder of journals */
	struct guest_dirs dirs;
};

extern const struct store_pool store_pool_host;

/*
 * dir: the folder, made when it is missing, or NULL for the pool.  removed: names of
 * guests whose unfinished remains were removed, to be told; may be NULL.
 */
int store_open(const char *dir, const struct store_pool *pool, struct buf *removed,
	       struct store **s, struct err *e) __must_check;
void store_free(struct store *s); /* NULL is fine; what was begun and not ended is removed */

/* The folder as an absolute path, also before it is made; to be freed, NULL without memory. */
char *store_folder(const char *dir);

/* Where a volume would be, for a dry run: nothing is looked at or made.  Likewise. */
char *store_place(const char *dir, const struct store_pool *pool, const char *guest,
		  const char *what, const char *format);

/* Folders of this store's guests. */
const struct guest_dirs *store_dirs(const struct store *s);

/* Begin an import: -EBUSY while another one of that name goes on. */
int store_begin(struct store *s, const char *name, struct err *e) __must_check;

/* Bytes that can still be written. */
int store_space(struct store *s, uint64_t *bytes, struct err *e) __must_check;

/*
 * A volume of a guest: "disk0", "seed", ...  format: "raw" or "qcow2"; a pool only has
 * raw ones.  *volume is its number, *fd (the caller's) it, open to be read and written,
 * reading as zeros.
 */
int store_add(struct store *s, const char *guest, const char *what, const char *format,
	      uint64_t size, int *volume, int *fd, struct err *e) __must_check;

/*
 * What a volume hands out at once, in bytes, and uncleared: of such a chunk all must be written
 * that is not to be what another guest has left there.  0: all reads as zeros, as in a folder.
 */
int store_chunk(struct store *s, uint64_t *bytes, struct err *e) __must_check;

/* A raw one larger than it was made. */
int store_grow(struct store *s, int volume, uint64_t size, struct err *e) __must_check;

/* A volume of another guest with the contents of a finished one, in constant time where possible.
 */
int store_copy(struct store *s, int from, const char *guest, const char *what, int *volume,
	       struct err *e) __must_check;

/* Not wanted after all. */
int store_drop(struct store *s, int volume, struct err *e) __must_check;

/* Space for what must be read at random; it has no name and goes with its descriptor. */
int store_spool(struct store *s, uint64_t size, int *fd, struct err *e) __must_check;

/* Where a volume will be; the store's. */
const char *store_path(const struct store *s, int volume);

/* Everything that was added gets its name. */
int store_promote(struct store *s, struct err *e) __must_check;

/* The guests are there, and nothing of the import but them is kept. */
int store_end(struct store *s, struct err *e) __must_check;

#endif
