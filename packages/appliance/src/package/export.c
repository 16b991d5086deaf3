/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/export.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/manifest.h"
#include "appliance/signature.h"
#include "socle/buf.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum {
	BLOCK = 512,
	NAME_MAX_LEN = 99,   /* of a member: what the oldest header holds */
	LEVEL = 6,	     /* what zlib takes for usual */
	LINE_ROOM = 64,	     /* of an attribute with a size, in the descriptor */
	OCTAL_BITS = 3 * 11, /* of a size that fits the header's digits */
};

/* The header of a member (POSIX.1-1988 ustar, in GNU's manner for sizes of 8 GiB and more). */
struct tar_header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8], type;
	char link[100], magic[6], version[2], user[32], group[32], major[8], minor[8];
	char prefix[155], pad[12];
} __attribute__((packed));

_Static_assert(sizeof(struct tar_header) == BLOCK, "a header is a block");

struct writer {
	struct output out; /* what the encoder writes to */
	int fd;
	uint64_t at; /* bytes of the package so far */
	EVP_MD_CTX *md;
	const struct export_opts *o;
	struct buf manifest;
};

static int add(struct output *out, const void *data, size_t len, struct err *e)
{
	struct writer *w = (struct writer *)out;
	int ret = fs_pwrite(w->fd, data, len, w->at, e);

	if (ret == 0 && EVP_DigestUpdate(w->md, data, len) != 1)
		ret = err_sys(e, -ENOMEM, "digest");
	w->at += len;
	return ret;
}

static void put_size(struct tar_header *h, uint64_t size)
{
	if (!(size >> OCTAL_BITS)) {
		snprintf(h->size, sizeof(h->size), "%011llo", (unsigned long long)size);
		return;
	}
	h->size[0] = (char)0x80;
	for (size_t i = sizeof(h->size); i > 1; i--, size >>= 8)
		h->size[i - 1] = (char)size;
}

static int put_header(struct writer *w, const char *name, uint64_t at, uint64_t size, struct err *e)
{
	struct tar_header h = { .mode = "0000644",
				.uid = "0000000",
				.gid = "0000000",
				.type = '0',
				.magic = "ustar",
				.version = { '0', '0' } };
	const unsigned char *byte = (const unsigned char *)&h;
	unsigned int sum = 0;

	if (strlen(name) > NAME_MAX_LEN)
		return err_set(e, -ENAMETOOLONG, "%s: a name of more than %d bytes", name,
			       NAME_MAX_LEN);
	strcpy(h.name, name);
	put_size(&h, size);
	snprintf(h.mtime, sizeof(h.mtime), "%011llo", (unsigned long long)w->o->epoch);
	memset(h.checksum, ' ', sizeof(h.checksum));
	for (size_t i = 0; i < sizeof(h); i++)
		sum += byte[i];
	snprintf(h.checksum, sizeof(h.checksum), "%06o", sum);
	return fs_pwrite(w->fd, &h, sizeof(h), at, e);
}

/* A member begins: room for its header; what is added from now on is hashed. */
static int member_begin(struct writer *w, struct err *e)
{
	w->at += BLOCK;
	return EVP_DigestInit_ex(w->md, EVP_sha256(), NULL) == 1 ? 0
								 : err_sys(e, -ENOMEM, "digest");
}

/* It began at "start" and ends here; listed: in the manifest. */
static int member_end(struct writer *w, const char *name, uint64_t start, bool listed,
		      struct err *e)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[SHA256_HEX];
	int ret = put_header(w, name, start, w->at - start - BLOCK, e);

	w->at = (w->at + BLOCK - 1) / BLOCK * BLOCK;
	if (ret < 0 || !listed)
		return ret;
	if (EVP_DigestFinal_ex(w->md, sum, NULL) != 1)
		return err_sys(e, -ENOMEM, "digest");
	for (size_t i = 0; i < (SHA256_HEX - 1) / 2; i++)
		snprintf(hex + 2 * i, 3, "%02x", sum[i]);
	manifest_add(&w->manifest, name, hex);
	return 0;
}

static int member(struct writer *w, const char *name, const struct buf *text, bool listed,
		  struct err *e)
{
	uint64_t start = w->at;
	int ret = buf_ok(text) ? member_begin(w, e) : err_sys(e, -ENOMEM, "%s", name);

	if (ret == 0)
		ret = add(&w->out, text->s, text->len, e);
	return ret < 0 ? ret : member_end(w, name, start, listed, e);
}

/* One file a disk, named after the package. */
static int name_files(struct model *m, const char *stem, struct err *e)
{
	if (m->n_files != 0)
		return err_set(e, -EINVAL, "a model that has files already");
	for (size_t i = 0; i < m->n_disks; i++) {
		struct model_file *f = model_add_file(m, e);
		char text[NAME_MAX_LEN + 32];
		int ret = f ? 0 : -ENOMEM;

		snprintf(text, sizeof(text), "file%zu", i + 1);
		if (ret == 0)
			ret = model_set_line(&f->id, text, e);
		snprintf(text, sizeof(text), "%s-disk%zu.vmdk", stem, i + 1);
		if (ret == 0)
			ret = model_set_line(&f->href, text, e);
		if (ret == 0)
			ret = model_set_line(&m->disks[i].format, "vmdk", e);
		if (ret < 0)
			return ret;
		m->disks[i].file = i;
	}
	return 0;
}

