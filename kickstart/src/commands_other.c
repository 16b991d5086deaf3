/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Storage over networks and other machines' hardware, which Socle knows by
 * name: what is well-formed is told from what is not, and nothing is installed.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

#define ISCSI(kind, field) KS_TO(kind, struct ks_iscsi, field)

const struct ks_option iscsi_options[] = {
	{ "ipaddr", .type = &type_text, .required = true, ISCSI(KS_STRING, address),
	  .help = "address of the target" },
	{ "port", .type = &type_port, ISCSI(KS_NUMBER, port), .help = "its port" },
	{ "target", .type = &type_text, ISCSI(KS_STRING, target), .help = "its name" },
	{ "user", .type = &type_text, ISCSI(KS_STRING, user), .help = "name to log in by" },
	{ "password", .type = &type_text, ISCSI(KS_STRING, password), .help = "its password" },
	{ "reverse-user", .type = &type_text, ISCSI(KS_STRING, reverse_user),
	  .help = "name that the target logs in by" },
	{ "reverse-password", .type = &type_text, ISCSI(KS_STRING, reverse_password),
	  .help = "its password" },
	{ "iface", .type = &type_text, ISCSI(KS_STRING, interface), .help = "interface to it" },
	{ 0 },
};

static void apply_iscsi(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_iscsi *i = parser_grow(p, &a->iscsis, &a->iscsi_count, sizeof(*i));

	if (!i)
		return;
	i->pos = p->pos;
	args_fill(p, iscsi_options, args, i);
}

static const struct ks_option fcoe_options[] = {
	{ "nic", .type = &type_text, .required = true },
	{ .name = "dcb" },
	{ .name = "autovlan" },
	{ 0 },
};

static const struct ks_option zfcp_options[] = {
	{ "devnum", .type = &type_text, .required = true },
	{ "wwpn", .type = &type_text, .needs = "fcplun" },
	{ "fcplun", .type = &type_text, .needs = "wwpn" },
	{ 0 },
};

static const struct ks_option zipl_options[] = {
	{ .name = "secure-boot" },
	{ .name = "no-secure-boot" },
	{ .name = "force-secure-boot" },
	{ 0 },
};

enum { NVDIMM_NAMESPACE, NVDIMM_MODE, NVDIMM_SECTORSIZE, NVDIMM_BLOCKDEVS };

static const struct ks_option nvdimm_options[] = {
	[NVDIMM_NAMESPACE] = { "namespace", .type = &type_text },
	[NVDIMM_MODE] = { "mode", .type = &type_text, .choices = "sector|memory|dax" },
	[NVDIMM_SECTORSIZE] = { "sectorsize", .type = &type_integer },
	[NVDIMM_BLOCKDEVS] = { "blockdevs", .type = &type_text },
	{ 0 },
};

static void apply_nvdimm(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *o = args->option;
	const char *action = args->operand[0].text;
	bool good;

	if (strcmp(action, "use") == 0)
		good = o[NVDIMM_NAMESPACE].given != o[NVDIMM_BLOCKDEVS].given &&
		       !o[NVDIMM_MODE].given && !o[NVDIMM_SECTORSIZE].given;
	else
		good = strcmp(action, "reconfigure") == 0 && o[NVDIMM_NAMESPACE].given &&
		       o[NVDIMM_MODE].given && o[NVDIMM_SECTORSIZE].given &&
		       !o[NVDIMM_BLOCKDEVS].given;
	if (!good)
		parser_error(
			p, args->column,
			"use takes --namespace or --blockdevs, reconfigure --namespace, --mode "
			"and --sectorsize");
}

#define LATER(text) .status = KS_LATER, .repeat = KS_MANY, .why = text
#define S390	    LATER("only machines of s390 have it")
#define GONE(cmd)                                                      \
	{ cmd, .status = KS_REFUSED, .gone = "RHEL 7", .secret = true, \
	  .why = "no installer of today knows it; remove the line" }

const struct ks_command commands_other[] = {
	{ "iscsi", .since = "RHEL 5", .secret = true, .options = iscsi_options,
	  .apply = apply_iscsi, .help = "a disk over the network",
	  LATER("disks over iSCSI are not supported yet") },
	{ "iscsiname", .since = "RHEL 5", .operand = "NAME", .least = 1,
	  .help = "name of this machine for iSCSI",
	  LATER("disks over iSCSI are not supported yet") },
	{ "fcoe", .since = "RHEL 6", .options = fcoe_options, .help = "disks over Ethernet",
	  LATER("disks over Ethernet are not supported yet") },
	{ "nvdimm", .since = "RHEL 7", .operand = "use|reconfigure", .least = 1,
	  .options = nvdimm_options, .apply = apply_nvdimm, .help = "disks in memory modules",
	  LATER("disks in memory modules are not supported yet") },
	{ "zfcp", .options = zfcp_options, .help = "disks of s390", S390 },
	{ "zipl", .since = "RHEL 9", .options = zipl_options, .help = "boot loader of s390", S390 },
	GONE("device"),
	{ "deviceprobe", .free = true, .operand = "...", .status = KS_IGNORED, .gone = "RHEL 8",
	  .help = "look for hardware", .why = "ignored; the kernel finds out by itself" },
	GONE("dmraid"),
	GONE("lilocheck"),
	GONE("monitor"),
	GONE("multipath"),
	GONE("unsupported_hardware"),
	{ 0 },
};
