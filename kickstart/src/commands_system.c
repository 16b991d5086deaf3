/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other installers set up in the new system, and Socle's image has its own
 * way with: firewall, selinux, services, authentication, subscriptions …
 */
#include <string.h>

#include "parser.h"
#include "types.h"

#define FLAG(word)    { .name = word }
#define TEXT(word)    { word, .type = &type_text }
#define NEEDED(word)  { word, .type = &type_text, .required = true }
#define FLAG_OR(a, b) { a, .alias = b }

static const struct ks_option firstboot_options[] = {
	FLAG_OR("enable", "enabled"),
	FLAG_OR("disable", "disabled"),
	FLAG("reconfig"),
	{ 0 },
};

static const struct ks_option selinux_options[] = {
	FLAG("enforcing"),
	FLAG("permissive"),
	FLAG_OR("disabled", "disable"),
	{ 0 },
};

enum { WALL_ENABLED, WALL_DISABLED, WALL_DEFAULTS };

#define WALL(kind, field) KS_TO(kind, struct ks_firewall, field)

const struct ks_option firewall_options[] = {
	[WALL_ENABLED] = { "enabled", .alias = "enable", WALL(KS_TRUE, enabled),
			   .help = "nothing comes in but answers, ICMP, SSH and what is said "
				   "here" },
	[WALL_DISABLED] = { "disabled", .alias = "disable", WALL(KS_FALSE, enabled),
			    .help = "no packet filter rules (the default)" },
	[WALL_DEFAULTS] = { "use-system-defaults", .help = "the same" },
	{ "service", .type = &type_services, WALL(KS_STRINGS, services),
	  .help = "a service may be reached" },
	{ "remove-service", .type = &type_services, WALL(KS_STRINGS, closed),
	  .help = "it may not, as SSH" },
	{ "port", .type = &type_ports, WALL(KS_STRINGS, ports), .help = "a port may be reached" },
	{ "trust", .type = &type_device_list, WALL(KS_STRINGS, trusted),
	  .help = "all may come in by this interface" },
	{ "ssh", WALL(KS_TRUE, ssh), .help = "SSH may be reached, which is so anyway" },
	{ "http", WALL(KS_TRUE, http), .help = "HTTP may be reached" },
	{ "smtp", WALL(KS_TRUE, smtp), .help = "SMTP may be reached" },
	{ "ftp", WALL(KS_TRUE, ftp), .help = "FTP may be reached" },
	{ "telnet", WALL(KS_TRUE, telnet), .help = "telnet may be reached" },
	{ .name = "high", .status = KS_SILENT, .help = "no effect" },
	{ .name = "medium", .status = KS_SILENT, .help = "no effect" },
	/* ESX */
	{ "allowIncoming", .dialect = KS_ESXI, .status = KS_SILENT, .help = "no effect" },
	{ "allowOutgoing", .dialect = KS_ESXI, .status = KS_SILENT, .help = "no effect" },
	{ "blockIncoming", .dialect = KS_ESXI, .status = KS_SILENT, .help = "no effect" },
	{ "blockOutgoing", .dialect = KS_ESXI, .status = KS_SILENT, .help = "no effect" },
	{ 0 },
};

static const struct ks_option services_options[] = {
	{ "enabled", .type = &type_units, KS_TO(KS_STRINGS, struct answers, services_on),
	  .help = "services that start at boot" },
	{ "disabled", .type = &type_units, KS_TO(KS_STRINGS, struct answers, services_off),
	  .help = "services that do not" },
	{ 0 },
};

/* Who opens a port means a wall with a hole. */
static void apply_firewall(struct parser *p, const struct ks_args *args)
{
	struct ks_firewall *w = &p->a->firewall;
	bool off = args->option[WALL_DISABLED].given || args->option[WALL_DEFAULTS].given;

	w->pos = p->pos;
	args_fill(p, firewall_options, args, w);
	if (!off && (w->services.count || w->ports.count || w->trusted.count || w->closed.count ||
		     w->ssh || w->http || w->smtp || w->ftp || w->telnet))
		w->enabled = true;
}

static void apply_services(struct parser *p, const struct ks_args *args)
{
	p->a->services_pos = p->pos;
	args_fill(p, services_options, args, p->a);
}

