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

json_t *gather_disks(struct udev *udev);
json_t *gather_nics(struct udev *udev);

/* gather_content.c: add "table" and "contents" to a disk. */
void gather_contents(const char *path, json_t *disk);

/* gather_use.c: add "holders", "mounts" and "boot_medium" to a disk. */
void gather_use(const char *name, json_t *disk);

#endif
