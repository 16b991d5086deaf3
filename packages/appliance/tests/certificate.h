/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys and certificates that tests make for themselves. */
#ifndef APPLIANCE_TESTS_CERTIFICATE_H
#define APPLIANCE_TESTS_CERTIFICATE_H

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

/* A certificate for a key, from one day ago; days: until when. */
static inline X509 *certify(const char *name, EVP_PKEY *key, X509 *issuer, EVP_PKEY *issuer_key,
			    long days)
{
	X509 *cert = X509_new();
	X509_NAME *subject = X509_get_subject_name(cert);
	X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints,
						 "critical,CA:TRUE");

	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 1 + days);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1,
				   -1, 0);
	X509_set_issuer_name(cert, issuer ? X509_get_subject_name(issuer) : subject);
	X509_gmtime_adj(X509_getm_notBefore(cert), -86400);
	X509_gmtime_adj(X509_getm_notAfter(cert), days * 86400 - 3600);
	X509_set_pubkey(cert, key);
	if (!issuer)
		X509_add_ext(cert, ca, -1);
	X509_EXTENSION_free(ca);
	X509_sign(cert, issuer_key, EVP_sha256());
	return cert;
}

/* As text; key, too, unless NULL. */
static inline char *pem(X509 *cert, EVP_PKEY *key, const char *passphrase)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text, *copy;
	long n;

	if (cert)
		PEM_write_bio_X509(bio, cert);
	if (key)
		PEM_write_bio_PKCS8PrivateKey(bio, key, passphrase ? EVP_aes_256_cbc() : NULL, NULL,
					      0, NULL, (void *)passphrase);
	n = BIO_get_mem_data(bio, &text);
	copy = strndup(text, (size_t)n);
	BIO_free(bio);
	return copy;
}

#endif
