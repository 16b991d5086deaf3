/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UEFI's list, in a folder that plays the firmware.
 */
#include "../fuzz/efi_entry.c"

#include "helper.h"

#include "../../packages/libsocle/tests/replay.h"

#include <sys/stat.h>
#include <unistd.h>

#include "boot_order.h"
#include "draft.h"

#define CORPUS "installer/fuzz/corpus/efi_entry/"
#define MINE   "0b1c2d3e-4f50-8182-8384-85868788898a"
#define OTHER  "11111111-4f50-8182-8384-85868788898a"

static char firmware[] = "/tmp/firmware-XXXXXX";

static int open_firmware(void **state)
{
	(void)state;
	strcpy(firmware + strlen(firmware) - 6, "XXXXXX");
	return mkdtemp(firmware) ? 0 : -1;
}

static int close_firmware(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", firmware);
	return system(command);
}

static void put_file(uint16_t number, const char *file)
{
	struct buf raw = BUF_INIT;
	char name[EFI_NAME_MAX], path[128];

	snprintf(path, sizeof(path), CORPUS "%s", file);
	assert_int_equal(fs_read(path, 4096, &raw, NULL), 0);
	efi_boot_name(number, name);
	assert_int_equal(efi_write(firmware, name, raw.s, raw.len, NULL), 0);
	buf_clear(&raw);
}

static void put_entry(uint16_t number, const char *label, const char *guid)
{
	struct efi_entry entry = { .partition = 2, .start = 4096, .sectors = 9, .loader = "\\x" };
	struct buf raw = BUF_INIT;
	char name[EFI_NAME_MAX];

	strcpy(entry.label, label);
	strcpy(entry.guid, guid);
	efi_entry_build(&entry, &raw);
	efi_boot_name(number, name);
	assert_int_equal(efi_write(firmware, name, raw.s, raw.len, NULL), 0);
	buf_clear(&raw);
}

#define LIST(...) ((struct efi_order){ { __VA_ARGS__ }, sizeof((uint16_t[]){ __VA_ARGS__ }) / 2 })

static void put_order(const char *name, struct efi_order order)
{
	assert_int_equal(efi_write_order(firmware, name, &order, NULL), 0);
}

static void assert_order(const char *name, struct efi_order want)
{
	struct efi_order now;

	assert_int_equal(efi_read_order(firmware, name, &now, NULL), 0);
	assert_int_equal(now.count, want.count);
	for (size_t i = 0; i < want.count; i++)
		assert_int_equal(now.number[i], want.number[i]);
}

static void assert_numbers(struct efi_order want)
{
	struct efi_order now;

	assert_int_equal(efi_numbers(firmware, &now, NULL), 0);
	assert_int_equal(now.count, want.count);
	for (size_t i = 0; i < want.count; i++)
		assert_int_equal(now.number[i], want.number[i]);
}

