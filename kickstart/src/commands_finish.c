/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reboot, poweroff, shutdown, halt: what happens after the installation.
 */
#include <string.h>

#include "parser.h"

enum { FINISH_EJECT, FINISH_KEEP };

static const struct ks_option finish_options[] = {
	[FINISH_EJECT] = { "eject", .help = "open the drive of the installation disc" },
	[FINISH_KEEP] = { "noeject", .dialect = KS_ESXI, .conflicts = "eject",
			  .help = "leave the disc in, also where the BIOS would start it again" },
	{ "kexec", .status = KS_IGNORED, .help = "start the new system without the firmware",
	  .why = "ignored; the machine starts through its firmware" },
	{ 0 },
};

static void apply_finish(struct parser *p, const struct ks_args *args)
{
	const char *name = p->command->name;
	struct answers *a = p->a;
	enum ks_finish finish = strcmp(name, "reboot") == 0 ? KS_FINISH_REBOOT
				: strcmp(name, "halt") == 0 ? KS_FINISH_HALT
							    : KS_FINISH_POWEROFF;
	char where[KS_PLACE];

	if (a->finish != KS_FINISH_UNSAID && a->finish != finish)
		parser_warn(p, args->column, "contradicts %s; the last one counts",
			    place(p->finish_pos, where));
	a->finish = finish;
	a->eject = args->option[FINISH_EJECT].given;
	a->no_eject = args->option[FINISH_KEEP].given;
	p->finish_pos = p->pos;
}

#define FINISH(cmd, text) { cmd, .options = finish_options, .apply = apply_finish, .help = text }

const struct ks_command commands_finish[] = {
	FINISH("reboot", "start the new system"),
	FINISH("poweroff", "switch the machine off"),
	FINISH("shutdown", "switch the machine off"),
	FINISH("halt", "stop and wait for someone"),
	{ 0 },
};
