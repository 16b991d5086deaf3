/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tests of a network that was set up: what is missing still, what is good.
 */
#ifndef INSTALLER_NETWORK_TESTS_H
#define INSTALLER_NETWORK_TESTS_H

#include <net/if.h>
#include <stdint.h>

#include "installer/network_try.h"
#include "network_state.h"

/* What the plan's management network is made of. */
struct network_parts {
	char bridge[IFNAMSIZ];
	char cards[NETWORK_LIST_MAX][IFNAMSIZ];
	size_t card_count;
	char lacp[IFNAMSIZ];		  /* the bond that needs a partner, or "" */
	bool wants4, wants6;		  /* an address that can be waited for */
	char fixed4[NETWORK_ADDRESS_MAX]; /* the static address, with its length, or "" */
};

/* From "network" of a plan's head; false when there is none. */
bool network_parts_of(const json_t *net, struct network_parts *out);

/* What is waited for, "waiting for …"; NULL when all is there. */
const char *network_missing(const struct network_parts *parts, const struct network_state *state);

/* Whether any of its cards has a carrier. */
bool network_any_link(const struct network_parts *parts);

/*
 * All tests, in the order in which they depend on each other.  A gateway is asked at
 * least once, and until "end", of clock_ms(): a switch may not forward yet.
 */
void network_tests_run(const struct network_parts *parts, const struct network_state *state,
		       int64_t end, struct network_result *out);

#endif
