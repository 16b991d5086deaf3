/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File systems by libblkid, and the boot catalog of CDs.
 *
 * libblkid wants a descriptor.  It gets a file in memory of the same size in which
 * only the places are filled where superblocks are, so that it works the same for
 * a volume and for an image that is compressed.
 */
#include <blkid/blkid.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "boot_look.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum {
	HEAD = 272 << 10, /* btrfs 64 KiB, ZFS up to 256 KiB */
	TAIL = 128 << 10, /* md, firmware RAID */
	PIECE = 16 << 10,
	CD_SECTOR = 2048,
};

/* Copy up to len bytes; zeros stay holes. */
static bool fill(struct look *l, int fd, uint64_t from, uint64_t to, uint64_t len)
{
	static const uint8_t none[PIECE];
	uint8_t piece[PIECE];

	for (uint64_t at = 0; at < len; at += PIECE) {
		size_t n = len - at < PIECE ? (size_t)(len - at) : PIECE;

		if (!look_get(l, piece, n, from + at))
			return false;
		if (memcmp(piece, none, n) != 0 && fs_pwrite(fd, piece, n, to + at, NULL) < 0)
			return false;
	}
	return true;
}

/* For messages and JSON: printable, of ASCII. */
static void copy_text(char *to, size_t size, const char *from)
{
	size_t n = 0;

	for (; from[n] && n + 1 < size; n++)
		to[n] = from[n] >= 0x20 && from[n] < 0x7f ? from[n] : '?';
	to[n] = '\0';
}

static void probe(int fd, uint64_t size, char fs[16], char label[64])
{
	blkid_probe pr = blkid_new_probe();
	const char *text;

	if (!pr)
		return;
	if (blkid_probe_set_device(pr, fd, 0, (blkid_loff_t)size) == 0 &&
	    blkid_probe_enable_superblocks(pr, 1) == 0 &&
	    blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL) == 0 &&
	    blkid_do_safeprobe(pr) == 0) {
		if (blkid_probe_lookup_value(pr, "TYPE", &text, NULL) == 0)
			copy_text(fs, 16, text);
		if (blkid_probe_lookup_value(pr, "LABEL", &text, NULL) == 0)
			copy_text(label, 64, text);
	}
	blkid_free_probe(pr);
}

void look_fs(struct look *l, uint64_t offset, uint64_t size, char fs[16], char label[64])
{
	uint64_t head = size < HEAD ? size : HEAD, tail = size - head < TAIL ? size - head : TAIL;
	_cleanup_close_ int fd = -1;

	if (!size || size > INT64_MAX)
		return;
	fd = memfd_create("boot", MFD_CLOEXEC);
	if (fd < 0 || ftruncate(fd, (off_t)size) < 0)
		return;
	if (fill(l, fd, offset, 0, head) && fill(l, fd, offset + size - tail, size - tail, tail))
		probe(fd, size, fs, label);
}

static unsigned int way_of(uint8_t platform)
{
	return platform == 0 ? BOOT_CD_BIOS : platform == 0xef ? BOOT_CD_UEFI : 0;
}

/* "El Torito" 1.0: a validation entry, the initial entry, and sections for more platforms. */
static void look_catalog(struct look *l, uint64_t at)
{
	uint8_t c[CD_SECTOR];

	if (!look_get(l, c, sizeof(c), at) || c[0] != 1 || le16(c + 30) != 0xaa55)
		return;
	if (c[32] == 0x88)
		l->boot->ways |= way_of(c[1]);
	for (size_t i = 64; i + 32 <= sizeof(c) && (c[i] == 0x90 || c[i] == 0x91);) {
		size_t entries = le16(c + i + 2);

		if (entries && i + 64 <= sizeof(c) && c[i + 32] == 0x88)
			l->boot->ways |= way_of(c[i + 1]);
		if (c[i] == 0x91)
			return;
		i += 32 * (entries + 1);
	}
}

void look_iso(struct look *l)
{
	uint8_t s[CD_SECTOR];

	if (!look_get(l, s, 6, 16 * CD_SECTOR) || memcmp(s + 1, "CD001", 5) != 0)
		return;
	if (look_get(l, s, sizeof(s), 17 * CD_SECTOR) &&
	    memcmp(s, "\0CD001\1EL TORITO SPECIFICATION", 30) == 0)
		look_catalog(l, (uint64_t)le32(s + 0x47) * CD_SECTOR);
}
