/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as an entry of UEFI's list; one that names a GPT partition and a
 * loader is built anew from what was understood, and must mean the same.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "efi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct efi_entry entry, again;
	struct buf out = BUF_INIT;

	if (efi_entry_parse(data, len, &entry) == 0 && *entry.guid) {
		efi_entry_build(&entry, &out);
		if (efi_entry_parse(out.s, out.len, &again) < 0 ||
		    strcmp(entry.guid, again.guid) != 0 || strcmp(entry.label, again.label) != 0 ||
		    strcmp(entry.loader, again.loader) != 0 || entry.start != again.start ||
		    entry.sectors != again.sectors || entry.partition != again.partition)
			abort();
	}
	buf_clear(&out);
	return 0;
}
