/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the installer is to run, which Socle's does in one way.
 */
#include "parser.h"
#include "types.h"

static const struct ks_option mode_options[] = {
	{ "non-interactive", .status = KS_SILENT, .help = "no effect" },
	{ 0 },
};

enum { EULA_AGREED, EULA_ACCEPTED };

static const struct ks_option eula_options[] = {
	[EULA_AGREED] = { "agreed", .alias = "agree", .status = KS_SILENT, .help = "no effect" },
	[EULA_ACCEPTED] = { "accepted", .alias = "accept", .status = KS_SILENT,
			    .help = "no effect" },
	{ 0 },
};

/* Anaconda's has an option, Oracle VM's a word. */
static void apply_eula(struct parser *p, const struct ks_args *args)
{
	if (!args->operands && !args->option[EULA_AGREED].given &&
	    !args->option[EULA_ACCEPTED].given)
		parser_error(p, args->column, "--agreed is missing");
}

static const struct ks_option vnc_options[] = {
	{ "host", .type = &type_text },
	{ "port", .type = &type_text },
	{ "password", .type = &type_text },
	{ 0 },
};

static const struct ks_option rdp_options[] = {
	{ "username", .type = &type_text },
	{ "password", .type = &type_text },
	{ 0 },
};

static const struct ks_option rescue_options[] = {
	{ "nomount", .conflicts = "romount" },
	{ .name = "romount" },
	{ 0 },
};

enum { DRIVER_SOURCE, DRIVER_BIOSPART };

static const struct ks_option driverdisk_options[] = {
	[DRIVER_SOURCE] = { "source", .type = &type_text, .conflicts = "biospart" },
	[DRIVER_BIOSPART] = { "biospart", .type = &type_text },
	{ "type", .type = &type_text },
	{ 0 },
};

static void apply_driverdisk(struct parser *p, const struct ks_args *args)
{
	bool option = args->option[DRIVER_SOURCE].given || args->option[DRIVER_BIOSPART].given;

	if (option == (args->operands > 0))
		parser_error(p, args->column,
			     "one of PARTITION, --source and --biospart is needed");
}

#define REMOTE                                \
	.secret = true, .status = KS_IGNORED, \
	.why = "ignored; the installer is a text one, also on a serial line"

const struct ks_command commands_mode[] = {
	{ "text", .status = KS_SILENT, .options = mode_options,
	  .help = "accepted; the installer is a text one" },
	{ "cmdline", .status = KS_SILENT,
	  .help = "accepted; a complete file is installed without questions" },
	{ "graphical", .status = KS_IGNORED, .options = mode_options, .help = "by mouse",
	  .why = "ignored; the installer is a text one" },
	{ "interactive", .status = KS_LATER, .gone = "RHEL 7", .help = "show and ask all again",
	  .why = "nothing is asked" },
	{ "autostep", .status = KS_IGNORED,
	  .options = (const struct ks_option[]){ { .name = "autoscreenshot" }, { 0 } },
	  .help = "go through all screens", .why = "ignored; nothing is asked" },
	{ "eula", .since = "RHEL 7", .status = KS_SILENT, .operand = "Accepted",
	  .operand_type = &type_accepted, .options = eula_options, .apply = apply_eula,
	  .help = "accepted; there is none to agree to" },
	{ "vnc", REMOTE, .options = vnc_options, .help = "see the installer over VNC" },
	{ "rdp", .since = "RHEL 10", REMOTE, .options = rdp_options,
	  .help = "see the installer over RDP" },
	{ "mediacheck", .status = KS_IGNORED, .help = "check the installation disc",
	  .why = "ignored; what is written to the disk is always checked" },
	{ "driverdisk", .status = KS_LATER, .repeat = KS_MANY, .operand = "PARTITION",
	  .options = driverdisk_options, .apply = apply_driverdisk, .help = "further drivers",
	  .why = "further drivers are not supported yet" },
	{ "updates", .status = KS_LATER, .operand = "URL", .least = 1, .help = "a newer installer",
	  .why = "Anaconda's updates are not Socle's" },
	{ "rescue", .since = "RHEL 6", .status = KS_LATER, .options = rescue_options,
	  .help = "repair a system",
	  .why = "start the entry \"Rescue shell\" of the medium instead" },
	{ "mouse", .status = KS_IGNORED, .gone = "RHEL 4", .operand = "MOUSE",
	  .options = (const struct ks_option[]){ { "device", .type = &type_text },
						 { .name = "emulthree" },
						 { 0 } },
	  .help = "the mouse", .why = "ignored; the installer is a text one" },
	{ 0 },
};
