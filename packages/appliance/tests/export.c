/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/export.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "../../libsocle/tests/test.h"
#include "package/tar.h"
#include "socle/buf.h"
#include "socle/fs.h"

enum { DISK = 3 << 20, DATE = 1700000000 };

/* A disk with something at its start and its end, and nothing between. */
static void make_disk(const char *path, char fill)
{
	char text[512];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0666);

	memset(text, fill, sizeof(text));
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, DISK), 0);
	assert_int_equal(pwrite(fd, text, sizeof(text), 0), sizeof(text));
	assert_int_equal(pwrite(fd, text, sizeof(text), DISK - 512), sizeof(text));
	close(fd);
}

static struct model *two_disks(void)
{
	json_t *json = json_pack(
		"{s:s, s:s, s:[{s:s, s:s}, {s:s, s:s}], s:[{s:s, s:i}, {s:s, s:i}],"
		" s:[{s:s, s:s, s:i, s:i, s:[{s:s, s:s, s:i}, {s:s, s:s, s:i, s:i}]}]}",
		"kind", "ovf", "name", "two", "files", "id", "a", "href", "a", "id", "b", "href",
		"b", "disks", "id", "d1", "file", 0, "id", "d2", "file", 1, "machines", "id", "two",
		"name", "two", "cpus", 1, "memory", 64 << 20, "drives", "kind", "disk", "bus",
		"sata", "disk", 0, "kind", "disk", "bus", "sata", "disk", 1, "unit", 1);
	struct model *m = NULL;
	struct err e = { 0 };

	assert_non_null(json);
	if (model_from_json(json, &m, &e) < 0)
		fail_msg("%s", err_text(&e));
	json_decref(json);
	return m;
}

static const struct export_opts ova = { .ovf = "1.1", .format = "vmdk", .date = DATE };

static int export(const char *out, const struct export_opts *o, size_t n, struct err *e)
{
	static const char *const disks[] = { "one.raw", "two.raw" };
	struct model *m = two_disks();
	int ret = export_package(m, disks, n, out, o, e);

	model_free(m);
	return ret;
}

static void must_export(const char *out, const struct export_opts *o)
{
	struct err e = { 0 };

	if (export(out, o, 2, &e) < 0)
		fail_msg("%s: %s", out, err_text(&e));
}

static void member(struct archive *a, const char *name, struct buf *text)
{
	struct archive_entry *entry;
	char data[4096];
	ssize_t n;

	assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
	assert_string_equal(archive_entry_pathname(entry), name);
	assert_int_equal(archive_entry_mtime(entry), DATE);
	while ((n = archive_read_data(a, data, sizeof(data))) > 0)
		buf_add(text, data, (size_t)n);
	assert_int_equal(n, 0);
}

static void the_descriptor_comes_first_and_the_sums_are_right(void **state)
{
	struct buf text[4] = { BUF_INIT, BUF_INIT, BUF_INIT, BUF_INIT };
	const char *names[] = { "two.ovf", "two.mf", "two-disk1.vmdk", "two-disk2.vmdk" };
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	char hex[SHA256_HEX], line[200], size[64];

	(void)state;
	must_export("two.ova", &ova);
	archive_read_support_format_tar(a);
	assert_int_equal(archive_read_open_filename(a, "two.ova", 4096), ARCHIVE_OK);
	for (size_t i = 0; i < 4; i++)
		member(a, names[i], &text[i]);
	assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_EOF);
	archive_read_free(a);
	for (size_t i = 0; i < 4; i++) {
		sha256_mem(text[i].s, text[i].len, hex);
		snprintf(line, sizeof(line), "SHA256(%s)= %s\n", names[i], hex);
		/* The manifest has a line for all but itself. */
		assert_true((i == 1) == !strstr(text[1].s, line));
	}
	snprintf(size, sizeof(size), "ovf:size=\"%zu\"", text[2].len);
	assert_non_null(strstr(text[0].s, size));
	assert_non_null(strstr(text[0].s, "ovf:capacity=\"3145728\""));
	for (size_t i = 0; i < 4; i++)
		buf_clear(&text[i]);
}

static void the_same_disks_give_the_same_file(void **state)
{
	struct export_opts again = ova;
	struct err e = { 0 };

	(void)state;
	again.convert.threads = 1;
	again.force = true;
	must_export("same.ova", &ova);
	assert_int_equal(rename("same.ova", "first.ova"), 0);
	must_export("same.ova", &again);
	must_export("same.ova", &again);
	assert_int_equal(proc_cmd(&e, "cmp", "first.ova", "same.ova", NULL), 0);
}

