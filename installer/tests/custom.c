/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * part, raid, volgroup and logvol from the kickstart file to the plan.
 */
#include "helper.h"

#include "draft.h"
#include "kickstart/kickstart.h"

#define HEAD "rootpw x\nzerombr\nclearpart --all\n"

static int plan_text(struct bench *b, const char *machine, const char *lines)
{
	struct ks_messages messages = { 0 };
	struct buf text = BUF_INIT;
	int ret;

	bench_open(b, machine);
	answers_clear(&b->answers);
	buf_addf(&text, HEAD "%s", lines);
	ret = ks_parse(text.s, text.len, &b->answers, &messages, &b->e);
	for (size_t i = 0; ret < 0 && i < messages.count; i++)
		print_message("%s\n", messages.item[i].text);
	ks_messages_clear(&messages);
	buf_clear(&text);
	return ret < 0 ? ret : bench_plan(b);
}

static void check_plan(const char *machine, const char *golden, const char *lines)
{
	struct buf text = BUF_INIT;
	struct bench b;

	if (plan_text(&b, machine, lines) < 0)
		fail_msg("%s: %s", golden, err_text(&b.e));
	plan_print(&b.plan, &text);
	/* The file is as wanted, too, not only its length. */
	for (size_t i = 0; i < b.plan.op_count; i++) {
		const json_t *files = json_object_get(b.plan.ops[i].args, "files");

		for (size_t n = 0; n < json_array_size(files); n++)
			if (strcmp(arg_string(json_array_get(files, n), "path"), "etc/fstab") == 0)
				buf_addf(&text, "\n/etc/fstab:\n\n%s",
					 arg_string(json_array_get(files, n), "text"));
	}
	assert_golden(golden, text.s);
	buf_clear(&text);
	bench_close(&b);
}

static void test_plans(void **state)
{
	(void)state;
	check_plan("hpe-raid", "custom",
		   "part / --size=20000 --ondisk=sda\n"
		   "part swap --size=4096 --ondisk=sda\n"
		   "part /srv/vms --fstype=xfs --size=10240 --grow --label=vms --ondisk=sdb\n"
		   "logvol /home --vgname=socle --name=home --size=20480 --fsoptions=noatime\n"
		   "guests --size=200G\n");
	check_plan("hpe-raid", "custom-mirror",
		   "mirror\nguests --size=200G\n"
		   "part raid.01 --size=1 --grow --ondisk=sda\n"
		   "part raid.02 --size=1 --grow --maxsize=300000 --ondisk=sdb\n"
		   "raid pv.01 --device=md0 --level=RAID1 raid.01 raid.02\n"
		   "volgroup data pv.01\n"
		   "logvol /srv --vgname=data --name=srv --size=1024 --grow --fstype=xfs\n"
		   "logvol /opt/img --vgname=data --name=img --size=10000 --fstype=vfat\n");
}

