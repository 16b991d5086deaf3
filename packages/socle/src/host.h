/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What "socle host show" knows, as JSON.  The keys are documented in socle(1)
 * and stay; sizes are in bytes.
 *
 * Each function returns a new reference in *out.
 */
#ifndef SOCLE_HOST_H
#define SOCLE_HOST_H

#include <jansson.h>
#include <stdio.h>

#include "socle/err.h"

/* "xen", "cpus" and "memory", from libxl; -ENOTSUP when this is no Xen host. */
int host_xen(json_t **out, struct err *e) __must_check;

/* The volume group "socle" and its thin pools, by LVM's reports. */
int host_storage(json_t **out, struct err *e) __must_check;

/* The same from the text of the two reports. */
int host_storage_parse(const char *vgs, const char *lvs, json_t **out, struct err *e) __must_check;

/* Bridges below a folder like /sys/class/net, with ports and addresses. */
int host_network(const char *sys_class_net, json_t **out, struct err *e) __must_check;

/* The value of a kernel argument of a command line, into buffer, or NULL when it is not there. */
const char *host_argument(const char *cmdline, const char *name, char *buffer, size_t len);

/* For people. */
void host_print(const json_t *host, FILE *to);

#endif
