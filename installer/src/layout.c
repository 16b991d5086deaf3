/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "draft.h"

enum {
	GPT_ENTRIES = 128 * 128, /* bytes of the partition array, at both ends */
	EXTENT_MIB = 4,		 /* LVM's default */
};

#define ALIGN MIB /* a multiple of every physical sector that facts may have */

static const struct {
	const char *name;
	const char *type; /* GPT type GUID */
	uint64_t size;	  /* 0: all that is left */
} parts[PART_COUNT] = {
	[PART_BIOS] = { "bios", "21686148-6449-6E6F-744E-656564454649", MIB },
	[PART_ESP] = { "esp", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", GIB },
	[PART_SYSTEM_A] = { "system-a", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 3 * GIB },
	[PART_SYSTEM_B] = { "system-b", "0FC63DAF-8483-4772-8E79-3D69D8477DE4", 3 * GIB },
	[PART_DATA] = { "data", "E6D6D379-F507-44C2-A23C-238F2A3DF928", 0 },
};

static uint64_t align_down(uint64_t n, uint64_t to)
{
	return n / to * to;
}

static uint64_t clamp(uint64_t n, uint64_t low, uint64_t high)
{
	return n < low ? low : n > high ? high : n;
}

/* The backup GPT: the array, then its header in the last sector. */
static uint64_t gpt_tail(uint64_t sector)
{
	return GPT_ENTRIES + sector;
}

/*
 * LVM keeps 64 bytes of metadata for each chunk of a thin pool; twice that
 * leaves room for snapshots.  Chunks grow on large disks so that the metadata
 * stays under 1 GiB (dm-thin itself ends at 16).
 */
static void pool_make(uint64_t room, struct layout *l)
{
	uint64_t spare = clamp(align_down(room / 100, EXTENT_MIB * MIB), 64 * MIB, 16 * GIB);

	l->pool_chunk = 64 << 10;
	while (room / l->pool_chunk * 128 > GIB)
		l->pool_chunk *= 2;
	l->pool_metadata = room / l->pool_chunk * 128;
	l->pool_metadata = clamp(align_down(l->pool_metadata, EXTENT_MIB * MIB), 64 * MIB, GIB);
	/* LVM keeps a second copy's worth of metadata for repairs. */
	l->pool = align_down(room - spare - 2 * l->pool_metadata, EXTENT_MIB * MIB);
}

void layout_make(const struct fact_disk *disk, struct layout *l)
{
	uint64_t end = align_down(disk->size - gpt_tail(disk->sector), ALIGN), at = ALIGN;
	uint64_t group;

	for (int i = 0; i < PART_COUNT; i++) {
		l->part[i].start = at;
		l->part[i].size = parts[i].size ? parts[i].size : end - at;
		at += l->part[i].size;
	}
	/* A physical volume begins with 1 MiB of LVM's own. */
	group = align_down(l->part[PART_DATA].size - MIB, EXTENT_MIB * MIB);
	l->state = clamp(align_down(group / 8, EXTENT_MIB * MIB), 4 * GIB, 32 * GIB);
	pool_make(group - l->state, l);
}

json_t *layout_partitions(const struct draft *d)
{
	json_t *list = json_array();

	for (int i = 0; i < PART_COUNT; i++)
		json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s, s:I, s:I}", "number",
						      i + 1, "name", parts[i].name, "type",
						      parts[i].type, "uuid", d->ids.part[i],
						      "start", (json_int_t)d->layout.part[i].start,
						      "size", (json_int_t)d->layout.part[i].size));
	return list;
}
