/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a qcow2 file; its backing file is the same, without one. */
#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *backing = malloc(len + 1);

	if (!backing)
		return 0;
	memcpy(backing, data, len);
	if (len >= 16)
		memset(backing + 8, 0, 8);
	fuzz_image("qcow2", data, len, backing, len);
	free(backing);
	return 0;
}
