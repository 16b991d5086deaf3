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
		parser_error(p, arg->column,
			     "no disk is named both here and in line %u; use the same names",
			     a->only_use_pos.line);
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
	CLEAR_LIST
};

static const struct ks_option clearpart_options[] = {
	[CLEAR_ALL] = { "all", .help = "everything on the chosen disk" },
	[CLEAR_LINUX] = { "linux", .help = "Linux partitions; refused if others are on it" },
	[CLEAR_NONE] = { "none", .help = "nothing: the disk must be empty" },
	[CLEAR_DRIVES] = { "drives", .type = &type_disks,
			   .help = "only these disks are considered" },
	[CLEAR_INITLABEL] = { "initlabel", .status = KS_SILENT,
			      .help = "accepted; a new partition table is always written" },
	[CLEAR_DISKLABEL] = { "disklabel", .type = &type_word, .choices = "gpt",
			      .help = "accepted; the partition table is GPT" },
	[CLEAR_LIST] = { "list", .type = &type_word, .status = KS_REFUSED,
			 .help = "single partitions cannot be removed; Socle takes a whole disk" },
	{ "cdl", .status = KS_REFUSED, .help = "only DASD disks of s390 have it" },
	{ 0 },
};

static void apply_clearpart(struct parser *p, const struct ks_args *args)
{
	static const struct {
		int option;
		enum ks_clear clear;
	} kinds[] = {
		{ CLEAR_ALL, KS_CLEAR_ALL },
		{ CLEAR_LINUX, KS_CLEAR_LINUX },
		{ CLEAR_NONE, KS_CLEAR_NONE },
	};
	struct answers *a = p->a;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const struct ks_arg *arg = &args->option[kinds[i].option];

		if (!arg->given)
			continue;
		if (a->clear != KS_CLEAR_UNSAID) {
			parser_error(p, arg->column, "--%s contradicts another option of this line",
				     clearpart_options[kinds[i].option].name);
			return;
		}
		a->clear = kinds[i].clear;
	}
	a->clear_pos = p->pos;
	if (args->option[CLEAR_DRIVES].given)
		narrow(p, &args->option[CLEAR_DRIVES]);
}

static void apply_zerombr(struct parser *p, const struct ks_args *args)
{
	(void)args;
	p->a->zerombr = true;
}

enum { IGNORE_DRIVES, IGNORE_ONLY_USE };

static const struct ks_option ignoredisk_options[] = {
	[IGNORE_DRIVES] = { "drives", .type = &type_disks, .help = "disks that are left alone" },
	[IGNORE_ONLY_USE] = { "only-use", .type = &type_disks,
			      .help = "all others are left alone" },
	{ "interactive", .status = KS_REFUSED, .help = "removed from the language" },
	{ 0 },
};

static void apply_ignoredisk(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *drives = &args->option[IGNORE_DRIVES];
	const struct ks_arg *only = &args->option[IGNORE_ONLY_USE];
	struct answers *a = p->a;

	if (drives->given == only->given) {
		parser_error(p, args->column, "one of --drives and --only-use is needed");
	} else if (only->given) {
		narrow(p, only);
	} else {
		parser_split(p, &a->ignore, drives->text, ",|");
		a->ignore_pos = p->pos;
	}
}

#define LAYOUT_IS_FIXED	 "the layout of the disk is Socle's own"
#define NO_ENCRYPTION	 "encrypted disks are not supported yet"
#define IGNORED(name)	 { name, .status = KS_IGNORED, .help = LAYOUT_IS_FIXED }
#define CRYPT(name)	 { name, .type = &type_word, .status = KS_REFUSED, .help = NO_ENCRYPTION }
#define CRYPT_FLAG(name) { name, .status = KS_REFUSED, .help = NO_ENCRYPTION }

