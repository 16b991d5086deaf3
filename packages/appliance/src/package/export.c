/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/export.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/manifest.h"
#include "appliance/signature.h"
#include "export_disk.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/part.h"
#include "tar.h"

/* Sizes that are known at the end only have no more digits than the largest that can be. */
#define LONGEST IMAGE_SIZE_MAX

/* A signature of ECDSA is a few digits longer or shorter each time. */
enum { SIGNATURE_SPARE = 64 };

/* The texts in front of the disks: what is written, in the place that is kept for it. */
struct front {
	char *name;
	struct buf text;
	size_t room;
	uint64_t at; /* byte of its header in an OVA */
};

enum front_part { FRONT_OVF, FRONT_MF, FRONT_CERT, FRONT_PARTS };

struct export
{
	struct model *m;
	const struct export_opts *o;
	const char *out;
	struct part part; /* the OVA, or the folder that is made */
	int above;	  /* the folder that it is made in */
	struct front front[FRONT_PARTS];
	size_t parts;		   /* of front that there are */
	uint64_t at;		   /* end of the OVA so far */
	struct export_disk *disks; /* in the order of the model's files */
	size_t n;
};

/* "web-1.0" of "/srv/web-1.0.ova" or of the folder "/srv/web-1.0/". */
static char *stem(const char *out)
{
	_cleanup_free_ char *copy = strdup(out);
	char *base = copy ? basename(copy) : NULL;
	size_t len = base ? strlen(base) : 0;

	if (len > 4 && strcmp(base + len - 4, ".ova") == 0)
		base[len - 4] = '\0';
	return base ? strdup(base) : NULL;
}

static int name_files(struct export *x, const char *base, struct err *e)
{
	struct model *m = x->m;
	size_t file = 0;

	for (size_t i = 0; i < m->n_disks; i++) {
		struct model_disk *d = &m->disks[i];
		struct model_file *f;
		char *format = strdup(x->o->format);

		if (d->file == MODEL_NONE) {
			free(format);
			continue;
		}
		free(d->format);
		d->format = format;
		d->file = file;
		f = &m->files[file++];
		free(f->id);
		free(f->href);
		*f = (struct model_file){ .size = LONGEST };
		if (!format || asprintf(&f->id, "file%zu", file) < 0)
			f->id = NULL;
		if (asprintf(&f->href, "%s-disk%zu.%s", base, file, x->o->format) < 0)
			f->href = NULL;
		if (!f->id || !f->href)
			return err_sys(e, -ENOMEM, "%s", x->out);
		d->capacity = LONGEST;
		d->populated = MODEL_UNKNOWN;
	}
	return 0;
}

/* Files are those of the disks, made anew: one for each that is not empty. */
static int take_model(struct export *x, size_t n, const char *base, struct err *e)
{
	struct model *m = x->m;
	size_t want = 0;

	for (size_t i = 0; i < m->n_disks; i++)
		want += m->disks[i].file != MODEL_NONE;
	if (n != want)
		return err_set(e, -EINVAL, "the package has %zu disk%s, and %zu image%s given",
			       want, want == 1 ? "" : "s", n, n == 1 ? " is" : "s are");
	for (size_t i = 0; i < m->n_machines; i++)
		for (size_t j = 0; j < m->machines[i].n_drives; j++)
			if (m->machines[i].drives[j].file != MODEL_NONE)
				return err_set(e, -EINVAL,
					       "machine %s: its drive %zu has a medium, which is "
					       "not exported",
					       m->machines[i].name, j + 1);
	for (size_t i = want; i < m->n_files; i++) {
		free(m->files[i].id);
		free(m->files[i].href);
	}
	if (want > m->n_files) {
		struct model_file *more = realloc(m->files, want * sizeof(*more));

		if (!more)
			return err_sys(e, -ENOMEM, "%s", x->out);
		memset(more + m->n_files, 0, (want - m->n_files) * sizeof(*more));
		m->files = more;
	}
	m->n_files = want;
	return name_files(x, base, e);
}

static int descriptor(struct export *x, struct buf *out, struct err *e)
{
	int ret = ovf_write(x->m, x->o->ovf, out, e);

	return ret == 0 && !buf_ok(out) ? err_sys(e, -ENOMEM, "%s", x->out) : ret;
}

