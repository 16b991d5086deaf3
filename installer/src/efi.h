/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UEFI's list of what to boot: the variables Boot####, BootOrder, BootCurrent and
 * BootNext (UEFI 2.10, 3.3), and the bytes of an entry (EFI_LOAD_OPTION, 3.1.3).
 *
 * Variables are files of efivarfs; functions take its folder, which in tests is
 * any folder.  A file is four bytes of attributes, then the variable's data.
 * What firmware has written is input from outside: it may be anything.
 */
#ifndef INSTALLER_EFI_H
#define INSTALLER_EFI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "socle/buf.h"
#include "socle/err.h"

#define EFI_VARIABLES "/sys/firmware/efi/efivars"

enum {
	EFI_LABEL_MAX = 128,
	EFI_LOADER_MAX = 256,
	EFI_ENTRIES_MAX = 256, /* servers with many ports have some forty */
	EFI_DATA_MAX = 65536,  /* bytes of a variable */
	EFI_GUID_TEXT = 37,
};

/* What an entry says; text is ASCII, anything else in it is "?". */
struct efi_entry {
	char label[EFI_LABEL_MAX];
	bool active;
	bool network;		  /* its device path goes over a network card */
	char guid[EFI_GUID_TEXT]; /* of the GPT partition, in lower case; "" when there is none */
	uint32_t partition;
	uint64_t start, sectors; /* of the partition, in logical sectors */
	char loader[EFI_LOADER_MAX];
};

/* Parse an entry's data (any bytes).  -EINVAL: it is none. */
int efi_entry_parse(const void *data, size_t len, struct efi_entry *entry) __must_check;

/* The data of an active entry for a loader on a GPT partition; label and loader are ASCII. */
void efi_entry_build(const struct efi_entry *entry, struct buf *out);

/* A variable of UEFI's own by its name, as "BootOrder".  -ENOENT: there is none. */
int efi_read(const char *folder, const char *name, struct buf *out, struct err *e) __must_check;
int efi_write(const char *folder, const char *name, const void *data, size_t len,
	      struct err *e) __must_check;
int efi_delete(const char *folder, const char *name, struct err *e) __must_check;

/* A list of entries' numbers. */
struct efi_order {
	uint16_t number[EFI_ENTRIES_MAX];
	size_t count;
};

/* The numbers of all Boot#### there are, in ascending order. */
int efi_numbers(const char *folder, struct efi_order *numbers, struct err *e) __must_check;
/* BootOrder, or BootCurrent as a list of one; none is an empty list. */
int efi_read_order(const char *folder, const char *name, struct efi_order *order,
		   struct err *e) __must_check;
int efi_write_order(const char *folder, const char *name, const struct efi_order *order,
		    struct err *e) __must_check;

enum { EFI_NAME_MAX = 16 };
void efi_boot_name(uint16_t number, char name[EFI_NAME_MAX]); /* "Boot0003" */

/* Whether the firmware starts signed loaders only. */
bool efi_secure_boot(const char *folder);

#endif
