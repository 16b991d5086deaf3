/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories of a FAT file system, as far as \EFI\BOOT: Microsoft's "FAT: General
 * Overview of On-Disk Format" 1.03.  Short names are enough, since all that is
 * looked for has one.
 */
#include <string.h>

#include "boot_look.h"

enum {
	SECTOR = 512,
	ENTRY = 32,
	DIR_SECTORS = 512, /* of one directory: 8192 entries */
	ATTR_VOLUME = 0x08,
	ATTR_DIR = 0x10,
	NAME = 11,
};

struct fat {
	struct look *l;
	uint64_t base, size;   /* of the file system, bytes of the disk */
	uint64_t table;	       /* first FAT, bytes from base */
	uint64_t root, data;   /* the fixed root directory of FAT12/16; the first cluster */
	uint32_t root_sectors; /* of 512 bytes; 0 for FAT32 */
	uint32_t root_cluster; /* FAT32 */
	uint32_t cluster;      /* bytes */
	uint32_t clusters;     /* how many */
	unsigned int bits;
};

static bool get(const struct fat *f, void *data, size_t len, uint64_t offset)
{
	return offset <= f->size && len <= f->size - offset &&
	       look_get(f->l, data, len, f->base + offset);
}

static bool is_power_of_two(uint32_t n)
{
	return n && !(n & (n - 1));
}

/* Clause 3.5: the type is told by the count of clusters alone. */
static bool fat_open(struct fat *f)
{
	uint8_t s[SECTOR];
	uint32_t bytes, sectors, fat_sectors, root_entries, first;

	if (!get(f, s, sizeof(s), 0))
		return false;
	bytes = le16(s + 11);
	f->cluster = bytes * s[13];
	root_entries = le16(s + 17);
	sectors = le16(s + 19) ? le16(s + 19) : le32(s + 32);
	fat_sectors = le16(s + 22) ? le16(s + 22) : le32(s + 36);
	if (!is_power_of_two(bytes) || bytes < 512 || bytes > 4096 ||
	    !is_power_of_two(f->cluster) || f->cluster > 1 << 16 || !s[16] || s[16] > 2 ||
	    !fat_sectors || fat_sectors > 1 << 22)
		return false;
	first = le16(s + 14) + s[16] * fat_sectors;
	f->table = (uint64_t)le16(s + 14) * bytes;
	f->root = (uint64_t)first * bytes;
	f->root_sectors = (root_entries * ENTRY + SECTOR - 1) / SECTOR;
	first += (root_entries * ENTRY + bytes - 1) / bytes;
	f->data = (uint64_t)first * bytes;
	if (sectors <= first)
		return false;
	f->clusters = (sectors - first) / (f->cluster / bytes);
	f->bits = f->clusters < 4085 ? 12 : f->clusters < 65525 ? 16 : 32;
	f->root_cluster = f->bits == 32 ? le32(s + 44) : 0;
	return true;
}

/* The cluster after one, or 0 at the end of the chain. */
static uint32_t next_cluster(const struct fat *f, uint32_t c)
{
	uint8_t raw[4] = { 0 };
	uint32_t next;

	if (!get(f, raw, f->bits == 32 ? 4 : 2, f->table + (uint64_t)c * f->bits / 8))
		return 0;
	if (f->bits == 12)
		next = c & 1 ? le16(raw) >> 4 : le16(raw) & 0xfff;
	else
		next = f->bits == 16 ? le16(raw) : le32(raw) & 0xfffffff;
	return next >= 2 && next < f->clusters + 2 ? next : 0;
}

/* What is done with each entry of a directory; true ends the walk. */
typedef bool (*entry_fn)(void *ctx, const uint8_t entry[ENTRY]);

/* Returns false when the walk has ended: the last entry, one that was wanted, or a failed read. */
static bool walk_sector(const struct fat *f, uint64_t offset, entry_fn fn, void *ctx)
{
	uint8_t s[SECTOR];

	if (!get(f, s, sizeof(s), offset))
		return false;
	for (const uint8_t *p = s; p < s + SECTOR; p += ENTRY) {
		if (!p[0])
			return false;
		if (p[0] == 0xe5 || p[11] & ATTR_VOLUME)
			continue;
		if (fn(ctx, p))
			return false;
	}
	return true;
}

/* The entries of a directory that begins at a cluster; 0 is the root's. */
static void walk(const struct fat *f, uint32_t c, entry_fn fn, void *ctx)
{
	unsigned int seen = 0;

	if (!c && f->bits != 32) {
		for (uint32_t i = 0; i < f->root_sectors && i < DIR_SECTORS; i++)
			if (!walk_sector(f, f->root + (uint64_t)i * SECTOR, fn, ctx))
				return;
		return;
	}
	if (!c)
		c = f->root_cluster;
	for (; c >= 2 && c < f->clusters + 2; c = next_cluster(f, c))
		for (uint32_t at = 0; at < f->cluster; at += SECTOR)
			if (seen++ == DIR_SECTORS ||
			    !walk_sector(f, f->data + (uint64_t)(c - 2) * f->cluster + at, fn, ctx))
				return;
}

struct search {
	const char *name; /* 11 bytes, as stored */
	uint32_t cluster; /* 0: not found */
};

static bool is_folder(void *ctx, const uint8_t entry[ENTRY])
{
	struct search *s = ctx;

	if (!(entry[11] & ATTR_DIR) || memcmp(entry, s->name, NAME) != 0)
		return false;
	s->cluster = (uint32_t)le16(entry + 20) << 16 | le16(entry + 26);
	return true;
}

static uint32_t folder(const struct fat *f, uint32_t in, const char *name)
{
	struct search s = { .name = name };

	walk(f, in, is_folder, &s);
	return s.cluster;
}

static bool note_loader(void *ctx, const uint8_t entry[ENTRY])
{
	static const struct {
		const char *name;
		unsigned int way;
	} names[] = {
		{ "BOOTX64 EFI", BOOT_UEFI_X64 },
		{ "BOOTIA32EFI", BOOT_UEFI_IA32 },
		{ "BOOTAA64EFI", BOOT_UEFI_AA64 },
	};
	struct boot *b = ctx;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!(entry[11] & ATTR_DIR) && memcmp(entry, names[i].name, NAME) == 0)
			b->ways |= names[i].way;
	return false;
}

static bool note_folder(void *ctx, const uint8_t entry[ENTRY])
{
	struct boot *b = ctx;
	size_t at = strlen(b->efi_dirs), len = 0;

	if (!(entry[11] & ATTR_DIR) || entry[0] == '.' || memcmp(entry, "BOOT       ", NAME) == 0)
		return false;
	if (at + 1 + NAME >= sizeof(b->efi_dirs))
		return true;
	if (at)
		b->efi_dirs[at++] = ' ';
	for (; len < 8 && entry[len] != ' '; len++)
		b->efi_dirs[at + len] = entry[len] > 0x20 && entry[len] < 0x7f ? (char)entry[len]
									       : '?';
	b->efi_dirs[at + len] = '\0';
	return false;
}

void look_fat(struct look *l, uint64_t offset, uint64_t size)
{
	struct fat f = { .l = l, .base = offset, .size = size };
	uint32_t efi, boot;

	if (!fat_open(&f))
		return;
	efi = folder(&f, 0, "EFI        ");
	if (!efi)
		return;
	walk(&f, efi, note_folder, l->boot);
	boot = folder(&f, efi, "BOOT       ");
	if (boot)
		walk(&f, boot, note_loader, l->boot);
}
