/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OpenSSL's objects by scope, and its reasons as ours.
 */
#ifndef APPLIANCE_CRYPTO_H
#define APPLIANCE_CRYPTO_H

#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "socle/err.h"

/* "...: what OpenSSL says"; its queue is empty afterwards. */
int crypto_fail(struct err *e, int code, const char *fmt, ...) __format(3, 4);

#define CRYPTO_CLEANUP(type, name, release)         \
	static inline void cleanup_##name(type **p) \
	{                                           \
		release(*p);                        \
	}

CRYPTO_CLEANUP(BIO, bio, BIO_free_all)
CRYPTO_CLEANUP(EVP_PKEY, pkey, EVP_PKEY_free)
CRYPTO_CLEANUP(EVP_MD_CTX, md, EVP_MD_CTX_free)
CRYPTO_CLEANUP(X509, x509, X509_free)
CRYPTO_CLEANUP(X509_STORE_CTX, store_ctx, X509_STORE_CTX_free)
CRYPTO_CLEANUP(CMS_ContentInfo, cms, CMS_ContentInfo_free)

static inline void cleanup_certs(STACK_OF(X509) * *certs)
{
	sk_X509_pop_free(*certs, X509_free);
}

#define _cleanup_with_(name) __attribute__((cleanup(cleanup_##name)))

#endif
