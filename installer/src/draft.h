/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plan in the making: the steps of plan_make(), each pure.  A step that finds
 * that the plan cannot be made safely returns refuse().
 */
#ifndef INSTALLER_DRAFT_H
#define INSTALLER_DRAFT_H

#include "installer/plan.h"
#include "op.h"

#define MIB (1ULL << 20)
#define GIB (1ULL << 30)

#define VG_NAME	     "socle"
#define STATE_DEVICE "/dev/" VG_NAME "/state"

enum part { PART_BIOS, PART_ESP, PART_SYSTEM_A, PART_SYSTEM_B, PART_DATA, PART_COUNT };

/*
 * Where everything lies on the disk, or on each of a pair; all in bytes.  On a pair
 * all partitions but "bios" are halves of arrays, which are a little smaller.
 */
struct layout {
	bool mirror;
	struct {
		uint64_t start, size;
	} part[PART_COUNT];
	uint64_t state;		/* logical volume of the file system with /etc, /var … */
	uint64_t pool;		/* data of the thin pool */
	uint64_t pool_metadata; /* and its metadata */
	uint64_t pool_chunk;
};

enum { UUID_TEXT = 37, FAT_ID_TEXT = 9, CUSTOM_MAX = 64 /* lines of a kind */ };

/*
 * What becomes of the lines part, raid, volgroup and logvol.  Gone is what has no
 * use since the system has its own in that place.
 */
struct custom {
	struct {
		bool gone;
		size_t disk; /* index in plan.disks */
		unsigned int number;
		uint64_t start, size;
	} part[CUSTOM_MAX];
	bool raid_gone[CUSTOM_MAX], group_gone[CUSTOM_MAX], volume_gone[CUSTOM_MAX];
};

struct ids {
	char disk[UUID_TEXT];
	char part[PART_COUNT][UUID_TEXT];
	char array[PART_COUNT][UUID_TEXT];
	char state[UUID_TEXT];
	char esp[FAT_ID_TEXT]; /* eight upper-case digits, without the dash */
};

