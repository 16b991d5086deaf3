/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle facts
 */
#include "installer/facts.h"

#include <errno.h>
#include <unistd.h>

#include "socle.h"
#include "socle/cleanup.h"

int facts_of_this_machine(json_t **json, struct err *e)
{
	int ret;

	/* Serial numbers and the contents of disks would be missing without a word. */
	if (geteuid() != 0)
		return err_set(e, -EPERM, "only root can see all of this machine");
	ret = facts_gather(json, e);
	if (ret == 0) {
		facts_gather_health(*json);
		facts_gather_installed(*json);
	}
	return ret;
}

int run_facts(size_t argc, char **argv)
{
	_cleanup_json_ json_t *json = NULL;
	struct err e = { 0 };

	(void)argc;
	(void)argv;
	if (facts_of_this_machine(&json, &e) < 0)
		return fail(&e);
	return print_json(json, JSON_INDENT(2));
}
