/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk of any bytes: the input is its start, and again what is at 1 MiB, where
 * partitions begin.
 */
#include "appliance/boot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SECOND = 1 << 20, DISK = 4 << 20 };

struct bytes {
	const uint8_t *data;
	size_t size;
	uint64_t read;
};

static int read_bytes(void *ctx, void *data, size_t len, uint64_t offset, struct err *e)
{
	struct bytes *b = ctx;
	uint64_t at = offset >= SECOND ? offset - SECOND : offset;

	(void)e;
	if (offset > DISK || len > DISK - offset)
		abort(); /* outside of the disk */
	b->read += len;
	memset(data, 0, len);
	if (at < b->size)
		memcpy(data, b->data + at, len < b->size - at ? len : b->size - at);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes bytes = { data, size, 0 };
	struct boot_source src = { read_bytes, &bytes, DISK };
	struct err e = { 0 };
	struct boot b;
	json_t *json;

	if (boot_look(&src, &b, &e) != 0 || bytes.read > BOOT_READ_MAX)
		abort();
	for (unsigned int i = 0; i < b.n_parts && i < BOOT_PARTS; i++)
		if (b.parts[i].offset >= b.size || b.parts[i].size > b.size - b.parts[i].offset)
			abort();
	json = boot_json(&b);
	if (!json)
		abort(); /* a name that is no UTF-8 */
	json_decref(json);
	return 0;
}
