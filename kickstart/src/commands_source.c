/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * url, nfs, cdrom, harddrive, install …: where the system comes from.  Socle's
 * image comes with its installer, so these say nothing that it would need.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

#define TO(field) .store = KS_STRING, .to = offsetof(struct ks_origin, field)

/* Of url, nfs, harddrive and liveimg together: each takes those of its own table. */
#define SSL                                                                                      \
	{ "proxy", .type = &type_text, TO(proxy), .help = "proxy on the way" },                  \
		{ "noverifyssl", .store = KS_TRUE, .to = offsetof(struct ks_origin, unverified), \
		  .help = "take any certificate" }
#define CERTIFICATES                                                                    \
	{ "sslcacert", .type = &type_text, .help = "certificate of the authority" },    \
		{ "sslclientcert", .type = &type_text, .help = "certificate to show" }, \
		{ "sslclientkey", .type = &type_text, .help = "its key" }

static const struct ks_option url_options[] = {
	{ "url", .type = &type_text, TO(url), .help = "the packages" },
	{ "mirrorlist", .type = &type_text, TO(mirrors), .help = "a list of such URLs" },
	{ "metalink", .type = &type_text, TO(mirrors), .help = "a metalink of such URLs" },
	SSL,
	CERTIFICATES,
	{ 0 },
};

static const struct ks_option nfs_options[] = {
	{ "server", .type = &type_text, .required = true, TO(server), .help = "the server" },
	{ "dir", .type = &type_text, .required = true, TO(directory), .help = "its folder" },
	{ "opts", .type = &type_text, TO(options), .help = "options of mount(8)" },
	{ 0 },
};

static const struct ks_option harddrive_options[] = {
	{ "partition", .type = &type_text, TO(partition), .help = "the partition" },
	{ "biospart", .type = &type_text, .status = KS_REFUSED,
	  .help = "the partition as the BIOS counts",
	  .why = "Linux does not know how the BIOS counts; use --partition" },
	{ "dir", .type = &type_text, .required = true, TO(directory), .help = "its folder" },
	{ 0 },
};

static const struct ks_option liveimg_options[] = {
	{ "url", .type = &type_text, .required = true, TO(url), .help = "the image" },
	{ "checksum", .type = &type_text, TO(checksum), .help = "its SHA-256" },
	SSL,
	{ 0 },
};

/* What args_fill() of any of them may have set, for answers_clear(). */
const struct ks_option source_options[] = {
	{ "url", TO(url) },	      { "mirrorlist", TO(mirrors) }, { "server", TO(server) },
	{ "dir", TO(directory) },     { "opts", TO(options) },	     { "partition", TO(partition) },
	{ "checksum", TO(checksum) }, { "proxy", TO(proxy) },	     { 0 },
};

static void apply_source(struct parser *p, const struct ks_args *args)
{
	struct ks_origin *o = &p->a->origin;

	options_clear(source_options, o);
	*o = (struct ks_origin){ .pos = p->pos, .kind = p->command->name };
	if (p->command->options)
		args_fill(p, p->command->options, args, o);
}

static const struct ks_option repo_options[] = {
	{ "name", .type = &type_text, .required = true },
	{ "baseurl", .type = &type_text, .conflicts = "mirrorlist|metalink" },
	{ "mirrorlist", .type = &type_text, .conflicts = "metalink" },
	{ "metalink", .type = &type_text },
	{ "cost", .type = &type_integer },
	{ "priority", .type = &type_integer },
	{ "includepkgs", .type = &type_text },
	{ "excludepkgs", .type = &type_text },
	{ "ignoregroups", .type = &type_bool },
	{ "proxy", .type = &type_text },
	{ .name = "noverifyssl" },
	{ .name = "install" },
	{ "sslcacert", .type = &type_text },
	{ "sslclientcert", .type = &type_text },
	{ "sslclientkey", .type = &type_text },
	{ 0 },
};

/* ESXi's install, upgrade and installorupgrade: which disk, and what becomes of it. */
#define ESXI .dialect = KS_ESXI
#define ESXI_INSTALL                                                                                   \
	{ "disk",                                                                                      \
	  .alias = "drive",                                                                            \
	  .type = &type_text,                                                                          \
	  ESXI,                                                                                        \
	  .status = KS_LATER,                                                                          \
	  .help = "the disk, as ESXi names it",                                                        \
	  .why = "use 'ignoredisk --only-use='" },                                                     \
		{ "firstdisk",                                                                         \
		  .type = &type_text,                                                                  \
		  .optional_value = true,                                                              \
		  ESXI,                                                                                \
		  .status = KS_IGNORED,                                                                \
		  .help = "the first disk of a kind",                                                  \
		  .why = FIRST_DISK },                                                                 \
		{ "ignoressd", ESXI, .status = KS_IGNORED, .help = "no SSD", .why = FIRST_DISK },      \
		{ "overwritevmfs", ESXI, .status = KS_IGNORED,                                         \
		  .help = "datastores on it may be lost",                                              \
		  .why = "say clearpart --all to erase the disk" },                                    \
		{ "overwritevsan", ESXI, .status = KS_IGNORED, .help = "so may a share of vSAN",       \
		  .why = "say clearpart --all to erase the disk" },                                    \
		{ "preservevmfs", ESXI, .status = KS_LATER, .help = "datastores on it stay",           \
		  .why = "Socle takes a whole disk" },                                                 \
		{ "preservevsan", ESXI, .status = KS_LATER, .help = "so does a share of vSAN",         \
		  .why = "Socle takes a whole disk" },                                                 \
		{ "novmfsondisk", ESXI, .status = KS_SILENT,                                           \
		  .help = "no datastore is made on it" },                                              \
		{ "systemdisk",	      .type = &type_text,	 ESXI,                                 \
		  .status = KS_LATER, .help = "a disk for data", .why = "the system takes one disk" }, \
		{ "repartitionsystemdisk", ESXI, .status = KS_SILENT, .help = "no effect" },           \
		{ "forceunsupportedinstall", ESXI, .status = KS_SILENT, .help = "no effect" },         \
		{ "ignoreprereqwarnings", ESXI, .status = KS_SILENT, .help = "no effect" },            \
		{ "ignoreprereqerrors", ESXI, .status = KS_SILENT, .help = "no effect" },              \
		{ "diskBootedFrom", ESXI, .status = KS_SILENT, .help = "no effect" },                  \
		{ "forcemigrate", ESXI, .status = KS_SILENT, .help = "no effect" },                    \
		{ "savebootbank", ESXI, .status = KS_SILENT, .help = "no effect" },                    \
		{ "deletecosvmdk", ESXI, .status = KS_SILENT, .help = "no effect" }

