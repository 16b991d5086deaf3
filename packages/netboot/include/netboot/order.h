/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Orders: which machine is to be installed, and by which kickstart file.
 *
 * There are two kinds.  "socle netboot add" writes an order for one machine as
 * STATE/orders/KEY.json, its kickstart file in it.  A folder of kickstart files
 * has them by their names, for
 *
 *	52-54-00-12-34-56.ks	the machine with that card (also with colons)
 *	VMware-42.ks		the machine with that serial number
 *	52-54-00-*.ks, R740*.ks	all whose card or serial number matches; the
 *				pattern with the most plain characters wins
 *	default.ks		all others
 *
 * and other files there are what those include.  Files of the folder are read
 * anew each time, and one that does not check is given to nobody.
 *
 * An order is carried out once: it has an id, which a machine that is done
 * keeps.  "add" makes a new id, so the machine is installed again.
 */
#ifndef NETBOOT_ORDER_H
#define NETBOOT_ORDER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "netboot/ident.h"
#include "socle/buf.h"
#include "socle/err.h"

enum { ORDER_KEY_SIZE = SERIAL_SIZE + 8, ORDER_FILES_MAX = 10000 };

struct orders {
	const char *state;  /* folder of orders/ */
	const char *folder; /* of kickstart files, or NULL */
};

struct order {
	char id[HEX_ID_SIZE];
	char key[ORDER_KEY_SIZE]; /* a MAC, a serial number, a pattern, "default" */
	char name[HOSTNAME_SIZE]; /* that the host gets, or "" */
	char source[256];	  /* the kickstart file, for people */
	bool by_serial;		  /* nothing but its serial number tells that it is meant */
	int64_t added;		  /* seconds since 1970; 0 for the folder's */
	char *path;		  /* of its file in the folder, or NULL */
	struct buf text;	  /* the kickstart that was added, or empty */
};

void order_clear(struct order *o); /* idempotent; of one that was filled */

/* Who asks. */
struct asker {
	const char *mac;
	const char *serial; /* "" while it is not known */
};

/*
 * The order for a machine.  -ENOENT when there is none; another error when the
 * folder cannot be read or two patterns fit equally.
 */
int order_find(const struct orders *s, const struct asker *who, struct order *o,
	       struct err *e) __must_check;

/* Whether the serial number of a machine would matter, if it were known. */
bool orders_need_serial(const struct orders *s);

/*
 * The kickstart as the machine gets it: the file, then lines for the name and
 * for the log bundle (bundle: a URL, or NULL) where it says nothing of them.  The order's name
 * becomes the one in the file, if there is one.  -EINVAL when it does not check; problems gets
 * what there is to say, a line each, "FILE:LINE:COLUMN: error: …".
 */
int order_kickstart(const struct orders *s, struct order *o, const char *bundle, struct buf *out,
		    struct buf *problems, struct err *e) __must_check;

/* Check every *.ks of the folder: how many there are. */
int orders_check(const struct orders *s, size_t *count, struct buf *problems,
		 struct err *e) __must_check;

/*
 * Write an order; who: a MAC or a serial number.  text may be NULL: the folder's
 * kickstart then, again.  The result's id is new.
 */
int order_add(const struct orders *s, const char *who, const struct buf *text, const char *source,
	      const char *name, struct err *e) __must_check;

/* Remove it; -ENOENT when there is none. */
int order_remove(const struct orders *s, const char *who, struct err *e) __must_check;

/* All that were added, as {key, name, kickstart, added, id}. */
int orders_json(const struct orders *s, json_t **out, struct err *e) __must_check;

/* A file that others include: a plain name, not *.ks, no link out of the folder. */
int order_included_fd(const struct orders *s, const char *name, struct err *e) __must_check;

#endif
