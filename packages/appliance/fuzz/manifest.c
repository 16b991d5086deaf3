/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a manifest.
 */
#include "appliance/manifest.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t digits[] = { 40, 64, 128 };
	struct manifest *mf = NULL;
	struct err e = { 0 };

	if (manifest_read((const char *)data, size, "x.mf", &mf, &e) < 0) {
		if (!*e.text)
			abort();
		return 0;
	}
	for (size_t i = 0; i < mf->n; i++) {
		const struct manifest_line *l = &mf->lines[i];

		if (!*l->name || strlen(l->hex) != digits[l->hash] ||
		    manifest_find(mf, l->name)->hash < l->hash)
			abort();
	}
	manifest_weakest(mf);
	manifest_free(mf);
	return 0;
}