static const struct ks_option logging_options[] = {
	{ "host", .type = &type_text, .help = "where the log is sent" },
	{ "port", .type = &type_text, .needs = "host", .help = "its port" },
	{ "level", .type = &type_text, .help = "no effect" },
	{ 0 },
};

static const struct ks_option xconfig_options[] = {
	TEXT("defaultdesktop"), FLAG("startxonboot"), TEXT("depth"), TEXT("resolution"), { 0 },
};

static const struct ks_option module_options[] = {
	NEEDED("name"),
	TEXT("stream"),
	FLAG("disable"),
	{ 0 },
};

static void apply_key(struct parser *p, const struct ks_args *args)
{
	if (args->option[0].given == (args->operands > 0))
		parser_error(p, args->column, "one of KEY and --skip is needed");
}

/* Options come first; the last word is the domain. */
static void apply_realm(struct parser *p, const struct ks_args *args)
{
	const struct ks_words *w = &p->words;

	if (w->count < 3 || strcmp(w->word[1].text, "join") != 0 ||
	    w->word[w->count - 1].text[0] == '-')
		parser_error(p, args->column, "'join', options and the domain are needed");
}

static const struct ks_option rhsm_options[] = {
	NEEDED("organization"),
	{ "activation-key", .type = &type_text, .required = true, .many = true },
	TEXT("server-hostname"),
	TEXT("rhsm-baseurl"),
	TEXT("flatpak-registry-url"),
	TEXT("proxy"),
	FLAG("connect-to-insights"),
	{ 0 },
};

static const struct ks_option syspurpose_options[] = {
	TEXT("role"), TEXT("sla"), TEXT("usage"), { "addon", .type = &type_text, .many = true },
	{ 0 },
};

#define AUTHENTICATION                                                           \
	.free = true, .operand = "...", .status = KS_IGNORED, .repeat = KS_MANY, \
	.help = "how users prove who they are", .why = "ignored; accounts of the system are local"
#define SUBSCRIPTION .status = KS_IGNORED, .why = "ignored; Socle needs no subscription"

const struct ks_command commands_system[] = {
	{ "selinux", .status = KS_IGNORED, .options = selinux_options, .help = "mode of SELinux",
	  .why = "ignored; the system does not use SELinux" },
	{ "firewall", .repeat = KS_MANY, .options = firewall_options, .apply = apply_firewall,
	  .help = "what may come in to the host; guests are on its bridge, not behind it" },
	{ "services", .since = "RHEL 5", .repeat = KS_MANY, .options = services_options,
	  .some_of = "enabled|disabled", .apply = apply_services,
	  .help = "what starts at boot; one that the image does not have is a warning" },
	{ "firstboot", .status = KS_IGNORED, .options = firstboot_options,
	  .help = "questions at the first boot",
	  .why = "ignored; nothing is asked at the first boot" },
	{ "auth", AUTHENTICATION },
	{ "authconfig", AUTHENTICATION },
	{ "authselect", .since = "RHEL 8", AUTHENTICATION },
	{ "realm", .since = "RHEL 7", .free = true, .operand = "join ...", .status = KS_LATER,
	  .secret = true, .apply = apply_realm, .help = "join a domain",
	  .why = "joining a domain is not supported yet" },
	{ "logging", .since = "RHEL 5", .status = KS_IGNORED, .options = logging_options,
	  .help = "where the installer logs to", .why = "ignored; the log stays on the machine" },
	{ "skipx", .status = KS_SILENT, .help = "accepted; there is no graphical desktop" },
	{ "xconfig", .status = KS_IGNORED, .options = xconfig_options, .help = "graphical desktop",
	  .why = "ignored; there is no graphical desktop" },
	{ "module", .since = "RHEL 8", .status = KS_IGNORED, .repeat = KS_MANY,
	  .options = module_options, .help = "a module of packages",
	  .why = "ignored; Socle's system image is fixed; no packages are added or removed" },
	{ "rhsm", .since = "RHEL 8", .secret = true, .options = rhsm_options,
	  .help = "subscription", SUBSCRIPTION },
	{ "syspurpose", .since = "RHEL 8", .options = syspurpose_options, .help = "subscription",
	  SUBSCRIPTION },
	{ "key", .secret = true, .apply = apply_key, .operand = "KEY",
	  .options = (const struct ks_option[]){ FLAG("skip"), { 0 } }, .gone = "RHEL 6",
	  .help = "subscription", SUBSCRIPTION },
	{ 0 },
};