static const struct ks_option autopart_options[] = {
	{ "type", .type = &type_word, .choices = "thinp|lvm|plain", .status = KS_IGNORED,
	  .help = LAYOUT_IS_FIXED },
	{ "fstype", .type = &type_word, .status = KS_IGNORED, .help = LAYOUT_IS_FIXED },
	IGNORED("nolvm"),
	IGNORED("nohome"),
	IGNORED("noboot"),
	IGNORED("noswap"),
	IGNORED("hibernation"),
	CRYPT_FLAG("encrypted"),
	CRYPT("passphrase"),
	CRYPT("escrowcert"),
	CRYPT_FLAG("backuppassphrase"),
	CRYPT("cipher"),
	CRYPT("luks-version"),
	CRYPT("pbkdf"),
	CRYPT("pbkdf-memory"),
	CRYPT("pbkdf-time"),
	CRYPT("pbkdf-iterations"),
	CRYPT_FLAG("opal-hardware"),
	CRYPT_FLAG("opal-only"),
	CRYPT("hw-passphrase"),
	{ 0 },
};

static void apply_autopart(struct parser *p, const struct ks_args *args)
{
	(void)args;
	p->a->autopart = true;
	p->a->autopart_pos = p->pos;
}

enum { BOOT_LOCATION, BOOT_DRIVE };

static const struct ks_option bootloader_options[] = {
	[BOOT_LOCATION] = { "location", .type = &type_word, .choices = "mbr",
			    .help = "accepted; GRUB is installed for BIOS and UEFI alike" },
	[BOOT_DRIVE] = { "boot-drive", .type = &type_disk, .help = "only this disk is considered" },
	{ "timeout", .type = &type_number, .status = KS_IGNORED,
	  .help = "ignored; the boot menu's time is Socle's own" },
	{ "driveorder", .type = &type_disks, .status = KS_IGNORED,
	  .help = "ignored; choose the disk by 'ignoredisk --only-use='" },
	{ "append", .type = &type_word, .status = KS_LATER },
	{ "password", .type = &type_word, .status = KS_LATER },
	{ "md5pass", .type = &type_word, .status = KS_LATER },
	{ "default", .type = &type_word, .status = KS_LATER },
	{ "iscrypted", .status = KS_LATER },
	{ "leavebootorder", .status = KS_LATER },
	{ "nombr", .status = KS_LATER },
	{ "disabled", .alias = "disable", .status = KS_REFUSED,
	  .help = "a host without a boot loader does not start" },
	{ "extlinux", .status = KS_REFUSED, .help = "the boot loader is GRUB" },
	{ "sdboot", .status = KS_REFUSED, .help = "the boot loader is GRUB" },
	{ 0 },
};

static void apply_bootloader(struct parser *p, const struct ks_args *args)
{
	if (args->option[BOOT_DRIVE].given)
		narrow(p, &args->option[BOOT_DRIVE]);
}

#define PARTITIONS_ARE_FIXED \
	"partitions are fixed; use autopart, and 'ignoredisk --only-use=' to choose the disk"
#define FIXED(name) { name, .status = KS_REFUSED, .secret = true, .help = PARTITIONS_ARE_FIXED }

const struct ks_command commands_storage[] = {
	{ "ignoredisk", .repeat = KS_ONCE, .options = ignoredisk_options, .apply = apply_ignoredisk,
	  .help = "which disks are considered" },
	{ "clearpart", .repeat = KS_ONCE, .options = clearpart_options, .apply = apply_clearpart,
	  .help = "what may be removed from the chosen disk" },
	{ "zerombr", .apply = apply_zerombr,
	  .help = "data that is not recognized may be overwritten" },
	{ "autopart", .repeat = KS_ONCE, .secret = true, .options = autopart_options,
	  .apply = apply_autopart, .help = "make Socle's layout on the chosen disk" },
	{ "bootloader", .repeat = KS_ONCE, .secret = true, .options = bootloader_options,
	  .apply = apply_bootloader, .help = "GRUB, which is always installed" },
	FIXED("part"),
	FIXED("partition"),
	FIXED("reqpart"),
	FIXED("raid"),
	FIXED("volgroup"),
	FIXED("logvol"),
	FIXED("btrfs"),
	FIXED("mount"),
	{ 0 },
};
