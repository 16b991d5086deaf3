/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "vmdk.h"

struct vmdk {
	struct sparse sparse;
};

static bool vmdk_probe(const void *head, size_t len)
{
	return len >= SECTOR && memcmp(head, "KDMV", 4) == 0;
}

static void describe(struct image *img, const struct sparse *s)
{
	img->info.subformat = s->compressed ? "streamOptimized" : "monolithicSparse";
	img->info.size = s->capacity;
	img->info.cluster = (uint32_t)s->grain;
	img->info.compressed = s->compressed;
}

static int vmdk_open(struct image *img, struct err *e)
{
	struct vmdk *v = img->state = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = sparse_open(&v->sparse, img->in, e);
	describe(img, &v->sparse);
	return r;
}

static int vmdk_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	const struct vmdk *v = img->state;

	return sparse_lookup(img, &v->sparse, offset, x, e);
}

static int vmdk_open_stream(struct image *img, struct err *e)
{
	struct vmdk *v = img->state = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	v->sparse.in = img->in;
	if (!vmdk_probe(img->head, img->head_len))
		return err_set(e, -EINVAL, "%s: byte 0: no header of a sparse VMDK", img->in->name);
	r = sparse_header(&v->sparse, img->head, 0, e);
	describe(img, &v->sparse);
	if (r == 0 && (!v->sparse.compressed || !v->sparse.markers))
		return err_set(e, -ESPIPE, "%s: only streamOptimized VMDKs can be decoded in order",
			       img->in->name);
	return r;
}

static int vmdk_decode(struct image *img,
		       int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		       struct err *e)
{
	const struct vmdk *v = img->state;

	return vmdk_stream(img, &v->sparse, emit, ctx, e);
}

static void vmdk_close(struct image *img)
{
	free(img->state);
}

const struct image_format vmdk_format = {
	.name = "vmdk",
	.probe = vmdk_probe,
	.open = vmdk_open,
	.lookup = vmdk_lookup,
	.open_stream = vmdk_open_stream,
	.stream = vmdk_decode,
	.close = vmdk_close,
};