static void every_format_reads_back(void **state)
{
	static const struct {
		const char *format, *qemu;
	} formats[] = {
		{ "vmdk", "vmdk" }, { "qcow2", "qcow2" }, { "raw", "raw" }, { "vhd", "vpc" }
	};
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct export_opts o = ova;
		char out[32], file[160];

		o.format = formats[i].format;
		o.folder = true;
		snprintf(out, sizeof(out), "as-%s", o.format);
		snprintf(file, sizeof(file), "%s/%s-disk2.%s", out, out, o.format);
		must_export(out, &o);
		if (proc_cmd(&e, "qemu-img", "compare", "-f", "raw", "-F", formats[i].qemu,
			     "two.raw", file, NULL) < 0)
			fail_msg("%s: %s", o.format, err_text(&e));
		/* In an OVA it is the same file, whose sum "tar" and "sha256sum" would tell. */
		o.folder = false;
		strcat(out, ".ova");
		must_export(out, &o);
		snprintf(file, sizeof(file),
			 "tar -xOf %s as-%s-disk2.%s | cmp - as-%s/as-%s-disk2.%s", out, o.format,
			 o.format, o.format, o.format, o.format);
		if (proc_cmd(&e, "sh", "-c", file, NULL) < 0)
			fail_msg("%s: %s", o.format, err_text(&e));
	}
}

static size_t entries(void)
{
	const char *argv[] = { "ls", "-A", NULL };
	struct buf out = BUF_INIT;
	const struct proc p = { .argv = argv, .out = &out };
	struct err e = { 0 };
	size_t n = 0;

	assert_int_equal(proc_run(&p, &e), 0);
	for (size_t i = 0; i < out.len; i++)
		n += out.s[i] == '\n';
	buf_clear(&out);
	return n;
}

static void what_cannot_be_leaves_nothing_behind(void **state)
{
	struct export_opts folder = ova;
	char bad[512] = "KDMV, and then nonsense";
	struct err e = { 0 };
	size_t before;

	(void)state;
	folder.folder = true;
	assert_int_equal(fs_write("taken.ova", "x", 1, 0666, &e), 0);
	before = entries();
	assert_int_equal(export("taken.ova", &ova, 2, &e), -EEXIST);
	assert_string_equal(err_text(&e), "taken.ova: exists already; --force replaces it");
	assert_int_equal(export("few.ova", &ova, 1, &e), -EINVAL);
	assert_string_equal(err_text(&e), "the package has 2 disks, and 1 image is given");
	/* That the second disk is damaged shows when the first is written. */
	assert_int_equal(rename("two.raw", "away.raw"), 0);
	assert_int_equal(fs_write("two.raw", bad, sizeof(bad), 0666, &e), 0);
	before = entries();
	assert_true(export("bad.ova", &ova, 2, &e) < 0);
	assert_non_null(strstr(err_text(&e), "bad-disk2.vmdk: two.raw"));
	assert_true(export("bad", &folder, 2, &e) < 0);
	assert_int_equal(entries(), before);
	assert_int_equal(rename("away.raw", "two.raw"), 0);
}

static void sizes_from_8_gib_on_are_read(void **state)
{
	static const uint64_t sizes[] = { 1, (UINT64_C(1) << 33) - 1, UINT64_C(1) << 33,
					  UINT64_C(3) << 40 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct archive *a = archive_read_new();
		struct archive_entry *entry;
		char block[TAR_BLOCK];
		struct err e = { 0 };

		assert_int_equal(tar_header(block, "disk.vmdk", sizes[i], 1, &e), 0);
		archive_read_support_format_tar(a);
		assert_int_equal(archive_read_open_memory(a, block, sizeof(block)), ARCHIVE_OK);
		assert_int_equal(archive_read_next_header(a, &entry), ARCHIVE_OK);
		assert_int_equal(archive_entry_size(entry), sizes[i]);
		archive_read_free(a);
	}
}

static int prepare(void **state)
{
	if (enter_folder(state) < 0)
		return -1;
	make_disk("one.raw", 'a');
	make_disk("two.raw", 'b');
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_descriptor_comes_first_and_the_sums_are_right),
		cmocka_unit_test(the_same_disks_give_the_same_file),
		cmocka_unit_test(every_format_reads_back),
		cmocka_unit_test(what_cannot_be_leaves_nothing_behind),
		cmocka_unit_test(sizes_from_8_gib_on_are_read),
	};

	return cmocka_run_group_tests_name("export", tests, prepare, leave_folder);
}
