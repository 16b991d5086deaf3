/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests of this host: their configurations (the truth, NAME.cfg in xl's
 * language, also those that others wrote), their records, and what runs.
 *
 * What acts on the hypervisor is behind a table, so that tests have another one.
 */
#ifndef APPLIANCE_VM_H
#define APPLIANCE_VM_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/guest.h"
#include "socle/err.h"

struct vm_driver {
	const char *name;
	/*
	 * What runs: an object name -> {"id", "state", "memory", "cpus", "seconds"};
	 * state is "running", "idle", "paused", "shutdown", "crashed" or "dying".
	 */
	int (*states)(json_t **states, struct err *e);
	/* keys: xenstore paths below the guest's own -> values, written before it runs; or NULL. */
	int (*start)(const char *name, const char *config, const json_t *keys, struct err *e);
	int (*shutdown)(const char *name, struct err *e); /* ask the guest; returns at once */
	int (*destroy)(const char *name, struct err *e);
	int (*console)(const char *name, struct err *e); /* takes over this process */
};

extern const struct vm_driver vm_driver_xl;
extern const struct vm_driver vm_driver_fake; /* of tests: what runs is lines of $SOCLE_VM_FAKE */

/* "xl", or the tests' when that variable is set. */
const struct vm_driver *vm_driver_default(void);

struct vm_host {
	struct guest_dirs dirs;
	const struct vm_driver *driver;
	const char *storage; /* folder of disks, as store.h has it; NULL: the host's thin pool */
};

/* One guest as JSON: name, config, state, type, cpus, memory, disks, nics, ... */
int vm_show(const struct vm_host *h, const char *name, json_t **vm, struct err *e) __must_check;

/* All of them, by name; also what runs without a configuration here.  Works without Xen too. */
int vm_list(const struct vm_host *h, json_t **list, struct err *e) __must_check;

int vm_start(const struct vm_host *h, const char *name, struct err *e) __must_check;

/* Until it has ended; -ETIMEDOUT after that many seconds.  force: as if its power were cut. */
int vm_stop(const struct vm_host *h, const char *name, bool force, unsigned int seconds,
	    struct err *e) __must_check;
int vm_console(const struct vm_host *h, const char *name, struct err *e) __must_check;

/* What vm_destroy() would take away: paths, and whose they are not. */
int vm_owned(const struct vm_host *h, const char *name, json_t **paths, struct err *e) __must_check;

/* Configuration, disks that were made for it, seed and record.  One that runs is -EBUSY. */
int vm_destroy(const struct vm_host *h, const char *name, struct err *e) __must_check;

/*
 * A copy in constant time: thin snapshots, reflinks, or where a file system has
 * none an overlay (the original cannot start then while it has clones).  host:
 * as in guest_answers.  The clone has a name, UUID, addresses and a seed of its own.
 */
int vm_clone(const struct vm_host *h, const char *from, const char *name, const char *host,
	     struct err *e) __must_check;

/* A disk of a new guest. */
struct vm_disk_want {
	const char *path;   /* a file or volume that is there; NULL: a new one */
	const char *format; /* "raw" or "qcow2" */
	uint64_t size;	    /* bytes of a new one */
};

enum vm_create_how {
	VM_FORCE = 1 << 0,   /* also what cannot start */
	VM_DRY_RUN = 1 << 1, /* nothing is made: what it would be */
};

/*
 * A guest of disks, without a package; iso: a medium for its CD drive, or NULL.
 * New disks are its own, the others stay when it is destroyed.  One that cannot
 * start is -EINVAL unless forced.  g: as it was planned, with its problems.
 */
int vm_create(const struct vm_host *h, const struct vm_disk_want *disks, size_t n, const char *iso,
	      const struct guest_answers *a, unsigned int how, struct guest **g,
	      struct err *e) __must_check;

/* Take a disk away that was made for a guest; one that is not there is fine. */
int vm_disk_remove(const char *path, struct err *e) __must_check;

#endif