struct draft {
	const struct facts *facts;
	const struct answers *answers;
	const struct image *image;
	struct plan *plan;
	struct layout layout;
	struct ids ids;
	struct ids twin; /* disk and part of the other disk of a pair */
	struct custom custom;
	uint64_t dom0_memory; /* bytes, whole MiB */
	const struct fact_nic *uplink;
	char ibft_bridge[16]; /* that the card that leads to the firmware's disk is a port of */
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* "line N: …" when there is a line, and -EPERM. */
int refuse(struct err *e, struct ks_pos pos, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Add a warning to the plan. */
int draft_warn(struct draft *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* disks.c: choose the disk, or the pair; fills plan.candidates, plan.disk and plan.disks. */
int disks_choose(struct draft *d, struct err *e) __must_check;
/* Whether all that lies on the chosen disks was given up. */
int disks_permitted(const struct draft *d, struct err *e) __must_check;
/* Why nothing may be written to a disk, or NULL; buffer may be used for the text. */
const char *disk_unfit(const struct draft *d, const struct fact_disk *disk, char *buffer,
		       size_t len);
/* The disk of a name, a link or a glob, and how many are called so. */
const struct fact_disk *disk_called(const struct facts *f, const char *name, size_t *count);
/* The first of the plan's disks that the firmware tells of, or NULL. */
const struct fact_disk *disk_by_ibft(const struct draft *d);
bool disk_is_empty(const struct fact_disk *disk);
/* Where something on it is mounted, or NULL; swap space is given up as all else. */
const char *disk_mount(const struct fact_disk *disk);
/* Something on a disk by its name, "sda1", and what it is. */
void content_name(const struct fact_disk *disk, const struct fact_content *c, struct buf *out);
void content_text(const struct fact_content *c, struct buf *out);
json_t *disk_identity(const struct fact_disk *disk);

/* stack.c: refuse when something lies on the plan's disks and on others, where it would be lost. */
int stack_unshared(const struct facts *f, const struct plan *p, struct ks_pos pos,
		   struct err *e) __must_check;
/* Refuse when another disk has a volume group of our name: every boot would mix them up. */
int stack_names_free(const struct facts *f, const struct plan *p, struct err *e) __must_check;
/* The same for a group of one's own. */
int stack_name_free(const struct facts *f, const struct plan *p, const char *name,
		    struct err *e) __must_check;
/* What lies on a disk, as a list of trees {"name", "what", "holds": […]}. */
json_t *stack_tree(const struct facts *f, const struct plan *p, const struct fact_disk *disk);
/* The same as lines of text, for a look at a disk before there is a plan. */
json_t *disk_contents(const struct facts *f, const struct fact_disk *disk);
/* What has to be stopped on it, in that order: {"stop": "group"|"array"|"map", "id", "name",
 * "uuid"}. */
json_t *stack_stops(const struct facts *f, const struct plan *p, const struct fact_disk *disk);

/* disk_match.c: whether a disk is all that "disk" says, and whether that is a name for it. */
bool disk_matches(const struct ks_disk *said, const struct fact_disk *disk);
bool disk_is_named(const struct ks_disk *said, const struct fact_disk *disk);

/* layout.c: where the last partition of a disk may end. */
uint64_t layout_end(const struct fact_disk *disk);
/* own: what the group has of volumes of one's own; pool: of that size, or all that is left. */
void layout_make(uint64_t end, bool mirror, uint64_t own, uint64_t pool, struct layout *l);
/* Where "data" begins, and how large it has to be for a pool of that size. */
uint64_t layout_data_start(void);
uint64_t layout_data_size(bool mirror, uint64_t own, uint64_t pool);
/* The partitions of a disk of the system. */
json_t *layout_partitions(const struct draft *d, size_t disk);
/* A UUID as md writes it. */
void layout_array_uuid(const char *uuid, char out[UUID_TEXT]);
/* The arrays of a pair. */
json_t *layout_arrays(const struct draft *d);
/* What an operation says of where a part is: {"disk", "partition"}, or {"device"} of an array. */
json_t *layout_on_part(const struct draft *d, enum part part);
/* What dom0's kernel is told to find a slot's system by. */
void layout_root(const struct draft *d, char slot, struct buf *out);

const char *layout_part_name(enum part part);

/* keep.c: the layout that is there instead, with guests --keep; adds "keeps" to head. */
int keep_make(struct draft *d, struct err *e) __must_check;

/*
 * custom.c, custom_layout.c: partitions, arrays and volumes of one's own.  The lines
 * are judged; the disks they name are added to plan.disks; then sizes are found.
 */
int custom_read(struct draft *d, struct err *e) __must_check;
int custom_disks(struct draft *d, struct err *e) __must_check;
int custom_sizes(struct draft *d, uint64_t *data_end, struct err *e) __must_check;
/* Room that volumes in the system's own group take, and what the guests are to get, or 0. */
uint64_t custom_own(const struct draft *d);
uint64_t custom_pool(const struct draft *d);
bool custom_sized(const struct draft *d);
/* custom_ops.c: as arguments of operations. */
void custom_partitions(const struct draft *d, size_t disk, json_t *list);
void custom_arrays(const struct draft *d, json_t *list);
json_t *custom_groups(const struct draft *d);
const char *custom_level(const struct ks_raid *r); /* "1" of "RAID1" */
json_t *custom_filesystems(const struct draft *d);

/* An identifier for a purpose of its own. */
void ids_named(const struct facts *f, const struct fact_disk *disk, const char *purpose,
	       char out[UUID_TEXT]);

/* ids.c: identifiers derived from the machine and the disk, which is the index'th of a pair. */
void ids_make(const struct facts *f, const struct fact_disk *disk, size_t index, struct ids *ids);

/* network.c: the uplink, and the files of systemd-networkd; adds "network" to head. */
int network_make(struct draft *d, json_t *files, struct err *e) __must_check;

/* bootmenu.c: memory of dom0, and grub.cfg as it will be on the ESP. */
void dom0_memory(struct draft *d);
void bootmenu_text(const struct draft *d, struct buf *out);

/* entry.c: the arguments of OP_BOOT_ENTRY. */
json_t *boot_entry_args(const struct draft *d);

/*
 * hooks.c: the scripts of one kind, as arguments of an operation, NULL when there
 * are none or memory is exhausted; and what runs outside of the operations, into
 * the head of the plan and its warnings.
 */
bool hooks_any(const struct answers *a, enum ks_when when);
json_t *hooks_list(const struct answers *a, enum ks_when when);
int hooks_make(struct draft *d) __must_check;

/* fstab.c: where the new system mounts what. */
void fstab_files(const struct draft *d, json_t *files);

/*
 * accounts.c: users and groups; whether they can be made, whether one may enter by
 * password or key, and the arguments of the operation.
 */
bool accounts_any(const struct answers *a);
int accounts_check(const struct answers *a, struct err *e) __must_check;
bool accounts_may_enter(const struct answers *a, const struct ks_user *u);
json_t *accounts_args(const struct answers *a);
/* op_services.c: the arguments of its operation. */
json_t *services_args(const struct answers *a);

/* firewall.c: the packet filter's rules and what loads them, when they are asked for. */
void firewall_files(const struct answers *a, json_t *files);

/* system.c: the files of the new system's /etc and /root. */
int system_files(struct draft *d, json_t *files, struct err *e) __must_check;
/* Append {"path", "mode", "text"} to a list of files. */
void files_add(json_t *files, const char *path, unsigned int mode, const char *text);
void files_link(json_t *files, const char *path, const char *target);

#endif
