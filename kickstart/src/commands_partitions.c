/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * part, raid, volgroup, logvol and their like: a layout of one's own.
 */
#include <string.h>

#include "parser.h"
#include "types.h"

#define OPAL "luks2-hw-opal|luks2-hw-opal-only"

/*
 * The options of every command that makes a file system; f is where its
 * ks_filesystem is.
 */
#define FS(holder, kind, field) .store = (kind), .to = offsetof(struct holder, fs.field)
#define NO_CRYPT		.status = KS_LATER, .why = "encrypted disks are not supported yet"
#define NO_KEEPING		.status = KS_LATER, .why = KEEPS_GUESTS
#define KEEPS_GUESTS                                                                           \
	"of what is there only the volumes of guests can be kept, by guests --keep; the rest " \
	"is made anew"
#define FILESYSTEM(holder)                                                                         \
	{ "fstype", .alias = "type", .type = &type_fstype, FS(holder, KS_STRING, type),            \
	  .help = "kind of the file system: ext4 (the default), ext3, ext2, xfs, vfat or swap" },  \
		{ "label", .type = &type_text, FS(holder, KS_STRING, label),                       \
		  .help = "its label" },                                                           \
		{ "fsoptions", .type = &type_text, FS(holder, KS_STRING, options),                 \
		  .help = "options of mount(8), instead of nofail" },                              \
		{ "mkfsoptions", .type = &type_text, FS(holder, KS_STRING, make_options),          \
		  .conflicts = "noformat|fsprofile",                                               \
		  .help = "options of the program that makes it" },                                \
		{ "fsprofile",                                                                     \
		  .type = &type_text,                                                              \
		  FS(holder, KS_STRING, profile),                                                  \
		  .status = KS_IGNORED,                                                            \
		  .help = "kind of use, see mke2fs.conf(5)",                                       \
		  .why = "ignored; say --mkfsoptions" },                                           \
		{ "noformat", FS(holder, KS_TRUE, keep), .help = "keep what is in it",             \
		  NO_KEEPING },                                                                    \
		{ "bytes-per-inode", .type = &type_integer, .help = "no effect" },                 \
		{ "hibernation", FS(holder, KS_TRUE, hibernation), .status = KS_IGNORED,           \
		  .help = "swap is to hold all of the memory",                                     \
		  .why = "ignored; a Xen host does not hibernate" },                               \
		{ "encrypted", FS(holder, KS_TRUE, encrypted), .help = "encrypt it by LUKS",       \
		  NO_CRYPT },                                                                      \
		{ "passphrase",                                                                    \
		  .type = &type_text,                                                              \
		  .secret = true,                                                                  \
		  FS(holder, KS_STRING, passphrase),                                               \
		  .help = "its passphrase",                                                        \
		  NO_CRYPT },                                                                      \
		{ "luks-version", .type = &type_text, FS(holder, KS_STRING, luks_version),         \
		  .help = "luks1 or luks2", NO_CRYPT },                                            \
		{ "cipher", .type = &type_text, .help = "its cipher", NO_CRYPT },                  \
		{ "escrowcert", .type = &type_text,                                                \
		  .help = "certificate that the key is kept for", NO_CRYPT },                      \
		{ "backuppassphrase", .help = "make a second passphrase", NO_CRYPT },              \
		{ "pbkdf", .type = &type_text, .help = "how the key is made of the passphrase",    \
		  NO_CRYPT },                                                                      \
		{ "pbkdf-memory", .type = &type_integer, .help = "what that takes of memory, KiB", \
		  NO_CRYPT },                                                                      \
		{ "pbkdf-time", .type = &type_integer, .conflicts = "pbkdf-iterations",            \
		  .help = "and of time, ms", NO_CRYPT },                                           \
		{ "pbkdf-iterations", .type = &type_integer, .help = "and how often", NO_CRYPT },  \
	{                                                                                          \
		"hw-passphrase", .type = &type_text, .secret = true, .needs = "luks-version",      \
			.needs_value = OPAL,                                                       \
			.help = "passphrase of a disk that encrypts by itself", NO_CRYPT           \
	}

#define PART(kind, field) KS_TO(kind, struct ks_part, field)

enum { PART_SIZE, PART_MAXSIZE, PART_GROW, PART_RESIZE, PART_FSTYPE };

