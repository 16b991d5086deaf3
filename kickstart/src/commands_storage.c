/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which disk, and what may be removed from it.  The layout is Socle's own.
 *
 * What decides over data is not guessed: contradictions are errors here where
 * Anaconda lets the last line win.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "types.h"

#define GLOB "*?["

static const char *without_dev(const char *name)
{
	return strncmp(name, "/dev/", 5) == 0 ? name + 5 : name;
}

/*
 * Whether the disks of one name are among those of the other, as far as names
 * tell.  To fnmatch() a glob as the name is a row of letters, of which "sd[!a]"
 * would match "sd*"; so of two globs only the same, or "nvme*" of "nvme?n1", do.
 */
static bool covers(const char *pattern, const char *name)
{
	size_t letters;

	pattern = without_dev(pattern);
	name = without_dev(name);
	if (strcmp(pattern, name) == 0)
		return true;
	if (!strpbrk(name, GLOB))
		return fnmatch(pattern, name, FNM_PATHNAME) == 0;
	letters = strcspn(pattern, GLOB);
	return strcmp(pattern + letters, "*") == 0 && !strchr(name, '/') &&
	       strncmp(pattern, name, letters) == 0;
}

static bool covered(const struct ks_strings *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (covers(list->item[i], name))
			return true;
	return false;
}

static void keep_covered(struct parser *p, struct ks_strings *result, const struct ks_strings *from,
			 const struct ks_strings *by)
{
	for (size_t i = 0; i < from->count; i++) {
		char **item;

		if (!covered(by, from->item[i]) || covered(result, from->item[i]))
			continue;
		item = parser_grow(p, &result->item, &result->count, sizeof(*item));
		if (item)
			parser_set(p, item, from->item[i]);
	}
}

/* Several lines may name disks: those that all of them name are left. */
static void narrow(struct parser *p, const struct ks_arg *arg)
{
	struct ks_strings said = { 0 }, both = { 0 };
	struct answers *a = p->a;
	char where[KS_PLACE];

	parser_split(p, &said, arg->text, ",|");
	if (!a->only_use.count) {
		a->only_use = said;
		a->only_use_pos = p->pos;
		return;
	}
	keep_covered(p, &both, &said, &a->only_use);
	keep_covered(p, &both, &a->only_use, &said);
	if (both.count) {
		strings_clear(&a->only_use);
		a->only_use = both;
	} else if (!p->out_of_memory) {
		parser_refuse(p, arg->column,
			      "no disk is named both here and in %s; use the same names",
			      place(a->only_use_pos, where));
	}
	strings_clear(&said);
}

enum {
	CLEAR_ALL,
	CLEAR_LINUX,
	CLEAR_NONE,
	CLEAR_DRIVES,
	CLEAR_INITLABEL,
	CLEAR_DISKLABEL,
	CLEAR_LIST,
	CLEAR_ALLDRIVES,
	CLEAR_IGNOREDRIVES,
};

#define NO_BOOT_PASSWORD "passwords of the boot menu are not supported yet"

#define WHOLE_DISK "single partitions cannot be removed; Socle takes a whole disk"

static const struct ks_option clearpart_options[] = {
	[CLEAR_ALL] = { "all", .help = "everything on the chosen disk" },
	[CLEAR_LINUX] = { "linux", .help = "Linux partitions; refused if others are on it" },
	[CLEAR_NONE] = { "none", .help = "nothing: the disk must be empty" },
	[CLEAR_DRIVES] = { "drives", .type = &type_disks, .filled = true,
			   .help = "only these disks are considered" },
	[CLEAR_INITLABEL] = { "initlabel", .status = KS_SILENT,
			      .help = "accepted; a new partition table is always written" },
	[CLEAR_DISKLABEL] = { "disklabel", .type = &type_text,
			      .help = "kind of the partition table, which is always gpt" },
	[CLEAR_LIST] = { "list", .type = &type_text, .status = KS_LATER, .help = "these partitions",
			 .why = WHOLE_DISK },
	[CLEAR_ALLDRIVES] = { "alldrives", .dialect = KS_ESXI,
			      .help = "everything on the chosen disk, as --all" },
	[CLEAR_IGNOREDRIVES] = { "ignoredrives", .type = &type_disks, .filled = true,
				 .dialect = KS_ESXI,
				 .help = "disks that are left alone, as 'ignoredisk --drives'" },
	{ "firstdisk", .type = &type_text, .optional_value = true, .dialect = KS_ESXI,
	  .status = KS_IGNORED, .help = "the first disk of a kind", .why = FIRST_DISK },
	{ "overwritevmfs", .dialect = KS_ESXI, .status = KS_SILENT,
	  .help = "no effect; see --all" },
	{ "cdl", .status = KS_IGNORED, .help = "format DASD disks",
	  .why = "ignored; only machines of s390 have DASD disks" },
	{ 0 },
};

