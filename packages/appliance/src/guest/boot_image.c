/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/boot.h"
#include "appliance/image.h"

static int read_image(void *ctx, void *data, size_t len, uint64_t offset, struct err *e)
{
	return image_pread(ctx, data, len, offset, e);
}

int boot_look_image(struct image *img, struct boot *b, struct err *e)
{
	struct boot_source src = { .read = read_image, .ctx = img, .size = img->info.size };

	return boot_look(&src, b, e);
}
