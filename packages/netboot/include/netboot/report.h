/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a machine's installer tells: its facts (as it posts them to get its
 * kickstart) and its events (docs/webhooks.md).  Any bytes; what is malformed
 * changes nothing.
 */
#ifndef NETBOOT_REPORT_H
#define NETBOOT_REPORT_H

#include "netboot/machine.h"

enum { FACTS_MAX = 4 << 20, EVENT_MAX = 1 << 20 };

/* Take over serial number, UUID, vendor, product and cards. */
int machine_take_facts(struct machine *m, const char *data, size_t len, struct err *e) __must_check;

/* What an event was, for who tells it on. */
enum report_change {
	REPORT_OLD,	 /* told before, or out of order */
	REPORT_PROGRESS, /* a number has grown */
	REPORT_STEP,	 /* another step */
	REPORT_STATE,	 /* it began, is planned, is done, has failed; its bundle is there */
};

int machine_take_event(struct machine *m, const char *data, size_t len, int64_t now,
		       enum report_change *change, struct err *e) __must_check;

#endif
