/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/signature.h"

#include <openssl/cms.h>

#include "../../libsocle/tests/test.h"
#include "certificate.h"
#include "socle/fs.h"

#define MF "SHA256(x.ovf)= 4aacc96f73bc1e0912414b80a576f62fa8d22386a2c34c489e88ee42ec71de9b\n"

static struct err e;
static EVP_PKEY *authority_key, *vendor_key;
static X509 *authority, *vendor, *lapsed, *self;

static void save(const char *path, X509 *cert)
{
	char *text = pem(cert, NULL, NULL);

	assert_int_equal(fs_write(path, text, strlen(text), 0644, &e), 0);
	free(text);
}

static int make_keys(void **state)
{
	int ret = enter_folder(state);

	authority_key = EVP_RSA_gen(2048);
	vendor_key = EVP_RSA_gen(2048);
	authority = certify("Authority", authority_key, NULL, authority_key, 30);
	vendor = certify("Vendor", vendor_key, authority, authority_key, 30);
	lapsed = certify("Lapsed", vendor_key, authority, authority_key, 0);
	self = certify("Self", vendor_key, NULL, vendor_key, 30);
	save("authority.pem", authority);
	save("self.pem", self);
	return ret;
}

static int drop_keys(void **state)
{
	EVP_PKEY_free(authority_key);
	EVP_PKEY_free(vendor_key);
	X509_free(authority);
	X509_free(vendor);
	X509_free(lapsed);
	X509_free(self);
	return leave_folder(state);
}

/* Sign MF as x.mf with the vendor's key and a certificate of it. */
static struct buf sign(X509 *cert)
{
	struct buf out = BUF_INIT;
	char *key = pem(NULL, vendor_key, NULL), *text = pem(cert, NULL, NULL);

	e = (struct err){ 0 };
	assert_int_equal(signature_sign(MF, strlen(MF), "x.mf", key, text, NULL, &out, &e), 0);
	free(key);
	free(text);
	return out;
}

static struct signature verify(const struct buf *cert, const char *trusted)
{
	struct trust *t = NULL;
	struct signature s;

	if (trusted)
		assert_int_equal(trust_open(trusted, &t, &e), 0);
	assert_int_equal(
		signature_verify(cert->s, cert->len, "x.cert", t, MF, strlen(MF), "x.mf", &s, &e),
		0);
	trust_free(t);
	return s;
}

static void who_signed_is_told_and_trusted_only_by_those_given(void **state)
{
	struct buf cert = sign(vendor);
	struct signature s = verify(&cert, NULL);

	(void)state;
	assert_memory_equal(cert.s, "SHA256(x.mf)= ", 14);
	assert_string_equal(s.signer, "CN=Vendor");
	assert_string_equal(s.issuer, "CN=Authority");
	assert_int_equal(s.hash, MANIFEST_SHA256);
	assert_false(s.trusted || s.expired || s.self_signed);
	s = verify(&cert, "authority.pem");
	assert_true(s.trusted);
	assert_string_equal(s.reason, "");
	s = verify(&cert, "self.pem");
	assert_false(s.trusted);
	assert_string_equal(s.reason, "unable to get local issuer certificate");
	buf_clear(&cert);
}

static void one_who_signs_for_himself_is_trusted_when_pinned(void **state)
{
	struct buf cert = sign(self);
	struct signature s = verify(&cert, "authority.pem");

	(void)state;
	assert_true(s.self_signed);
	assert_false(s.trusted);
	s = verify(&cert, "self.pem");
	assert_true(s.trusted && s.self_signed);
	s = verify(&cert, "."); /* a folder of certificates */
	assert_true(s.trusted);
	buf_clear(&cert);
}

static void a_lapsed_certificate_is_told(void **state)
{
	struct buf cert = sign(lapsed);
	struct signature s = verify(&cert, "authority.pem");

	(void)state;
	assert_true(s.expired);
	buf_clear(&cert);
}

static int alter(char *text, size_t len, size_t at, const char *mf)
{
	struct signature s;
	int ret;

	text[at] = text[at] == '1' ? '2' : '1';
	e = (struct err){ 0 };
	ret = signature_verify(text, len, "x.cert", NULL, mf, strlen(mf), "x.mf", &s, &e);
	return ret;
}

