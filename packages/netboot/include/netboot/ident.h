/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a machine is: the address of a network card, or the serial number of its
 * firmware (DMI).  Both come from outside, and become names of files here.
 */
#ifndef NETBOOT_IDENT_H
#define NETBOOT_IDENT_H

#include <stdbool.h>
#include <stddef.h>

enum { MAC_SIZE = 18, SERIAL_SIZE = 65, HOSTNAME_SIZE = 254, HEX_ID_SIZE = 33 };

/*
 * A MAC address of one card, with colons, dashes, or dots, to "52-54-00-12-34-56".
 * False for what is none, as group addresses and zeros.
 */
bool mac_parse(const char *text, char mac[MAC_SIZE]);

/* Whether somebody meant one that it is not: no serial number has so many marks. */
bool mac_misspelt(const char *text);

/*
 * A serial number without the blanks at its ends.  False for what tells nothing,
 * such as "To be filled by O.E.M.", and for what is no printable ASCII.
 */
bool serial_parse(const char *text, char serial[SERIAL_SIZE]);

/* A name of a host: labels of letters, digits and dashes (RFC 1123). */
bool hostname_ok(const char *name);

/* 32 random hexadecimal digits. */
bool hex_id(char id[HEX_ID_SIZE]);

#endif