const struct ks_option part_options[] = {
	[PART_SIZE] = { "size", .type = &type_size, PART(KS_NUMBER, size),
			.help = "size, the least with --grow" },
	[PART_MAXSIZE] = { "maxsize", .type = &type_size, PART(KS_NUMBER, max_size),
			   .help = "the most with --grow" },
	[PART_GROW] = { "grow", PART(KS_TRUE, grow), .help = "take what is left of the disk" },
	[PART_RESIZE] = { "resize", .needs = "onpart|size", PART(KS_TRUE, resize), NO_KEEPING,
			  .help = "make an existing partition as large as --size" },
	[PART_FSTYPE] = FILESYSTEM(ks_part),
	{ "recommended", PART(KS_TRUE, recommended), .help = "the size is the installer's choice" },
	{ "asprimary", .alias = "primary", PART(KS_TRUE, primary), .status = KS_SILENT,
	  .help = "no effect: a GPT has no other partitions" },
	{ "ondisk", .alias = "ondrive", .type = &type_text, PART(KS_STRING, disk),
	  .help = "the disk it is made on" },
	{ "onpart", .alias = "usepart", .type = &type_text, PART(KS_STRING, part),
	  .help = "take this partition, which is there", NO_KEEPING },
	{ "onbiosdisk", .type = &type_text, .status = KS_LATER,
	  .help = "the disk as the BIOS counts", .why = "use --ondisk" },
	{ "start", .type = &type_integer, .status = KS_LATER, .help = "first cylinder",
	  .why = "where a partition lies is Socle's choice" },
	{ "end", .type = &type_integer, .status = KS_LATER, .help = "last cylinder",
	  .why = "where a partition lies is Socle's choice" },
	{ "active", .status = KS_SILENT, .help = "no effect on a GPT" },
	{ "onvirtualdisk", .type = &type_text, .dialect = KS_ESXI, .status = KS_LATER,
	  .why = "ESX's console is none of Socle's", .help = "the virtual disk of ESX's console" },
	{ "onfirstdisk", .type = &type_text, .optional_value = true, .dialect = KS_ESXI,
	  .status = KS_LATER, .help = "the first disk of a kind, for a datastore",
	  .why = "use --ondisk" },
	{ 0 },
};

/*
 * A mount point that is none of the system's own, or whose line is passed over
 * since the system has something there anyway.
 */
static void check_place(struct parser *p, const struct ks_arg *mount)
{
	char shown[KS_SHOWN];

	switch (ks_where_of(mount->text)) {
	case KS_WHERE_DATA:
		break;
	case KS_WHERE_OURS:
		parser_warn(p, mount->column, "%s is a part of Socle's own layout; ignored",
			    word_show(mount->text, shown));
		break;
	case KS_WHERE_NONE:
		parser_refuse(p, mount->column,
			      "the system is an image in which %s cannot be made; mount it below "
			      "/srv, /opt, /home or /var",
			      word_show(mount->text, shown));
	}
}

static void apply_part(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *type = &args->option[PART_FSTYPE];
	struct answers *a = p->a;
	struct ks_part *part;

	if (type->given && strcmp(type->text, "tmpfs") == 0 &&
	    (args->option[PART_GROW].given || args->option[PART_MAXSIZE].given))
		parser_error(p, type->column, "a tmpfs has neither --grow nor --maxsize");
	part = parser_grow(p, &a->parts, &a->part_count, sizeof(*part));
	if (!part)
		return;
	part->pos = p->pos;
	parser_set(p, &part->mount, args->operand[0].text);
	args_fill(p, part_options, args, part);
	check_place(p, &args->operand[0]);
}

#define RAID(kind, field) KS_TO(kind, struct ks_raid, field)

const struct ks_option raid_options[] = {
	{ "device", .type = &type_text, .required = true, RAID(KS_STRING, device),
	  .help = "name of the array, such as md0" },
	{ "level", .type = &type_level, RAID(KS_STRING, level), .help = "0, 1, 4, 5, 6 or 10" },
	{ "useexisting", RAID(KS_TRUE, existing), .help = "take the array that is there",
	  NO_KEEPING },
	{ "spares", .type = &type_integer, RAID(KS_NUMBER, spares), .status = KS_LATER,
	  .why = "spares are not supported yet", .help = "how many of the members are spares" },
	{ "chunksize", .type = &type_integer, RAID(KS_NUMBER, chunk_size),
	  .help = "size of a chunk in KiB" },
	FILESYSTEM(ks_raid),
	{ 0 },
};

static void apply_raid(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_raid *r = parser_grow(p, &a->raids, &a->raid_count, sizeof(*r));

	if (!r)
		return;
	r->pos = p->pos;
	parser_set(p, &r->mount, args->operand[0].text);
	args_operands(p, args, 1, &r->members);
	args_fill(p, raid_options, args, r);
	/* What is kept as it is need not be described. */
	if (r->existing && r->members.count)
		parser_error(p, args->operand[1].column, "--useexisting takes no members");
	else if (!r->existing && !r->fs.keep && !r->members.count)
		parser_error(p, args->column, "members such as raid.01 are missing");
	else if (!r->existing && !r->fs.keep && !r->level)
		parser_error(p, args->column, "--level=LEVEL is missing");
	else
		check_place(p, &args->operand[0]);
}