static void apply_clearpart(struct parser *p, const struct ks_args *args)
{
	static const struct {
		int option;
		enum ks_clear clear;
	} kinds[] = {
		{ CLEAR_ALL, KS_CLEAR_ALL },
		{ CLEAR_ALLDRIVES, KS_CLEAR_ALL },
		{ CLEAR_LINUX, KS_CLEAR_LINUX },
		{ CLEAR_NONE, KS_CLEAR_NONE },
	};
	const struct ks_arg *label = &args->option[CLEAR_DISKLABEL];
	const struct ks_arg *ignore = &args->option[CLEAR_IGNOREDRIVES], *last = NULL;
	struct answers *a = p->a;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct ks_arg *arg = &args->option[kinds[i].option];

		if (!arg->given || (last && arg->column < last->column))
			continue;
		last = arg;
		a->clear = kinds[i].clear;
	}
	for (size_t i = 0; last && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct ks_arg *arg = &args->option[kinds[i].option];

		if (arg->given && arg != last && kinds[i].clear != a->clear)
			parser_warn(p, last->column,
				    "the last of --all, --linux and --none counts");
	}
	a->clear_pos = p->pos;
	if (label->given && strcmp(label->text, "gpt") != 0)
		parser_warn(p, label->column, "--disklabel: the partition table is always gpt");
	if (args->option[CLEAR_DRIVES].given)
		narrow(p, &args->option[CLEAR_DRIVES]);
	if (ignore->given) {
		parser_split(p, &a->ignore, ignore->text, ",|");
		a->ignore_pos = p->pos;
	}
}

static void apply_zerombr(struct parser *p, const struct ks_args *args)
{
	char shown[KS_SHOWN];

	/* Up to RHEL 5 it was "zerombr yes". */
	if (args->operands && strcmp(args->operand[0].text, "yes") != 0)
		parser_error(p, args->operand[0].column, "\"%s\" is not a word it takes",
			     word_show(args->operand[0].text, shown));
	p->a->zerombr = true;
}

enum { IGNORE_DRIVES, IGNORE_ONLY_USE };

static const struct ks_option ignoredisk_options[] = {
	[IGNORE_DRIVES] = { "drives", .type = &type_disks, .filled = true,
			    .help = "disks that are left alone" },
	[IGNORE_ONLY_USE] = { "only-use", .type = &type_disks, .filled = true,
			      .help = "all others are left alone" },
	{ "interactive", .status = KS_LATER, .help = "ask which disks to use",
	  .why = "nobody is there to be asked; use --only-use" },
	{ 0 },
};

static void apply_ignoredisk(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *drives = &args->option[IGNORE_DRIVES];
	struct answers *a = p->a;

	if (args->option[IGNORE_ONLY_USE].given) {
		narrow(p, &args->option[IGNORE_ONLY_USE]);
	} else if (drives->given) {
		parser_split(p, &a->ignore, drives->text, ",|");
		a->ignore_pos = p->pos;
	}
}

