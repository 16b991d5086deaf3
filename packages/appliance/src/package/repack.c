/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/repack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/manifest.h"
#include "crypto.h"
#include "look.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { STEP = 1 << 20 };

/* The child's work. */
struct job {
	struct look *l;
	struct package *p;
	struct err *e;
	char *descriptor, *stem; /* "x.ovf", "x" */
	struct buf manifest, cert;
	struct manifest *old; /* the package's own, which holds */
	struct archive *a;
	char *data; /* STEP bytes */
};

/* The name of a file, or of its chunk. */
static char *part_name(const struct model_file *f, uint64_t chunk)
{
	char *name;

	if (!f->chunk)
		return strdup(f->href);
	return asprintf(&name, "%s.%09" PRIu64, f->href, chunk) < 0 ? NULL : name;
}

/* The SHA-256 of some bytes of a file. */
static int sum(struct job *j, struct input *in, uint64_t at, uint64_t size, char hex[SHA256_HEX])
{
	_cleanup_with_(md) EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char digest[EVP_MAX_MD_SIZE];

	if (!md || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		return err_sys(j->e, -ENOMEM, "SHA-256");
	for (uint64_t done = 0; done < size;) {
		size_t n = size - done < STEP ? (size_t)(size - done) : STEP;
		int r = input_pread_full(in, j->data, n, at + done, j->e);

		if (r < 0)
			return r;
		EVP_DigestUpdate(md, j->data, n);
		done += n;
	}
	EVP_DigestFinal_ex(md, digest, NULL);
	for (size_t i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", digest[i]);
	return 0;
}

/* What was verified a moment ago need not be computed again. */
static int add_sum(struct job *j, struct input *in, const char *name, uint64_t at, uint64_t size)
{
	const struct manifest_line *line = j->old ? manifest_find(j->old, name) : NULL;
	char hex[SHA256_HEX];
	int r = 0;

	if (line && line->hash == MANIFEST_SHA256)
		memcpy(hex, line->hex, SHA256_HEX);
	else
		r = sum(j, in, at, size, hex);
	if (r == 0)
		manifest_add(&j->manifest, name, hex);
	return r;
}

/* All of the package is read once, so that its own manifest is checked. */
static int verify(struct job *j)
{
	const struct package_policy policy = { .allow_unverified = true };
	_cleanup_json_ json_t *verdict = NULL;
	struct package_text mf;
	struct package_part part;
	int r;

	while ((r = package_next(j->p, &part, j->e)) > 0)
		;
	if (r == 0)
		r = package_find_model(j->p, j->e);
	if (r == 0)
		r = package_check(j->p, &policy, &verdict, j->e);
	mf = package_manifest(j->p);
	if (r == 0 && *mf.name)
		r = manifest_read(mf.text, mf.len, mf.name, &j->old, j->e);
	return r;
}

/* Each piece of a file: all of it, or its chunks. */
static int each_piece(struct job *j, size_t file,
		      int (*piece)(struct job *j, struct input *in, const char *name, uint64_t at,
				   uint64_t size))
{
	const struct model_file *f = &package_model(j->p)->files[file];
	struct input *in;
	int r = package_open_file(j->p, file, &in, j->e);
	uint64_t at = 0;

	if (r < 0)
		return r;
	do {
		_cleanup_free_ char *name = part_name(f, f->chunk ? at / f->chunk : 0);
		uint64_t left = in->size - at;
		uint64_t n = f->chunk && left > f->chunk ? f->chunk : left;

		r = name ? piece(j, in, name, at, n) : err_sys(j->e, -ENOMEM, "%s", f->href);
		at += n;
	} while (r == 0 && at < in->size);
	input_free(in);
	return r;
}

static int make_manifest(struct job *j)
{
	struct package_text ovf = package_descriptor(j->p);
	char hex[SHA256_HEX];
	int r = 0;

	sha256_mem(ovf.text, ovf.len, hex);
	manifest_add(&j->manifest, j->descriptor, hex);
	for (size_t i = 0; r == 0 && i < package_model(j->p)->n_files; i++)
		r = each_piece(j, i, add_sum);
	return r == 0 && !buf_ok(&j->manifest) ? err_sys(j->e, -ENOMEM, "manifest") : r;
}

/* The key stays with the parent. */
static int ask_signature(struct job *j)
{
	_cleanup_json_ json_t *answer = NULL;
	_cleanup_free_ char *name = NULL;
	const char *cert = "";
	int r;

	if (asprintf(&name, "%s.mf", j->stem) < 0)
		return err_sys(j->e, -ENOMEM, "manifest");
	r = look_ask(j->l,
		     json_pack("{s:s, s:s, s:s}", "type", "sign", "manifest", j->manifest.s, "file",
			       name),
		     &answer, j->e);
	if (r < 0)
		return r;
	if (json_unpack(answer, "{s:s}", "cert", &cert) < 0)
		return err_set(j->e, -EPROTO, "no signature came");
	buf_adds(&j->cert, cert);
	return buf_ok(&j->cert) ? 0 : err_sys(j->e, -ENOMEM, "signature");
}

static int failed(struct job *j, const char *name)
{
	return err_set(j->e, -EIO, "%s: %s", name, archive_error_string(j->a));
}

/* The same header for the same file, whoever packs it. */
static int add_header(struct job *j, const char *name, uint64_t size)
{
	struct archive_entry *entry = archive_entry_new();
	int r;

	if (!entry)
		return err_sys(j->e, -ENOMEM, "%s", name);
	archive_entry_set_pathname(entry, name);
	archive_entry_set_size(entry, (la_int64_t)size);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0644);
	archive_entry_set_mtime(entry, 0, 0);
	r = archive_write_header(j->a, entry);
	archive_entry_free(entry);
	return r == ARCHIVE_OK ? 0 : failed(j, name);
}

static int add_text(struct job *j, const char *suffix, const char *text, size_t len)
{
	_cleanup_free_ char *name = NULL;
	int r;

	if (!len)
		return 0;
	if (asprintf(&name, "%s%s", *suffix ? j->stem : j->descriptor, suffix) < 0)
		return err_sys(j->e, -ENOMEM, "%s", suffix);
	r = add_header(j, name, len);
	if (r == 0 && archive_write_data(j->a, text, len) != (la_ssize_t)len)
		r = failed(j, name);
	return r;
}

static int add_bytes(struct job *j, struct input *in, const char *name, uint64_t at, uint64_t size)
{
	int r = add_header(j, name, size);

	for (uint64_t done = 0; r == 0 && done < size;) {
		size_t n = size - done < STEP ? (size_t)(size - done) : STEP;

		r = input_pread_full(in, j->data, n, at + done, j->e);
		if (r == 0 && archive_write_data(j->a, j->data, n) != (la_ssize_t)n)
			r = failed(j, name);
		done += n;
	}
	return r;
}

static int write_archive(struct job *j)
{
	struct package_text ovf = package_descriptor(j->p);
	int r;

	j->a = archive_write_new();
	if (!j->a || archive_write_set_format_gnutar(j->a) != ARCHIVE_OK ||
	    archive_write_open_fd(j->a, j->l->out) != ARCHIVE_OK)
		return err_sys(j->e, -ENOMEM, "tar");
	r = add_text(j, "", ovf.text, ovf.len);
	if (r == 0)
		r = add_text(j, ".mf", j->manifest.s, j->manifest.len);
	if (r == 0)
		r = add_text(j, ".cert", j->cert.s, j->cert.len);
	for (size_t i = 0; r == 0 && i < package_model(j->p)->n_files; i++)
		r = each_piece(j, i, add_bytes);
	return r == 0 && archive_write_close(j->a) != ARCHIVE_OK ? failed(j, "tar") : r;
}

static int prepare(struct job *j)
{
	const struct model *m = package_model(j->p);
	const char *name = package_descriptor(j->p).name, *slash = strrchr(name, '/');
	char *dot;

	if (m->kind != MODEL_OVF)
		return err_set(j->e, -EINVAL, "%s: not an OVF package", j->l->source.name);
	if (!package_random(j->p))
		return err_set(j->e, -ENOTSUP, "%s: it must be a file that is not compressed",
			       j->l->source.name);
	j->descriptor = strdup(slash ? slash + 1 : name);
	j->stem = j->descriptor ? strdup(j->descriptor) : NULL;
	j->data = malloc(STEP);
	if (!j->stem || !j->data)
		return err_sys(j->e, -ENOMEM, "package");
	dot = strrchr(j->stem, '.');
	if (dot && dot > j->stem)
		*dot = '\0';
	return 0;
}

static void clear(struct job *j)
{
	manifest_free(j->old);
	free(j->data);
	free(j->stem);
	free(j->descriptor);
	buf_clear(&j->manifest);
	buf_clear(&j->cert);
	archive_write_free(j->a);
}

static int work(struct look *l, struct package *p, struct err *e)
{
	struct job j = { .l = l, .p = p, .e = e, .manifest = BUF_INIT, .cert = BUF_INIT };
	int r = verify(&j);

	if (r == 0)
		r = prepare(&j);
	if (r == 0)
		r = make_manifest(&j);
	if (r == 0)
		r = ask_signature(&j);
	if (r == 0)
		r = write_archive(&j);
	clear(&j);
	return r == 0 ? look_report(l, json_object(), e) : r;
}

static json_t *sign(struct look *l, const json_t *question, struct err *e)
{
	const struct repack_signer *s = l->ctx;
	struct buf cert = BUF_INIT;
	const char *manifest, *file;
	json_t *answer = NULL;

	if (json_unpack((json_t *)question, "{s:s, s:s}", "manifest", &manifest, "file", &file) < 0)
		err_set(e, -EPROTO, "the decoder asks for what there is not");
	else if (!s || signature_sign(manifest, strlen(manifest), file, s->key, s->certificate,
				      s->passphrase, &cert, e) == 0)
		answer = json_pack("{s:s}", "cert", cert.s);
	buf_clear(&cert);
	return answer;
}

/* A file without a name, in the folder of "out": nothing is left of it when it gets none. */
static int open_out(const char *out, struct err *e)
{
	_cleanup_free_ char *copy = NULL;
	int fd;

	if (access(out, F_OK) == 0)
		return err_set(e, -EEXIST, "%s: exists already", out);
	copy = strdup(out);
	if (!copy)
		return err_sys(e, -ENOMEM, "%s", out);
	fd = open(dirname(copy), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0644);
	return fd >= 0 ? fd : err_sys(e, -errno, "%s", out);
}

static int name_it(int fd, const char *out, struct err *e)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fsync(fd) < 0 || linkat(AT_FDCWD, path, AT_FDCWD, out, AT_SYMLINK_FOLLOW) < 0)
		return err_sys(e, -errno, "%s", out);
	return 0;
}

int repack(const char *what, const char *out, const struct repack_signer *signer, struct err *e)
{
	_cleanup_json_ json_t *report = NULL;
	_cleanup_close_ int fd = open_out(out, e);
	struct look l = {
		.what = what, .out = fd, .work = work, .answer = sign, .ctx = (void *)signer
	};
	int r = fd < 0 ? fd : look_run(&l, &report, e);

	return r == 0 ? name_it(fd, out, e) : r;
}