static int write_disks(struct writer *w, struct model *m, struct image *const *images,
		       struct err *e)
{
	for (size_t i = 0; i < m->n_disks; i++) {
		uint64_t start = w->at;
		int ret = member_begin(w, e);

		m->disks[i].capacity = images[i]->info.size;
		if (ret == 0)
			ret = convert_vmdk(images[i], &w->out, w->o->level ? w->o->level : LEVEL,
					   &w->o->convert, &m->files[i].size, e);
		if (ret == 0)
			ret = member_end(w, m->files[i].href, start, true, e);
		if (ret < 0)
			return ret;
	}
	return 0;
}

/*
 * The descriptor, as long as was left for it: white space may follow its root element.  Its
 * line of the manifest is the first.
 */
static int write_descriptor(struct writer *w, const struct model *m, const char *name, size_t room,
			    struct err *e)
{
	struct buf text = BUF_INIT, rest = w->manifest;
	uint64_t end = w->at;
	int ret = ovf_write(m, w->o->version ? w->o->version : "1.1", &text, e);

	while (ret == 0 && text.len < room)
		buf_addc(&text, text.len + 1 < room ? ' ' : '\n');
	if (ret == 0 && text.len != room)
		ret = err_set(e, -EFBIG, "%s: %zu bytes, room for %zu", name, text.len, room);
	w->manifest = BUF_INIT;
	w->at = 0;
	if (ret == 0)
		ret = member(w, name, &text, true, e);
	buf_add(&w->manifest, rest.s, rest.len);
	w->at = end;
	buf_clear(&text);
	buf_clear(&rest);
	return ret;
}

static int write_manifest(struct writer *w, const char *stem, struct err *e)
{
	struct buf cert = BUF_INIT;
	char name[NAME_MAX_LEN + 8];
	int ret;

	snprintf(name, sizeof(name), "%s.mf", stem);
	ret = member(w, name, &w->manifest, false, e);
	if (ret == 0 && w->o->key)
		ret = signature_sign(w->manifest.s, w->manifest.len, name, w->o->key, w->o->cert,
				     w->o->passphrase, &cert, e);
	snprintf(name, sizeof(name), "%s.cert", stem);
	if (ret == 0 && w->o->key)
		ret = member(w, name, &cert, false, e);
	buf_clear(&cert);
	return ret;
}

static int write_package(struct writer *w, struct model *m, struct image *const *images,
			 const char *stem, struct err *e)
{
	struct buf draft = BUF_INIT;
	char name[NAME_MAX_LEN + 8];
	size_t room;
	int ret = ovf_write(m, w->o->version ? w->o->version : "1.1", &draft, e);

	room = draft.len + (m->n_files + m->n_disks) * LINE_ROOM;
	room = (room + BLOCK - 1) / BLOCK * BLOCK;
	buf_clear(&draft);
	w->at = BLOCK + room;
	if (ret == 0)
		ret = write_disks(w, m, images, e);
	snprintf(name, sizeof(name), "%s.ovf", stem);
	if (ret == 0)
		ret = write_descriptor(w, m, name, room, e);
	if (ret == 0)
		ret = write_manifest(w, stem, e);
	/* Two blocks of zeros are the end. */
	if (ret == 0 && ftruncate(w->fd, (off_t)(w->at + 2 * BLOCK)) < 0)
		ret = err_sys(e, -errno, "end");
	if (ret == 0 && fsync(w->fd) < 0)
		ret = err_sys(e, -errno, "flush");
	return ret;
}

/* "web-1.0" of "/srv/web-1.0.ova". */
static char *stem_of(const char *path)
{
	const char *name = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
	const char *dot = strrchr(name, '.');

	return strndup(name, dot && dot > name ? (size_t)(dot - name) : strlen(name));
}

int export_ova(struct model *m, struct image *const *images, const char *path,
	       const struct export_opts *o, struct err *e)
{
	_cleanup_free_ char *stem = stem_of(path), *part = NULL;
	struct writer w = {
		.out = { add }, .o = o, .md = EVP_MD_CTX_new(), .manifest = BUF_INIT, .fd = -1
	};
	int ret = 0;

	if (!stem || !w.md || asprintf(&part, "%s.part", path) < 0)
		ret = err_sys(e, -ENOMEM, "%s", path);
	else if (!*stem || strlen(stem) > NAME_MAX_LEN - 16)
		ret = err_set(e, -EINVAL, "%s: a name that a package cannot have", path);
	if (ret == 0)
		ret = name_files(m, stem, e);
	if (ret == 0) {
		w.fd = open(part, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
		ret = w.fd < 0 ? err_sys(e, -errno, "%s", part)
			       : write_package(&w, m, images, stem, e);
		if (ret == 0 && rename(part, path) < 0)
			ret = err_sys(e, -errno, "%s", path);
		if (ret < 0 && w.fd >= 0)
			unlink(part);
	}
	if (w.fd >= 0)
		close(w.fd);
	EVP_MD_CTX_free(w.md);
	buf_clear(&w.manifest);
	return ret < 0 ? err_wrap(e, "export %s", path) : 0;
}
