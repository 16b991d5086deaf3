/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>

#include "private.h"
#include "socle/cleanup.h"

enum {
	DEPTH_MAX = 16,	     /* images that are differences to one another */
	JOINED_MAX = 1 << 16 /* entries of tables that one lookup joins */
};
#define RUN_MAX (UINT64_C(8) << 20) /* bytes of stored neighbours that one lookup joins */

const struct image_format *const image_formats[] = {
	&vmdk_format, &qcow2_format, &vhd_format, &vhdx_format, &raw_format, NULL,
};

/* Known, and no disk of an appliance: read as raw they would be nonsense in the guest. */
static const struct {
	const char *name;
	size_t at, len;
	const char *magic;
} refused[] = {
	{ "VirtualBox's VDI", 64, 4, "\x7f\x10\xda\xbe" },
	{ "QED", 0, 4, "QED" },
	{ "bzip2", 0, 3, "BZh" },
	{ "LZ4", 0, 4, "\x04\x22\x4d\x18" },
	{ "LZO", 0, 9, "\x89LZO\0\r\n\x1a\n" },
	{ "7-Zip", 0, 6, "7z\xbc\xaf\x27\x1c" },
	{ "RAR", 0, 6, "Rar!\x1a\x07" },
	{ "Microsoft's WIM", 0, 8, "MSWIM\0\0\0" },
	{ "Parallels' HDD", 0, 16, "WithoutFreeSpace" },
	{ "Parallels' HDD", 0, 16, "WithouFreSpacExt" },
};

const struct image_format *image_format_by_name(const char *name)
{
	for (size_t i = 0; image_formats[i]; i++)
		if (strcmp(image_formats[i]->name, name) == 0)
			return image_formats[i];
	return NULL;
}

const struct image_format *image_probe(const void *head, size_t len, struct err *e)
{
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (len >= refused[i].at + refused[i].len &&
		    memcmp((const char *)head + refused[i].at, refused[i].magic, refused[i].len) ==
			    0) {
			err_set(e, -EINVAL, "images in the format %s are not read",
				refused[i].name);
			return NULL;
		}
	for (size_t i = 0;; i++)
		if (image_formats[i]->probe(head, len))
			return image_formats[i];
}

/* A fixed VHD begins like a raw disk; its last bytes tell. */
static bool ends_as_vhd(struct input *in)
{
	char last[SECTOR];

	return in->size >= sizeof(last) &&
	       input_pread_full(in, last, sizeof(last), in->size - sizeof(last), NULL) == 0 &&
	       vhd_is_footer(last, in->size - sizeof(last));
}

static const struct image_format *probe_file(struct input *in, struct err *e)
{
	char head[IMAGE_HEAD];
	size_t len = in->size < sizeof(head) ? (size_t)in->size : sizeof(head);
	const struct image_format *f;

	if (input_pread_full(in, head, len, 0, e) < 0)
		return NULL;
	f = image_probe(head, len, e);
	if (!f)
		err_wrap(e, "%s", in->name);
	return f == &raw_format && ends_as_vhd(in) ? &vhd_format : f;
}

static struct image *image_new(struct input *in, const struct image_format *format,
			       struct input_dir *dir, struct err *e)
{
	struct image *img = calloc(1, sizeof(*img));

	if (!img) {
		err_sys(e, -ENOMEM, "%s", in->name);
		return NULL;
	}
	pthread_mutex_init(&img->lock, NULL);
	img->format = format;
	img->in = in;
	img->dir = dir;
	img->info.format = format->name;
	img->info.subformat = "";
	return img;
}

/* All but its input, which after a failure stays the caller's. */
static void image_close(struct image *img)
{
	if (img->format->close)
		img->format->close(img);
	image_free(img->parent);
	tables_free(img->tables);
	pthread_mutex_destroy(&img->lock);
	free(img);
}