enum { INSTALL_ROOT_DEVICE, INSTALL_DISK, INSTALL_FIRSTDISK };

static const struct ks_option install_options[] = {
	{ "root-device", .type = &type_text, .status = KS_SILENT, .help = "no effect" },
	ESXI_INSTALL,
	{ 0 },
};

static const struct ks_option ostreesetup_options[] = {
	{ "osname", .type = &type_text, .required = true },
	{ "url", .type = &type_web, .required = true },
	{ "ref", .type = &type_text, .required = true },
	{ "remote", .type = &type_text },
	{ "nogpg", .alias = "nogpgcheck" },
	{ 0 },
};

static const struct ks_option ostreecontainer_options[] = {
	{ "url", .type = &type_text, .required = true },
	{ "stateroot", .type = &type_text },
	{ "remote", .type = &type_text },
	{ "transport", .type = &type_text },
	{ .name = "no-signature-verification" },
	{ 0 },
};

static const struct ks_option bootc_options[] = {
	{ "source-imgref", .type = &type_text, .required = true },
	{ "target-imgref", .type = &type_text },
	{ "stateroot", .type = &type_text },
	{ 0 },
};

/*
 * "install url http://…", "install cdrom" of ESX 4; nobody writes words behind
 * Anaconda's.  With a disk behind it ESXi's word is what autopart is elsewhere.
 */
static void apply_install(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *kind = &args->operand[0];

	if (args->option[INSTALL_DISK].given || args->option[INSTALL_FIRSTDISK].given) {
		p->a->autopart = true;
		p->a->autopart_pos = p->pos;
	}
	if (!args->operands)
		return;
	if (!is_choice("url|nfs|cdrom|usb|harddrive", kind->text, strlen(kind->text)))
		parser_error(p, kind->column,
			     "the source is one of url, nfs, cdrom, usb, harddrive");
	p->other_dialect = true;
}

#define OURS   .why = "ignored; the system image comes with the installer"
#define SOURCE .status = KS_IGNORED, .apply = apply_source, OURS
#define IMAGE  .status = KS_LATER, .why = "the system is Socle's own image"

const struct ks_command commands_source[] = {
	{ "install", .status = KS_SILENT, .gone = "RHEL 8", .operand = "SOURCE", .most = 2,
	  .options = install_options, .apply = apply_install,
	  .help = "a new system, not an upgrade; this is the default" },
	{ "installorupgrade", .status = KS_IGNORED, .dialect = KS_ESXI, .options = install_options,
	  .apply = apply_install, .help = "a new system, or an upgrade of that on the disk",
	  .why = "taken for install; nothing is upgraded" },
	{ "upgrade", .status = KS_LATER, .gone = "RHEL 8", .options = install_options,
	  .help = "upgrade the system on the disk", .why = "other systems are not upgraded" },
	{ "cdrom", .status = KS_SILENT, .apply = apply_source,
	  .help = "from the installation disc" },
	{ "url", .secret = true, SOURCE, .options = url_options,
	  .one_of = "url|mirrorlist|metalink", .help = "from a server" },
	{ "nfs", SOURCE, .options = nfs_options, .help = "from a server by NFS" },
	{ "harddrive", SOURCE, .options = harddrive_options, .some_of = "partition",
	  .help = "from a disk" },
	{ "hmc", .since = "RHEL 7", SOURCE, .help = "from the management console of s390" },
	{ "liveimg", .since = "RHEL 7", .secret = true, .options = liveimg_options,
	  .status = KS_IGNORED, .apply = apply_source,
	  .help = "an image that is copied to the disk", OURS },
	{ "repo", .since = "RHEL 5", .secret = true, .status = KS_IGNORED, .repeat = KS_MANY,
	  .options = repo_options, .help = "further packages",
	  .why = "ignored; Socle's system image is fixed; no packages are added or removed" },
	{ "ostreesetup", .since = "RHEL 7", .options = ostreesetup_options,
	  .conflicts = "ostreecontainer|bootc", .help = "an image of OSTree", IMAGE },
	{ "ostreecontainer", .since = "RHEL 9", .options = ostreecontainer_options,
	  .conflicts = "ostreesetup|bootc", .help = "an image of OSTree in a container", IMAGE },
	{ "bootc", .since = "RHEL 10", .options = bootc_options,
	  .conflicts = "ostreesetup|ostreecontainer", .help = "a bootable container", IMAGE },
	{ 0 },
};
