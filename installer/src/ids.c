/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identifiers that look random and are not: the SHA-256 of what tells this disk
 * in this machine from any other, cut to UUIDs of version 8 (RFC 9562, 5.8).
 * The plan is the same wherever it is made, and two disks never share one.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"

static void digest(const char *seed, const char *purpose, char hex[SHA256_HEX])
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "socle\n%s\n%s", purpose, seed);
	sha256_mem(b.s, b.len, hex);
	buf_clear(&b);
}

static void uuid_make(const char *seed, const char *purpose, char out[UUID_TEXT])
{
	char hex[SHA256_HEX];

	digest(seed, purpose, hex);
	hex[12] = '8';				      /* version */
	hex[16] = "89ab"[(unsigned char)hex[16] % 4]; /* variant */
	snprintf(out, UUID_TEXT, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16,
		 hex + 20);
}

/* FAT shows its 32-bit volume number as the file system's UUID, "1234-ABCD". */
static void fat_id_make(const char *seed, char out[FAT_ID_TEXT])
{
	char hex[SHA256_HEX];

	digest(seed, "esp", hex);
	for (int i = 0; i < 8; i++)
		out[i] = (char)(hex[i] >= 'a' ? hex[i] - 'a' + 'A' : hex[i]);
	out[8] = 0;
}

static void seed_make(const struct facts *f, const struct fact_disk *disk, size_t index,
		      struct buf *seed)
{
	buf_addf(seed, "%s\n%s\n%s\n%s\n%s\n%llu\n", f->machine.uuid, f->machine.serial,
		 disk->serial, disk->wwn, disk->model, (unsigned long long)disk->size);
	/* Virtual disks may have no number of any kind. */
	if (!*disk->serial && !*disk->wwn)
		buf_adds(seed, disk->name);
	/* Volumes of one controller may tell the same number. */
	if (index)
		buf_addf(seed, "\n%zu", index);
}

void ids_named(const struct facts *f, const struct fact_disk *disk, const char *purpose,
	       char out[UUID_TEXT])
{
	struct buf seed = BUF_INIT;

	seed_make(f, disk, 0, &seed);
	uuid_make(seed.s, purpose, out);
	buf_clear(&seed);
}

void ids_make(const struct facts *f, const struct fact_disk *disk, size_t index, struct ids *ids)
{
	static const char *const parts[PART_COUNT] = {
		[PART_BIOS] = "part-bios",	   [PART_ESP] = "part-esp",
		[PART_SYSTEM_A] = "part-system-a", [PART_SYSTEM_B] = "part-system-b",
		[PART_DATA] = "part-data",
	};
	static const char *const arrays[PART_COUNT] = {
		[PART_BIOS] = "", /* each disk has its own */
		[PART_ESP] = "array-esp",
		[PART_SYSTEM_A] = "array-system-a",
		[PART_SYSTEM_B] = "array-system-b",
		[PART_DATA] = "array-data",
	};
	struct buf seed = BUF_INIT;

	seed_make(f, disk, index, &seed);
	uuid_make(seed.s, "disk", ids->disk);
	uuid_make(seed.s, "state", ids->state);
	for (int i = 0; i < PART_COUNT; i++) {
		uuid_make(seed.s, parts[i], ids->part[i]);
		uuid_make(seed.s, arrays[i], ids->array[i]);
	}
	fat_id_make(seed.s, ids->esp);
	buf_clear(&seed);
}
