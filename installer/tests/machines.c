/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machines of all kinds, recorded and modelled (those say so in their facts), and
 * the plan or the refusal that a person would read there.
 */
#include "helper.h"

#include <glob.h>

#include "draft.h"

static void print(struct bench *b, struct buf *text)
{
	if (bench_plan(b) == 0)
		plan_print(&b->plan, text);
	else
		plan_print_refusal(&b->plan, &b->e, text);
}

static const struct {
	const char *machine;
	const char *disk;   /* --only-use, or NULL */
	const char *golden; /* when it is not the machine's name */
} machines[] = {
	{ "dell-perc", "/dev/disk/by-id/wwn-0x6cd64f400b8c6002d285c4d0dc8a3f1", NULL },
	{ "dell-perc", "/dev/disk/by-id/wwn-0x6cd64f400b8c6002d285c4d2e1fad75", "dell-perc-data" },
	{ "supermicro-megaraid", "sda", NULL },
	{ "supermicro-megaraid", "sdb", "refused-zfs-half" },
	{ "vmware", NULL, NULL },
	{ "vmware-two", NULL, "refused-vmware-two" },
	{ "mirror-lvm", "sda", NULL },
	{ "group-two-disks", "sda", "refused-group-half" },
	{ "group-clash", "sda", "refused-group-clash" },
	{ "group-clash", "sdb", NULL },
	{ "intel-imsm", "sda", "refused-imsm-half" },
	{ "fc-multipath", "3600a098038314c6b2d3f4e5a6b7c8d9e", NULL },
	{ "fc-paths", "sda", "refused-fc-paths" },
	{ "qemu-paths", "sdb", "refused-qemu-paths" },
	{ "qemu-24-disks", NULL, "refused-24-disks" },
	{ "qemu-24-disks", "/dev/disk/by-id/wwn-0x5000c50010000017", NULL },
	{ "qemu-used", "/dev/disk/by-id/virtio-TARGET", "refused-qemu-used" },
	{ "qemu-nvme", "nvme1n1", NULL },
	{ "qemu-odd", NULL, "refused-qemu-odd" },
	{ "qemu-odd", "mmcblk0", NULL },
	{ "qemu-controllers", "sdd", NULL },
	{ "hpe-ns204i", "nvme0n1", NULL },
	{ "hpe-ns204i", "nvme8n1", "hpe-ns204i-ceph" },
	{ "raid5", "sdb", "refused-raid5" },
	{ "qemu-ibft", NULL, NULL },
};

static void test_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(machines); i++) {
		struct buf text = BUF_INIT;
		struct bench b;

		bench_open(&b, machines[i].machine);
		if (machines[i].disk)
			strings_add(&b.answers.only_use, machines[i].disk);
		print(&b, &text);
		assert_golden(machines[i].golden ? machines[i].golden : machines[i].machine,
			      text.s);
		for (const char *p = text.s; *p; p += strcspn(p, "\n") + 1)
			assert_in_range(strcspn(p, "\n"), 0, 80);
		buf_clear(&text);
		bench_close(&b);
	}
}

/* Whatever machine there is, the answer is a plan or a refusal in words. */
static void test_every_machine(void **state)
{
	enum { AT_LEAST = 20 };
	glob_t all;

	(void)state;
	assert_int_equal(glob(TESTS "facts/*.json", 0, NULL, &all), 0);
	for (size_t i = 0; i < all.gl_pathc; i++) {
		char *name = strdup(strrchr(all.gl_pathv[i], '/') + 1);
		struct bench b;

		name[strlen(name) - strlen(".json")] = 0;
		bench_open(&b, name);
		if (bench_plan(&b) < 0) {
			assert_int_equal(b.e.code, -EPERM);
			assert_string_not_equal(err_text(&b.e), "");
		}
		bench_close(&b);
		free(name);
	}
	assert_true(all.gl_pathc >= AT_LEAST);
	globfree(&all);
}

static const json_t *clear_args(const struct bench *b)
{
	for (size_t i = 0; i < b->plan.op_count; i++)
		if (b->plan.ops[i].kind == &op_kinds[OP_CLEAR_DISK])
			return b->plan.ops[i].args;
	return NULL;
}

static void assert_stops(const struct bench *b, const char *words)
{
	const json_t *list = json_object_get(clear_args(b), "stops"), *item;
	struct buf text = BUF_INIT;
	size_t i;

	json_array_foreach(list, i, item)
		buf_addf(&text, "%s%s %s", i ? ", " : "", arg_string(item, "stop"),
			 arg_string(item, "name"));
	assert_string_equal(text.s, words);
	buf_clear(&text);
}