static void what_was_altered_is_refused(void **state)
{
	struct buf cert = sign(vendor);
	struct signature s;

	(void)state;
	assert_int_equal(signature_verify(cert.s, cert.len, "x.cert", NULL, MF " ", strlen(MF) + 1,
					  "x.mf", &s, &e),
			 -EBADMSG);
	assert_string_equal(err_text(&e),
			    "x.cert: the signature is not that of x.mf: one of them was altered");
	assert_int_equal(
		signature_verify(cert.s, cert.len, "x.cert", NULL, MF, strlen(MF), "y.mf", &s, &e),
		-EINVAL);
	assert_string_equal(err_text(&e), "x.cert: signs x.mf, not y.mf");
	assert_int_equal(alter(cert.s, cert.len, 20, MF), -EBADMSG);
	buf_clear(&cert);
}

static void what_is_no_signature_is_refused(void **state)
{
	static const struct {
		const char *text, *reason;
	} wrong[] = {
		{ "", "x.cert: not of the form SHA256(NAME)= DIGITS" },
		{ "SHA256(x.mf)= 12ab\n", "x.cert: there is no certificate in it" },
		{ "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
		  "x.cert: there is no signature in it" },
		{ "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		  "x.cert: a certificate that cannot be read: " },
	};
	struct signature s;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		e = (struct err){ 0 };
		assert_int_equal(signature_verify(wrong[i].text, strlen(wrong[i].text), "x.cert",
						  NULL, MF, strlen(MF), "x.mf", &s, &e),
				 -EINVAL);
		assert_memory_equal(err_text(&e), wrong[i].reason, strlen(wrong[i].reason));
	}
}

static void a_detached_cms_is_a_signature_too(void **state)
{
	BIO *content = BIO_new_mem_buf(MF, -1), *bio = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(vendor, vendor_key, NULL, content,
					CMS_DETACHED | CMS_BINARY);
	struct buf cert = BUF_INIT;
	struct signature s;
	char *text;
	long n;

	(void)state;
	PEM_write_bio_CMS_stream(bio, cms, NULL, 0);
	n = BIO_get_mem_data(bio, &text);
	buf_add(&cert, text, (size_t)n);
	s = verify(&cert, "authority.pem");
	assert_string_equal(s.signer, "CN=Vendor");
	assert_true(s.trusted);
	assert_int_equal(s.hash, MANIFEST_SHA256);
	assert_int_equal(
		signature_verify(cert.s, cert.len, "x.cert", NULL, "other", 5, "x.mf", &s, &e),
		-EBADMSG);
	buf_clear(&cert);
	CMS_ContentInfo_free(cms);
	BIO_free(bio);
	BIO_free(content);
}

static void signing_wants_the_right_key_and_its_passphrase(void **state)
{
	char *key = pem(NULL, vendor_key, "secret"), *other = pem(NULL, authority_key, NULL);
	char *cert = pem(vendor, NULL, NULL);
	struct buf out = BUF_INIT;

	(void)state;
	assert_int_equal(signature_sign(MF, strlen(MF), "x.mf", key, cert, NULL, &out, &e),
			 -EINVAL);
	assert_int_equal(signature_sign(MF, strlen(MF), "x.mf", key, cert, "wrong", &out, &e),
			 -EINVAL);
	assert_int_equal(signature_sign(MF, strlen(MF), "x.mf", other, cert, NULL, &out, &e),
			 -EINVAL);
	assert_int_equal(out.len, 0);
	assert_int_equal(signature_sign(MF, strlen(MF), "x.mf", key, cert, "secret", &out, &e), 0);
	assert_string_equal(verify(&out, "authority.pem").signer, "CN=Vendor");
	buf_clear(&out);
	free(key);
	free(other);
	free(cert);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_signed_is_told_and_trusted_only_by_those_given),
		cmocka_unit_test(one_who_signs_for_himself_is_trusted_when_pinned),
		cmocka_unit_test(a_lapsed_certificate_is_told),
		cmocka_unit_test(what_was_altered_is_refused),
		cmocka_unit_test(what_is_no_signature_is_refused),
		cmocka_unit_test(a_detached_cms_is_a_signature_too),
		cmocka_unit_test(signing_wants_the_right_key_and_its_passphrase),
	};

	return cmocka_run_group_tests_name("signature", tests, make_keys, drop_keys);
}
