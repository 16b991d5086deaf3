/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VMDKs that qemu-img does not write: the seeds of the fuzzer, which are of three
 * grains of 4 KiB with the letters A, B and C.
 */
#include "disk.h"

#define SEEDS "packages/appliance/fuzz/corpus/image_vmdk/"

static int top; /* the project, from the working folder */

static int setup(void **state)
{
	top = open(".", O_RDONLY | O_CLOEXEC);
	return enter_folder(state);
}

/* A seed as disk.vmdk; what comes after the first NUL of a descriptor is its extents a, b, x, y. */
static void seed(const char *name)
{
	static const char *const extents[] = { "a", "b", "x", "y" };
	struct buf data = BUF_INIT;
	char path[128];
	size_t len;
	int fd;

	snprintf(path, sizeof(path), SEEDS "%s", name);
	fd = openat(top, path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fs_read_regular_fd(fd, path, 1 << 20, &data, NULL), 0);
	close(fd);
	len = data.s[0] == '#' ? strlen(data.s) : data.len;
	put_file("disk.vmdk", data.s, len);
	for (size_t i = 0; len < data.len && i < sizeof(extents) / sizeof(extents[0]); i++)
		put_file(extents[i], data.s + len + 1, data.len - len - 1);
	buf_clear(&data);
}

/* A letter for each grain of 4 KiB, "." for zeros. */
static void check_grains(const char *data, const char *want)
{
	for (size_t i = 0; want[i]; i++)
		for (size_t at = i * 4096; at < (i + 1) * 4096; at++)
			assert_int_equal(data[at], want[i] == '.' ? 0 : want[i]);
}

static void has_grains(const char *want)
{
	struct err e = { 0 };
	struct image *img = disk_open(&here, "disk.vmdk", &e);
	char *data = img ? disk_read(img, &e) : NULL;

	if (!data) {
		fail_msg("%s", err_text(&e));
		return;
	}
	assert_int_equal(img->info.size, strlen(want) * 4096);
	check_grains(data, want);
	free(data);
	image_free(img);
}

static void streams_grains(const char *want)
{
	struct err e = { 0 };
	char *data = disk_stream(&here, "disk.vmdk", &e);

	if (!data)
		fail_msg("%s", err_text(&e));
	check_grains(data, want);
	free(data);
}

static void streams_refused(const char *message)
{
	struct err e = { 0 };
	char *data = disk_stream(&here, "disk.vmdk", &e);

	if (data || !strstr(err_text(&e), message))
		fail_msg("\"%s\" is not \"%s\"", err_text(&e), message);
}

static void streams_are_the_same_by_their_tables(void **state)
{
	static const struct {
		const char *seed, *grains;
	} streams[] = {
		{ "stream", "ABC" },
		{ "stream-unordered", "A.C" },
		{ "stream-zero-grain", ".B." },
		{ "stream-tables-in-front", "ABC" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
		seed(streams[i].seed);
		has_grains(streams[i].grains);
		streams_grains(streams[i].grains);
	}
	seed("stream-no-markers");
	has_grains("ABC");
	streams_refused("disk.vmdk: only streamOptimized VMDKs can be decoded in order");
}

static void what_was_cut_is_told(void **state)
{
	(void)state;
	seed("stream-cut");
	refused("disk.vmdk", "disk.vmdk: the footer: disk.vmdk: byte 4608: no header");
	streams_refused("disk.vmdk: ends at byte 5632 without its directory");
	seed("stream");
	assert_int_equal(truncate("disk.vmdk", 2600), 0);
	streams_refused("disk.vmdk: byte 2600: ends after 0 of 472 bytes");
	seed("stream-tables-in-front"); /* each grain is one sector */
	assert_int_equal(truncate("disk.vmdk", 6 * 512), 0);
	streams_refused("disk.vmdk: ends at byte 3072 after 2 of 3 grains");
	refused("disk.vmdk", "disk.vmdk: grain 2 at byte 3072: the file ends at byte 3072");
}

static void esx_snapshots_are_read_as_qemu_reads_them(void **state)
{
	static const char *const seeds[] = { "cowd", "sesparse", "extents" };

	(void)state;
	for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]); i++) {
		seed(seeds[i]);
		run("qemu-img", "convert", "-f", "vmdk", "-O", "raw", "disk.vmdk", "want");
		same_as("disk.vmdk", "want");
	}
	seed("sesparse");
	patch("a", 512 + 24, "\1", 1);
	refused("disk.vmdk", "disk.vmdk: extent: a: was not closed; ESX can replay its journal");
}

