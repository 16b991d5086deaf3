/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Quantities as descriptors write them: "byte * 2^20" (DSP0004, annex C),
 * "MegaBytes" (OVF 0.9, VirtualBox), "MB".
 */
#ifndef APPLIANCE_UNITS_H
#define APPLIANCE_UNITS_H

#include <stdbool.h>
#include <stdint.h>

/* The bytes of one unit; false when it is no unit of bytes, or too large. */
bool units_bytes(const char *units, uint64_t *bytes);

/* A whole decimal number, white space around it; false for anything else. */
bool number_parse(const char *s, uint64_t *n);

#endif
