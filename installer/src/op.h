/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations of a plan: one table, one row each, in the order in which a
 * plan has them.  The planner writes an operation's arguments (draft.h), its
 * row describes and executes them (op_*.c).
 */
#ifndef INSTALLER_OP_H
#define INSTALLER_OP_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "socle/buf.h"
#include "socle/err.h"

struct exec;

enum op {
	OP_VERIFY_IMAGE,
	OP_CLEAR_DISK,
	OP_PARTITION_TABLE,
	OP_MAKE_ARRAYS,
	OP_USE_ARRAYS,
	OP_KEEP_VOLUMES,
	OP_SAVE_GUESTS,
	OP_MAKE_ESP,
	OP_MAKE_VOLUMES,
	OP_MAKE_STATE,
	OP_MAKE_GROUPS,
	OP_MAKE_FILESYSTEMS,
	OP_WRITE_IMAGE,
	OP_COPY_BOOT_FILES,
	OP_INSTALL_GRUB,
	OP_RUN_PRE_INSTALL,
	OP_SEED_STATE,
	OP_ACCOUNTS,
	OP_SERVICES,
	OP_FIRST_BOOT,
	OP_RUN_SCRIPTS,
	OP_BOOT_MENU, /* late: a disk that is not complete must not boot */
	OP_BOOT_ENTRY,
	OP_FINISH,
	OP_COUNT,
};

struct op_kind {
	const char *name;
	bool optional;	 /* its failure is a warning */
	bool repeatable; /* done again from its beginning, whatever it has left, it is as the first
			    time */
	/* The sentence for people, from the arguments alone. */
	void (*describe)(const json_t *args, struct buf *out);
	int (*execute)(struct exec *x, const json_t *args, struct err *e);
};

extern const struct op_kind op_kinds[OP_COUNT];

/* Members of arguments that the planner always writes; "" and 0 when absent. */
const char *arg_string(const json_t *args, const char *key);
uint64_t arg_uint(const json_t *args, const char *key);

/* device.c: the node of a partition, and the one that args name: "disk", "partition"; or "device".
 */
enum { DEVICE_PATH = 128 };
#define ARRAY_DEVICE "/dev/md/socle-"
bool device_is_map(const char *disk); /* it has several paths: its partitions are maps too */
void device_partition(const char *disk, unsigned int number, char path[DEVICE_PATH]);
void arg_device(const json_t *args, char path[DEVICE_PATH]);

#define OP_FAMILY(name)                                            \
	void name##_describe(const json_t *args, struct buf *out); \
	int name##_execute(struct exec *x, const json_t *args, struct err *e)

OP_FAMILY(verify_image);
OP_FAMILY(clear_disk);
OP_FAMILY(partition_table);
OP_FAMILY(make_arrays);
OP_FAMILY(use_arrays);
OP_FAMILY(keep_volumes);
OP_FAMILY(save_guests);
OP_FAMILY(make_esp);
OP_FAMILY(make_volumes);
OP_FAMILY(make_state);
OP_FAMILY(make_groups);
OP_FAMILY(make_filesystems);
OP_FAMILY(write_image);
OP_FAMILY(copy_boot_files);
OP_FAMILY(install_grub);
OP_FAMILY(seed_state);
OP_FAMILY(boot_menu);
OP_FAMILY(run_scripts);
OP_FAMILY(run_pre_install);
OP_FAMILY(first_boot);
OP_FAMILY(accounts);
OP_FAMILY(services);
OP_FAMILY(boot_entry);
OP_FAMILY(finish);

#endif
