/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reference of the language, written by the tables that parse it.
 */
#ifndef KICKSTART_REFERENCE_H
#define KICKSTART_REFERENCE_H

#include "socle/buf.h"

/* Append the manual page socle-kickstart(5) as mdoc(7) source. */
void ks_reference(struct buf *out);

#endif
