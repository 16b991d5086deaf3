/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/signature.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "descriptor/text.h"
#include "manifest_line.h"
#include "socle/cleanup.h"
#include "trust.h"

enum { CERT_SIZE_MAX = 1 << 20, CHAIN_MAX = 16, SIGNATURE_MAX = 4096 };

/* What a .cert file has. */
struct parts {
	struct signed_line line;
	bool has_line;
	STACK_OF(X509) * certs; /* the signer's first */
	CMS_ContentInfo *cms;
};

static void cleanup_parts(struct parts *p)
{
	sk_X509_pop_free(p->certs, X509_free);
	CMS_ContentInfo_free(p->cms);
}

static const EVP_MD *digest_of(enum manifest_hash hash)
{
	return hash == MANIFEST_SHA1	 ? EVP_sha1()
	       : hash == MANIFEST_SHA256 ? EVP_sha256()
					 : EVP_sha512();
}

/* The first line, unless the file begins with PEM. */
static int read_first_line(const char *text, size_t len, struct parts *p, struct err *e)
{
	const char *end;

	while (len && strchr(" \t\r\n", *text)) {
		text++;
		len--;
	}
	if (len >= 5 && memcmp(text, "-----", 5) == 0)
		return 0;
	end = memchr(text, '\n', len);
	p->has_line = true;
	return signed_line_parse(text, end ? (size_t)(end - text) : len, &p->line, e);
}

static int read_block(const char *type, const unsigned char *data, long len, struct parts *p,
		      struct err *e)
{
	X509 *cert;

	if (strcmp(type, PEM_STRING_X509) == 0 || strcmp(type, PEM_STRING_X509_OLD) == 0 ||
	    strcmp(type, PEM_STRING_X509_TRUSTED) == 0) {
		cert = d2i_X509(NULL, &data, len);
		if (!cert || sk_X509_num(p->certs) >= CHAIN_MAX ||
		    sk_X509_push(p->certs, cert) <= 0) {
			X509_free(cert);
			return crypto_fail(e, -EINVAL, "a certificate that cannot be read");
		}
	} else if (strcmp(type, PEM_STRING_CMS) == 0 || strcmp(type, PEM_STRING_PKCS7) == 0 ||
		   strcmp(type, PEM_STRING_PKCS7_SIGNED) == 0) {
		CMS_ContentInfo_free(p->cms);
		p->cms = d2i_CMS_ContentInfo(NULL, &data, len);
		if (!p->cms)
			return crypto_fail(e, -EINVAL, "a CMS signature that cannot be read");
	}
	return 0;
}

static int read_blocks(const char *text, size_t len, struct parts *p, struct err *e)
{
	_cleanup_with_(bio) BIO *bio = BIO_new_mem_buf(text, (int)len);
	int ret = 0;

	p->certs = sk_X509_new_null();
	if (!bio || !p->certs)
		return err_sys(e, -ENOMEM, "certificate");
	while (ret == 0) {
		char *type = NULL, *header = NULL;
		unsigned char *data = NULL;
		long n;

		if (PEM_read_bio(bio, &type, &header, &data, &n) != 1)
			break;
		ret = read_block(type, data, n, p, e);
		OPENSSL_free(type);
		OPENSSL_free(header);
		OPENSSL_free(data);
	}
	ERR_clear_error(); /* the end of the file is one */
	return ret;
}

static int read_parts(const char *cert, size_t len, struct parts *p, struct err *e)
{
	int ret;

	if (len > CERT_SIZE_MAX)
		return err_set(e, -EFBIG, "more than %d bytes", CERT_SIZE_MAX);
	ret = read_first_line(cert, len, p, e);
	if (ret == 0)
		ret = read_blocks(cert, len, p, e);
	if (ret == 0 && p->has_line && !sk_X509_num(p->certs))
		ret = err_set(e, -EINVAL, "there is no certificate in it");
	if (ret == 0 && !p->has_line && !p->cms)
		ret = err_set(e, -EINVAL, "there is no signature in it");
	return ret;
}

