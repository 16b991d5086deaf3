/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "export_disk.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "crypto.h"
#include "socle/cleanup.h"

enum { STEP = 256 << 10 };

/* What the encoder wrote to its place, hashed on the way. */
struct placing {
	struct output out;
	int to; /* -1 when it is there already */
	uint64_t at, len;
	EVP_MD_CTX *md;
	char *buffer;
};

static int place(struct output *out, const void *data, size_t len, struct err *e)
{
	struct placing *p = (struct placing *)out;
	int ret = p->to < 0 ? 0 : fs_pwrite(p->to, data, len, p->at + p->len, e);

	if (ret == 0 && !EVP_DigestUpdate(p->md, data, len))
		ret = err_sys(e, -ENOMEM, "SHA-256");
	p->len += len;
	return ret;
}

/* All of a file, from its start. */
static int place_file(struct placing *p, int from, struct err *e)
{
	for (;;) {
		ssize_t n = pread(from, p->buffer, STEP, (off_t)p->len);
		int ret;

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "the encoder's output");
		if (n == 0)
			return 0;
		ret = place(&p->out, p->buffer, (size_t)n, e);
		if (ret < 0)
			return ret;
	}
}

static int digest_begin(struct placing *p, struct err *e)
{
	p->md = EVP_MD_CTX_new();
	p->buffer = malloc(STEP);
	if (!p->buffer || !p->md || !EVP_DigestInit_ex(p->md, EVP_sha256(), NULL))
		return err_sys(e, -ENOMEM, "SHA-256");
	return 0;
}

static void digest_end(struct placing *p, struct export_disk *d)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (EVP_DigestFinal_ex(p->md, sum, &len))
		for (unsigned int i = 0; i < len; i++)
			sprintf(d->sha256 + 2 * i, "%02x", sum[i]);
	d->stored = p->len;
}

static void placing_clear(struct placing *p)
{
	EVP_MD_CTX_free(p->md);
	free(p->buffer);
}

/* Of one disk, as of all of them. */
struct part_progress {
	const struct export_disk *d;
};

static void tell(void *ctx, uint64_t done, uint64_t total, uint64_t read)
{
	const struct export_disk *d = ((struct part_progress *)ctx)->d;

	/* Each disk counts as much as this one: their sizes are not known yet. */
	d->convert->progress(d->convert->ctx, d->number * total + done, d->of * total, read);
}

static int open_folder(const char *path)
{
	_cleanup_free_ char *copy = strdup(path);

	return copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
}

static int open_image(const struct export_disk *d, struct convert_file *f, struct err *e)
{
	f->in = open(d->path, O_RDONLY | O_CLOEXEC);
	if (f->in < 0)
		return err_sys(e, -errno, "%s", d->path);
	/* Without it, only files that belong to the image are not found. */
	f->dir = open_folder(d->path);
	return 0;
}

/* The image to a descriptor, or to whoever takes the bytes. */
static int encode(struct export_disk *d, int out, struct output *taker, struct err *e)
{
	struct part_progress part = { d };
	struct convert_opts o = *d->convert;
	struct convert_file f = { .in = -1,
				  .dir = -1,
				  .out = out,
				  .in_name = d->path,
				  .out_name = d->name,
				  .to = d->format,
				  .taker = taker };
	struct convert_result r = { 0 };
	int ret = open_image(d, &f, e);

	if (o.progress) {
		o.progress = tell;
		o.ctx = &part;
	}
	if (ret == 0)
		ret = convert_file(&f, &o, &r, e);
	d->size = r.size;
	if (f.in >= 0)
		close(f.in);
	if (f.dir >= 0)
		close(f.dir);
	return ret;
}

/* Formats that are written to and fro: as a file of their own, which is read once more. */
static int encode_aside(struct export_disk *d, struct placing *p, int folder, struct err *e)
{
	_cleanup_close_ int fd = folder < 0 ? fcntl(p->to, F_DUPFD_CLOEXEC, 3)
					    : openat(folder, ".", O_RDWR | O_TMPFILE | O_CLOEXEC,
						     0600);
	int ret;

	if (fd < 0)
		return err_sys(e, -errno, "a file to write it to");
	if (folder < 0)
		p->to = -1;
	ret = encode(d, fd, NULL, e);
	return ret < 0 ? ret : place_file(p, fd, e);
}

int export_disk(struct export_disk *d, int fd, uint64_t at, int folder, struct err *e)
{
	struct placing p = { .out = { place }, .to = fd, .at = at };
	int ret = digest_begin(&p, e);

	if (ret == 0)
		ret = strcmp(d->format, "vmdk") == 0 ? encode(d, -1, &p.out, e)
						     : encode_aside(d, &p, folder, e);
	if (ret == 0)
		digest_end(&p, d);
	placing_clear(&p);
	return ret < 0 ? err_wrap(e, "%s", d->name) : 0;
}
