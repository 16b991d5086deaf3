/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "socle appliance import", "plan" and "verify" have in common: their
 * options, and what they print.
 */
#ifndef SOCLE_APPLIANCE_OPTIONS_H
#define SOCLE_APPLIANCE_OPTIONS_H

#include "appliance/import.h"
#include "socle/cmd.h"

struct import_texts { /* what the answers point to */
	struct buf ssh_key, user_data;
	struct guest_pair *networks;
	char *own[128]; /* copies of KEY=VALUE */
	size_t n_own;
};

/* From the variables of the table to what the library takes. */
int import_options(struct import_opts *o, struct import_texts *t, struct err *e) __must_check;
void import_texts_clear(struct import_texts *t);

extern bool import_json; /* --json */

/* Run, with progress and signals; print the report or the error; the exit code. */
int import_main(struct import_opts *o, int (*print)(const json_t *report));

void import_print_warnings(const json_t *report);

#endif
