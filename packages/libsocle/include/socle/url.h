/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * URLs as people may see them: on a console, in a log, in a ticket.
 */
#ifndef SOCLE_URL_H
#define SOCLE_URL_H

#include <stddef.h>

/*
 * Copy a text, without the user and the password when there is a URL in it, and
 * without what follows a "?", which may be a token: "http://h/ks?...".  Like
 * snprintf(): at most size bytes with the NUL are written, and the result is
 * the length of the whole, at most 3 bytes more than the text's.
 *
 * Who writes a password by hand may forget to encode its "/", "?" and "@" (RFC
 * 3986, 3.2.1).  So all up to the last "@" goes when something else than a
 * port follows the host's ":".
 */
size_t url_show(const char *text, char *buffer, size_t size);

#endif