static unsigned int digit(char c)
{
	return c <= '9' ? (unsigned int)(c - '0') : ((unsigned int)c | 0x20) - 'a' + 10;
}

static int verify_line(const struct parts *p, const char *text, size_t len, const char *file,
		       struct err *e)
{
	_cleanup_with_(md) EVP_MD_CTX *md = EVP_MD_CTX_new();
	EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(p->certs, 0));
	unsigned char sig[SIGNATURE_MAX];
	size_t n = p->line.hex_len / 2;

	if (strlen(file) != p->line.name_len || memcmp(file, p->line.name, p->line.name_len) != 0)
		return err_set(e, -EINVAL, "signs %.*s, not %s", (int)p->line.name_len,
			       p->line.name, file);
	if (n > sizeof(sig) || p->line.hex_len % 2 || !n)
		return err_set(e, -EINVAL, "a signature of %zu digits", p->line.hex_len);
	for (size_t i = 0; i < n; i++)
		sig[i] = (unsigned char)(digit(p->line.hex[2 * i]) << 4 |
					 digit(p->line.hex[2 * i + 1]));
	if (!md || !key)
		return crypto_fail(e, -EINVAL, "the certificate's key cannot be used");
	if (EVP_DigestVerifyInit(md, NULL, digest_of(p->line.hash), NULL, key) != 1)
		return crypto_fail(e, -EINVAL, "the certificate's key cannot be used");
	if (EVP_DigestVerify(md, sig, n, (const unsigned char *)text, len) == 1)
		return 0;
	ERR_clear_error();
	return err_set(e, -EBADMSG, "the signature is not that of %s: one of them was altered",
		       file);
}

static enum manifest_hash hash_of_cms(CMS_ContentInfo *cms)
{
	STACK_OF(CMS_SignerInfo) *infos = CMS_get0_SignerInfos(cms);
	X509_ALGOR *algorithm = NULL;
	int nid;

	if (sk_CMS_SignerInfo_num(infos) < 1)
		return MANIFEST_SHA1;
	CMS_SignerInfo_get0_algs(sk_CMS_SignerInfo_value(infos, 0), NULL, NULL, &algorithm, NULL);
	nid = algorithm ? OBJ_obj2nid(algorithm->algorithm) : NID_undef;
	return nid == NID_sha512   ? MANIFEST_SHA512
	       : nid == NID_sha256 ? MANIFEST_SHA256
				   : MANIFEST_SHA1;
}

/* The signature itself; the certificates are judged as those of a line are. */
static int verify_cms(const struct parts *p, const char *text, size_t len, const char *file,
		      const struct trust *trust, struct signature *out, struct err *e)
{
	_cleanup_with_(bio) BIO *content = BIO_new_mem_buf(text, (int)len);
	_cleanup_with_(certs) STACK_OF(X509) *own = NULL;
	STACK_OF(X509) * signers;

	if (!content)
		return err_sys(e, -ENOMEM, "CMS");
	if (OBJ_obj2nid(CMS_get0_type(p->cms)) != NID_pkcs7_signed)
		return err_set(e, -EINVAL, "the CMS is no signature");
	if (CMS_verify(p->cms, p->certs, NULL, content, NULL,
		       CMS_DETACHED | CMS_BINARY | CMS_NO_SIGNER_CERT_VERIFY) != 1)
		return crypto_fail(e, -EBADMSG, "the signature is not that of %s", file);
	signers = CMS_get0_signers(p->cms);
	own = CMS_get1_certs(p->cms);
	if (signers && sk_X509_num(signers) > 0 && !p->has_line) {
		trust_judge(trust, sk_X509_value(signers, 0), own ? own : p->certs, out);
		out->hash = hash_of_cms(p->cms);
	}
	sk_X509_free(signers);
	return 0;
}

int signature_verify(const char *cert, size_t len, const char *file, const struct trust *trust,
		     const char *manifest, size_t manifest_len, const char *manifest_file,
		     struct signature *out, struct err *e)
{
	__attribute__((cleanup(cleanup_parts))) struct parts p = { 0 };
	int ret = read_parts(cert, len, &p, e);

