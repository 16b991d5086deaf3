/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of DHCP (RFC 2131, RFC 2132) that tell where the kickstart is.
 *
 * A DISCOVER asks, with the vendor class "socle-install"; of each OFFER only
 * what it says of booting is looked at.  None is accepted: addresses are the
 * business of the network's own client.
 */
#ifndef KS_OFFER_H
#define KS_OFFER_H

#include <stddef.h>
#include <stdint.h>

#include "socle/err.h"

enum {
	KS_DHCP_MAC = 6,
	KS_DISCOVER_LEN = 300,	/* what old servers want at least */
	KS_DHCP_TEXT = 256,	/* an option's 255 bytes, and the NUL */
	KS_OPTION_SOURCE = 224, /* our option: a source, as on the kernel's command line */
};

/* What is not told is "". */
struct ks_offer {
	char address[16];	   /* that the machine would get */
	char server[KS_DHCP_TEXT]; /* next server */
	char file[KS_DHCP_TEXT];
	char source[KS_DHCP_TEXT]; /* of option KS_OPTION_SOURCE */
};

/* Write a DISCOVER; xid tells which offers answer it. */
void ks_discover(unsigned char packet[KS_DISCOVER_LEN], uint32_t xid,
		 const unsigned char mac[KS_DHCP_MAC]);

/* Read any bytes; -EINVAL when they are not an offer to that DISCOVER. */
int ks_offer_parse(const unsigned char *packet, size_t len, uint32_t xid,
		   const unsigned char mac[KS_DHCP_MAC], struct ks_offer *o) __must_check;

/*
 * The source that an offer names, to be freed: option 224; or a file that is a
 * URL; or nfs:SERVER:FILE, where a FILE that ends in "/" is a folder with a file
 * ADDRESS-kickstart for each machine.  -ENOENT when there is no file, -EINVAL
 * when it cannot be used, as that of a boot loader.
 */
int ks_offer_source(const struct ks_offer *o, char **source, struct err *e) __must_check;

#endif
