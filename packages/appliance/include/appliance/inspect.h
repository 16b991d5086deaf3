/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a package, a descriptor or a bare disk says of itself, without reading its disks:
 * they are looked at where they can be at random.
 */
#ifndef APPLIANCE_INSPECT_H
#define APPLIANCE_INSPECT_H

#include <jansson.h>

#include "appliance/model.h"
#include "socle/err.h"

/*
 * All parsing happens in a process without privileges; what it says was checked here.
 *
 * option: the deployment option, or NULL.  report, a new reference: { "source", "container",
 * "packing", "descriptor", "manifest": { "name", "hash", "odd" } or null, "signature": { "name",
 * "signer", "self_signed", "expired", "until", ... } or { "name", "error" } or null, "images":
 * for each file that can be looked at { "file", "format", "subformat", "size" } or { "file",
 * "error" }, "model" }.  Manifest and signature: as far as they come before the disks.
 */
int inspect_run(const char *what, const char *option, struct model **m, json_t **report,
		struct err *e) __must_check;

#endif