/* Lines for the descriptor and each disk; before the digests are known, of the same length. */
static void manifest(struct export *x, struct buf *out)
{
	static const char nothing[] =
		"0000000000000000000000000000000000000000000000000000000000000000";
	char hex[SHA256_HEX];

	sha256_mem(x->front[FRONT_OVF].text.s, x->front[FRONT_OVF].text.len, hex);
	manifest_add(out, x->front[FRONT_OVF].name, hex);
	for (size_t i = 0; i < x->m->n_files; i++)
		manifest_add(out, x->m->files[i].href,
			     *x->disks[i].sha256 ? x->disks[i].sha256 : nothing);
}

static int certificate(struct export *x, const struct buf *mf, struct buf *out, struct err *e)
{
	return signature_sign(mf->s, mf->len, x->front[FRONT_MF].name, x->o->key, x->o->certificate,
			      x->o->passphrase, out, e);
}

/* Keep the room for what stands in front. */
static int reserve(struct export *x, const char *base, struct err *e)
{
	static const char *const suffixes[FRONT_PARTS] = { "ovf", "mf", "cert" };
	struct buf text[FRONT_PARTS] = { BUF_INIT, BUF_INIT, BUF_INIT };
	int ret = 0;

	x->parts = x->o->key ? FRONT_PARTS : FRONT_CERT;
	for (size_t i = 0; i < x->parts; i++)
		if (asprintf(&x->front[i].name, "%s.%s", base, suffixes[i]) < 0) {
			x->front[i].name = NULL;
			return err_sys(e, -ENOMEM, "%s", x->out);
		}
	ret = descriptor(x, &text[FRONT_OVF], e);
	manifest(x, &text[FRONT_MF]);
	if (ret == 0 && x->o->key)
		ret = certificate(x, &text[FRONT_MF], &text[FRONT_CERT], e);
	for (size_t i = 0; i < x->parts; i++) {
		x->front[i].room = text[i].len + (i == FRONT_CERT ? SIGNATURE_SPARE : 0);
		x->front[i].at = x->at;
		x->at += TAR_BLOCK + tar_padded(x->front[i].room);
	}
	for (size_t i = 0; i < FRONT_PARTS; i++)
		buf_clear(&text[i]);
	return ret;
}

static int header_at(struct export *x, const char *name, uint64_t size, uint64_t at, struct err *e)
{
	char block[TAR_BLOCK];
	int ret = tar_header(block, name, size, x->o->date, e);

	return ret < 0 ? ret : fs_pwrite(x->part.fd, block, sizeof(block), at, e);
}

/* Empty lines at its end make a text as long as the place that was kept for it. */
static int pad(struct front *f, struct err *e)
{
	if (f->text.len > f->room)
		return err_set(e, -EOVERFLOW, "%s: is %zu bytes, and %zu were kept for it", f->name,
			       f->text.len, f->room);
	while (f->text.len < f->room && buf_ok(&f->text))
		buf_addc(&f->text, '\n');
	return buf_ok(&f->text) ? 0 : err_sys(e, -ENOMEM, "%s", f->name);
}

