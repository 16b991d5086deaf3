/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The signature of a package: a file NAME.cert beside its manifest (DSP0243 clause 5.1).
 *
 * It has a line like the manifest's, "SHA256(NAME.mf)= ...", with the signature of the manifest,
 * and the signer's certificate with its chain (PEM); or a detached CMS (PKCS#7) signature of the
 * manifest; or both.
 */
#ifndef APPLIANCE_SIGNATURE_H
#define APPLIANCE_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "appliance/manifest.h"
#include "socle/buf.h"
#include "socle/err.h"

struct trust;

/*
 * Whom to trust: a file with certificates in PEM, or a folder of such files.  A signer's own
 * certificate in it is as good as one that issued it.
 */
int trust_open(const char *path, struct trust **t, struct err *e) __must_check;
void trust_free(struct trust *t); /* NULL is fine */

struct signature {
	char signer[256], issuer[256];	    /* "CN=Example Appliances,O=Example" */
	char from[32], until[32];	    /* validity: "2026-11-23 12:00:00" UTC */
	char fingerprint[65];		    /* SHA-256 of the certificate */
	enum manifest_hash hash;	    /* of the signature */
	bool self_signed, trusted, expired; /* expired: or not yet valid */
	char reason[128];		    /* why it is not trusted, "" */
};

/*
 * Whether the manifest is signed by the key of the certificate.  trust may be NULL: nobody is
 * trusted then.  -EBADMSG: it is not, the package was altered.  -EINVAL: no signature that is
 * understood.  0 says nothing about trust: read the result.
 */
int signature_verify(const char *cert, size_t len, const char *file, const struct trust *trust,
		     const char *manifest, size_t manifest_len, const char *manifest_file,
		     struct signature *out, struct err *e) __must_check;

/*
 * Sign a manifest: the contents of a .cert file.  key, certificate: PEM; the certificate's chain
 * may follow it.  passphrase: of the key, or NULL.
 */
int signature_sign(const char *manifest, size_t manifest_len, const char *manifest_file,
		   const char *key, const char *certificate, const char *passphrase,
		   struct buf *out, struct err *e) __must_check;

#endif
