/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is wrong with an OVF package, and for whom: others refuse what Socle takes.
 */
#ifndef APPLIANCE_DOCTOR_H
#define APPLIANCE_DOCTOR_H

#include <jansson.h>

#include "socle/err.h"

/* Whose importers are known: "all", "vmware", ... up to NULL. */
extern const char *const doctor_targets[];

/*
 * All of the package is read.  target: one of doctor_targets.  findings, a new reference: an
 * array of { "id", "error": whether the package is refused for it, "for": [ targets ], "text",
 * "fix": whether repack() mends it }.
 */
int doctor_run(const char *what, const char *target, json_t **findings, struct err *e) __must_check;

#endif
