/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any bytes as a VMDK, by its tables and in order.  A text is a descriptor; what
 * comes after its first NUL is each of its extents.
 */
#include "image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static int vmdk_emit(void *ctx, const struct extent *x, const void *stored)
{
	static char out[IMAGE_CHUNK_MAX];
	const struct image *img = ctx;

	if (x->offset + x->length > img->info.size || x->length == 0 || x->skip != 0 ||
	    x->length > x->unit)
		abort();
	(void)!extent_unpack(x, stored, out, NULL);
	return 0;
}

static void in_order(const uint8_t *data, size_t len)
{
	struct input *in = input_memory(data, len, "disk", NULL);
	struct image *img;

	if (in && image_open_stream(in, image_format_by_name("vmdk"), &img, NULL) == 0) {
		(void)!image_stream(img, vmdk_emit, img, NULL);
		image_free(img);
	} else {
		input_free(in);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *nul = len && data[0] == '#' ? memchr(data, 0, len) : NULL;
	size_t first = nul ? (size_t)(nul - data) : len;

	fuzz_image("vmdk", data, first, nul ? nul + 1 : data, nul ? len - first - 1 : len);
	in_order(data, len);
	return 0;
}