static void extents_of_zeros_have_no_file(void **state)
{
	struct image *img;
	char *data;

	(void)state;
	seed("flat"); /* 8 sectors of a file, 4 of zeros, 2 of a file */
	img = disk_open(&here, "disk.vmdk", NULL);
	data = disk_read(img, NULL);
	assert_int_equal(img->info.size, 14 * 512);
	assert_int_equal(data[4095], 'A');
	assert_int_equal(data[4096], 0);
	assert_int_equal(data[12 * 512 - 1], 0);
	assert_int_equal(data[12 * 512], 'A');
	free(data);
	image_free(img);
}

/* The lines of a descriptor, of which one matters. */
static void described(const char *line)
{
	char text[512];
	int n = snprintf(text, sizeof(text),
			 "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n%s\n", line);

	put_file("disk.vmdk", text, (size_t)n);
}

static void descriptors_lead_nowhere_else(void **state)
{
	static const struct {
		const char *line, *message;
	} lines[] = {
		{ "RW 8 FLAT \"/etc/passwd\" 0", "disk.vmdk: extent: /etc/passwd: is outside" },
		{ "RW 8 FLAT \"../x\" 0", "disk.vmdk: extent: ../x: is outside" },
		{ "RW 8 VMFSRDM \"a\"", "disk.vmdk: extents of type VMFSRDM are not read" },
		{ "RW 8 FLAT \"nowhere\" 0", "disk.vmdk: extent: nowhere: No such file" },
		{ "NOACCESS 8 FLAT \"a\" 0", "disk.vmdk: extent a may not be read" },
		{ "RW 99999999999999999 ZERO", "disk.vmdk: extent 1: there are too many" },
		{ "RW 26 FLAT \"a\" 4",
		  "a: ends at byte 14336; the guest's byte 12288 is stored at byte 14336" },
		{ "RW 32 SPARSE \"a\"", "disk.vmdk: a has 12288 bytes of the guest, not 16384" },
		{ "", "disk.vmdk: the descriptor names no extent" },
	};

	(void)state;
	seed("extents");
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		described(lines[i].line);
		refused("disk.vmdk", lines[i].message);
	}
}

