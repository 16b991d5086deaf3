/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a VHD, whose parent is the same, but no difference; the checksums of
 * its footers and header are made right, as no guessing would find them.
 */
#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void mend(uint8_t *data, size_t len, size_t at, size_t size, size_t field)
{
	uint32_t sum = 0;

	if (at > len || size > len - at)
		return;
	for (size_t i = 0; i < size; i++)
		if (i < field || i >= field + 4)
			sum += data[at + i];
	for (size_t i = 0; i < 4; i++)
		data[at + field + i] = (uint8_t)(~sum >> (24 - 8 * i));
}

static void mend_all(uint8_t *data, size_t len)
{
	mend(data, len, 0, 512, 64);
	if (len >= 512)
		mend(data, len, len - 512, 512, 64);
	if (len >= 536) /* where the header is, if the offset fits in 16 bits */
		mend(data, len, (size_t)data[22] << 8 | data[23], 1024, 36);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *child = malloc(2 * len + 1), *parent;

	if (!child)
		return 0;
	parent = child + len;
	memcpy(child, data, len);
	memcpy(parent, data, len);
	if (len >= 512)
		parent[63] = parent[len - 512 + 63] = 3; /* dynamic */
	mend_all(child, len);
	mend_all(parent, len);
	fuzz_image("vhd", child, len, parent, len);
	free(child);
	return 0;
}
