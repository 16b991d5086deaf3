/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of network boot: what is shown of machines.
 */
#ifndef SOCLE_NETBOOT_H
#define SOCLE_NETBOOT_H

#include <jansson.h>
#include <stdio.h>

extern const char *netboot_state; /* --state */

#define NETBOOT_STATE_OPTION     \
	{ "state",	  0,     \
	  OPT_STRING,	  "DIR", \
	  &netboot_state, "where all of it is kept, by default " NETBOOT_STATE }

/*
 * Print machines as rows of a table, cut at width columns (0: not at all) and
 * after rows lines (0: all).
 */
void netboot_print(FILE *out, const json_t *machines, int width, int rows);

#endif
