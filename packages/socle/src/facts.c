/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle facts
 */
#include "installer/facts.h"

#include "socle.h"
#include "socle/cleanup.h"

int run_facts(size_t argc, char **argv)
{
	_cleanup_json_ json_t *json = NULL;
	struct err e = { 0 };

	(void)argc;
	(void)argv;
	if (facts_gather(&json, &e) < 0)
		return fail(&e);
	return print_json(json, JSON_INDENT(2));
}
