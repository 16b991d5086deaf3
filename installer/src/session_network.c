/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan's network, tried before the first write: what a site's switch or DHCP
 * server does not do is told by the installer, which somebody watches, and not
 * found out by a host that does not answer.
 */
#include <stdio.h>

#include "installer/network_try.h"
#include "preflight.h"
#include "session.h"

static void progress(void *ctx, const char *text)
{
	session_event(ctx, EXEC_OUTPUT, "network", text);
}

static void tell_test(const struct session *s, const struct network_test *t)
{
	char line[NETWORK_TEXT_MAX + 32];

	snprintf(line, sizeof(line), t->verdict == NETWORK_BAD ? "network: %s: %s" : "%s: %s",
		 t->name, t->text);
	session_event(s, t->verdict == NETWORK_BAD ? EXEC_WARNING : EXEC_OUTPUT, "network", line);
}

static bool try_it(struct session *s, const struct network_plan *plan)
{
	struct network_try try = { .stop = s->stop, .progress = progress, .ctx = s };
	struct network_result result;
	struct err e = { 0 }, back = { 0 };
	int ret = network_try(plan, &try, &result, &e);

	for (size_t i = 0; i < result.count; i++)
		tell_test(s, &result.tests[i]);
	if (ret < 0)
		session_event(s, EXEC_WARNING, "network", err_text(&e));
	/* Reports go the way the kickstart came. */
	if (network_try_undo(&back) < 0)
		session_event(s, EXEC_WARNING, "network", err_text(&back));
	return ret == 0 && result.good;
}

bool session_try_network(struct session *s)
{
	struct network_plan plan;
	bool good = true;

	network_plan_of(&s->plan, &plan);
	if (plan.net && !preflight_skips(&s->answers, "network") &&
	    !network_try_known(&plan, &s->facts))
		good = try_it(s, &plan);
	network_plan_clear(&plan);
	return good;
}