/* What everybody's kickstart says of the system makes Socle's own layout and nothing more. */
static void test_lines_of_old(void **state)
{
	static const char *const files[] = {
		"part / --size=10000\npart /boot --size=500\npart /boot/efi --fstype=efi "
		"--size=200\n"
		"part biosboot --size=1\n",
		"part /boot --size=1024\npart pv.01 --size=1 --grow\nvolgroup vg_root pv.01\n"
		"logvol / --vgname=vg_root --name=root --size=1 --grow\n"
		"logvol swap --vgname=vg_root --name=swap --size=4096\n",
		"part /boot --size=1024\npart raid.1 --size=1 --grow\npart raid.2 --size=1 --grow\n"
		"raid pv.1 --device=md0 --level=1 raid.1 raid.2\nvolgroup vg pv.1\n"
		"logvol / --vgname=vg --name=root --size=1\n",
	};
	struct bench plain, b;

	(void)state;
	if (plan_text(&plain, "qemu-bios", "autopart\n") < 0)
		fail_msg("%s", err_text(&plain.e));
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		if (plan_text(&b, "qemu-bios", files[i]) < 0)
			fail_msg("%zu: %s", i, err_text(&b.e));
		assert_int_equal(b.plan.op_count, plain.plan.op_count);
		for (size_t n = 0; n < b.plan.op_count; n++)
			if (b.plan.ops[n].kind == &op_kinds[OP_PARTITION_TABLE] ||
			    b.plan.ops[n].kind == &op_kinds[OP_MAKE_VOLUMES])
				assert_true(json_equal(b.plan.ops[n].args, plain.plan.ops[n].args));
		bench_close(&b);
	}
	bench_close(&plain);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *machine, *lines, *words;
	} cases[] = {
		{ "qemu-bios", "part /srv --size=20000\n",
		  "line 4: vda has 12.9 GiB for partitions, and 27.5 GiB are asked for" },
		{ "qemu-bios", "autopart\nguests --size=100G\n", "line 5: vda has 12.9 GiB" },
		{ "qemu-bios", "part /srv\n", "line 4: part: --size or --grow is needed" },
		{ "qemu-bios", "part pv.01 --size=100\n", "pv.01 is used 0 times, by volgroup" },
		{ "qemu-bios", "part /srv --size=1\npart /srv --size=1\n", "/srv is said 2 times" },
		{ "qemu-bios", "part /srv --size=1 --ondisk=sdz\n", "0 disks of this machine are" },
		{ "qemu-bios", "part /srv --size=1 --fstype=ntfs\n", "\"ntfs\" cannot be made" },
		{ "qemu-bios", "part pv.1 --size=1\nvolgroup socle pv.1\n",
		  "socle is the system's own" },
		{ "qemu-bios", "part /srv --size=1\nvolgroup a pv.9\n", "no partition pv.9" },
		{ "qemu-bios", "logvol /srv --vgname=b --name=c --size=5\n", "no volgroup b" },
		{ "qemu-bios", "logvol /srv --vgname=socle --name=state --size=5\n",
		  "\"state\" is no name for a volume" },
		{ "qemu-bios", "logvol /srv --vgname=socle --name=x --size=5 --grow\n",
		  "what is left is the guests'" },
		{ "qemu-bios", "part raid.1 --size=1\nraid /srv --device=md0 --level=1 raid.1\n",
		  "level 1 needs at least 2 members" },
		{ "hpe-raid", "mirror\npart /srv --size=100\n", "with a mirror say --ondisk=" },
		{ "qemu-uefi", "part /srv --size=100 --ondisk=sdb\n", "booted from it" },
		{ "qemu-bios", "part /srv --size=100\nguests --keep\n", "say no part or logvol" },
		{ "dell-perc",
		  "ignoredisk --only-use=sda\npart pv.1 --size=9\nvolgroup data pv.1\n",
		  "sdb has an LVM group \"data\", which is what this host's will be called" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		if (plan_text(&b, cases[i].machine, cases[i].lines) == 0)
			fail_msg("not refused: %s", cases[i].lines);
		if (!strstr(err_text(&b.e), cases[i].words))
			fail_msg("%s: %s", cases[i].lines, err_text(&b.e));
		bench_close(&b);
	}
}

/* Whatever is asked for, no two things overlap and all of it is on the disk. */
static void test_nothing_overlaps(void **state)
{
	static const char *const files[] = {
		"part /srv --size=100\npart /opt --size=1 --grow\npart /home --size=5 --grow "
		"--maxsize=300\n",
		"part swap --size=100\nguests --size=1G\npart /opt --size=1 --grow\n",
		"part /srv --size=1\nguests --size=50%\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const json_t *list;
		uint64_t at = 0;
		struct bench b;

		if (plan_text(&b, "qemu-bios", files[i]) < 0)
			fail_msg("%zu: %s", i, err_text(&b.e));
		for (size_t n = 0; n < b.plan.op_count; n++) {
			list = json_object_get(b.plan.ops[n].args, "partitions");
			for (size_t k = 0; k < json_array_size(list); k++) {
				const json_t *part = json_array_get(list, k);

				assert_int_equal(arg_uint(part, "number"), k + 1);
				assert_true(arg_uint(part, "start") >= at);
				assert_true(arg_uint(part, "size") >= MIB);
				at = arg_uint(part, "start") + arg_uint(part, "size");
			}
		}
		assert_true(at > 20 * GIB - 64 * MIB && at <= layout_end(b.plan.disk));
		bench_close(&b);
	}
}

/* A pool has the size that was said, and no more is taken for it than it needs. */
static void test_pool_of_a_size(void **state)
{
	static const uint64_t sizes[] = { 1, 2, 3, 10, 64, 200, 1000, 20000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		for (int mirror = 0; mirror < 2; mirror++) {
			uint64_t pool = sizes[i] * GIB;
			uint64_t data = layout_data_size(mirror, GIB, pool);
			struct layout l = { 0 };

			layout_make(layout_data_start() + data, mirror, GIB, pool, &l);
			assert_int_equal(l.pool, pool);
			assert_true(l.state >= 4 * GIB);
			assert_true(data <= pool + pool / 50 + l.state + 3 * GIB);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plans),	       cmocka_unit_test(test_lines_of_old),
		cmocka_unit_test(test_refusals),       cmocka_unit_test(test_nothing_overlaps),
		cmocka_unit_test(test_pool_of_a_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
