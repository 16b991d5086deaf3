/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of a package's properties: from --property KEY=VALUE, from files, and
 * asked for on the terminal.  Passwords are read without an echo and are in no
 * message.
 */
#ifndef SOCLE_PROPERTY_ARGS_H
#define SOCLE_PROPERTY_ARGS_H

#include "appliance/properties.h"
#include "socle/cmd.h"

struct property_args {
	struct guest_pair *pairs; /* for guest_answers */
	size_t n;
	char **texts; /* what the pairs point into */
	size_t n_texts;
};

/* options: each "KEY=VALUE"; files: each of such lines. */
int property_args_take(struct property_args *a, const struct cmd_list *options,
		       const struct cmd_list *files, struct err *e) __must_check;

/*
 * Ask for what is open (property_open()) on the terminal.  Without one nothing is
 * asked.  A value against its rules is asked for again; an empty one leaves the
 * property as it is; the end of input is -ECANCELED.
 */
int property_args_ask(struct property_args *a, const struct model_machine *m,
		      struct err *e) __must_check;

void property_args_clear(struct property_args *a); /* idempotent; wipes the values */

#endif
