/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Options of bonds, bridges and network cards, as kickstart files and
 * administrators write them, to what systemd-networkd and udev call them.
 *
 *	KS_BOND_OPTIONS		"mode=802.3ad,miimon=100", the names and values of the
 *				kernel's bonding driver (Documentation/networking/bonding.rst);
 *				parted by ";" instead when a value has commas; to [Bond] of
 *				systemd.netdev(5)
 *	KS_BRIDGE_OPTIONS	"stp=yes,priority=4096", the names of NetworkManager's bridge
 *				settings, as Anaconda has them; to [Bridge]
 *	KS_CARD_OPTIONS		"autoneg off speed 1000", the words of ethtool(8) -s and -K
 *				without the dashes; to [Link] of systemd.link(5)
 */
#ifndef KICKSTART_NETOPTS_H
#define KICKSTART_NETOPTS_H

#include "socle/err.h"

enum ks_netopts { KS_BOND_OPTIONS, KS_BRIDGE_OPTIONS, KS_CARD_OPTIONS, KS_NETOPTS };

/* One option by systemd's name, in the order given; value is valid during the call. */
typedef void ks_netopt_each(void *ctx, const char *key, const char *value);

/*
 * Check all of text and tell each option; each may be NULL.  text may be NULL:
 * none.  -EINVAL with the option and what is wrong with it: one that is not
 * known, given twice, or without effect in the bond's mode.  What the kernel
 * would take silently for something else is wrong, too.
 *
 * A bond's "primary" is a setting of the card: it is told as the key "primary".
 */
int ks_netopts_read(enum ks_netopts kind, const char *text, ks_netopt_each *each, void *ctx,
		    struct err *e) __must_check;

/*
 * The mode of a bond with these options, as "802.3ad": active-backup when they
 * do not say it, since only that and the modes that balance by themselves need
 * nothing of the switch.  The text was checked.
 */
const char *ks_bond_mode(const char *text);

#endif
