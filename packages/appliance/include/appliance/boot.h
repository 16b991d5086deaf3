/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disk can start from: its partition table, boot code, EFI system
 * partition and file systems, told from its bytes without mounting anything.
 *
 * The bytes are hostile.  Every read is bounded by BOOT_READ_MAX in all, every
 * count by a constant below; what is damaged is left out, not trusted.  Nothing
 * is written.  File systems are named by libblkid, which is given copies of the
 * few places it looks at.
 *
 * struct boot is plain data without pointers: it may be copied, and sent from the
 * process that looked to the one that decides.
 */
#ifndef APPLIANCE_BOOT_H
#define APPLIANCE_BOOT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

enum {
	BOOT_PARTS = 64,	   /* partitions that are told; more are counted only */
	BOOT_READ_MAX = 128 << 20, /* bytes read of a disk, in all */
};

enum boot_table { BOOT_TABLE_NONE, BOOT_TABLE_MBR, BOOT_TABLE_GPT };

/* What can be started, as bits. */
enum boot_way {
	BOOT_BIOS = 1 << 0,	 /* boot code in the first sector that has something to go on to */
	BOOT_UEFI_X64 = 1 << 1,	 /* \EFI\BOOT\BOOTX64.EFI on a FAT file system */
	BOOT_UEFI_IA32 = 1 << 2, /* BOOTIA32.EFI */
	BOOT_UEFI_AA64 = 1 << 3, /* BOOTAA64.EFI: for another processor */
	BOOT_CD_BIOS = 1 << 4,	 /* El Torito (ISO 9660), for BIOS */
	BOOT_CD_UEFI = 1 << 5,	 /* El Torito, for UEFI */
	BOOT_KERNEL = 1 << 6,	 /* the disk begins with a Linux kernel (bzImage or ELF) */
};

struct boot_part {
	uint64_t offset, size; /* bytes */
	bool esp;	       /* an EFI system partition by its type */
	bool active;	       /* MBR's flag, or GPT's "legacy BIOS bootable" */
	bool bios_boot;	       /* GRUB's core image for BIOS on GPT */
	char fs[16];	       /* libblkid's name: "ext4", "vfat", "LVM2_member", "" when unknown */
	char label[64];	       /* of the file system; UTF-8, "" */
};

struct boot {
	uint64_t size; /* of the disk, bytes */
	enum boot_table table;
	unsigned int ways; /* enum boot_way */
	char loader[16];   /* who wrote the boot code: "grub", "syslinux", "isolinux", ... or "" */
	char fs[16];	   /* of a disk without a table: "ext3", "iso9660", ... */
	char label[64];
	bool esp;	      /* there is an EFI system partition */
	char efi_dirs[128];   /* names below \EFI besides BOOT, for messages: "DEBIAN MICROS~1" */
	unsigned int n_parts; /* as many as there are, also when more than BOOT_PARTS */
	struct boot_part parts[BOOT_PARTS];
};

/* Where the bytes come from: read() gives exactly len bytes at offset, below size. */
struct boot_source {
	int (*read)(void *ctx, void *data, size_t len, uint64_t offset, struct err *e);
	void *ctx;
	uint64_t size;
};

/* Look at a disk.  Fails only when reading does: a disk of rubbish has no ways. */
int boot_look(const struct boot_source *src, struct boot *b, struct err *e) __must_check;

/* The same of a raw file or a block device. */
int boot_look_fd(int fd, struct boot *b, struct err *e) __must_check;

struct image;
/* The same of the contents of an image, for a look before it is imported. */
int boot_look_image(struct image *img, struct boot *b, struct err *e) __must_check;

/* For --json: a new reference. */
json_t *boot_json(const struct boot *b);

#endif
