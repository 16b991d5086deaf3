/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VHDX of which the input has only what says something: 128 bytes of a header,
 * 256 of a table of regions, and all that is behind these at 320 KiB.  The
 * checksums are made right, those of entries of the log as well.  Its parent is
 * the same without the last of its metadata.
 */
#include "image.h"

#include "image/vhdx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum {
	HEADER = 64 << 10,
	REGIONS = 192 << 10,
	BODY = 320 << 10,
	HEADER_IN = 128,
	REGIONS_IN = 256
};

static void mend(uint8_t *at, size_t len)
{
	uint32_t sum = htole32(vhdx_sum(at, len, 4));

	memcpy(at + 4, &sum, sizeof(sum));
}

static void mend_log(uint8_t *data, size_t len)
{
	for (size_t at = BODY; at + 4096 <= len; at += 4096) {
		size_t entry = get_le32(data, at + 8);

		if (memcmp(data + at, "loge", 4) == 0 && entry >= 64 && entry <= len - at)
			mend(data + at, entry);
	}
}

static void drop_last_metadata(uint8_t *data, size_t len)
{
	for (size_t at = BODY; at + 4096 <= len; at += 4096)
		if (memcmp(data + at, "metadata", 8) == 0)
			data[at + 10]--;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const size_t start = HEADER_IN + REGIONS_IN;
	size_t size = BODY + (len > start ? len - start : 0);
	uint8_t *file, *parent;

	if (len < start || !(file = calloc(2, size)))
		return 0;
	parent = file + size;
	memcpy(file, "vhdxfile", 8);
	memcpy(file + HEADER, data, HEADER_IN);
	memcpy(file + REGIONS, data + HEADER_IN, REGIONS_IN);
	memcpy(file + BODY, data + start, size - BODY);
	mend(file + HEADER, 4096);
	mend(file + REGIONS, 64 << 10);
	mend_log(file, size);
	memcpy(parent, file, size);
	drop_last_metadata(parent, size);
	fuzz_image("vhdx", file, size, parent, size);
	free(file);
	return 0;
}
