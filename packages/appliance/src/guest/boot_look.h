/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One look at a disk: reads within a budget, and what the parts of it find.
 *
 * A read that is outside of the disk or over the budget is simply not there: the
 * structure that led to it is damaged.  A read that fails is kept in ret, and
 * everything after it is not there either.
 */
#ifndef GUEST_BOOT_LOOK_H
#define GUEST_BOOT_LOOK_H

#include "appliance/boot.h"

struct look {
	const struct boot_source *src;
	struct boot *boot;
	size_t left; /* bytes that may still be read */
	int ret;
	struct err *e;
};

/* Exactly len bytes; false when there are none, data is all zeros then. */
bool look_get(struct look *l, void *data, size_t len, uint64_t offset);

/* Type and label of the file system in size bytes at offset, "" when there is none known. */
void look_fs(struct look *l, uint64_t offset, uint64_t size, char fs[16], char label[64]);

/* The loaders below \EFI of a FAT file system: adds to boot.ways and boot.efi_dirs. */
void look_fat(struct look *l, uint64_t offset, uint64_t size);

/* El Torito's catalog of an ISO 9660 image: adds to boot.ways. */
void look_iso(struct look *l);

static inline uint16_t le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t le32(const uint8_t *p)
{
	return (uint32_t)le16(p) | (uint32_t)le16(p + 2) << 16;
}

static inline uint64_t le64(const uint8_t *p)
{
	return (uint64_t)le32(p) | (uint64_t)le32(p + 4) << 32;
}

#endif
