/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a qcow2 file, which may be its own backing file. */
#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	fuzz_image("qcow2", data, len, data, len);
	return 0;
}
