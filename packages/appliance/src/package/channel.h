/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages between two processes: JSON objects, one file descriptor with each at
 * most, over a stream socket.  The one with privileges takes what comes for data of
 * a stranger: bounded here, checked by who reads the fields.
 */
#ifndef APPLIANCE_CHANNEL_H
#define APPLIANCE_CHANNEL_H

#include <jansson.h>

#include "socle/err.h"

enum { CHANNEL_MESSAGE_MAX = 64 << 20 };

/* Send; the caller keeps pass (or -1).  Takes the message over, NULL is -ENOMEM. */
int channel_send(int fd, json_t *message, int pass, struct err *e) __must_check;

/*
 * Receive: 1, or 0 when the other side is gone.  *pass: a descriptor that came with
 * it, else -1; pass may be NULL, then one that comes is closed.
 */
int channel_recv(int fd, json_t **message, int *pass, struct err *e) __must_check;

/*
 * What a stranger says, for people to read: in all strings of it control characters, which
 * act on terminals, become "?".
 */
void channel_scrub(json_t *json);
void channel_scrub_text(char *text);

#endif
