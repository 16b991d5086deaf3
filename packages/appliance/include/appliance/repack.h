/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package written anew, its files untouched: an OVA in the order that all importers
 * take (descriptor, manifest, signature, files as the descriptor lists them), with GNU tar's
 * sizes, a manifest of SHA-256 in the dialect that all read, and a signature if wanted.
 */
#ifndef APPLIANCE_REPACK_H
#define APPLIANCE_REPACK_H

#include "appliance/model.h"
#include "socle/err.h"

struct repack_signer {
	const char *key, *certificate; /* PEM; the chain may follow the certificate */
	const char *passphrase;	       /* of the key, or NULL */
};

/*
 * what: an OVF package that is not compressed, read twice.  What its own manifest says of its
 * files must hold: -EBADMSG.  out must not exist, and exists only when all of it was written.
 * signer: or NULL.
 */
int repack(const char *what, const char *out, const struct repack_signer *signer,
	   struct err *e) __must_check;

#endif