static int opened(struct image *img, int r, struct image **out, struct err *e)
{
	if (r == 0 && img->info.size > IMAGE_SIZE_MAX && img->info.size != INPUT_UNKNOWN)
		r = err_set(e, -EFBIG, "%s: a disk of %" PRIu64 " bytes is larger than 64 TiB",
			    img->in->name, img->info.size);
	if (r < 0) {
		image_close(img);
		return r;
	}
	*out = img;
	return 0;
}

static int open_at_depth(struct input *in, const struct image_format *format, struct input_dir *dir,
			 unsigned int depth, struct image **out, struct err *e)
{
	struct image *img;

	*out = NULL;
	if (!input_seekable(in) || in->size == INPUT_UNKNOWN)
		return err_set(e, -ESPIPE, "%s: can only be read in order", in->name);
	if (!format && !(format = probe_file(in, e)))
		return e && e->code ? e->code : -EINVAL;
	img = image_new(in, format, dir, e);
	if (!img)
		return -ENOMEM;
	img->depth = depth;
	return opened(img, format->open(img, e), out, e);
}

int image_open(struct input *in, const struct image_format *format, struct input_dir *dir,
	       struct image **img, struct err *e)
{
	return open_at_depth(in, format, dir, 0, img, e);
}

int image_open_parent(struct image *img, const char *name, const struct image_format *format,
		      struct err *e)
{
	struct input *in;
	int r;

	if (img->parent)
		return err_set(e, -EINVAL, "%s: is a difference to two images", img->in->name);
	if (!img->dir)
		return err_set(e, -ENOENT, "%s: is a difference to %s, which is not at hand",
			       img->in->name, name);
	if (img->depth == DEPTH_MAX)
		return err_set(e, -ELOOP, "%s: more than %d images on one another", img->in->name,
			       DEPTH_MAX);
	in = img->dir->open(img->dir, name, e);
	if (!in) {
		err_wrap(e, "%s: is a difference to another image", img->in->name);
		return e && e->code ? e->code : -ENOENT;
	}
	r = open_at_depth(in, format, img->dir, img->depth + 1, &img->parent, e);
	if (r < 0) {
		input_free(in);
		return r;
	}
	img->info.parent = img->parent->in->name;
	return 0;
}

bool image_streamable(const struct image_format *format)
{
	return format->stream != NULL;
}

int image_open_stream(struct input *in, const struct image_format *format, struct image **out,
		      struct err *e)
{
	char head[IMAGE_HEAD];
	size_t len = 0;
	struct image *img;

