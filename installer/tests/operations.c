/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The operations that can be tried on a file, without root.  The others are
 * tried by whole installs in a virtual machine.
 */
#include "helper.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "gather.h"

static char folder[] = "/tmp/installer-XXXXXX";

static const char *in_folder(const char *name)
{
	static char path[128];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	static const char *const names[] = { "disk", "source", "target" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		unlink(in_folder(names[i]));
	return rmdir(folder);
}

static const json_t *args_of(const struct plan *p, enum op op)
{
	for (size_t i = 0; i < p->op_count; i++)
		if (p->ops[i].kind == &op_kinds[op])
			return p->ops[i].args;
	fail_msg("the plan lacks %s", op_kinds[op].name);
	return NULL;
}

/* UEFI 2.10, 5.3.3: the entries begin in sector 2, 128 bytes each, the first sector at byte 32. */
static uint64_t gpt_start(const char *path, size_t index, uint64_t sector)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint64_t first;

	assert_int_equal(pread(fd, &first, sizeof(first), (off_t)(2 * sector + index * 128 + 32)),
			 sizeof(first));
	close(fd);
	return first * sector;
}

/* What libfdisk writes is, for libblkid, to the byte what was planned. */
static void test_partition_table(void **state)
{
	json_t *disk, *args, *planned, *found;
	const char *path = in_folder("disk");
	struct bench b;
	int fd;

	(void)state;
	bench_open(&b, "qemu-bios");
	b.facts.disks[0].size = PLAN_DISK_MIN;
	assert_planned(&b);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)PLAN_DISK_MIN), 0);
	close(fd);
	args = json_deep_copy(args_of(&b.plan, OP_PARTITION_TABLE));
	json_object_set_new(args, "disk", json_string(path));
	if (partition_table_execute(NULL, args, &b.e) < 0)
		fail_msg("%s", err_text(&b.e));

	disk = json_pack("{s:I}", "size", (json_int_t)PLAN_DISK_MIN);
	gather_contents(path, disk);
	assert_string_equal(arg_string(disk, "table"), "gpt");
	planned = json_object_get(args, "partitions");
	found = json_object_get(disk, "contents");
	assert_int_equal(json_array_size(found), PART_COUNT);
	for (size_t i = 0; i < PART_COUNT; i++) {
		const json_t *want = json_array_get(planned, i), *have = json_array_get(found, i);

		assert_int_equal(arg_uint(have, "number"), arg_uint(want, "number"));
		assert_int_equal(arg_uint(have, "size"), arg_uint(want, "size"));
		assert_int_equal(gpt_start(path, i, 512), arg_uint(want, "start"));
		assert_string_equal(arg_string(have, "part_name"), arg_string(want, "name"));
		assert_int_equal(
			strcasecmp(arg_string(have, "part_type"), arg_string(want, "type")), 0);
	}
	json_decref(disk);
	json_decref(args);
	bench_close(&b);
}

/* A disk with data that nobody knows is not an empty one. */
static void test_unrecognized(void **state)
{
	const char *path = in_folder("disk");
	json_t *disk = json_pack("{s:I}", "size", (json_int_t)PLAN_DISK_MIN);
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)PLAN_DISK_MIN), 0);
	gather_contents(path, disk);
	assert_int_equal(json_array_size(json_object_get(disk, "contents")), 0);
	assert_int_equal(pwrite(fd, "ledger", 6, 5000), 6);
	gather_contents(path, disk);
	assert_int_equal(json_array_size(json_object_get(disk, "contents")), 1);
	assert_string_equal(
		arg_string(json_array_get(json_object_get(disk, "contents"), 0), "type"),
		FACT_UNRECOGNIZED);
	close(fd);
	json_decref(disk);
}

struct copying {
	struct plan plan;
	struct plan_op op;
	struct exec_options options;
	struct exec exec;
};

