/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Send something to a server by HTTP or HTTPS, once.
 *
 * Redirects are not followed: a token is for the server that was named.  With a
 * pinned key no authority is asked, as for the kickstart file.  Messages contain
 * neither the token nor a password of the URL.
 */
#ifndef INSTALLER_SEND_H
#define INSTALLER_SEND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "socle/err.h"

struct send {
	const char *url;
	bool put;	   /* PUT instead of POST */
	const char *token; /* "Authorization: Bearer", or NULL */
	const char *pin;   /* as curl has it, "" or NULL for none */
	const char *type;  /* of the contents */
	const char *text;  /* the contents; or else */
	FILE *file;	   /* from its start */
	uint64_t size;	   /* of file, bytes */
	unsigned int seconds;
	bool (*give_up)(void *ctx); /* asked often while it waits, or NULL */
	void *ctx;
};

/* 0; -EAGAIN: another try may help; -ECANCELED: given up; -EIO: the server has answered no. */
int send_once(const struct send *s, struct err *e) __must_check;

/* The pin of a fingerprint as a kickstart has it, 64 digits or curl's form. */
enum { SEND_PIN_MAX = 64 };
int send_pin(const char *fingerprint, char pin[SEND_PIN_MAX], struct err *e) __must_check;

/*
 * What a URL or a path may ask for in braces: {mac}, {serial}, {uuid}, {hostname},
 * {event}.  expand() writes them with all but letters, digits and "-._~:" as %XX,
 * for a path as "_".  To be freed, NULL when memory was exhausted.
 */
struct send_names {
	const char *mac, *serial, *uuid, *hostname, *event;
};
char *send_expand(const char *template, const struct send_names *names, bool path);

#endif
