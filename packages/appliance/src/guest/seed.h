/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a guest is told of itself, on one ISO 9660 image: the OVF environment
 * (DSP0243, 11; schema DSP8027) as ovf-env.xml, and where something is meant for
 * cloud-init, NoCloud's meta-data, user-data and network-config beside it; then
 * the volume is called "cidata", which cloud-init looks for.
 */
#ifndef GUEST_SEED_H
#define GUEST_SEED_H

#include "appliance/guest.h"

/* Whether there is anything to tell.  transport: what the package wants. */
bool seed_needed(const struct guest *g, const char *transport);

/* ovf-env.xml: also valid with no properties at all. */
int seed_environment(const struct guest *g, struct buf *out, struct err *e) __must_check;

/* NoCloud's three files; empty where there is nothing to say.  Needs uuid and nics. */
struct seed_cloud {
	struct buf meta_data, user_data, network_config;
};

int seed_cloud(const struct guest *g, struct seed_cloud *c, struct err *e) __must_check;
void seed_cloud_clear(struct seed_cloud *c);

/* The image, in memory: it has passwords, and belongs in a file of mode 0600. */
int seed_iso(const struct guest *g, struct buf *out, struct err *e) __must_check;

#endif