static void copying_open(struct copying *c)
{
	static char sentence[] = "copy";

	*c = (struct copying){ .op = { .kind = &op_kinds[OP_WRITE_IMAGE], .sentence = sentence } };
	c->plan.ops = &c->op;
	c->plan.op_count = 1;
	c->exec = (struct exec){ .plan = &c->plan, .options = &c->options, .journal = -1 };
}

/* A source of a size that is no multiple of the chunk. */
static json_t *make_source(size_t size)
{
	char *data = malloc(size), hex[SHA256_HEX];
	json_t *file;

	assert_non_null(data);
	for (size_t i = 0; i < size; i++)
		data[i] = (char)(i * 7 + i / 4096);
	sha256_mem(data, size, hex);
	assert_int_equal(fs_write(in_folder("source"), data, size, 0600, NULL), 0);
	file = json_pack("{s:s, s:I, s:s}", "name", "source", "size", (json_int_t)size, "sha256",
			 hex);
	free(data);
	return file;
}

static void test_copy(void **state)
{
	static const size_t sizes[] = { 1, 4096, 4 << 20, (17 << 20) + 5 };
	char source[128], target[128];

	(void)state;
	snprintf(source, sizeof(source), "%s", in_folder("source"));
	snprintf(target, sizeof(target), "%s", in_folder("target"));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		json_t *file = make_source(sizes[i]);
		struct buf out = BUF_INIT;
		struct err e = { 0 };
		char hex[SHA256_HEX];
		struct copying c;

		copying_open(&c);
		if (verify_file(&c.exec, source, file, 0, sizes[i], &e) < 0 ||
		    copy_file(&c.exec, source, target, file, 0, sizes[i], &e) < 0)
			fail_msg("%s", err_text(&e));
		sums_clear(&c.exec);
		assert_int_equal(fs_read(target, 64 << 20, &out, &e), 0);
		sha256_mem(out.s, out.len, hex);
		assert_string_equal(hex, arg_string(file, "sha256"));
		buf_clear(&out);
		json_decref(file);
	}
}

/* A medium that is not what the manifest says is found out, and how. */
static void test_copy_faults(void **state)
{
	json_t *file = make_source(5 << 20);
	const char *source = in_folder("source");
	struct err e = { 0 };
	struct copying c;

	(void)state;
	copying_open(&c);
	json_object_set_new(file, "size", json_integer((5 << 20) - 1));
	assert_int_equal(verify_file(&c.exec, source, file, 0, 1, &e), -EFBIG);
	assert_string_equal(err_text(&e), "source: larger than the 5242879 bytes of the plan");
	json_object_set_new(file, "size", json_integer((5 << 20) + 1));
	assert_int_equal(verify_file(&c.exec, source, file, 0, 1, &e), -EIO);
	assert_string_equal(err_text(&e), "source: ends after 5242880 of 5242881 bytes");
	json_object_set_new(file, "size", json_integer(5 << 20));
	json_object_set_new(file, "sha256", json_string("0000"));
	assert_int_equal(verify_file(&c.exec, source, file, 0, 1, &e), -EBADMSG);
	sums_clear(&c.exec);
	json_decref(file);
}

/* Only what was verified is written, and only as it was then. */
static void test_copy_verified(void **state)
{
	json_t *file = make_source(9 << 20);
	char source[128], target[128];
	struct err e = { 0 };
	struct copying c;
	struct stat st;
	int fd;

	(void)state;
	snprintf(source, sizeof(source), "%s", in_folder("source"));
	snprintf(target, sizeof(target), "%s", in_folder("target"));
	copying_open(&c);
	assert_int_equal(copy_file(&c.exec, source, target, file, 0, 1, &e), -EPERM);
	assert_string_equal(err_text(&e), "source: not verified");
	assert_int_equal(verify_file(&c.exec, source, file, 0, 1, &e), 0);
	fd = open(source, O_WRONLY | O_CLOEXEC);
	assert_int_equal(pwrite(fd, "x", 1, 5 << 20), 1);
	close(fd);
	assert_int_equal(copy_file(&c.exec, source, target, file, 0, 1, &e), -EBADMSG);
	assert_string_equal(err_text(&e),
			    "source: byte 4194304 and on are not what was verified before");
	assert_int_equal(stat(target, &st), 0);
	assert_int_equal(st.st_size, 4 << 20);
	sums_clear(&c.exec);
	json_decref(file);
}