#define RESERVED	   .status = KS_LATER, .why = "say sizes of volumes that leave it free"
#define GROUP(kind, field) KS_TO(kind, struct ks_volgroup, field)

enum { GROUP_EXISTING, GROUP_NOFORMAT };

const struct ks_option volgroup_options[] = {
	[GROUP_EXISTING] = { "useexisting", GROUP(KS_TRUE, existing), NO_KEEPING,
			     .help = "take the group that is there" },
	[GROUP_NOFORMAT] = { "noformat", GROUP(KS_TRUE, existing), .help = "the same", NO_KEEPING },
	{ "pesize", .type = &type_integer, GROUP(KS_NUMBER, extent),
	  .help = "size of an extent in KiB" },
	{ "reserved-space", .type = &type_positive, GROUP(KS_NUMBER, reserved), RESERVED,
	  .help = "what is left free, MiB" },
	{ "reserved-percent", .type = &type_part, GROUP(KS_NUMBER, reserved_percent), RESERVED,
	  .help = "what is left free of all" },
	{ 0 },
};

static void apply_volgroup(struct parser *p, const struct ks_args *args)
{
	bool existing = args->option[GROUP_EXISTING].given || args->option[GROUP_NOFORMAT].given;
	struct answers *a = p->a;
	struct ks_volgroup *g;

	if (existing && args->operands > 1)
		parser_error(p, args->operand[1].column, "--useexisting takes no members");
	if (!existing && args->operands < 2)
		parser_error(p, args->column, "members such as pv.01 are missing");
	g = parser_grow(p, &a->volgroups, &a->volgroup_count, sizeof(*g));
	if (!g)
		return;
	g->pos = p->pos;
	parser_set(p, &g->name, args->operand[0].text);
	args_operands(p, args, 1, &g->members);
	args_fill(p, volgroup_options, args, g);
}

#define VOLUME(kind, field) KS_TO(kind, struct ks_logvol, field)
#define ONE_POOL	    .status = KS_LATER, .why = "the one thin pool is that of the guests"

const struct ks_option logvol_options[] = {
	{ "vgname", .type = &type_text, .required = true, VOLUME(KS_STRING, group),
	  .help = "the group it is in" },
	{ "name", .type = &type_text, .required = true, VOLUME(KS_STRING, name),
	  .help = "its name" },
	{ "size", .type = &type_size, VOLUME(KS_NUMBER, size),
	  .help = "size, the least with --grow" },
	{ "maxsize", .type = &type_size, VOLUME(KS_NUMBER, max_size),
	  .help = "the most with --grow" },
	{ "percent", .type = &type_percent, .conflicts = "size", VOLUME(KS_NUMBER, percent),
	  .help = "size, as a part of what is left in the group" },
	{ "grow", VOLUME(KS_TRUE, grow), .help = "take what is left of the group" },
	{ "recommended", VOLUME(KS_TRUE, recommended),
	  .help = "the size is the installer's choice" },
	{ "resize", .needs = "size|useexisting", VOLUME(KS_TRUE, resize), NO_KEEPING,
	  .help = "make an existing volume as large as --size" },
	{ "useexisting", VOLUME(KS_TRUE, existing), .help = "take the volume that is there",
	  NO_KEEPING },
	{ "thinpool", VOLUME(KS_TRUE, pool), .conflicts = "thin", .help = "it is a thin pool",
	  ONE_POOL },
	{ "thin", VOLUME(KS_TRUE, thin), .needs = "poolname", .help = "it is in a thin pool",
	  ONE_POOL },
	{ "poolname", .type = &type_text, VOLUME(KS_STRING, pool_name),
	  .help = "name of that pool" },
	{ "metadatasize", .type = &type_integer, VOLUME(KS_NUMBER, metadata_size),
	  .needs = "thinpool", .help = "size of the pool's metadata" },
	{ "chunksize", .type = &type_integer, VOLUME(KS_NUMBER, chunk_size), .needs = "thinpool",
	  .help = "size of the pool's chunks in KiB" },
	{ "profile", .type = &type_text, .help = "how LVM manages the pool", ONE_POOL },
	{ "cachesize", .type = &type_size, VOLUME(KS_NUMBER, cache_size), .needs = "cachepvs",
	  .status = KS_LATER, .why = "caches are not supported yet",
	  .conflicts = "thin|thinpool|useexisting|noformat", .help = "size of its cache" },
	{ "cachepvs", .type = &type_texts, VOLUME(KS_STRINGS, cache_members), .needs = "cachesize",
	  .conflicts = "thin|thinpool", .help = "fast members that the cache is on" },
	{ "cachemode", .type = &type_text, .needs = "cachesize", VOLUME(KS_STRING, cache_mode),
	  .choices = "writeback|writethrough", .help = "when a write is done" },
	FILESYSTEM(ks_logvol),
	{ 0 },
};

