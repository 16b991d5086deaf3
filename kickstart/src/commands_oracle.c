/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that only Oracle VM Server has.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

static const struct ks_option ovsagent_options[] = {
	{ "iscrypted", .help = "PASSWORD is a hash" },
	{ "plaintext", .help = "PASSWORD is the password itself (the default)" },
	{ 0 },
};

static void apply_ovsmgmntif(struct parser *p, const struct ks_args *args)
{
	const struct answers *a = p->a;
	char shown[KS_SHOWN];

	for (size_t i = 0; i < a->network_count; i++)
		if (a->networks[i].device &&
		    strcmp(a->networks[i].device, args->operand[0].text) == 0)
			return;
	parser_warn(p, args->operand[0].column,
		    "ignored; say 'network --device=%s' before, it becomes the management network",
		    word_show(args->operand[0].text, shown));
}

const struct ks_command commands_oracle[] = {
	{ "ovsagent", .dialect = KS_OVM, .secret = true, .status = KS_IGNORED,
	  .operand = "PASSWORD", .least = 1, .options = ovsagent_options,
	  .help = "password of the agent", .why = "ignored; Socle's agent has no password" },
	{ "ovsmgmntif", .dialect = KS_OVM, .operand = "DEVICE", .least = 1,
	  .operand_type = &type_device, .apply = apply_ovsmgmntif,
	  .help = "interface of the management network" },
	{ 0 },
};
