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

static const struct ks_option esxlocation_options[] = {
	{ "disk", .type = &type_text },
	{ "uuid", .type = &type_text },
	{ "driveorder", .type = &type_text },
	{ 0 },
};

static const struct ks_option virtualdisk_options[] = {
	{ "size", .type = &type_size, .required = true },
	{ "onvmfs", .type = &type_text },
	{ "ondisk", .type = &type_text },
	{ "onfirstdisk", .type = &type_text, .optional_value = true },
	{ "path", .type = &type_text },
	{ 0 },
};

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
	{ "include", .dialect = KS_ESXI, .repeat = KS_MANY, .operand = "FILE|URL", .least = 1,
	  .apply = include_apply, .help = "the same as %include" },
	{ "esxlocation", .dialect = KS_ESXI, .status = KS_IGNORED, .options = esxlocation_options,
	  .help = "the ESX to upgrade", .why = "ignored; nothing is upgraded" },
	{ "virtualdisk", .dialect = KS_ESXI, .status = KS_LATER, .repeat = KS_MANY,
	  .operand = "NAME", .least = 1, .options = virtualdisk_options,
	  .help = "the disk of ESX's console", .why = "dom0 has no virtual disk" },
	{ "serialnum", LICENSE, .options = serial_options, .help = "license key" },
	{ "vmserialnum", LICENSE, .options = serial_options, .help = "license key" },
	{ "vmlicense", LICENSE, .options = license_options, .help = "license" },
	{ 0 },
};