static void apply_logvol(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_logvol *v = parser_grow(p, &a->logvols, &a->logvol_count, sizeof(*v));

	if (!v)
		return;
	v->pos = p->pos;
	parser_set(p, &v->mount, args->operand[0].text);
	args_fill(p, logvol_options, args, v);
	check_place(p, &args->operand[0]);
}

enum { MOUNT_REFORMAT, MOUNT_MKFSOPTIONS };

static const struct ks_option mount_options[] = {
	[MOUNT_REFORMAT] = { "reformat", .type = &type_text, .optional_value = true,
			     .help = "make a file system, of this kind if given" },
	[MOUNT_MKFSOPTIONS] = { "mkfsoptions", .type = &type_text, .needs = "reformat",
				.help = "options of the program that makes it" },
	{ "mountoptions", .type = &type_text, .help = "options of mount(8)" },
	{ 0 },
};

static void apply_mount(struct parser *p, const struct ks_args *args)
{
	if (!type_mount.valid(args->operand[1].text))
		parser_error(p, args->operand[1].column, "MOUNTPOINT is %s", type_mount.what);
}

static const struct ks_option snapshot_options[] = {
	{ "name", .type = &type_text, .required = true, .help = "name of the snapshot" },
	{ "when", .type = &type_text, .required = true, .choices = "pre-install|post-install",
	  .help = "when it is taken" },
	{ 0 },
};

static const struct ks_option reqpart_options[] = {
	{ "add-boot", .help = "a partition for /boot, too" },
	{ 0 },
};

#define FIXED                                                                 \
	.why = "only the layout that is made here is known: say part, raid, " \
	       "volgroup and logvol, or autopart"
#define LAYOUT .repeat = KS_MANY

const struct ks_command commands_partitions[] = {
	{ "part", LAYOUT, .operand = "MOUNTPOINT", .least = 1, .options = part_options,
	  .conflicts = "autopart|mount", .apply = apply_part,
	  .help = "a partition beside those of the system, which are always made" },
	{ "partition", LAYOUT, .operand = "MOUNTPOINT", .least = 1, .options = part_options,
	  .conflicts = "autopart|mount", .apply = apply_part, .help = "the same as part" },
	{ "reqpart", .since = "RHEL 7", .status = KS_SILENT, .options = reqpart_options,
	  .conflicts = "autopart|mount",
	  .help = "the partitions that the platform needs to boot, which are always made" },
	{ "raid", LAYOUT, .operand = "MOUNTPOINT MEMBER...", .least = 1, .most = KS_OPERANDS_MAX,
	  .options = raid_options, .conflicts = "autopart|mount", .apply = apply_raid,
	  .help = "an array of partitions" },
	{ "volgroup", LAYOUT, .operand = "NAME MEMBER...", .least = 1, .most = KS_OPERANDS_MAX,
	  .options = volgroup_options, .conflicts = "autopart|mount", .apply = apply_volgroup,
	  .help = "a volume group of LVM" },
	{ "logvol", LAYOUT, .operand = "MOUNTPOINT", .least = 1, .options = logvol_options,
	  .conflicts = "autopart|mount", .apply = apply_logvol,
	  .help = "a volume of LVM; in the group socle it lies beside those of the guests" },
	{ "btrfs", .since = "RHEL 7", .status = KS_LATER, LAYOUT, .free = true, .operand = "...",
	  .gone = "RHEL 8", .help = "a volume of btrfs",
	  .why = "the kernel's btrfs is not used for hosts" },
	{ "mount", .since = "RHEL 8", .status = KS_LATER, .repeat = KS_MANY,
	  .operand = "DEVICE MOUNTPOINT", .least = 2, .most = 2, .options = mount_options,
	  .conflicts = "autopart|part|partition|raid|volgroup|logvol|reqpart", .apply = apply_mount,
	  .help = "a file system that is there", FIXED },
	{ "snapshot", .since = "RHEL 7", .status = KS_LATER, .repeat = KS_MANY,
	  .operand = "GROUP/VOLUME", .least = 1, .operand_type = &type_volume,
	  .options = snapshot_options, .help = "a snapshot of a thin volume",
	  .why = "snapshots are not supported" },
	{ 0 },
};
