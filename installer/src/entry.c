/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What UEFI's list shall say of the new system, down to the bytes: the partition
 * is known by its GUID, which follows from the machine and the disk.
 */
#include "draft.h"

/* The path for removable media: it boots the disk also where the list was lost. */
#define LOADER "\\EFI\\BOOT\\BOOTX64.EFI"

static const char *order_of(const struct ks_bootloader *said)
{
	return said->keep_boot_order ? "keep" : said->order ? said->order : "disk";
}

static json_t *one_entry(const struct draft *d, size_t i)
{
	const struct fact_disk *disk = d->plan->disks[i];
	uint64_t start = d->layout.part[PART_ESP].start, size = d->layout.part[PART_ESP].size;

	return json_pack("{s:s, s:s, s:i, s:s, s:I, s:I}", "label",
			 i ? "Socle, second disk" : "Socle", "disk", disk->path, "partition",
			 PART_ESP + 1, "uuid", i ? d->twin.part[PART_ESP] : d->ids.part[PART_ESP],
			 "start", (json_int_t)(start / disk->sector), "sectors",
			 (json_int_t)(size / disk->sector));
}

json_t *boot_entry_args(const struct draft *d)
{
	json_t *entries = json_array();

	for (size_t i = 0; i < d->plan->system_count; i++)
		json_array_append_new(entries, one_entry(d, i));
	return json_pack("{s:s, s:s, s:o}", "order", order_of(&d->answers->bootloader), "loader",
			 LOADER, "entries", entries);
}
