/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package becomes guests, in one pass over its bytes; or is only verified; or is
 * only looked at, to tell what an import would do.
 *
 * All that parses happens in another process without privileges (src/package/sandbox.h).
 * Nothing of an import can be seen before every check has passed, and nothing
 * is left of one that fails, whenever it fails (src/package/store.h).
 */
#ifndef APPLIANCE_IMPORT_H
#define APPLIANCE_IMPORT_H

#include <jansson.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "appliance/guest.h"
#include "socle/err.h"

enum import_mode {
	IMPORT_REAL,
	IMPORT_VERIFY, /* everything is read and decoded, nothing is kept */
	IMPORT_PLAN,   /* the descriptor is read, disks are looked at where that is possible at
			  random */
};

struct import_opts {
	enum import_mode mode;
	const char *source;  /* a file, a folder, a URL, "-" */
	const char *storage; /* a folder, or NULL: the host's thin pool */
	const char *format;  /* "raw" (NULL) or "qcow2" */
	const char *option;  /* the deployment option, NULL for the default */
	const char *sha256;  /* of the source as it is, or NULL; of files, pipes and URLs */
	const char *trust;   /* a file or folder of certificates, or NULL */
	bool require_signature, allow_unverified;
	bool accept_eula;
	bool force; /* also a guest of which the descriptor alone shows that it cannot start */
	struct guest_answers answers;
	unsigned int threads; /* 0: one per processor */
	/* Whether somebody accepts this text; NULL: nobody is asked. */
	bool (*eula)(void *ctx, const char *machine, const char *text);
	/*
	 * Called for each machine before anything is written: may ask somebody for values of its
	 * properties, and put them into answers; or NULL.  An error ends the import.
	 */
	int (*ask)(void *ctx, const struct model_machine *m, struct err *e);
	void (*progress)(void *ctx, uint64_t done, uint64_t total, uint64_t read);
	void *ctx;
	const volatile sig_atomic_t *stop; /* or NULL */
};

/*
 * The report, a new reference, also after some failures (then partial; else NULL):
 * { "package": { "source", "container", "packing", "descriptor", "kind" }, "sandbox": {
 * "landlock" }, "sha256", "verified": the verdict of package_check() or null, "disks": [ ],
 * "guests": [ guest_json() ... ], "xl": { name: text }, "warnings": [ ] }.
 */
int import_run(const struct import_opts *o, json_t **report, struct err *e) __must_check;

#endif