static void damage_is_told_by_grain_and_byte(void **state)
{
	static const struct {
		const char *seed;
		off_t at;
		const char *bytes;
		size_t len;
		const char *message;
	} damage[] = {
		/* The header. */
		{ "stream", 4, "\4", 1, "disk.vmdk: VMDK version 4 is not known" },
		{ "stream", 73, "\r\n \r", 4, "disk.vmdk: byte 73: was damaged by a transfer as" },
		{ "stream", 20, "\7", 1, "disk.vmdk: grains of 3584 bytes" },
		{ "stream", 12, "\xff\xff\xff\xff\xff\xff\xff", 7, "capacity, 72057594037927935" },
		{ "sparse", 44, "\xff\xff\xff\xff", 4, "disk.vmdk: tables of 4294967295 grains" },
		{ "stream", 77, "\2", 1, "disk.vmdk: compression 2 is not known" },
		{ "stream", -1024 + 20, "\x10", 1, "the footer at byte 6144 is not that of the" },
		/* The directory, the table, a marker, what is compressed. */
		{ "sparse", 1024, "\0\0\1", 3, "disk.vmdk: grain 0: disk.vmdk: a table at byte" },
		{ "sparse", 1540, "\0\0\1", 3, "disk.vmdk: grain 1 at byte 33554432: the file" },
		{ "stream", 2560, "\5", 1, "disk.vmdk: grain 1 at byte 2560: what is there is" },
		{ "stream", 2571, "\1", 1, "disk.vmdk: grain 1 at byte 2560: 16777" },
		{ "stream", 2580, "\xff\xff", 2,
		  "disk.vmdk: grain 1 at byte 2572: the compressed" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		seed(damage[i].seed);
		patch("disk.vmdk", damage[i].at, damage[i].bytes, damage[i].len);
		refused("disk.vmdk", damage[i].message);
	}
	seed("stream");
	patch("disk.vmdk", 2560, "\5", 1);
	streams_refused("disk.vmdk: byte 2560: a grain of sector 5 cannot be");
	seed("stream");
	patch("disk.vmdk", 2560, "\0", 1);
	streams_refused("disk.vmdk: grain 0 at byte 2560 is there twice");
	seed("stream");
	patch("disk.vmdk", 3584 + 12, "\7", 1);
	streams_refused("disk.vmdk: byte 3584: neither a grain nor a marker");
}

static void a_difference_needs_its_parent(void **state)
{
	(void)state;
	put_file("raw", "parent", 6);
	run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "raw", "parent.vmdk");
	run("qemu-img", "resize", "-q", "-f", "raw", "raw", "1M");
	run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "raw", "parent.vmdk");
	run("qemu-img", "create", "-q", "-f", "vmdk", "-b", "parent.vmdk", "-F", "vmdk",
	    "child.vmdk");
	run("qemu-io", "-c", "write -P 9 200k 100k", "child.vmdk");
	run("qemu-img", "convert", "-O", "raw", "child.vmdk", "want");
	same_as("child.vmdk", "want");

	run("qemu-io", "-c", "write -P 1 0 1k", "parent.vmdk"); /* gets another CID */
	refused("child.vmdk", "child.vmdk: is a difference to contents ");
	assert_int_equal(unlink("parent.vmdk"), 0);
	refused("child.vmdk",
		"child.vmdk: is a difference to another image: parent.vmdk: No such file");
}

/* Extents of 2 GiB: the third begins where the first and second end. */
static void large_disks_are_in_several_files(void **state)
{
	static const off_t places[] = { 0, (INT64_C(2) << 30) - 3000, (INT64_C(4) << 30) - 70000,
					(INT64_C(5) << 30) - 4096 };
	struct err e = { 0 };
	struct image *img;
	struct extent x;
	char got[3000];

	(void)state;
	put_file("big.raw", "", 0);
	assert_int_equal(truncate("big.raw", INT64_C(5) << 30), 0);
	for (size_t i = 0; i < 4; i++)
		patch("big.raw", places[i], "here is something", 17);
	patch("big.raw", INT64_C(2) << 30, "and here", 8);
	run("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o",
	    "subformat=twoGbMaxExtentSparse", "big.raw", "big.vmdk");
	img = disk_open(&here, "big.vmdk", &e);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(image_pread(img, got, sizeof(got), (uint64_t)places[i], &e), 0);
		assert_memory_equal(got, "here is something\0", 18);
	}
	assert_int_equal(image_pread(img, got, 8, UINT64_C(2) << 30, &e), 0);
	assert_memory_equal(got, "and here", 8);
	assert_int_equal(image_lookup(img, (UINT64_C(4) << 30) + 1000000, &x, &e), 0);
	assert_int_equal(x.kind, EXTENT_ZERO);
	image_free(img);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_are_the_same_by_their_tables),
		cmocka_unit_test(what_was_cut_is_told),
		cmocka_unit_test(esx_snapshots_are_read_as_qemu_reads_them),
		cmocka_unit_test(extents_of_zeros_have_no_file),
		cmocka_unit_test(descriptors_lead_nowhere_else),
		cmocka_unit_test(damage_is_told_by_grain_and_byte),
		cmocka_unit_test(a_difference_needs_its_parent),
		cmocka_unit_test(large_disks_are_in_several_files),
	};

	return cmocka_run_group_tests_name("vmdk", tests, setup, leave_folder);
}
