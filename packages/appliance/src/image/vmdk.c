/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "socle/cleanup.h"
#include "vmdk.h"

enum { DESCRIPTOR_MAX = 1 << 20 };

static bool is_descriptor(const void *head, size_t len)
{
	static const char start[] = "# Disk DescriptorFile";

	return len >= sizeof(start) && strncasecmp(head, start, sizeof(start) - 1) == 0;
}

/* The magic of extents is known as well, so that they are not taken for raw disks. */
static bool vmdk_probe(const void *head, size_t len)
{
	return (len >= SECTOR && (memcmp(head, "KDMV", 4) == 0 || memcmp(head, "COWD", 4) == 0 ||
				  get_le64(head, 0) == 0xcafebabe)) ||
	       is_descriptor(head, len);
}

/* A descriptor inside a file, as a string; NULL when it cannot be. */
static char *read_text(struct input *in, uint64_t at, uint64_t len, struct err *e)
{
	char *text;

	if (len > DESCRIPTOR_MAX) {
		err_set(e, -EFBIG, "%s: a descriptor of %" PRIu64 " bytes", in->name, len);
		return NULL;
	}
	text = calloc(1, (size_t)len + 1);
	if (!text)
		err_sys(e, -ENOMEM, "%s", in->name);
	else if (input_pread_full(in, text, (size_t)len, at, e) == 0)
		return text;
	free(text);
	return NULL;
}

static int describe(struct image *img, struct vmdk *v, uint64_t at, uint64_t len, bool extents,
		    struct err *e)
{
	_cleanup_free_ char *text = read_text(img->in, at, len, e);

	if (!text)
		return e && e->code ? e->code : -ENOMEM;
	return vmdk_describe(img, v, text, extents, e);
}

/* A disk in one file, with its descriptor inside. */
static int open_single(struct image *img, struct vmdk *v, struct err *e)
{
	struct part *p = v->parts = calloc(1, sizeof(*p));
	const struct sparse *s;
	int r;

	if (!p)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	v->n_parts = 1;
	p->in = img->in;
	r = sparse_open(p, e);
	if (r < 0)
		return r;
	s = p->s;
	img->info.size = p->length = s->capacity;
	if (s->descriptor_len &&
	    (r = describe(img, v, s->descriptor, s->descriptor_len, false, e)) < 0)
		return r;
	/* Some that are made for streams have none; another file is then but one of many. */
	if (*v->create_type || s->compressed)
		return 0;
	return err_set(e, -EINVAL, "%s: is one extent of a disk; its descriptor is another file",
		       img->in->name);
}

static void inform(struct image *img, const struct vmdk *v)
{
	const struct sparse *s = v->n_parts ? v->parts[0].s : &v->stream;

	img->info.subformat = s && s->compressed ? "streamOptimized"
			      : *v->create_type	 ? v->create_type
						 : "monolithicSparse";
	img->info.cluster = s ? (uint32_t)s->grain : 1;
	img->info.compressed = s && s->compressed;
}

static int vmdk_open(struct image *img, struct err *e)
{
	struct vmdk *v = img->state = calloc(1, sizeof(*v));
	char head[SECTOR];
	size_t len = img->in->size < sizeof(head) ? (size_t)img->in->size : sizeof(head);
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	r = input_pread_full(img->in, head, len, 0, e);
	if (r == 0 && is_descriptor(head, len))
		r = describe(img, v, 0, img->in->size, true, e);
	else if (r == 0 && len == SECTOR && memcmp(head, "KDMV", 4) == 0)
		r = open_single(img, v, e);
	else if (r == 0)
		r = err_set(e, -EINVAL, "%s: is not a VMDK, or one extent of it", img->in->name);
	if (r == 0)
		inform(img, v);
	return r;
}

static const struct part *part_at(const struct vmdk *v, uint64_t offset)
{
	const struct part *p = v->parts;

	while (offset - p->start >= p->length)
		p++;
	return p;
}

static int vmdk_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	const struct part *p = part_at(img->state, offset);
	int r = 0;

	*x = (struct extent){ .kind = p->in ? EXTENT_RAW : EXTENT_ZERO,
			      .length = p->length,
			      .in = p->in,
			      .at = p->at,
			      .stored = p->length };
	if (p->s)
		r = sparse_lookup(img, p, offset - p->start, x, e);
	extent_clip(x, x->offset, p->length);
	x->offset += p->start;
	return r;
}

/* The descriptor of a stream comes right after the header. */
static int describe_stream(struct image *img, struct vmdk *v, struct err *e)
{
	const struct sparse *s = &v->stream;
	_cleanup_free_ char *text = NULL;
	int r;

	if (s->descriptor_len == 0 || s->descriptor < img->in->at)
		return 0;
	if (s->descriptor_len > DESCRIPTOR_MAX || s->descriptor + s->descriptor_len > s->front)
		return err_set(e, -EINVAL, "%s: a descriptor of %" PRIu64 " bytes at byte %" PRIu64,
			       img->in->name, s->descriptor_len, s->descriptor);
	text = calloc(1, (size_t)s->descriptor_len + 1);
	if (!text)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	if ((r = input_skip_to(img->in, s->descriptor, e)) < 0 ||
	    (r = input_read_full(img->in, text, (size_t)s->descriptor_len, e)) < 0)
		return r;
	return vmdk_describe(img, v, text, false, e);
}

static int vmdk_open_stream(struct image *img, struct err *e)
{
	struct vmdk *v = img->state = calloc(1, sizeof(*v));
	int r;

	if (!v)
		return err_sys(e, -ENOMEM, "%s", img->in->name);
	v->stream.in = img->in;
	if (img->head_len < SECTOR)
		return err_set(e, -EINVAL, "%s: is not a VMDK", img->in->name);
	if (is_descriptor(img->head, img->head_len))
		return err_set(e, -ESPIPE, "%s: has its contents in other files", img->in->name);
	r = sparse_header(&v->stream, img->head, 0, e);
	if (r == 0 && (!v->stream.compressed || !v->stream.markers))
		return err_set(e, -ESPIPE, "%s: only streamOptimized VMDKs can be decoded in order",
			       img->in->name);
	if (r == 0)
		r = describe_stream(img, v, e);
	img->info.size = v->stream.capacity;
	inform(img, v);
	return r;
}

static int vmdk_decode(struct image *img,
		       int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		       struct err *e)
{
	const struct vmdk *v = img->state;

	return vmdk_stream(img, &v->stream, emit, ctx, e);
}

static void vmdk_close(struct image *img)
{
	struct vmdk *v = img->state;

	for (size_t i = 0; v && i < v->n_parts; i++) {
		if (v->parts[i].in != img->in)
			input_free(v->parts[i].in);
		free(v->parts[i].s);
	}
	if (v)
		free(v->parts);
	free(v);
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
