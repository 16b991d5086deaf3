/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VHDs that qemu-img does not write: the seeds of the fuzzer, in sectors of the
 * letters A and C, once their checksums are right.
 */
#include "disk.h"

#define SEEDS "packages/appliance/fuzz/corpus/image_vhd/"

static int top; /* the project, from the working folder */

static int setup(void **state)
{
	top = open(".", O_RDONLY | O_CLOEXEC);
	return enter_folder(state);
}

/* Make the checksum of a footer or header right. */
static void mend(const char *name, off_t at, size_t size, size_t field)
{
	unsigned char data[1024], sum[4] = { 0 };
	uint32_t n = 0;

	patch(name, at + (off_t)field, sum, 4);
	peek(name, at, data, size);
	for (size_t i = 0; i < size; i++)
		n += data[i];
	for (size_t i = 0; i < 4; i++)
		sum[i] = (unsigned char)(~n >> (24 - 8 * i));
	patch(name, at + (off_t)field, sum, 4);
}

static off_t length(const char *name)
{
	struct stat st;

	assert_int_equal(stat(name, &st), 0);
	return st.st_size;
}

static void mend_all(const char *name)
{
	char magic[9] = "";

	mend(name, length(name) - 512, 512, 64);
	peek(name, 0, magic, 8);
	if (strcmp(magic, "conectix") == 0) {
		mend(name, 0, 512, 64);
		mend(name, 512, 1024, 36);
	}
}

static void seed(const char *name, const char *to)
{
	struct buf data = BUF_INIT;
	char path[128];
	int fd;

	snprintf(path, sizeof(path), SEEDS "%s", name);
	fd = openat(top, path, O_RDONLY | O_CLOEXEC);
	assert_int_equal(fs_read_regular_fd(fd, path, 1 << 20, &data, NULL), 0);
	close(fd);
	put_file(to, data.s, data.len);
	buf_clear(&data);
	mend_all(to);
}

/* A letter for each sector, "." for zeros. */
static void has_sectors(const char *name, const char *want)
{
	struct err e = { 0 };
	struct image *img = disk_open(&here, name, &e);
	char *data = img ? disk_read(img, &e) : NULL;

	if (!data) {
		fail_msg("%s", err_text(&e));
		return;
	}
	assert_int_equal(img->info.size, strlen(want) * 512);
	for (size_t i = 0; want[i]; i++)
		for (size_t at = i * 512; at < (i + 1) * 512; at++)
			assert_int_equal(data[at], want[i] == '.' ? 0 : want[i]);
	free(data);
	image_free(img);
}

static void a_bitmap_says_which_sectors_were_written(void **state)
{
	(void)state;
	seed("dynamic", "disk.vhd");
	has_sectors("disk.vhd", "AAAAAAAA........C.C..C.C");
}

static void what_was_not_written_is_the_parents(void **state)
{
	(void)state;
	seed("differencing", "disk.vhd");
	refused("disk.vhd", "disk.vhd: is a difference to another image: p.vhd: No such file");
	seed("geometry", "p.vhd");
	has_sectors("disk.vhd", "AAAAAAAAAAAAAAAACACAACAC");
	patch("p.vhd", -512 + 68, "another", 7);
	mend_all("p.vhd");
	refused("disk.vhd", "disk.vhd: is a difference to another image than this p.vhd");
}

/* Some show the guest a disk of whole cylinders, others the size in the footer. */
static void a_disk_is_as_large_as_its_maker_showed_it(void **state)
{
	(void)state;
	seed("geometry", "disk.vhd");
	patch("disk.vhd", -512 + 28, "qemu", 4);
	mend_all("disk.vhd");
	has_sectors("disk.vhd", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
	patch("disk.vhd", -512 + 28, "vbox", 4);
	mend_all("disk.vhd");
	has_sectors("disk.vhd", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
}

static void damage_is_told(void **state)
{
	static const struct {
		const char *seed;
		off_t at;
		const char *bytes;
		size_t len;
		bool mended;
		const char *message;
	} damage[] = {
		{ "dynamic", 512, "cy", 2, true, "disk.vhd: byte 512: the header is damaged" },
		{ "dynamic", 600, "x", 1, false, "disk.vhd: byte 512: the header is damaged" },
		{ "dynamic", 512 + 32, "\0\0\x11", 3, true, "disk.vhd: blocks of 4352 bytes" },
		{ "dynamic", 512 + 28, "\0\0\0\2", 4, true,
		  "disk.vhd: a table of 2 blocks at byte 1536 for a disk of 12288 bytes" },
		{ "dynamic", 512 + 28, "\xff\0\0\2", 4, true, "disk.vhd: a table of 42781" },
		{ "dynamic", -512 + 60, "\0\0\0\5", 4, true, "disk.vhd: VHDs of type 5 are not" },
		{ "dynamic", 1536, "\1\0\0\0", 4, false,
		  "disk.vhd: block 0: disk.vhd: a table at byte 8589934592 is past the end" },
		{ "dynamic", 1536, "\0\0\0\x16", 4, false,
		  "disk.vhd: ends at byte 11776; the guest's byte" },
		{ "fixed", -512 + 48, "\0\0\0\0\0\1", 6, true,
		  "disk.vhd: has 4096 of 69632 bytes" },
		{ "fixed", -512 + 100, "x", 1, false, "disk.vhd: byte 4096: the footer's" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		struct err e = { 0 };
		struct image *img;
		char *data;

		seed(damage[i].seed, "disk.vhd");
		patch("disk.vhd", damage[i].at, damage[i].bytes, damage[i].len);
		if (damage[i].mended)
			mend_all("disk.vhd");
		img = disk_open_as(&here, "disk.vhd", "vhd", &e);
		data = img ? disk_read(img, &e) : NULL;
		if (data || !strstr(err_text(&e), damage[i].message))
			fail_msg("\"%s\" is not \"%s\"", err_text(&e), damage[i].message);
		image_free(img);
	}
}

static void the_copy_of_a_footer_serves(void **state)
{
	(void)state;
	seed("dynamic", "disk.vhd");
	patch("disk.vhd", -512, "gone", 4);
	has_sectors("disk.vhd", "AAAAAAAA........C.C..C.C");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bitmap_says_which_sectors_were_written),
		cmocka_unit_test(what_was_not_written_is_the_parents),
		cmocka_unit_test(a_disk_is_as_large_as_its_maker_showed_it),
		cmocka_unit_test(damage_is_told),
		cmocka_unit_test(the_copy_of_a_footer_serves),
	};

	return cmocka_run_group_tests_name("vhd", tests, setup, leave_folder);
}
