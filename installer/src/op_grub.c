/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GRUB for BIOS and for UEFI, from the two files that were made with the image.
 *
 * UEFI loads its file from the ESP.  BIOS loads the first sector of the disk,
 * GRUB's boot.img, which loads the first sector of core.img, which loads the
 * rest; each knows the next by its number on the disk.  Those two numbers are
 * all that is to be filled in (offsets: GRUB's include/grub/i386/pc/boot.h).
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"

enum {
	BIOS_SECTOR = 512,  /* what the BIOS counts in, whatever the disk has */
	MBR_CODE = 440,	    /* then come a signature and the protective MBR */
	NEXT_SECTOR = 0x5c, /* boot.img: where core.img begins, 64 bits */
	DRIVE_CHECK = 0x66, /* boot.img: a jump over the use of the drive number given */
	CORE_LIST = 0x1f4,  /* core.img: start (64 bits), length, segment (16 bits each) */
	CORE_SEGMENT = 0x820,
};

void install_grub_describe(const json_t *args, struct buf *out)
{
	const json_t *disks = json_object_get(args, "disks");

	buf_adds(out, "GRUB for BIOS and for UEFI on");
	for (size_t i = 0; i < json_array_size(disks); i++)
		buf_addf(out, "%s %s", i ? " and" : "",
			 json_string_value(json_array_get(disks, i)));
}

static void put64(char *at, uint64_t n)
{
	n = htole64(n);
	memcpy(at, &n, sizeof(n));
}

static void put16(char *at, uint16_t n)
{
	n = htole16(n);
	memcpy(at, &n, sizeof(n));
}

/* image: boot.img and core.img; start: of the partition that core.img goes to, in bytes. */
static void bios_link(char *image, size_t len, uint64_t start)
{
	char *core = image + BIOS_SECTOR;

	put64(image + NEXT_SECTOR, start / BIOS_SECTOR);
	/* Two NOPs: also the BIOS that passes a wrong drive number boots from this disk. */
	memset(image + DRIVE_CHECK, 0x90, 2);
	put64(core + CORE_LIST, start / BIOS_SECTOR + 1);
	put16(core + CORE_LIST + 8, (uint16_t)(len / BIOS_SECTOR - 2));
	put16(core + CORE_LIST + 10, CORE_SEGMENT);
}

/* A small file of the medium, whole, and verified in memory. */
static int read_verified(struct exec *x, const json_t *file, struct buf *out, struct err *e)
{
	char path[PATH_MAX], sha256[SHA256_HEX];
	int ret = exec_medium_path(x, arg_string(file, "name"), path, e);

	if (ret == 0)
		ret = fs_read(path, (size_t)arg_uint(file, "size"), out, e);
	if (ret < 0)
		return ret;
	sha256_mem(out->s, out->len, sha256);
	if (strcmp(sha256, arg_string(file, "sha256")) != 0)
		return err_set(e, -EBADMSG, "%s: not what was verified before", path);
	return 0;
}

/* The disk is written through one descriptor, in whole: its partitions may be in use. */
static int write_bios(const char *disk, struct buf *image, const json_t *args, struct err *e)
{
	uint64_t start = arg_uint(args, "bios_start"), room = arg_uint(args, "bios_size");
	_cleanup_close_ int fd = -1;
	int ret;

	/* core.img ends with a whole sector. */
	while (image->len % BIOS_SECTOR)
		buf_add(image, "", 1);
	if (!buf_ok(image))
		return err_sys(e, -ENOMEM, "GRUB");
	if (image->len < 3 * BIOS_SECTOR || image->len - BIOS_SECTOR > room)
		return err_set(e, -EINVAL, "GRUB for BIOS has %zu bytes, its partition %llu",
			       image->len, (unsigned long long)room);
	bios_link(image->s, image->len, start);
	fd = open(disk, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "%s", disk);
	ret = fs_pwrite(fd, image->s + BIOS_SECTOR, image->len - BIOS_SECTOR, start, e);
	if (ret == 0)
		ret = fs_pwrite(fd, image->s, MBR_CODE, 0, e);
	if (ret == 0 && fsync(fd) < 0)
		ret = err_sys(e, -errno, "flush");
	return ret < 0 ? err_wrap(e, "%s", disk) : 0;
}

static int install_bios(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *disks = json_object_get(args, "disks");
	struct buf image = BUF_INIT;
	int ret = read_verified(x, json_object_get(args, "bios"), &image, e);

	for (size_t i = 0; i < json_array_size(disks) && ret == 0; i++)
		ret = write_bios(json_string_value(json_array_get(disks, i)), &image, args, e);
	buf_clear(&image);
	return ret;
}

/* The path that firmware takes when it knows no entry, or has lost it. */
static int install_efi(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *file = json_object_get(args, "efi");
	char source[PATH_MAX];
	int ret = exec_mount_esp(x, args, e);

	if (ret == 0)
		ret = exec_medium_path(x, arg_string(file, "name"), source, e);
	if (ret == 0)
		ret = fs_mkdirs(EXEC_ESP "/EFI/BOOT", 0700, e);
	if (ret == 0)
		ret = copy_file(x, source, EXEC_ESP "/EFI/BOOT/BOOTX64.EFI", file, 0,
				arg_uint(file, "size"), e);
	return ret;
}

/* Both kinds always: the disk then boots in either firmware mode, also in another machine. */
int install_grub_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = install_bios(x, args, e);

	return ret < 0 ? ret : install_efi(x, args, e);
}
