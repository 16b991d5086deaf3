/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Try a plan's network in the running system: the same files that the host will
 * have are given to systemd-networkd, what comes up is looked at and tested, and
 * all of it can be taken back.
 *
 * While it is tried, cards that the plan does not use have no addresses, so that
 * no test succeeds over another port.  Whoever came in over the network may be
 * cut off for that time.
 *
 * Needs root, systemd-networkd, and a plan for this machine.
 */
#ifndef INSTALLER_NETWORK_TRY_H
#define INSTALLER_NETWORK_TRY_H

#include <signal.h>
#include <stdbool.h>

#include "installer/plan.h"

enum {
	/*
	 * For all that is waited for, if not said otherwise: a link, LACP, and a switch
	 * whose spanning tree takes the port for another switch's, which forwards after
	 * twice the forward delay of 15 s (IEEE 802.1D).
	 */
	NETWORK_TRY_SECONDS = 45,
	NETWORK_TESTS_MAX = 16,
	NETWORK_TEXT_MAX = 256,
};

/* What came of a test. */
enum network_verdict {
	NETWORK_GOOD,
	NETWORK_BAD,
	NETWORK_UNKNOWN, /* it could not be tested, or does not apply */
};

struct network_test {
	const char *name; /* "link", "lacp", "address", "duplicate", "gateway", "dns" */
	enum network_verdict verdict;
	char text[NETWORK_TEXT_MAX]; /* "192.0.2.1 answers"; one line */
};

struct network_result {
	bool good; /* no test is NETWORK_BAD */
	struct network_test tests[NETWORK_TESTS_MAX];
	size_t count;
};

/* The network of a plan: what it is made of, and its files. */
struct network_plan {
	json_t *net;   /* "network" of the plan's head; NULL: there is none */
	json_t *files; /* as OP_SEED_STATE has them */
};

#define NETWORK_PLAN_INIT ((struct network_plan){ 0 })

void network_plan_clear(struct network_plan *n); /* idempotent */

/* That of a plan. */
void network_plan_of(const struct plan *p, struct network_plan *out);

/*
 * That of answers which need not be enough for a plan: for a screen that asks for
 * the network before all else is known.  Pure, as plan_make().  -EPERM: refused,
 * as the plan would be.
 */
int network_plan_make(const struct facts *f, const struct answers *a, struct network_plan *out,
		      struct err *e) __must_check;

struct network_try {
	unsigned int seconds;		   /* 0: NETWORK_TRY_SECONDS */
	const volatile sig_atomic_t *stop; /* it ends with -EINTR once *stop is not 0, or NULL */
	/* Hears what is waited for; may be NULL. */
	void (*progress)(void *ctx, const char *text);
	void *ctx;
};

/*
 * Whether the running system shows already that this network works, as when a
 * card has a lease and the plan asks DHCP on that card and nothing more.
 */
bool network_try_known(const struct network_plan *n, const struct facts *f);

/*
 * Apply a plan's network and test it.  0 when it was tested, whatever came
 * out; a negative errno when it could not be.  It stays applied until
 * network_try_undo(), in both cases; a further try replaces it.  Takes, beyond
 * the time to wait, some seconds for the tests.
 */
int network_try(const struct network_plan *n, const struct network_try *try,
		struct network_result *result, struct err *e) __must_check;

/*
 * Give the network back as it was before the first try; nothing when there was
 * none.  Waits, some seconds, until there is an address again if there was one.
 */
int network_try_undo(struct err *e) __must_check;

#endif