/* What lies on top is stopped first: a group before its array, an array before its container. */
static void test_stopped_from_the_top(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "mirror-lvm");
	strings_add(&b.answers.only_use, "sda");
	assert_planned(&b);
	assert_stops(&b, "group vg0, array old:0");
	bench_close(&b);

	bench_open(&b, "hpe-ns204i");
	strings_add(&b.answers.only_use, "nvme8n1");
	assert_planned(&b);
	assert_stops(&b, "map osd8-crypt, group ceph-8");
	bench_close(&b);

	bench_open(&b, "intel-imsm");
	strings_add(&b.answers.only_use, "sd*");
	b.answers.mirror.pos.line = 9;
	assert_planned(&b);
	assert_stops(&b, "array Volume0, array imsm0");
	bench_close(&b);
}

static struct fact_volume *volume(struct bench *b, const char *kind)
{
	for (size_t i = 0; i < b->facts.volume_count; i++)
		if (strcmp(b->facts.volumes[i].kind, kind) == 0)
			return &b->facts.volumes[i];
	fail_msg("no %s", kind);
	return NULL;
}

static void set(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

static void not_running(struct bench *b)
{
	volume(b, "array")->active = false;
}

static void no_mirror(struct bench *b)
{
	set(&volume(b, "array")->level, "raid10");
}

static void other_half_faulty(struct bench *b)
{
	struct fact_strings *members = &volume(b, "array")->in_sync;

	free(members->item[--members->count]);
}

static void add_mount(struct fact_strings *mounts, const char *where)
{
	mounts->item = realloc(mounts->item, (mounts->count + 1) * sizeof(*mounts->item));
	assert_non_null(mounts->item);
	mounts->item[mounts->count++] = strdup(where);
}

/* Somebody has mounted the last of the volumes. */
static void mounted(struct bench *b)
{
	add_mount(&b->facts.volumes[b->facts.volume_count - 1].mounts, "/mnt");
}

/* Half of a mirror is given up only while the other half surely has all the data. */
static void test_half_a_mirror(void **state)
{
	static void (*const changes[])(struct bench *b) = { not_running, no_mirror,
							    other_half_faulty, mounted };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
		struct bench b;

		bench_open(&b, "mirror-lvm");
		strings_add(&b.answers.only_use, "sda");
		assert_planned(&b);
		changes[i](&b);
		assert_refused(&b, "lies on sda2 and on sdb2, and nothing gives up /dev/sdb, "
				   "serial WD-WMC6M0D1");
		bench_close(&b);
	}
}

/* What is kept on both disks of the plan is no reason to refuse. */
static void test_both_disks_given_up(void **state)
{
	static const char *const names[] = { "group-two-disks", "mirror-lvm" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct bench b;

		bench_open(&b, names[i]);
		strings_add(&b.answers.only_use, "sd*");
		b.answers.mirror.pos.line = 9;
		assert_planned(&b);
		bench_close(&b);
	}
}

/* Facts whose volumes lie on each other in a circle end in a plan or a refusal. */
static void test_circle(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "mirror-lvm");
	strings_add(&b.answers.only_use, "sda");
	set(&b.facts.volumes[0].on.item[0], b.facts.volumes[1].id);
	(void)!bench_plan(&b);
	set(&b.facts.volumes[0].on.item[0], b.facts.volumes[0].id);
	(void)!bench_plan(&b);
	bench_close(&b);
}

/* Swap space on the disk is given up with it; a file system that somebody mounted is not. */
static void test_mounts(void **state)
{
	struct bench b;

	(void)state;
	bench_open(&b, "qemu-bios");
	add_mount(&b.facts.disks[0].mounts, "swap");
	assert_planned(&b);
	add_mount(&b.facts.disks[0].mounts, "/mnt");
	assert_refused(&b, "no disk of this machine can be taken");
	assert_string_equal(b.plan.candidates[0].why, "in use: /mnt");
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_machines),
		cmocka_unit_test(test_every_machine),
		cmocka_unit_test(test_stopped_from_the_top),
		cmocka_unit_test(test_half_a_mirror),
		cmocka_unit_test(test_both_disks_given_up),
		cmocka_unit_test(test_circle),
		cmocka_unit_test(test_mounts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
