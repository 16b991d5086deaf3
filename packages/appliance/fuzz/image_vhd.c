/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a VHD, which may be its own parent; the checksums of its footers
 * and header are made right, as no guessing would find them.
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t *mended = malloc(len + 1);

	if (!mended)
		return 0;
	memcpy(mended, data, len);
	mend(mended, len, 0, 512, 64);
	if (len >= 512)
		mend(mended, len, len - 512, 512, 64);
	if (len >= 536) /* where the header is, if the offset fits in 16 bits */
		mend(mended, len, (size_t)mended[22] << 8 | mended[23], 1024, 36);
	fuzz_image("vhd", mended, len, mended, len);
	free(mended);
	return 0;
}
