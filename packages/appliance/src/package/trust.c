/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trust.h"

#include <dirent.h>
#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { PEM_SIZE_MAX = 4 << 20 };

struct trust {
	X509_STORE *store;
	size_t n;
};

int crypto_fail(struct err *e, int code, const char *fmt, ...)
{
	unsigned long error = ERR_peek_error();
	const char *reason = error ? ERR_reason_error_string(error) : NULL;
	char text[512];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	ERR_clear_error();
	return err_set(e, code, "%s%s%s", text, reason ? ": " : "", reason ? reason : "");
}

/* Every certificate of a PEM file. */
static int add_file(struct trust *t, const char *path, struct err *e)
{
	struct buf text = BUF_INIT;
	_cleanup_with_(bio) BIO *bio = NULL;
	int ret = fs_read_regular(path, PEM_SIZE_MAX, &text, e);
	X509 *cert;

	if (ret == 0)
		bio = BIO_new_mem_buf(text.s, (int)text.len);
	while (bio && (cert = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		t->n += X509_STORE_add_cert(t->store, cert) == 1;
		X509_free(cert);
	}
	ERR_clear_error(); /* the end of the file is one */
	buf_clear(&text);
	return ret;
}

static int add_folder(struct trust *t, const char *path, DIR *dir, struct err *e)
{
	const struct dirent *entry;
	int ret = 0;

	while (ret == 0 && (entry = readdir(dir))) {
		_cleanup_free_ char *file = NULL;

		if (entry->d_name[0] == '.')
			continue;
		if (asprintf(&file, "%s/%s", path, entry->d_name) < 0)
			return err_sys(e, -ENOMEM, "%s", path);
		ret = add_file(t, file, e);
	}
	return ret;
}

int trust_open(const char *path, struct trust **trust, struct err *e)
{
	struct trust *t = calloc(1, sizeof(*t));
	DIR *dir;
	int ret;

	if (!t || !(t->store = X509_STORE_new())) {
		free(t);
		return err_sys(e, -ENOMEM, "%s", path);
	}
	dir = opendir(path);
	ret = dir ? add_folder(t, path, dir, e) : add_file(t, path, e);
	if (dir)
		closedir(dir);
	if (ret == 0 && !t->n)
		ret = err_set(e, -EINVAL, "%s: there is no certificate (PEM) in it", path);
	/* Any certificate that is there is an anchor, the signer's own, too; dates are told apart.
	 */
	X509_STORE_set_flags(t->store, X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_NO_CHECK_TIME);
	if (ret < 0) {
		trust_free(t);
		return ret;
	}
	*trust = t;
	return 0;
}

void trust_free(struct trust *t)
{
	if (!t)
		return;
	X509_STORE_free(t->store);
	free(t);
}

static void name_text(const X509_NAME *name, char *to, size_t size)
{
	_cleanup_with_(bio) BIO *bio = BIO_new(BIO_s_mem());
	int n;

	*to = '\0';
	if (!bio || X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
		return;
	n = BIO_read(bio, to, (int)size - 1);
	to[n > 0 ? n : 0] = '\0';
	for (char *p = to; *p; p++)
		if ((unsigned char)*p < 0x20 || (unsigned char)*p >= 0x7f)
			*p = '?';
}

static void time_text(const ASN1_TIME *time, char *to, size_t size)
{
	struct tm tm;

	*to = '\0';
	if (ASN1_TIME_to_tm(time, &tm) == 1)
		strftime(to, size, "%Y-%m-%d %H:%M:%S", &tm);
}

static void describe(X509 *cert, struct signature *out)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int n = 0;

	name_text(X509_get_subject_name(cert), out->signer, sizeof(out->signer));
	name_text(X509_get_issuer_name(cert), out->issuer, sizeof(out->issuer));
	time_text(X509_get0_notBefore(cert), out->from, sizeof(out->from));
	time_text(X509_get0_notAfter(cert), out->until, sizeof(out->until));
	if (X509_digest(cert, EVP_sha256(), digest, &n) == 1)
		for (unsigned int i = 0; i < n && i < 32; i++)
			snprintf(out->fingerprint + 2 * i, 3, "%02x", digest[i]);
	out->self_signed = X509_self_signed(cert, 0) == 1;
	out->expired = X509_cmp_current_time(X509_get0_notBefore(cert)) >= 0 ||
		       X509_cmp_current_time(X509_get0_notAfter(cert)) <= 0;
}

void trust_judge(const struct trust *t, X509 *cert, STACK_OF(X509) * chain, struct signature *out)
{
	_cleanup_with_(store_ctx) X509_STORE_CTX *ctx = NULL;

	describe(cert, out);
	snprintf(out->reason, sizeof(out->reason), "no certificates to trust were given");
	if (!t)
		return;
	ctx = X509_STORE_CTX_new();
	if (!ctx || X509_STORE_CTX_init(ctx, t->store, cert, chain) != 1)
		return;
	out->trusted = X509_verify_cert(ctx) == 1;
	snprintf(out->reason, sizeof(out->reason), "%s",
		 out->trusted ? "" : X509_verify_cert_error_string(X509_STORE_CTX_get_error(ctx)));
	ERR_clear_error();
}
