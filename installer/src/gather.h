/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of facts_gather().  All of it only reads.
 */
#ifndef INSTALLER_GATHER_H
#define INSTALLER_GATHER_H

#include <jansson.h>
#include <libudev.h>

#include "installer/facts.h"
#include "socle/buf.h"

/*
 * Any bytes as a JSON string: outer blanks go, control characters and what is
 * not UTF-8 become '?', and it is cut at FACTS_STRING_MAX.
 */
json_t *gather_text(const char *s);

/* A small file of sysfs or procfs, without the final newline; "" when there is none. */
void gather_read(struct buf *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
json_t *gather_file(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
uint64_t gather_number(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

json_t *gather_machine(void);
json_t *gather_disks(struct udev *udev, const json_t *ibft);
json_t *gather_nics(struct udev *udev);

/*
 * gather_lldp.c: what switches told systemd-networkd; NULL when it does not run.
 * lldp_add: add what is known of an interface's neighbour to a network card.
 */
json_t *gather_lldp(void);
void lldp_add(const json_t *lldp, const char *name, json_t *nic);

/* Whether the text of /proc/cpuinfo has a flag. */
bool gather_cpu_flag(const char *cpuinfo, const char *flag);

/* gather_preflight.c: add "virtualization_off", "secure_boot" and "clock" to the facts. */
void gather_preflight(const char *cpuinfo, json_t *facts);

/*
 * gather_health.c: what smartctl's JSON (any bytes) says of a disk: FACT_FAILING
 * or FACT_WORN with the reason, "ok", or "" when it tells nothing.
 */
const char *health_parse(const char *text, size_t len, const char **why);

/*
 * gather_iscsi.c: the target that the firmware boots by, NULL when there is none; and add to
 * a disk of a session, by its path in sysfs, "iscsi_target", "iscsi_portal", "iscsi_lun"
 * and, when it is that of the firmware, "ibft".
 */
json_t *gather_ibft(void);
void gather_iscsi(const char *syspath, const json_t *ibft, json_t *disk);

/* gather_content.c: add "table" and "contents" to a disk. */
void gather_contents(const char *path, json_t *disk);

/* gather_use.c: add "holders", "mounts" and "boot_medium" to a disk. */
void gather_use(const char *name, json_t *disk);
/* Where one block device is mounted, "swap" when it is that. */
json_t *gather_mounts(const char *name);
/* Add a name to a list in alphabetical order, once. */
void gather_name(json_t *list, const char *name);

/* gather_volume.c: what a block device of the kernel is called in the facts. */
void gather_device_id(struct udev *udev, const char *name, struct buf *out);
/*
 * An array's UUID as libblkid and the kernel write it, parted by dashes; mdadm
 * parts it by colons.  False for what is none, or all zeros.
 */
bool gather_md_uuid(const char *s, char out[64]);
/* Whether a map is a partition of a disk with several paths, by dm's UUID. */
bool gather_is_part(const char *uuid);
/* Add the arrays and maps that are there to an object of volumes by their ids. */
void gather_devices(struct udev *udev, json_t *volumes);
/* A string of an object, "" when it has none; and set one, of any bytes. */
const char *gather_member(const json_t *o, const char *key);
void gather_set(json_t *o, const char *key, const char *text);

/* gather_stack.c: all that lies on disks and on each other, as a list. */
json_t *gather_volumes(struct udev *udev, json_t *disks);

#endif