	*out = NULL;
	while (len < sizeof(head)) {
		ssize_t n = input_read(in, head + len, sizeof(head) - len, e);

		if (n < 0)
			return (int)n;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	if (!format && !(format = image_probe(head, len, e)))
		return err_wrap(e, "%s", in->name);
	if (!format->stream)
		return err_set(e, -ESPIPE, "%s: %s cannot be decoded in order", in->name,
			       format->name);
	img = image_new(in, format, NULL, e);
	if (!img)
		return -ENOMEM;
	memcpy(img->head, head, len);
	img->head_len = len;
	return opened(img, format->open_stream(img, e), out, e);
}

void extent_clip(struct extent *x, uint64_t from, uint64_t to)
{
	if (from > x->offset) {
		uint64_t n = from - x->offset;

		if (x->kind == EXTENT_RAW)
			x->at += n;
		else
			x->skip += (uint32_t)n;
		x->offset = from;
		x->length -= n;
	}
	if (to - x->offset < x->length)
		x->length = to - x->offset;
	if (x->kind == EXTENT_RAW)
		x->stored = x->length;
	if (x->kind == EXTENT_ZERO || x->kind == EXTENT_HOLE)
		x->skip = 0;
}

/* A hole is the parent's, and zeros behind the parent's end. */
static int resolve(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	uint64_t from = x->offset, to = from + x->length;
	int r;

	if (!img->parent || offset >= img->parent->info.size) {
		if (img->parent && img->parent->info.size > from)
			extent_clip(x, img->parent->info.size, to);
		x->kind = EXTENT_ZERO;
		return 0;
	}
	r = image_lookup(img->parent, offset, x, e);
	if (r == 0)
		extent_clip(x, from, to);
	return r;
}

/* A file that ends within a run is reported when what is missing is asked for. */
static int check_stored(struct extent *x, uint64_t offset, struct err *e)
{
	if (x->kind == EXTENT_ZERO || inside(x->in, x->at, x->stored))
		return 0;
	if (x->kind == EXTENT_RAW && inside(x->in, x->at, offset - x->offset + 1)) {
		extent_clip(x, x->offset, x->offset + x->in->size - x->at);
		return 0;
	}
	return err_set(e, -ENODATA,
		       "%s: ends at byte %" PRIu64 "; the guest's byte %" PRIu64
		       " is stored at byte %" PRIu64,
		       x->in->name, x->in->size, offset,
		       x->kind == EXTENT_RAW ? x->at + (offset - x->offset) : x->at);
}

/*
 * As far as what follows is stored in the same way, in one piece.  What is wrong
 * with it is told when it is asked for.
 */
static void join(struct image *img, struct extent *x)
{
	for (unsigned int n = 0; n < JOINED_MAX; n++) {
		uint64_t end = x->offset + x->length;
		struct extent next;

		if (x->kind > EXTENT_RAW || end >= img->info.size ||
		    (x->kind == EXTENT_RAW && x->length >= RUN_MAX) ||
		    img->format->lookup(img, end, &next, NULL) < 0 || next.kind != x->kind ||
		    (x->kind == EXTENT_RAW && (next.in != x->in || next.at != x->at + x->length)))
			return;
		x->length += next.length;
	}
}

int image_lookup(struct image *img, uint64_t offset, struct extent *x, struct err *e)
{
	int r;

	if (offset >= img->info.size)
		return err_set(e, -ERANGE,
			       "%s: the guest's byte %" PRIu64 " is past the disk's end",
			       img->in->name, offset);
	pthread_mutex_lock(&img->lock);
	r = img->format->lookup(img, offset, x, e);
	if (r == 0)
		join(img, x);
	pthread_mutex_unlock(&img->lock);
	if (r < 0)
		return r;
	extent_clip(x, x->offset, img->info.size);
	if (x->kind == EXTENT_HOLE)
		return resolve(img, offset, x, e);
	return check_stored(x, offset, e);
}

int image_stream(struct image *img,
		 int (*emit)(void *ctx, const struct extent *x, const void *data), void *ctx,
		 struct err *e)
{
	return img->format->stream(img, emit, ctx, e);
}

static int extent_read(const struct extent *x, void *data, struct err *e)
{
	_cleanup_free_ void *stored = NULL;
	int r;

	if (x->kind == EXTENT_RAW)
		return input_pread_full(x->in, data, (size_t)x->length, x->at, e);
	if (x->kind == EXTENT_ZERO)
		return extent_unpack(x, NULL, data, e);
	stored = malloc((size_t)x->stored);
	if (!stored)
		return err_sys(e, -ENOMEM, "%s", x->in->name);
	r = input_pread_full(x->in, stored, (size_t)x->stored, x->at, e);
	return r < 0 ? r : extent_unpack(x, stored, data, e);
}

int image_pread(struct image *img, void *data, size_t len, uint64_t offset, struct err *e)
{
	if (offset > img->info.size || len > img->info.size - offset)
		return err_set(e, -ERANGE, "%s: the guest's bytes %" PRIu64 "+%zu are past the end",
			       img->in->name, offset, len);
	while (len > 0) {
		struct extent x;
		int r = image_lookup(img, offset, &x, e);

		if (r < 0)
			return r;
		extent_clip(&x, offset, offset + len);
		r = extent_read(&x, data, e);
		if (r < 0)
			return r;
		data = (char *)data + x.length;
		offset += x.length;
		len -= (size_t)x.length;
	}
	return 0;
}

void image_free(struct image *img)
{
	struct input *in = img ? img->in : NULL;

	if (img)
		image_close(img);
	input_free(in);
}
