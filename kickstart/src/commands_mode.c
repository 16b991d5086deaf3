/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands that need nothing done here, and those that are known by name only.
 */
#include "parser.h"
#include "types.h"

static const struct ks_option text_options[] = {
	{ "non-interactive", .status = KS_SILENT },
	{ 0 },
};

static const struct ks_option eula_options[] = {
	{ "agreed", .alias = "agree", .status = KS_SILENT },
	{ "accepted", .alias = "accept", .status = KS_SILENT },
	{ 0 },
};

static const struct ks_option firstboot_options[] = {
	{ "enable", .alias = "enabled", .status = KS_IGNORED },
	{ "disable", .alias = "disabled", .status = KS_IGNORED },
	{ "reconfig", .status = KS_IGNORED },
	{ 0 },
};

static const struct ks_option selinux_options[] = {
	{ "enforcing", .status = KS_IGNORED },
	{ "permissive", .status = KS_IGNORED },
	{ "disabled", .status = KS_IGNORED },
	{ 0 },
};

static const struct ks_option firewall_options[] = {
	{ "enabled", .alias = "enable", .status = KS_IGNORED },
	{ "disabled", .alias = "disable", .status = KS_IGNORED },
	{ "service", .type = &type_word, .status = KS_IGNORED },
	{ "remove-service", .type = &type_word, .status = KS_IGNORED },
	{ "port", .type = &type_word, .status = KS_IGNORED },
	{ "trust", .type = &type_word, .status = KS_IGNORED },
	{ "use-system-defaults", .status = KS_IGNORED },
	{ "ssh", .status = KS_IGNORED },
	{ "http", .status = KS_IGNORED },
	{ "smtp", .status = KS_IGNORED },
	{ "ftp", .status = KS_IGNORED },
	{ "telnet", .status = KS_IGNORED },
	{ 0 },
};

const struct ks_command commands_mode[] = {
	{ "text", .status = KS_SILENT, .options = text_options,
	  .help = "the installer is a text one" },
	{ "cmdline", .status = KS_SILENT, .options = text_options,
	  .help = "a complete file is installed without questions" },
	{ "install", .status = KS_SILENT, .help = "the default" },
	{ "cdrom", .status = KS_SILENT, .help = "the system image comes with the installer" },
	{ "skipx", .status = KS_SILENT, .help = "there is no graphical desktop" },
	{ "eula", .status = KS_SILENT, .operand = "accepted", .options = eula_options,
	  .help = "there is none to agree to" },
	{ "firstboot", .status = KS_IGNORED, .options = firstboot_options,
	  .help = "ignored; nothing is asked at the first boot" },
	{ "selinux", .status = KS_IGNORED, .options = selinux_options,
	  .help = "ignored; the system does not use SELinux" },
	{ "firewall", .status = KS_IGNORED, .repeat = KS_MANY, .options = firewall_options,
	  .help = "ignored; the system is installed without packet filter rules" },
	{ 0 },
};

#define LATER(cmd) { cmd, .status = KS_LATER, .secret = true }
#define IMAGE(cmd)                                 \
	{ cmd, .status = KS_LATER, .secret = true, \
	  .help = "the system image comes with the installer" }

const struct ks_command commands_later[] = {
	IMAGE("url"),	       IMAGE("nfs"),
	IMAGE("harddrive"),    IMAGE("liveimg"),
	IMAGE("repo"),	       IMAGE("hmc"),
	IMAGE("ostreesetup"),  IMAGE("ostreecontainer"),
	IMAGE("bootc"),	       LATER("auth"),
	LATER("authconfig"),   LATER("authselect"),
	LATER("autostep"),     LATER("device"),
	LATER("driverdisk"),   LATER("fcoe"),
	LATER("graphical"),    LATER("group"),
	LATER("iscsi"),	       LATER("iscsiname"),
	LATER("logging"),      LATER("mediacheck"),
	LATER("module"),       LATER("monitor"),
	LATER("multipath"),    LATER("nvdimm"),
	LATER("rdp"),	       LATER("realm"),
	LATER("rescue"),       LATER("rhsm"),
	LATER("services"),     LATER("snapshot"),
	LATER("sshpw"),	       LATER("syspurpose"),
	LATER("timesource"),   LATER("updates"),
	LATER("upgrade"),      LATER("user"),
	LATER("vnc"),	       LATER("xconfig"),
	LATER("zfcp"),	       LATER("zipl"),
	LATER("interactive"),  LATER("langsupport"),
	LATER("mouse"),	       LATER("ovsagent"),
	LATER("ovsmgmntif"),   LATER("accepteula"),
	LATER("vmaccepteula"), { 0 },
};
