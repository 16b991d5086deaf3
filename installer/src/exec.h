/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The executor's state, and what its operations (op_*.c) use.
 */
#ifndef INSTALLER_EXEC_H
#define INSTALLER_EXEC_H

#include <jansson.h>
#include <limits.h>

#include "installer/execute.h"
#include "op.h"

/* Where the parts of the new system are mounted while it is made. */
#define EXEC_WORK  "/run/socle/target"
#define EXEC_ESP   EXEC_WORK "/esp"
#define EXEC_STATE EXEC_WORK "/state"

enum { EXEC_MOUNTS_MAX = 24 };

/* Of a file that was verified: a sum of each of its pieces. */
struct exec_sums {
	char sha256[SHA256_HEX];
	uint64_t *sum;
};

struct exec {
	const struct plan *plan;
	const struct answers *answers;
	const struct exec_options *options;
	struct exec_result *result;
	size_t step; /* the operation in hand, from 0 */
	int journal; /* file, or -1 */
	char *mounts[EXEC_MOUNTS_MAX];
	size_t mount_count;
	struct exec_sums sums[IMAGE_FILES_MAX];
	size_t sums_count;
	bool volumes_active;	   /* our volume group may be active */
	const json_t *groups;	   /* others that may be, as their operation has them */
	const json_t *arrays;	   /* those that may be active, as their operation has them */
	bool arrays_made;	   /* by this installation */
	int locks[PLAN_DISKS_MAX]; /* disks held from udev, lock_count of them */
	size_t lock_count;
};

/* Tell the caller, and the journal when it is worth it. */
void exec_tell(struct exec *x, enum exec_what what, const char *text);
void exec_progress(struct exec *x, uint64_t done, uint64_t total);

/* Run a program; its output goes to the caller as EXEC_OUTPUT.  timeout in seconds. */
int exec_run(struct exec *x, unsigned int timeout, const char *const *argv,
	     struct err *e) __must_check;
#define exec_cmd(x, timeout, e, ...) \
	exec_run(x, timeout, (const char *const[]){ __VA_ARGS__, NULL }, e)

/* -EINTR once the caller wants to stop: what takes long, or changes much, asks between. */
int exec_stopped(const struct exec *x, struct err *e) __must_check;

/* mounts.c: what is mounted here is unmounted, last first, by exec_unmount_all(). */
int exec_mount(struct exec *x, const char *source, const char *target, const char *type,
	       unsigned long flags, const char *data, struct err *e) __must_check;
int exec_mount_esp(struct exec *x, const json_t *args, struct err *e) __must_check;
int exec_mount_state(struct exec *x, const json_t *args, struct err *e) __must_check;
/* op_accounts.c: whether the system, which is the one that runs, has room for them. */
int accounts_possible(const json_t *args, struct err *e) __must_check;
/* op_seed.c: a crypt(5) hash of a word, or the word itself when it is one; to be freed. */
int exec_hash(const char *word, bool crypted, char **out, struct err *e) __must_check;
/* op_seed.c: the new system as it will be when it runs, on EXEC_ROOT; once. */
int exec_mount_system(struct exec *x, const json_t *args, struct err *e) __must_check;
int exec_unmount_all(struct exec *x, struct err *e);
bool exec_is_mounted(const struct exec *x, const char *target);

/* device.c: the node that args name ("disk", "partition"; or "device") is there in time. */
int exec_partition(struct exec *x, const json_t *args, char path[DEVICE_PATH],
		   struct err *e) __must_check;
/*
 * Hold a disk of the plan, by its path, from udev until exec_unlock_all(): a BSD
 * lock, as systemd's "Locking Block Device Access" describes it.  The kernel makes
 * the nodes of partitions by itself, and nobody looks into them (nor assembles what
 * he finds there) while they are being made.
 */
int exec_lock(struct exec *x, const char *disk, struct err *e) __must_check;
/* The same for all disks of the plan, if none is held yet. */
int exec_lock_all(struct exec *x, struct err *e) __must_check;
/* Let udev look at what has become of the disks. */
void exec_unlock_all(struct exec *x);

/* execute.c: unmount what an installer left that was killed; before the disks are looked at. */
void execute_recover(void);
/* op_clear.c: remove what an array that was made shows of the data it was made over. */
int exec_wipe_array(const char *device, struct err *e) __must_check;
/* op_volumes.c: make the file system that args name ("device", "uuid", "label"). */
int exec_format_state(struct exec *x, const json_t *args, struct err *e) __must_check;
/* op_guests.c: the same with what save-guests has read, by way of the ESP that args name. */
int exec_keep_guests(struct exec *x, const json_t *args, struct err *e) __must_check;
/* op_custom.c: deactivate all groups that may be active. */
int exec_deactivate(struct exec *x, struct err *e);
/* op_arrays.c: stop the arrays, last first; fails when one that was made lost a member. */
int exec_stop_arrays(struct exec *x, struct err *e);

/* check.c: all that can be checked before the first write. */
int exec_check(struct exec *x, struct err *e) __must_check;
/*
 * Whether a disk of the plan, or each of them when disk is NULL, still is the one of
 * the plan, unused, with the same contents.
 */
int exec_check_disk(const struct exec *x, const struct fact_disk *disk, struct err *e) __must_check;
/* The same of one disk for facts that are there already. */
int check_disk(const struct plan *p, const struct fact_disk *want, const struct facts *now,
	       struct err *e) __must_check;
/* The disk of the plan that args name ("disk"), or NULL. */
const struct fact_disk *exec_disk(const struct exec *x, const json_t *args);

/*
 * copy.c: verify_file() reads a file of the medium and fails when its size or
 * SHA-256 are not those of file {"name", "size", "sha256"}.  copy_file() writes
 * one that was verified to a target (a new file, or a block device) and flushes
 * it; it fails, having written nothing that is wrong, when the file reads
 * differently now.  before and total are for the progress of several files.
 */
int verify_file(struct exec *x, const char *source, const json_t *file, uint64_t before,
		uint64_t total, struct err *e) __must_check;
int copy_file(struct exec *x, const char *source, const char *target, const json_t *file,
	      uint64_t before, uint64_t total, struct err *e) __must_check;
void sums_clear(struct exec *x);

/* The sum of "size" over a list of files. */
uint64_t files_size(const json_t *files);

/* Path of an image file on the medium. */
int exec_medium_path(const struct exec *x, const char *name, char path[PATH_MAX],
		     struct err *e) __must_check;

#endif
