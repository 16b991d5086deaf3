/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/fs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "test.h"

static void assert_contents(const char *path, const char *text)
{
	struct buf b = BUF_INIT;

	assert_int_equal(fs_read(path, 1 << 20, &b, NULL), 0);
	assert_string_equal(b.s, text);
	buf_clear(&b);
}

static void test_read_has_a_cap(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(fs_write("five", "12345", 5, 0644, &e), 0);
	assert_int_equal(fs_read("five", 5, &b, &e), 0);
	assert_string_equal(b.s, "12345");
	assert_int_equal(fs_read("five", 4, &b, &e), -EFBIG);
	assert_string_equal(err_text(&e), "five: larger than 4 bytes");
	assert_int_equal(fs_read("/dev/zero", 100000, &b, &e), -EFBIG);
	assert_int_equal(fs_read("absent", 4, &b, &e), -ENOENT);
	assert_string_equal(err_text(&e), "absent: No such file or directory");
	buf_clear(&b);
	assert_int_equal(fs_read("/proc/self/status", 1 << 20, &b, &e), 0);
	assert_true(b.len > 0);
	buf_clear(&b);
}

/* Whoever names a pipe or a device in a file does not make us wait for it. */
static void test_only_a_regular_file_is_read(void **state)
{
	(void)state;
	struct buf b = BUF_INIT;
	struct err e = { 0 };

	assert_int_equal(fs_write("plain", "12345", 5, 0644, &e), 0);
	assert_int_equal(mkfifo("pipe", 0600), 0);
	assert_int_equal(symlink("pipe", "link"), 0);
	alarm(20);
	assert_int_equal(fs_read_regular("plain", 5, &b, &e), 0);
	assert_string_equal(b.s, "12345");
	assert_int_equal(fs_read_regular("plain", 4, &b, &e), -EFBIG);
	assert_int_equal(fs_read_regular("link", 5, &b, &e), -EINVAL);
	assert_string_equal(err_text(&e), "link: not a regular file");
	assert_int_equal(fs_read_regular("/dev/zero", 5, &b, &e), -EINVAL);
	assert_int_equal(fs_read_regular(".", 5, &b, &e), -EINVAL);
	assert_int_equal(fs_read_regular("-", 5, &b, &e), -ENOENT);
	alarm(0);
	buf_clear(&b);
}

static void test_write_replaces_the_whole_file(void **state)
{
	(void)state;
	struct stat st;
	int old;

	assert_int_equal(fs_write("a", "first, and long", 15, 0644, NULL), 0);
	old = open("a", O_RDONLY);
	umask(077);
	assert_int_equal(fs_write("a", "second", 6, 0640, NULL), 0);
	umask(022);
	assert_contents("a", "second");
	assert_int_equal(stat("a", &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	/* Who had it open still has the old contents: it was not written over. */
	assert_int_equal(fstat(old, &st), 0);
	assert_int_equal(st.st_size, 15);
	close(old);
	assert_int_not_equal(access("a.new", F_OK), 0);
}

static void test_failed_write_leaves_the_old_file(void **state)
{
	(void)state;
	struct err e = { 0 };

	assert_int_equal(fs_write("b", "old", 3, 0644, NULL), 0);
	assert_int_equal(symlink("elsewhere", "b.new"), 0);
	assert_true(fs_write("b", "new", 3, 0644, &e) < 0);
	assert_contents("b", "old");
	assert_int_equal(fs_write("no/folder", "x", 1, 0644, &e), -ENOENT);
}

static void test_folders_are_made(void **state)
{
	(void)state;
	struct err e = { 0 };

	assert_int_equal(fs_mkdirs("d/e/f", 0755, &e), 0);
	assert_int_equal(fs_mkdirs("d/e/f/", 0755, &e), 0);
	assert_int_equal(access("d/e/f", X_OK), 0);
	assert_int_equal(fs_write("d/file", "", 0, 0644, NULL), 0);
	assert_int_equal(fs_mkdirs("d/file/g", 0755, &e), -ENOTDIR);
}

static void test_pwrite_tells_where_it_failed(void **state)
{
	(void)state;
	struct err e = { 0 };
	int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

	assert_int_equal(fs_pwrite(fd, "x", 1, 512, &e), -ENOSPC);
	assert_string_equal(err_text(&e), "write at byte 512: No space left on device");
	close(fd);
}

static void test_sizes_for_people(void **state)
{
	(void)state;
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0 B" },
		{ 1023, "1023 B" },
		{ 1024, "1 KiB" },
		{ 1024 + 1023, "1.9 KiB" },
		{ 16ULL << 30, "16 GiB" },
		{ (16ULL << 30) - 1, "15.9 GiB" },
		{ 3ULL << 39, "1.5 TiB" },
		{ UINT64_MAX, "15.9 EiB" },
	};
	char text[32];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		assert_string_equal(size_text(sizes[i].bytes, text, sizeof(text)), sizes[i].text);
}

static void test_sizes_of_people(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = { { "512M", 512 << 20 },
		     { "20G", UINT64_C(20) << 30 },
		     { "2 GiB", UINT64_C(2) << 30 },
		     { "100kb", 100 << 10 },
		     { "15E", UINT64_C(15) << 60 } };
	static const char *const bad[] = { "",	  "512", "0G",	 "-1G",
					   " 1G", "1X",	 "1Gi",	 "G",
					   "1GG", "16E", "1.5G", "99999999999999999999K" };
	uint64_t bytes;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(size_parse(good[i].text, &bytes, &e), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(size_parse(bad[i], &bytes, &e), -EINVAL);
	assert_string_equal(err_text(&e), "99999999999999999999K is no size such as 512M or 20G");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_has_a_cap),
		cmocka_unit_test(test_only_a_regular_file_is_read),
		cmocka_unit_test(test_write_replaces_the_whole_file),
		cmocka_unit_test(test_failed_write_leaves_the_old_file),
		cmocka_unit_test(test_folders_are_made),
		cmocka_unit_test(test_pwrite_tells_where_it_failed),
		cmocka_unit_test(test_sizes_for_people),
		cmocka_unit_test(test_sizes_of_people),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