#define LAYOUT_IS_FIXED	 "the layout of the disk is Socle's own"
#define NO_ENCRYPTION	 "encrypted disks are not supported yet"
#define IGNORED(name)	 { name, .status = KS_IGNORED, .help = LAYOUT_IS_FIXED }
#define CRYPT(name)	 { name, .type = &type_text, .status = KS_LATER, .help = NO_ENCRYPTION }
#define CRYPT_FLAG(name) { name, .status = KS_LATER, .help = NO_ENCRYPTION }

enum { AUTO_TYPE, AUTO_FSTYPE };

static const struct ks_option autopart_options[] = {
	[AUTO_TYPE] = { "type", .type = &type_scheme, .status = KS_IGNORED,
			.help = LAYOUT_IS_FIXED },
	[AUTO_FSTYPE] = { "fstype", .type = &type_fstype, .status = KS_IGNORED,
			  .help = LAYOUT_IS_FIXED },
	IGNORED("nolvm"),
	IGNORED("nohome"),
	IGNORED("noboot"),
	{ "noswap", .status = KS_IGNORED, .conflicts = "hibernation", .help = LAYOUT_IS_FIXED },
	IGNORED("hibernation"),
	CRYPT_FLAG("encrypted"),
	CRYPT("passphrase"),
	CRYPT("escrowcert"),
	CRYPT_FLAG("backuppassphrase"),
	CRYPT("cipher"),
	CRYPT("luks-version"),
	CRYPT("pbkdf"),
	{ "pbkdf-memory", .type = &type_integer, .status = KS_LATER, .help = NO_ENCRYPTION },
	{ "pbkdf-time", .type = &type_integer, .status = KS_LATER, .conflicts = "pbkdf-iterations",
	  .help = NO_ENCRYPTION },
	{ "pbkdf-iterations", .type = &type_integer, .status = KS_LATER, .help = NO_ENCRYPTION },
	{ "hw-passphrase", .type = &type_text, .status = KS_LATER, .needs = "luks-version",
	  .needs_value = "luks2-hw-opal|luks2-hw-opal-only", .help = NO_ENCRYPTION },
	{ "firstdisk", .type = &type_text, .optional_value = true, .dialect = KS_ESXI,
	  .status = KS_IGNORED, .help = "the first disk of a kind", .why = FIRST_DISK },
	{ "overwritevmfs", .dialect = KS_ESXI, .status = KS_SILENT,
	  .help = "no effect; see clearpart" },
	{ "disk", .alias = "drive", .type = &type_disk, .dialect = KS_ESXI, .status = KS_LATER,
	  .help = "the disk, as ESX has it", .why = "use 'ignoredisk --only-use='" },
	{ 0 },
};

static void apply_autopart(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *type = &args->option[AUTO_TYPE];

	if (type->given && strcasecmp(type->text, "btrfs") == 0 && args->option[AUTO_FSTYPE].given)
		parser_error(p, type->column, "--type=btrfs and --fstype contradict each other");
	p->a->autopart = true;
	p->a->autopart_pos = p->pos;
}

#define BOOT(kind, field) KS_TO(kind, struct ks_bootloader, field)
#define NOT_YET(text)	  .status = KS_LATER, .help = text
#define NO_EFFECT	  .status = KS_IGNORED, .why = "ignored; it was for boot loaders of old"

enum { BOOT_LOCATION, BOOT_DRIVE, BOOT_SDBOOT };

