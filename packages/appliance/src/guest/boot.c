/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/boot.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/fs.h>

#include "boot_look.h"

enum {
	SECTOR = 512,
	CODE = 440,	 /* bytes of boot code before MBR's disk signature */
	TABLE = 446,	 /* MBR's four entries of 16 bytes */
	TYPE_GPT = 0xee, /* the entry that protects a GPT */
	TYPE_ESP = 0xef,
	LOGICAL_MAX = 128, /* links of a chain of logical partitions */
	GPT_ENTRIES = 256,
};

bool look_get(struct look *l, void *data, size_t len, uint64_t offset)
{
	memset(data, 0, len);
	if (l->ret < 0 || len > l->left || offset > l->src->size || len > l->src->size - offset)
		return false;
	l->left -= len;
	l->ret = l->src->read(l->src->ctx, data, len, offset, l->e);
	if (l->ret < 0)
		memset(data, 0, len);
	return l->ret >= 0;
}

static bool add_part(struct look *l, const struct boot_part *p)
{
	struct boot *b = l->boot;

	if (!p->size || p->offset >= b->size)
		return false;
	if (b->n_parts < BOOT_PARTS) {
		b->parts[b->n_parts] = *p;
		if (p->size > b->size - p->offset)
			b->parts[b->n_parts].size = b->size - p->offset;
	}
	b->n_parts++;
	b->esp |= p->esp;
	return true;
}

static bool is_extended(uint8_t type)
{
	return type == 0x05 || type == 0x0f || type == 0x85;
}

static struct boot_part mbr_part(const uint8_t *entry, uint64_t base)
{
	return (struct boot_part){
		.offset = (base + le32(entry + 8)) * SECTOR,
		.size = (uint64_t)le32(entry + 12) * SECTOR,
		.esp = entry[4] == TYPE_ESP,
		.active = entry[0] == 0x80,
	};
}

/* Logical partitions: each link has one, and where the next link is from the first one on. */
static void look_logical(struct look *l, uint32_t first)
{
	uint8_t s[SECTOR];
	uint32_t at = first;

	for (int i = 0; i < LOGICAL_MAX; i++) {
		struct boot_part p;

		if (!look_get(l, s, sizeof(s), (uint64_t)at * SECTOR) || le16(s + 510) != 0xaa55)
			return;
		p = mbr_part(s + TABLE, at);
		if (s[TABLE + 4])
			add_part(l, &p);
		if (!is_extended(s[TABLE + 16 + 4]) || !le32(s + TABLE + 16 + 8) ||
		    __builtin_add_overflow(first, le32(s + TABLE + 16 + 8), &at))
			return;
	}
}

/* The boot sector of a file system also ends with 55 aa: what is no table is told by its entries.
 */
static bool is_mbr(const struct look *l, const uint8_t s[SECTOR])
{
	unsigned int used = 0;

	if (le16(s + 510) != 0xaa55)
		return false;
	for (const uint8_t *p = s + TABLE; p < s + 510; p += 16) {
		if (p[0] & 0x7f)
			return false;
		if (!p[4])
			continue;
		used++;
		if (!le32(p + 8) || (uint64_t)le32(p + 8) * SECTOR >= l->src->size)
			return false;
	}
	return used;
}

static bool has_protective_entry(const uint8_t s[SECTOR])
{
	for (const uint8_t *p = s + TABLE; p < s + 510; p += 16)
		if (p[4] == TYPE_GPT)
			return true;
	return false;
}

static void look_mbr(struct look *l, const uint8_t s[SECTOR])
{
	l->boot->table = BOOT_TABLE_MBR;
	for (const uint8_t *p = s + TABLE; p < s + 510; p += 16) {
		struct boot_part part = mbr_part(p, 0);

		if (is_extended(p[4]))
			look_logical(l, le32(p + 8));
		else if (p[4])
			add_part(l, &part);
	}
}

/* UEFI 2.10, 5.3: the header is in the second sector; entries of at least 128 bytes. */
static bool look_gpt(struct look *l, uint64_t sector)
{
	static const uint8_t esp[16] =
		"\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9"
		"\x3b",
			     bios[16] = "Hah!IdontNeedEFI", none[16];
	uint8_t h[92], entry[128];
	uint32_t count, size;
	uint64_t at;

	if (!look_get(l, h, sizeof(h), sector) || memcmp(h, "EFI PART", 8) != 0)
		return false;
	count = le32(h + 80), size = le32(h + 84);
	if (size < sizeof(entry) || size > 4096 ||
	    __builtin_mul_overflow(le64(h + 72), sector, &at))
		return false;
	l->boot->table = BOOT_TABLE_GPT;
	for (uint32_t i = 0; i < count && i < GPT_ENTRIES; i++, at += size) {
		struct boot_part p = { 0 };
		uint64_t first, last;

		if (at > l->src->size || !look_get(l, entry, sizeof(entry), at))
			break;
		first = le64(entry + 32), last = le64(entry + 40);
		if (memcmp(entry, none, sizeof(none)) == 0 || last < first ||
		    last >= l->src->size / sector)
			continue;
		p.offset = first * sector, p.size = (last - first + 1) * sector;
		p.esp = memcmp(entry, esp, sizeof(esp)) == 0;
		p.bios_boot = memcmp(entry, bios, sizeof(bios)) == 0;
		p.active = le64(entry + 48) & 4;
		add_part(l, &p);
	}
	return true;
}