static void test_partition_names(void **state)
{
	static const char *const names[][2] = { { "/dev/sda", "/dev/sda3" },
						{ "/dev/vda", "/dev/vda3" },
						{ "/dev/nvme0n1", "/dev/nvme0n1p3" },
						{ "/dev/mmcblk0", "/dev/mmcblk0p3" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		char path[DEVICE_PATH];

		device_partition(names[i][0], 3, path);
		assert_string_equal(path, names[i][1]);
	}
}

static void set(char **text, const char *value)
{
	free(*text);
	*text = strdup(value);
}

static void other_serial(struct fact_disk *d)
{
	set(&d->serial, "ANOTHER");
}

static void other_size(struct fact_disk *d)
{
	d->size += 4096;
}

static void other_place(struct fact_disk *d)
{
	for (size_t i = 0; i < d->links.count; i++)
		if (strstr(d->links.item[i], "by-path"))
			set(&d->links.item[i], "/dev/disk/by-path/pci-0000:03:00.0-scsi-0:0:7:0");
}

static void became_medium(struct fact_disk *d)
{
	d->boot_medium = true;
}

static void other_file_system(struct fact_disk *d)
{
	set(&d->contents[0].uuid, "5555-AAAA");
}

static void partition_less(struct fact_disk *d)
{
	struct fact_content *last = &d->contents[--d->content_count];
	char **texts[] = { &last->type,	     &last->label,     &last->uuid,	&last->member,
			   &last->part_type, &last->part_name, &last->part_uuid };

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		free(*texts[i]);
}

/* Between plan and first write the disk stayed what it was, whatever its path is called. */
static void test_disk_checked(void **state)
{
	static const struct {
		void (*change)(struct fact_disk *d);
		int code;
	} cases[] = {
		{ NULL, 0 },
		{ other_serial, -ESTALE },
		{ other_size, -ESTALE },
		{ became_medium, -EPERM },
		{ other_file_system, -ESTALE },
		{ partition_less, -ESTALE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench planned, now;

		bench_open(&planned, "dell-nvme");
		bench_open(&now, "dell-nvme");
		if (cases[i].change)
			cases[i].change(&now.facts.disks[0]);
		planned.plan.disks[planned.plan.disk_count++] = &planned.facts.disks[0];
		assert_int_equal(
			check_disk(&planned.plan, &planned.facts.disks[0], &now.facts, &now.e),
			cases[i].code);
		bench_close(&planned);
		bench_close(&now);
	}
}

/* Of two disks without numbers the place tells which is which. */
static void test_place_checked(void **state)
{
	struct bench planned, now;

	(void)state;
	bench_open(&planned, "vmware");
	bench_open(&now, "vmware");
	assert_int_equal(check_disk(&planned.plan, &planned.facts.disks[0], &now.facts, &now.e), 0);
	other_place(&now.facts.disks[0]);
	assert_int_equal(check_disk(&planned.plan, &planned.facts.disks[0], &now.facts, &now.e),
			 -ESTALE);
	bench_close(&planned);
	bench_close(&now);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partition_table), cmocka_unit_test(test_copy),
		cmocka_unit_test(test_copy_faults),	cmocka_unit_test(test_copy_verified),
		cmocka_unit_test(test_partition_names), cmocka_unit_test(test_disk_checked),
		cmocka_unit_test(test_place_checked),	cmocka_unit_test(test_unrecognized),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
