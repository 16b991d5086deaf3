/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machines that were seen, and how far each of them is.
 *
 * Each is a file STATE/machines/MAC.json, replaced atomically and synced, that
 * only the server writes; "forget" removes it, and the server notices.  What is
 * not known is "" or 0.  Times are seconds since 1970.
 */
#ifndef NETBOOT_MACHINE_H
#define NETBOOT_MACHINE_H

#include <jansson.h>
#include <stdint.h>

#include "netboot/ident.h"
#include "socle/err.h"

enum {
	MACHINES_MAX = 4096, /* that are remembered */
	MACHINE_MACS = 16,   /* cards of one */
	MACHINE_FILE_MAX = 1 << 16,
	MACHINE_TRIES = 3, /* installations that may fail in a row */
};

enum machine_state {
	MACHINE_SEEN,	 /* it asked, and was told to start from its disk */
	MACHINE_BOOTING, /* it was told to start the installer */
	MACHINE_WAITING, /* the installer runs, and there is no kickstart for it */
	MACHINE_INSTALLING,
	MACHINE_DONE,
	MACHINE_FAILED,
	MACHINE_STATES,
};

struct machine {
	char mac[MAC_SIZE]; /* of the card that it boots by: its identity here */
	char macs[MACHINE_MACS][MAC_SIZE];
	size_t mac_count; /* of macs: all of its cards, as it says itself */
	char serial[SERIAL_SIZE], uuid[64], vendor[64], product[64];
	char name[HOSTNAME_SIZE];
	char ip[16];	 /* that it was last seen with */
	char loader[16]; /* "pxelinux", "grub", "ipxe" */
	char token[HEX_ID_SIZE];
	enum machine_state state;
	char kickstart[256];	    /* where it comes from */
	char assigned[HEX_ID_SIZE]; /* the order that is being carried out */
	char finished[HEX_ID_SIZE]; /* the one that was */
	char session[HEX_ID_SIZE];  /* of the installer that reports */
	int64_t sequence;	    /* of its last event */
	int64_t tries;		    /* installers that began it, and did not finish */
	int64_t step, steps, percent, bytes, bytes_total, bytes_per_second;
	char step_says[128];
	char plan[72];
	char error[512];
	char bundle[256];
	bool wrote;    /* a disk was changed */
	int64_t seen;  /* asked for anything */
	int64_t heard; /* the installer told anything */
	int64_t began, ended;
	int64_t saved_ms; /* when it was last written, on the monotonic clock; not kept */
};

struct machines {
	char *folder;
	struct machine **item; /* by mac */
	size_t count;
};

const char *machine_state_name(enum machine_state state);

/* All that others may know of it: without its token. */
json_t *machine_json(const struct machine *m);

/* Any JSON to a machine; -EINVAL when it is none. */
int machine_from_json(const json_t *json, struct machine *m, struct err *e) __must_check;

/*
 * Read all of STATE/machines.  A file that cannot be used is an error that names
 * it.  t: uninitialised; cleared by the caller also after an error.
 */
int machines_open(struct machines *t, const char *state, struct err *e) __must_check;
void machines_clear(struct machines *t); /* idempotent */

/* NULL if there is none, also when it was forgotten meanwhile. */
struct machine *machines_by_mac(struct machines *t, const char *mac);
struct machine *machines_by_token(struct machines *t, const char *token);
struct machine *machines_by_serial(struct machines *t, const char *serial);

/* That one, or a new one with that address; NULL and e when there are too many. */
struct machine *machines_add(struct machines *t, const char *mac, struct err *e);

/* Let go of those whose files were removed. */
void machines_refresh(struct machines *t);

/* Write it. */
int machines_save(struct machines *t, struct machine *m, struct err *e) __must_check;

#endif