/* Boot code by the messages in it; "chains": it goes on to the active partition. */
static const struct loader {
	const char *name, *text;
	bool chains;
} loaders[] = {
	{ "grub", "GRUB ", false },
	{ "isolinux", "isolinux.bin", false },
	{ "syslinux", "SYSLINUX", false },
	{ "lilo", "LILO", false },
	{ "windows", "BOOTMGR", false },
	{ "windows", "NTLDR", false },
	{ "windows", "Invalid partition table", true },
	{ "syslinux", "Missing operating system", true },
};

/* What mkfs.fat and mkntfs write into a boot sector tells that there is nothing to start. */
static bool is_refusal(const uint8_t s[SECTOR])
{
	return memmem(s, SECTOR, "not a bootable", 14) || memmem(s, SECTOR, "not bootable", 12);
}

static bool has_active(const struct boot *b)
{
	for (unsigned int i = 0; i < b->n_parts && i < BOOT_PARTS; i++)
		if (b->parts[i].active || b->parts[i].bios_boot)
			return true;
	return false;
}

static void look_code(struct look *l, const uint8_t s[SECTOR])
{
	static const uint8_t none[CODE];
	const struct loader *found = NULL;
	struct boot *b = l->boot;

	if (le16(s + 510) != 0xaa55 || memcmp(s, none, CODE) == 0 || is_refusal(s))
		return;
	for (size_t i = 0; i < sizeof(loaders) / sizeof(loaders[0]) && !found; i++)
		if (memmem(s, SECTOR, loaders[i].text, strlen(loaders[i].text)))
			found = &loaders[i];
	if (found)
		strcpy(b->loader, found->name);
	if ((found && !found->chains) || (b->table != BOOT_TABLE_NONE && has_active(b)))
		b->ways |= BOOT_BIOS;
}

/* Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header"; ELF of an executable for x86. */
static bool is_kernel(const uint8_t *s, size_t len)
{
	if (memcmp(s, "\177ELF", 4) == 0)
		return le16(s + 16) == 2 && (le16(s + 18) == 62 || le16(s + 18) == 3);
	return len >= 0x206 && le16(s + 0x1fe) == 0xaa55 && memcmp(s + 0x202, "HdrS", 4) == 0;
}

static void look_parts(struct look *l)
{
	struct boot *b = l->boot;

	for (unsigned int i = 0; i < b->n_parts && i < BOOT_PARTS; i++) {
		struct boot_part *p = &b->parts[i];

		look_fs(l, p->offset, p->size, p->fs, p->label);
		if (p->esp || strcmp(p->fs, "vfat") == 0)
			look_fat(l, p->offset, p->size);
	}
}

int boot_look(const struct boot_source *src, struct boot *b, struct err *e)
{
	struct look l = { .src = src, .boot = b, .left = BOOT_READ_MAX, .e = e };
	uint8_t s[2 * SECTOR];

	memset(b, 0, sizeof(*b));
	b->size = src->size;
	if (!look_get(&l, s, sizeof(s), 0))
		return l.ret;
	if (is_mbr(&l, s) && has_protective_entry(s) && !look_gpt(&l, SECTOR))
		look_gpt(&l, 4096);
	if (b->table == BOOT_TABLE_NONE && is_mbr(&l, s))
		look_mbr(&l, s);
	look_code(&l, s);
	look_iso(&l);
	if (b->table == BOOT_TABLE_NONE || b->ways & (BOOT_CD_BIOS | BOOT_CD_UEFI))
		look_fs(&l, 0, b->size, b->fs, b->label);
	if (b->table == BOOT_TABLE_NONE && is_kernel(s, sizeof(s)))
		b->ways |= BOOT_KERNEL;
	if (b->table == BOOT_TABLE_NONE && strcmp(b->fs, "vfat") == 0)
		look_fat(&l, 0, b->size);
	look_parts(&l);
	return l.ret;
}

static int read_fd(void *ctx, void *data, size_t len, uint64_t offset, struct err *e)
{
	char *p = data;

	while (len) {
		ssize_t n = pread(*(int *)ctx, p, len, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n < 0 ? -errno : -EIO, "read at byte %ju",
				       (uintmax_t)offset);
		p += n, len -= (size_t)n, offset += (uint64_t)n;
	}
	return 0;
}

int boot_look_fd(int fd, struct boot *b, struct err *e)
{
	struct boot_source src = { .read = read_fd, .ctx = &fd };
	struct stat st;

	if (fstat(fd, &st) < 0 || (S_ISBLK(st.st_mode) && ioctl(fd, BLKGETSIZE64, &src.size) < 0))
		return err_sys(e, -errno, "size");
	if (S_ISREG(st.st_mode))
		src.size = (uint64_t)st.st_size;
	return boot_look(&src, b, e);
}