/* Apply the policy for a disk, and for a mirror's second one when it is given. */
static void apply(const char *policy, const char *second)
{
	json_t *args = json_pack("{s:s, s:s, s:[{s:s, s:s, s:i, s:i, s:i}]}", "order", policy,
				 "loader", "\\EFI\\BOOT\\BOOTX64.EFI", "entries", "label", "Socle",
				 "uuid", MINE, "partition", 2, "start", 4096, "sectors", 2097152);
	struct buf warning = BUF_INIT;
	struct err e = { 0 };

	if (second)
		json_array_append_new(json_object_get(args, "entries"),
				      json_pack("{s:s, s:s, s:i, s:i, s:i}", "label", "Socle 2",
						"uuid", second, "partition", 2, "start", 4096,
						"sectors", 2097152));
	if (boot_order_apply(firmware, args, &warning, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_string_equal(warning.s, "");
	buf_clear(&warning);
	json_decref(args);
}

static void test_entries(void **state)
{
	struct buf raw = BUF_INIT, built = BUF_INIT;
	struct efi_entry entry;

	(void)state;
	assert_int_equal(fs_read(CORPUS "disk", 4096, &raw, NULL), 0);
	assert_int_equal(efi_entry_parse(raw.s, raw.len, &entry), 0);
	assert_string_equal(entry.label, "Socle");
	assert_string_equal(entry.guid, MINE);
	assert_string_equal(entry.loader, "\\EFI\\BOOT\\BOOTX64.EFI");
	assert_int_equal(entry.start, 4096);
	assert_true(entry.active);
	assert_false(entry.network);
	/* Byte for byte what efibootmgr writes. */
	efi_entry_build(&entry, &built);
	assert_int_equal(built.len, raw.len);
	assert_memory_equal(built.s, raw.s, raw.len);
	buf_clear(&raw);
	assert_int_equal(fs_read(CORPUS "pxe", 4096, &raw, NULL), 0);
	assert_int_equal(efi_entry_parse(raw.s, raw.len, &entry), 0);
	assert_true(entry.network);
	assert_string_equal(entry.guid, "");
	buf_clear(&raw);
	buf_clear(&built);
	assert_true(replay("installer/fuzz/corpus/efi_entry", LLVMFuzzerTestOneInput) > 0);
}

static void test_disk_first(void **state)
{
	(void)state;
	put_file(0, "hidden");
	put_file(1, "long-pci");
	put_file(2, "pxe");
	put_order("BootOrder", LIST(0, 1, 2));
	apply("disk", NULL);
	assert_order("BootOrder", LIST(3, 0, 1, 2));
	assert_order("BootNext", LIST(3));
	/* A second install changes nothing: no duplicate, no new number. */
	apply("disk", NULL);
	assert_numbers(LIST(0, 1, 2, 3));
	assert_order("BootOrder", LIST(3, 0, 1, 2));
}

static void test_network_first(void **state)
{
	(void)state;
	put_file(1, "long-pci");
	put_file(2, "pxe");
	put_file(4, "pxe");
	put_order("BootOrder", LIST(1, 2, 4));
	/* Started from the medium: all network cards are first. */
	put_order("BootCurrent", LIST(1));
	apply("network", NULL);
	assert_order("BootOrder", LIST(2, 4, 0, 1));
	/* Started by one of them: that one is. */
	put_order("BootCurrent", LIST(4));
	apply("network", NULL);
	assert_order("BootOrder", LIST(4, 0, 2, 1));
}

static void test_keep(void **state)
{
	(void)state;
	put_file(1, "long-pci");
	put_file(2, "pxe");
	put_order("BootOrder", LIST(2, 1));
	apply("keep", NULL);
	assert_order("BootOrder", LIST(2, 1, 0));
	assert_order("BootNext", (struct efi_order){ 0 });
}

static void test_only_our_own_entries_go(void **state)
{
	(void)state;
	put_entry(0, "Socle", OTHER); /* another disk's */
	put_entry(1, "Socle", MINE);  /* older ones of this disk */
	put_entry(2, "Socle", MINE);
	put_entry(3, "UEFI OS", MINE); /* the firmware's own */
	put_entry(4, "Windows", OTHER);
	put_file(5, "node-beyond");
	put_order("BootOrder", LIST(4, 2, 1, 0, 3, 9));
	apply("disk", NULL);
	assert_numbers(LIST(0, 1, 3, 4, 5));
	/* 9 had no entry, and is none of ours. */
	assert_order("BootOrder", LIST(1, 4, 0, 3, 9));
}

static void test_mirror(void **state)
{
	(void)state;
	put_file(0, "pxe");
	put_order("BootOrder", LIST(0));
	apply("disk", OTHER);
	assert_order("BootOrder", LIST(1, 2, 0));
	apply("network", OTHER);
	assert_order("BootOrder", LIST(0, 1, 2));
}

static void test_empty_firmware(void **state)
{
	(void)state;
	apply("disk", NULL);
	assert_order("BootOrder", LIST(0));
}

static void test_next(void **state)
{
	struct err e = { 0 };

	(void)state;
	put_entry(7, "Socle", MINE);
	assert_int_equal(boot_next(firmware, OTHER, &e), -ENOENT);
	assert_int_equal(boot_next(firmware, MINE, &e), 0);
	assert_order("BootNext", LIST(7));
}

/* Firmware whose memory is full, or that has no variables at all, is told of, not obeyed. */
static void test_failing_firmware(void **state)
{
	json_t *args = json_pack("{s:[{s:s}]}", "entries", "uuid", MINE);
	struct buf warning = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_true(boot_order_apply("/nonexistent", args, &warning, &e) < 0);
	assert_true(*err_text(&e));
	assert_true(op_kinds[OP_BOOT_ENTRY].optional);
	json_decref(args);
	buf_clear(&warning);
}

static const char *sentence_of(const struct bench *b, const char *op)
{
	for (size_t i = 0; i < b->plan.op_count; i++)
		if (strcmp(b->plan.ops[i].kind->name, op) == 0)
			return b->plan.ops[i].sentence;
	return "";
}

/* --leavebootorder of Anaconda, and the words of our own. */
static void test_boot_order(void **state)
{
	struct ks_bootloader *said;
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-uefi");
	said = &b.answers.bootloader;
	assert_planned(&b);
	assert_string_equal(sentence_of(&b, "boot-entry"),
			    "UEFI boot entry \"Socle\", first in the order");
	said->order = strdup("network");
	assert_planned(&b);
	assert_string_equal(sentence_of(&b, "boot-entry"),
			    "UEFI boot entry \"Socle\", in the order behind the network");
	said->keep_boot_order = true;
	assert_planned(&b);
	assert_string_equal(sentence_of(&b, "boot-entry"),
			    "UEFI boot entry \"Socle\", last in the order, which stays as it is");
	bench_close(&b);
}

#define FIRMWARE(test) cmocka_unit_test_setup_teardown(test, open_firmware, close_firmware)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries),	 FIRMWARE(test_disk_first),
		FIRMWARE(test_network_first),	 FIRMWARE(test_keep),
		FIRMWARE(test_mirror),		 FIRMWARE(test_only_our_own_entries_go),
		FIRMWARE(test_empty_firmware),	 FIRMWARE(test_next),
		FIRMWARE(test_failing_firmware), cmocka_unit_test(test_boot_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
