/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rescue takes for an installed system, and GRUB's environment block.
 */
#include "../fuzz/grubenv.c"

#include "helper.h"

#include "../../packages/libsocle/tests/replay.h"

#define PART(n, name, type, uuid) \
	"{\"number\":" #n ",\"part_name\":\"" name "\",\"type\":\"" type "\",\"uuid\":\"" uuid "\"}"
#define DISK(name, data, uuid)                                                             \
	"{\"name\":\"" name "\",\"path\":\"/dev/" name "\",\"size\":512,\"sector\":512,"   \
	"\"physical\":512,\"boot_medium\":false,\"links\":[\"/dev/disk/by-id/" name "\"]," \
	"\"contents\":[" PART(1, "bios", "", "") "," PART(2, "esp", "vfat", "") "," PART(  \
		3, "system-a", "squashfs", "") "," PART(4, "system-b", "",                 \
							"") "," PART(5, "data", data, uuid) "]}"
#define EMPTY                                                                  \
	"{\"name\":\"sdz\",\"path\":\"/dev/sdz\",\"size\":512,\"sector\":512," \
	"\"physical\":512,\"boot_medium\":false,\"contents\":[" PART(1, "esp", "vfat", "") "]}"

static struct facts machine(const char *disks)
{
	struct facts f = FACTS_INIT;
	struct buf text = BUF_INIT;
	struct err e = { 0 };

	buf_addf(&text,
		 "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"nics\":[],\"disks\":[%s]}",
		 disks);
	if (facts_parse(text.s, text.len, &f, &e) < 0)
		fail_msg("%s", err_text(&e));
	buf_clear(&text);
	return f;
}

static void test_one(void **state)
{
	struct facts f = machine(EMPTY "," DISK("sda", "LVM2_member", "x"));
	const struct rescue_system *one = NULL;
	struct rescue_systems all;

	(void)state;
	rescue_find(&f, &all);
	assert_int_equal(all.count, 1);
	assert_int_equal(rescue_choose(&all, NULL, &one, NULL), 0);
	assert_string_equal(one->disks[0]->name, "sda");
	assert_false(one->mirror);
	assert_int_equal(one->bios, 1);
	assert_int_equal(one->esp, 2);
	assert_int_equal(one->slots[1], 4);
	assert_int_equal(one->data, 5);
	facts_clear(&f);
}

/* Several are a refusal that names them; a name of a disk decides. */
static void test_several(void **state)
{
	struct facts f =
		machine(DISK("sda", "LVM2_member", "x") "," DISK("nvme0n1", "LVM2_member", "y"));
	const struct rescue_system *one = NULL;
	struct rescue_systems all;
	struct err e = { 0 };

	(void)state;
	rescue_find(&f, &all);
	assert_int_equal(rescue_choose(&all, NULL, &one, &e), -ENOTUNIQ);
	assert_non_null(strstr(err_text(&e), "/dev/sda, /dev/nvme0n1"));
	assert_int_equal(rescue_choose(&all, "nvme0n1", &one, &e), 0);
	assert_string_equal(one->disks[0]->name, "nvme0n1");
	assert_int_equal(rescue_choose(&all, "/dev/disk/by-id/sda", &one, &e), 0);
	assert_string_equal(one->disks[0]->name, "sda");
	assert_int_equal(rescue_choose(&all, "sdq", &one, &e), -ENOENT);
	facts_clear(&f);
}

static void test_none(void **state)
{
	struct facts f = machine(EMPTY);
	const struct rescue_system *one = NULL;
	struct rescue_systems all;
	struct err e = { 0 };

	(void)state;
	rescue_find(&f, &all);
	assert_int_equal(rescue_choose(&all, NULL, &one, &e), -ENOENT);
	assert_non_null(strstr(err_text(&e), "no system"));
	facts_clear(&f);
}

/* The halves of a mirror are one system; one half alone is one, too. */
static void test_mirror(void **state)
{
	struct facts f = machine(DISK("sda", "linux_raid_member", "m1") "," DISK(
		"sdb", "linux_raid_member", "m2") "," DISK("sdc", "linux_raid_member", "m1"));
	const struct rescue_system *one = NULL;
	struct rescue_systems all;
	struct buf name = BUF_INIT;

	(void)state;
	rescue_find(&f, &all);
	assert_int_equal(all.count, 2);
	assert_int_equal(rescue_choose(&all, "sdc", &one, NULL), 0);
	assert_int_equal(one->disk_count, 2);
	assert_true(one->mirror);
	rescue_name(one, &name);
	assert_string_equal(name.s, "/dev/sda and /dev/sdc");
	assert_int_equal(rescue_choose(&all, "sdb", &one, NULL), 0);
	assert_int_equal(one->disk_count, 1);
	assert_true(one->mirror);
	buf_clear(&name);
	facts_clear(&f);
}

static void test_slot(void **state)
{
	struct buf text = BUF_INIT, out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(fs_read("installer/fuzz/corpus/grubenv/b-with-more", 4096, &text, NULL),
			 0);
	assert_int_equal(grubenv_slot(text.s, text.len), 'b');
	assert_int_equal(grubenv_set_slot(text.s, text.len, 'a', &out, &e), 0);
	assert_int_equal(grubenv_slot(out.s, out.len), 'a');
	/* GRUB never changes its size, and what else is in it stays. */
	assert_int_equal(out.len, 1024);
	assert_non_null(strstr(out.s, "\nsaved_entry=x\n"));
	assert_non_null(strstr(out.s, "\ntries=2\n"));
	buf_clear(&text);
	buf_clear(&out);
	assert_int_equal(grubenv_set_slot("x", 1, 'a', &out, &e), -EINVAL);
	buf_clear(&out);
	assert_true(replay("installer/fuzz/corpus/grubenv", LLVMFuzzerTestOneInput) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one),  cmocka_unit_test(test_several),
		cmocka_unit_test(test_none), cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
