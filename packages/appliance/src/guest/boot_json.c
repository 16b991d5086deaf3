/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/boot.h"

static json_t *ways(unsigned int bits)
{
	static const struct {
		unsigned int way;
		const char *name;
	} names[] = {
		{ BOOT_BIOS, "bios" },		 { BOOT_UEFI_X64, "uefi-x64" },
		{ BOOT_UEFI_IA32, "uefi-ia32" }, { BOOT_UEFI_AA64, "uefi-aa64" },
		{ BOOT_CD_BIOS, "cd-bios" },	 { BOOT_CD_UEFI, "cd-uefi" },
		{ BOOT_KERNEL, "kernel" },
	};
	json_t *list = json_array();

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (bits & names[i].way)
			json_array_append_new(list, json_string(names[i].name));
	return list;
}

static json_t *part(const struct boot_part *p)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:b, s:b, s:b}", "offset", (json_int_t)p->offset,
			 "size", (json_int_t)p->size, "fs", p->fs, "label", p->label, "esp", p->esp,
			 "active", p->active, "bios_boot", p->bios_boot);
}

json_t *boot_json(const struct boot *b)
{
	static const char *const tables[] = { "none", "mbr", "gpt" };
	json_t *parts = json_array();

	for (unsigned int i = 0; i < b->n_parts && i < BOOT_PARTS; i++)
		json_array_append_new(parts, part(&b->parts[i]));
	return json_pack("{s:I, s:s, s:o, s:s, s:s, s:s, s:s, s:o}", "size", (json_int_t)b->size,
			 "table", tables[b->table], "ways", ways(b->ways), "loader", b->loader,
			 "fs", b->fs, "label", b->label, "efi_folders", b->efi_dirs, "partitions",
			 parts);
}