static int put_text(struct export *x, const struct front *f, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int ret;

	if (!x->o->folder) {
		ret = header_at(x, f->name, f->text.len, f->at, e);
		return ret < 0 ? ret
			       : fs_pwrite(x->part.fd, f->text.s, f->text.len, f->at + TAR_BLOCK,
					   e);
	}
	fd = openat(x->part.fd, f->name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return err_sys(e, -errno, "%s", f->name);
	ret = fs_pwrite(fd, f->text.s, f->text.len, 0, e);
	if (ret == 0 && fsync(fd) < 0)
		ret = err_sys(e, -errno, "%s", f->name);
	return ret;
}

static int write_front(struct export *x, struct err *e)
{
	struct front *f = x->front;
	int ret = descriptor(x, &f[FRONT_OVF].text, e);

	/* A folder has no places to be kept. */
	if (ret == 0 && !x->o->folder)
		ret = pad(&f[FRONT_OVF], e);
	if (ret == 0)
		manifest(x, &f[FRONT_MF].text);
	if (ret == 0 && x->o->key)
		ret = certificate(x, &f[FRONT_MF].text, &f[FRONT_CERT].text, e);
	if (ret == 0 && x->o->key && !x->o->folder)
		ret = pad(&f[FRONT_CERT], e);
	for (size_t i = 0; ret == 0 && i < x->parts; i++)
		ret = put_text(x, &f[i], e);
	return ret;
}

static int disk_file(const struct export *x, struct export_disk *d, struct err *e)
{
	_cleanup_close_ int fd = openat(x->part.fd, d->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
					0666);
	int ret;

	if (fd < 0)
		return err_sys(e, -errno, "%s", d->name);
	ret = export_disk(d, fd, 0, -1, e);
	return ret == 0 && fsync(fd) < 0 ? err_sys(e, -errno, "%s", d->name) : ret;
}

static int write_disks(struct export *x, const char *const *disks, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < x->n; i++) {
		struct export_disk *d = &x->disks[i];
		uint64_t at = x->at;

		*d = (struct export_disk){ .path = disks[i],
					   .name = x->m->files[i].href,
					   .format = x->o->format,
					   .number = i,
					   .of = x->n,
					   .convert = &x->o->convert };
		if (x->o->folder) {
			ret = disk_file(x, d, e);
			continue;
		}
		ret = export_disk(d, x->part.fd, at + TAR_BLOCK, x->above, e);
		if (ret == 0)
			ret = header_at(x, d->name, d->stored, at, e);
		x->at = at + TAR_BLOCK + tar_padded(d->stored);
	}
	for (size_t i = 0; i < x->m->n_disks; i++) {
		struct model_disk *d = &x->m->disks[i];

		if (d->file == MODEL_NONE)
			continue;
		d->capacity = x->disks[d->file].size;
		x->m->files[d->file].size = x->disks[d->file].stored;
	}
	return ret;
}

/* What is to be made, under another name until it is complete. */
static int begin(struct export *x, struct err *e)
{
	_cleanup_free_ char *copy = strdup(x->out);
	struct stat st;

	x->above = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (x->above < 0)
		return err_sys(e, copy ? -errno : -ENOMEM, "%s: its folder", x->out);
	if (stat(x->out, &st) == 0 && (!x->o->force || !S_ISREG(st.st_mode) || x->o->folder))
		return err_set(e, -EEXIST, "%s: exists already%s", x->out,
			       S_ISREG(st.st_mode) && !x->o->folder ? "; --force replaces it" : "");
	return part_begin(&x->part, x->out, x->o->folder, e);
}

static int finish(struct export *x, struct err *e)
{
	if (!x->o->folder && ftruncate(x->part.fd, (off_t)(x->at + TAR_END)) < 0)
		return err_sys(e, -errno, "%s", x->out);
	return part_commit(&x->part, x->out, e);
}

static void clear(struct export *x)
{
	part_clear(&x->part);
	for (size_t i = 0; i < FRONT_PARTS; i++) {
		free(x->front[i].name);
		buf_clear(&x->front[i].text);
	}
	if (x->above >= 0)
		close(x->above);
	free(x->disks);
}

int export_package(struct model *m, const char *const *disks, size_t n, const char *out,
		   const struct export_opts *o, struct err *e)
{
	struct export x = { .m = m, .o = o, .out = out, .part = PART_INIT, .above = -1, .n = n };
	_cleanup_free_ char *base = stem(out);
	int ret;

	for (size_t i = 0; i < FRONT_PARTS; i++)
		x.front[i].text = BUF_INIT;
	x.disks = calloc(n ? n : 1, sizeof(*x.disks));
	if (!base || !x.disks)
		return err_sys(e, -ENOMEM, "%s", out);
	ret = take_model(&x, n, base, e);
	if (ret == 0)
		ret = reserve(&x, base, e);
	if (ret == 0)
		ret = begin(&x, e);
	if (ret == 0)
		ret = write_disks(&x, disks, e);
	if (ret == 0)
		ret = write_front(&x, e);
	if (ret == 0)
		ret = finish(&x, e);
	clear(&x);
	return ret;
}