const struct ks_option bootloader_options[] = {
	[BOOT_LOCATION] = { "location", .type = &type_text, .choices = "mbr|partition|boot|none",
			    BOOT(KS_STRING, location),
			    .help = "where to put it: GRUB is installed for BIOS and UEFI alike" },
	[BOOT_DRIVE] = { "boot-drive", .type = &type_one_disk, BOOT(KS_STRING, drive),
			 .help = "only this disk is considered" },
	[BOOT_SDBOOT] = { "sdboot", .status = KS_IGNORED, .help = "use systemd-boot",
			  .why = "ignored; the boot loader is GRUB" },
	{ "timeout", .type = &type_integer, BOOT(KS_NUMBER, timeout),
	  .help = "seconds that the boot menu waits; 3 if not given" },
	{ "driveorder", .type = &type_disks, .status = KS_IGNORED,
	  .help = "disks as the BIOS has them",
	  .why = "ignored; choose the disk by 'ignoredisk --only-use='" },
	{ "append", .type = &type_word, BOOT(KS_STRING, append),
	  .help = "more arguments of dom0's kernel" },
	{ "password", .type = &type_text, BOOT(KS_STRING, password),
	  NOT_YET("password that the boot menu asks for"), .why = NO_BOOT_PASSWORD },
	{ "iscrypted", BOOT(KS_TRUE, crypted), NOT_YET("it is a hash of grub2-mkpasswd-pbkdf2"),
	  .why = NO_BOOT_PASSWORD },
	{ "md5pass", .type = &type_text, NOT_YET("the same as a hash of old"),
	  .why = NO_BOOT_PASSWORD },
	{ "leavebootorder", BOOT(KS_TRUE, keep_boot_order),
	  .help = "the same as --bootorder=keep" },
	{ "bootorder", .type = &type_text, .choices = "disk|network|keep", .dialect = KS_SOCLE,
	  .conflicts = "leavebootorder", BOOT(KS_STRING, order),
	  .help = "where UEFI's list has the new system: first (disk, the default), behind the "
		  "network, or last, with what is there as it is" },
	{ "nombr", BOOT(KS_TRUE, no_mbr), NOT_YET("nothing is written to the master boot record"),
	  .why = "Socle always writes it yet" },
	{ "disabled", .alias = "disable", BOOT(KS_TRUE, none), NOT_YET("no boot loader"),
	  .why = "a host without a boot loader does not start" },
	{ "default", .type = &type_text, NO_EFFECT, .help = "the entry that boots" },
	{ "extlinux", .status = KS_IGNORED, .conflicts = "sdboot", .help = "use extlinux",
	  .why = "ignored; the boot loader is GRUB" },
	{ "lba32", NO_EFFECT, .help = "for disks of old" },
	{ "upgrade", NO_EFFECT, .help = "keep the old configuration" },
	{ "hvargs", .type = &type_word, BOOT(KS_STRING, xen_append),
	  .help = "more arguments of Xen" },
	{ 0 },
};

static void apply_bootloader(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *where = &args->option[BOOT_LOCATION];
	struct ks_bootloader *b = &p->a->bootloader;

	b->pos = p->pos;
	args_fill(p, bootloader_options, args, b);
	if (args->option[BOOT_DRIVE].given)
		narrow(p, &args->option[BOOT_DRIVE]);
	if (where->given && strcmp(where->text, "none") == 0 && args->option[BOOT_SDBOOT].given)
		parser_error(p, where->column,
			     "--location=none and --sdboot contradict each other");
	else if (where->given && strcmp(where->text, "none") == 0)
		parser_refuse(p, where->column, "a host without a boot loader does not start");
	else if (where->given && strcmp(where->text, "mbr") != 0)
		parser_warn(p, where->column,
			    "--location: GRUB is installed for BIOS and UEFI alike");
}

#define EXCLUDES_AUTOPART "part|partition|raid|volgroup|logvol|reqpart|mount"

const struct ks_command commands_storage[] = {
	{ "ignoredisk", .repeat = KS_ONCE, .options = ignoredisk_options,
	  .one_of = "drives|only-use|interactive", .apply = apply_ignoredisk,
	  .help = "which disks are considered" },
	{ "clearpart", .repeat = KS_ONCE, .options = clearpart_options, .apply = apply_clearpart,
	  .help = "what may be removed from the chosen disk" },
	{ "zerombr", .operand = "yes", .apply = apply_zerombr,
	  .help = "data that is not recognized may be overwritten" },
	{ "autopart", .repeat = KS_ONCE, .secret = true, .options = autopart_options,
	  .conflicts = EXCLUDES_AUTOPART, .apply = apply_autopart,
	  .help = "make Socle's layout on the chosen disk" },
	{ "bootloader", .repeat = KS_ONCE, .secret = true, .options = bootloader_options,
	  .apply = apply_bootloader, .help = "GRUB, which is always installed" },
	{ 0 },
};
