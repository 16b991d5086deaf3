/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tar.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define OCTAL_MAX (UINT64_C(1) << 33) /* 11 digits */

/* Where the fields of a header are. */
enum {
	T_MODE = 100,
	T_UID = 108,
	T_GID = 116,
	T_SIZE = 124,
	T_MTIME = 136,
	T_SUM = 148,
	T_TYPE = 156,
	T_MAGIC = 257,
	T_USER = 265,
	T_GROUP = 297,
};

static void put_size(char field[12], uint64_t size)
{
	if (size < OCTAL_MAX) {
		snprintf(field, 12, "%011" PRIo64, size);
		return;
	}
	/* GNU: the first bit set, then the number, its highest byte first. */
	memset(field, 0, 4);
	field[0] = (char)0x80;
	for (int i = 11; i >= 4; i--, size >>= 8)
		field[i] = (char)(size & 0xff);
}

int tar_header(char block[TAR_BLOCK], const char *name, uint64_t size, int64_t mtime, struct err *e)
{
	unsigned int sum = 0;
	size_t len = strlen(name);

	if (len > TAR_NAME_MAX)
		return err_set(e, -ENAMETOOLONG, "%.100s...: a name in an OVA has up to %d bytes",
			       name, TAR_NAME_MAX);
	memset(block, 0, TAR_BLOCK);
	memcpy(block, name, len);
	strcpy(block + T_MODE, "0000644");
	strcpy(block + T_UID, "0000000");
	strcpy(block + T_GID, "0000000");
	put_size(block + T_SIZE, size);
	put_size(block + T_MTIME, mtime > 0 ? (uint64_t)mtime : 0);
	block[T_TYPE] = '0';
	memcpy(block + T_MAGIC,
	       "ustar\0"
	       "00",
	       8);
	strcpy(block + T_USER, "root");
	strcpy(block + T_GROUP, "root");
	/* The sum is made with blanks in its own field. */
	memset(block + T_SUM, ' ', 8);
	for (int i = 0; i < TAR_BLOCK; i++)
		sum += (unsigned char)block[i];
	snprintf(block + T_SUM, 8, "%06o", sum);
	return 0;
}
