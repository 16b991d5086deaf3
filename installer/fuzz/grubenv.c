/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as GRUB's environment block; one in which a slot could be chosen has
 * its size still, and that slot.
 */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "installer/rescue.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;

	for (char slot = 'a'; slot <= 'b'; slot++) {
		struct buf out = BUF_INIT;

		if (grubenv_set_slot(text, len, slot, &out, NULL) == 0 &&
		    (out.len != len || grubenv_slot(out.s, out.len) != slot))
			abort();
		buf_clear(&out);
	}
	return 0;
}
