/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection to libxl that prints nothing: its last error becomes ours.
 */
#ifndef APPLIANCE_XEN_H
#define APPLIANCE_XEN_H

#include <libxl.h>
#include <xentoollog.h>

#include "socle/err.h"

struct xen {
	xentoollog_logger log; /* the first member: libxl gives it back to us */
	libxl_ctx *ctx;
	char text[256]; /* libxl's last error, "" */
};

/* -ENOTSUP with the reason when this is no Xen host. */
int xen_is_host(struct err *e) __must_check;

int xen_open(struct xen *x, struct err *e) __must_check;
void xen_close(struct xen *x); /* also of one that is all zeros, or was not opened */

/* -EIO: "what: libxl's last error". */
int xen_failed(const struct xen *x, struct err *e, const char *what);

#endif