	*out = (struct signature){ 0 };
	if (ret == 0 && manifest_len > INT32_MAX)
		ret = err_set(e, -EFBIG, "%s is too large", manifest_file);
	if (ret == 0 && p.has_line)
		ret = verify_line(&p, manifest, manifest_len, manifest_file, e);
	if (ret == 0 && p.has_line) {
		trust_judge(trust, sk_X509_value(p.certs, 0), p.certs, out);
		out->hash = p.line.hash;
	}
	if (ret == 0 && p.cms)
		ret = verify_cms(&p, manifest, manifest_len, manifest_file, trust, out, e);
	if (ret < 0)
		err_wrap(e, "%s", file);
	if (ret < 0 && e)
		text_clean(e->text);
	return ret;
}

/* No terminal is asked for a passphrase. */
static int passphrase_of(char *to, int size, int writing, void *ctx)
{
	const char *passphrase = ctx;
	size_t n = passphrase ? strlen(passphrase) : 0;

	(void)writing;
	if (!n || n > (size_t)size)
		return -1;
	memcpy(to, passphrase, n);
	return (int)n;
}

static EVP_PKEY *read_key(const char *pem, const char *passphrase, struct err *e)
{
	_cleanup_with_(bio) BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key;

	key = bio ? PEM_read_bio_PrivateKey(bio, NULL, passphrase_of, (void *)passphrase) : NULL;
	if (!key)
		crypto_fail(e, -EINVAL,
			    passphrase ? "the key cannot be read"
				       : "the key cannot be read (has it a passphrase?)");
	return key;
}

static STACK_OF(X509) * read_chain(const char *pem, struct err *e)
{
	struct parts p = { 0 };

	if (read_blocks(pem, strlen(pem), &p, e) == 0 && sk_X509_num(p.certs) > 0) {
		CMS_ContentInfo_free(p.cms);
		return p.certs;
	}
	cleanup_parts(&p);
	err_set(e, -EINVAL, "there is no certificate (PEM)");
	return NULL;
}

static int add_signature(EVP_PKEY *key, const char *text, size_t len, struct buf *out,
			 struct err *e)
{
	_cleanup_with_(md) EVP_MD_CTX *md = EVP_MD_CTX_new();
	unsigned char sig[SIGNATURE_MAX];
	size_t n = sizeof(sig);

	if (!md || EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) != 1 ||
	    EVP_DigestSign(md, sig, &n, (const unsigned char *)text, len) != 1)
		return crypto_fail(e, -EINVAL, "the key cannot sign");
	for (size_t i = 0; i < n; i++)
		buf_addf(out, "%02x", sig[i]);
	buf_addc(out, '\n');
	return 0;
}

static int add_chain(const STACK_OF(X509) * chain, struct buf *out, struct err *e)
{
	_cleanup_with_(bio) BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n;

	for (int i = 0; bio && i < sk_X509_num(chain); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(chain, i)) != 1)
			return crypto_fail(e, -ENOMEM, "certificate");
	n = bio ? BIO_get_mem_data(bio, &text) : 0;
	if (n <= 0)
		return err_sys(e, -ENOMEM, "certificate");
	buf_add(out, text, (size_t)n);
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "certificate");
}

int signature_sign(const char *manifest, size_t manifest_len, const char *manifest_file,
		   const char *key, const char *certificate, const char *passphrase,
		   struct buf *out, struct err *e)
{
	_cleanup_with_(pkey) EVP_PKEY *pkey = read_key(key, passphrase, e);
	_cleanup_with_(certs) STACK_OF(X509) *chain = NULL;
	int ret;

	if (!pkey)
		return -EINVAL;
	chain = read_chain(certificate, e);
	if (!chain)
		return -EINVAL;
	if (X509_check_private_key(sk_X509_value(chain, 0), pkey) != 1)
		return crypto_fail(e, -EINVAL, "the certificate is not that of the key");
	buf_addf(out, "SHA256(%s)= ", manifest_file);
	ret = add_signature(pkey, manifest, manifest_len, out, e);
	return ret < 0 ? ret : add_chain(chain, out, e);
}
