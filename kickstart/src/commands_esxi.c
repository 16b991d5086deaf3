/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that only VMware ESXi has.  Its install, clearpart, part and network
 * are those of Anaconda with options of their own.
 */
#include "parser.h"
#include "types.h"

static const struct ks_option serial_options[] = {
	{ "esx", .type = &type_text, .required = true },
	{ 0 },
};

static const struct ks_option license_options[] = {
	{ "mode", .type = &type_text },
	{ "features", .type = &type_text },
	{ "server", .type = &type_text },
	{ "edition", .type = &type_text },
	{ 0 },
};

static void apply_include(struct parser *p, const struct ks_args *args)
{
	parser_refuse(p, args->operand[0].column, "use %%include");
}

#define NO_EFFECT .dialect = KS_ESXI, .status = KS_SILENT
#define LICENSE                                                   \
	.dialect = KS_ESXI, .secret = true, .status = KS_IGNORED, \
	.why = "ignored; Socle needs no license key"

const struct ks_command commands_esxi[] = {
	{ "accepteula", NO_EFFECT, .help = "accepted; there is none to agree to" },
	{ "vmaccepteula", NO_EFFECT, .help = "accepted; there is none to agree to" },
	{ "paranoid", .dialect = KS_ESXI, .status = KS_IGNORED, .help = "stop at any warning",
	  .why = "ignored; warnings do not stop an installation" },
	{ "dryrun", .dialect = KS_ESXI, .status = KS_LATER, .help = "only check the file",
	  .why = "nothing is to be installed; use 'socle plan'" },
	{ "include", .dialect = KS_ESXI, .operand = "FILE", .least = 1, .apply = apply_include,
	  .help = "the lines of another file" },
	{ "serialnum", LICENSE, .options = serial_options, .help = "license key" },
	{ "vmserialnum", LICENSE, .options = serial_options, .help = "license key" },
	{ "vmlicense", LICENSE, .options = license_options, .help = "license" },
	{ 0 },
};
