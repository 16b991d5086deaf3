/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "draft.h"

enum {
	GPT_ENTRIES = 128 * 128, /* bytes of the partition array, at both ends */
	EXTENT_MIB = 4,		 /* LVM's default */
	ARRAY_MIB = 4,		 /* of a half of an array, for its superblock and bitmap */
};

#define ALIGN MIB /* a multiple of every physical sector that facts may have */

#define TYPE_ESP   "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_LINUX "0FC63DAF-8483-4772-8E79-3D69D8477DE4"
#define TYPE_LVM   "E6D6D379-F507-44C2-A23C-238F2A3DF928"
#define TYPE_RAID  "A19D880F-05FC-4D3B-A006-743F0F84911E"

/*
 * metadata: of md, on a pair.  Firmware reads either half of the ESP, and so must
 * find the file system where the partition begins: 1.0 lies at the end.
 */
static const struct {
	const char *name;
	const char *type, *half; /* GPT type GUIDs, alone and as a half of an array */
	const char *metadata;
	uint64_t size; /* 0: all that is left */
} parts[PART_COUNT] = {
	[PART_BIOS] = { "bios", "21686148-6449-6E6F-744E-656564454649", NULL, NULL, MIB },
	[PART_ESP] = { "esp", TYPE_ESP, TYPE_ESP, "1.0", GIB },
	[PART_SYSTEM_A] = { "system-a", TYPE_LINUX, TYPE_RAID, "1.2", 3 * GIB },
	[PART_SYSTEM_B] = { "system-b", TYPE_LINUX, TYPE_RAID, "1.2", 3 * GIB },
	[PART_DATA] = { "data", TYPE_LVM, TYPE_RAID, "1.2", 0 },
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

const char *layout_part_name(enum part part)
{
	return parts[part].name;
}

uint64_t layout_end(const struct fact_disk *disk)
{
	return align_down(disk->size - gpt_tail(disk->sector), ALIGN);
}

uint64_t layout_data_start(void)
{
	uint64_t at = ALIGN;

	for (int i = 0; i < PART_DATA; i++)
		at += parts[i].size;
	return at;
}

/* A physical volume begins with 1 MiB of LVM's own. */
static uint64_t group_size(uint64_t data, bool mirror)
{
	return align_down(data - MIB - (mirror ? ARRAY_MIB * MIB : 0), EXTENT_MIB * MIB);
}

/* Each of one's own volumes is rounded up to extents. */
static void volumes_make(uint64_t group, uint64_t own, struct layout *l)
{
	l->state = clamp(align_down(group / 8, EXTENT_MIB * MIB), 4 * GIB, 32 * GIB);
	pool_make(group - l->state - own, l);
}

uint64_t layout_data_size(bool mirror, uint64_t own, uint64_t pool)
{
	uint64_t data = 5 * GIB + own + pool;
	struct layout l = { 0 };

	for (int i = 0; i < 64; i++) {
		volumes_make(group_size(data, mirror), own, &l);
		if (l.pool >= pool)
			break;
		data += align_down(pool - l.pool, ALIGN) + 64 * MIB;
	}
	return data;
}

void layout_make(uint64_t end, bool mirror, uint64_t own, uint64_t pool, struct layout *l)
{
	uint64_t at = ALIGN;

	l->mirror = mirror;
	for (int i = 0; i < PART_COUNT; i++) {
		l->part[i].start = at;
		l->part[i].size = parts[i].size ? parts[i].size : end - at;
		at += l->part[i].size;
	}
	volumes_make(group_size(l->part[PART_DATA].size, mirror), own, l);
	if (pool && pool < l->pool)
		l->pool = align_down(pool, EXTENT_MIB * MIB);
}

json_t *layout_partitions(const struct draft *d, size_t disk)
{
	const struct ids *ids = disk ? &d->twin : &d->ids;
	json_t *list = json_array();

	for (int i = 0; i < PART_COUNT; i++) {
		bool half = d->layout.mirror && parts[i].half;

		json_array_append_new(list, json_pack("{s:i, s:s, s:s, s:s, s:I, s:I}", "number",
						      i + 1, "name", parts[i].name, "type",
						      half ? parts[i].half : parts[i].type, "uuid",
						      ids->part[i], "start",
						      (json_int_t)d->layout.part[i].start, "size",
						      (json_int_t)d->layout.part[i].size));
	}
	custom_partitions(d, disk, list);
	return list;
}

/* md writes a UUID as four numbers of eight digits. */
void layout_array_uuid(const char *uuid, char out[UUID_TEXT])
{
	char hex[UUID_TEXT];
	size_t n = 0;

	for (; *uuid; uuid++)
		if (*uuid != '-')
			hex[n++] = *uuid;
	hex[n] = 0;
	snprintf(out, UUID_TEXT, "%.8s:%.8s:%.8s:%.8s", hex, hex + 8, hex + 16, hex + 24);
}

static json_t *members(const struct plan *p, int number)
{
	json_t *list = json_array();

	for (size_t i = 0; i < 2; i++) {
		char path[DEVICE_PATH] = "missing";

		if (i < p->system_count)
			device_partition(p->disks[i]->path, (unsigned int)number, path);
		json_array_append_new(list, json_string(path));
	}
	return list;
}

json_t *layout_arrays(const struct draft *d)
{
	json_t *list = json_array();

	for (int i = 0; i < PART_COUNT; i++) {
		char uuid[UUID_TEXT];

		if (!parts[i].metadata)
			continue;
		layout_array_uuid(d->ids.array[i], uuid);
		json_array_append_new(
			list, json_pack("{s:o, s:s, s:s, s:s, s:I, s:o}", "device",
					json_sprintf(ARRAY_DEVICE "%s", parts[i].name), "uuid",
					uuid, "level", "1", "metadata", parts[i].metadata, "size",
					(json_int_t)(d->layout.part[i].size - ARRAY_MIB * MIB),
					"members", members(d->plan, i + 1)));
	}
	return list;
}

json_t *layout_on_part(const struct draft *d, enum part part)
{
	if (d->layout.mirror)
		return json_pack("{s:o}", "device",
				 json_sprintf(ARRAY_DEVICE "%s", parts[part].name));
	return json_pack("{s:s, s:i}", "disk", d->plan->disk->path, "partition", part + 1);
}

void layout_root(const struct draft *d, char slot, struct buf *out)
{
	enum part part = slot == 'a' ? PART_SYSTEM_A : PART_SYSTEM_B;
	char uuid[UUID_TEXT];

	if (!d->layout.mirror) {
		buf_addf(out, "PARTUUID=%s", d->ids.part[part]);
		return;
	}
	layout_array_uuid(d->ids.array[part], uuid);
	buf_addf(out, "/dev/disk/by-id/md-uuid-%s rd.md.uuid=%s", uuid, uuid);
	/* The state volume lies on another array. */
	layout_array_uuid(d->ids.array[PART_DATA], uuid);
	/* systemd would take one half of the ESP for the whole. */
	buf_addf(out, " rd.md.uuid=%s systemd.gpt_auto=0", uuid);
}
