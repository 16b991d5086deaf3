/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engine writes: read back by qemu-img and by our own reader, the same
 * for the same contents, with holes for zeros; and how it ends when something
 * goes wrong.
 */
#include "appliance/convert.h"

#include <dirent.h>

#include "disk.h"
#include "socle/cleanup.h"
#include "socle/clock.h"

/* In clusters of 64 KiB: zeros, text, noise, and text in every other 4 KiB. */
static void fill(unsigned char *data, size_t size)
{
	uint32_t noise = 1;

	for (size_t i = 0; i < size; i++) {
		size_t kind = (i >> 16) % 7;

		noise = noise * 1664525 + 1013904223;
		if (kind == 1 || (kind == 3 && i >> 12 & 1))
			data[i] = (unsigned char)"guest's text, "[(i ^ i >> 9) % 14];
		else if (kind == 2 || kind == 5)
			data[i] = noise >> 24;
	}
}

static void write_source(const char *name, size_t size)
{
	_cleanup_free_ unsigned char *data = calloc(1, size);

	fill(data, size);
	assert_int_equal(fs_write(name, data, size, 0600, NULL), 0);
}

static int new_file(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	return fd;
}

static int raw(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	return sink_raw(fd, name, size, 0, s, e);
}

static int direct(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	return sink_raw(fd, name, size, SINK_DIRECT, s, e);
}

static const struct target {
	const char *name, *qemu; /* its name there */
	int (*sink)(int fd, const char *name, uint64_t size, struct sink **s, struct err *e);
	int level;  /* of VMDK, which is no sink */
	bool check; /* by qemu-img */
} targets[] = {
	{ "raw", "raw", raw, 0, false },
	{ "direct", "raw", direct, 0, false },
	{ "qcow2", "qcow2", sink_qcow2, 0, true },
	{ "vhd", "vpc", sink_vhd, 0, false },
	{ "fixed", "vpc", sink_vhd_fixed, 0, false },
	{ "vmdk1", "vmdk", NULL, 1, true },
	{ "vmdk6", "vmdk", NULL, 6, true },
};
#define TARGETS (sizeof(targets) / sizeof(targets[0]))

struct file_output {
	struct output out;
	int fd;
	size_t len, fail_at;
};

static int file_write(struct output *out, const void *data, size_t len, struct err *e)
{
	struct file_output *f = (struct file_output *)out;

	if (f->fail_at && f->len + len > f->fail_at)
		return err_set(e, -ENOSPC, "the pipe is full");
	assert_int_equal(write(f->fd, data, len), len);
	f->len += len;
	return 0;
}

static int convert(const struct target *t, const char *from, const char *to,
		   const struct convert_opts *o, struct err *e)
{
	struct image *img = disk_open(&here, from, e);
	struct file_output out = { { file_write }, new_file(to), 0, 0 };
	struct sink *s = NULL;
	uint64_t written;
	int ret;

	assert_non_null(img);
	if (t->sink) {
		ret = t->sink(out.fd, to, img->info.size, &s, e);
		if (ret == 0)
			ret = convert_image(img, s, o, e);
		sink_free(s);
	} else {
		ret = convert_vmdk(img, &out.out, t->level, o, &written, e);
		if (ret == 0)
			assert_int_equal(written, out.len);
		close(out.fd);
	}
	image_free(img);
	return ret;
}

static void must_convert(const struct target *t, const char *from, const char *to,
			 const struct convert_opts *o)
{
	struct err e = { 0 };

	if (convert(t, from, to, o, &e) < 0)
		fail_msg("%s to %s: %s", from, t->name, err_text(&e));
}

static void must_run(const char *const *argv)
{
	struct err e = { 0 };

	if (proc_run(&(struct proc){ .argv = argv }, &e) < 0)
		fail_msg("%s", err_text(&e));
}

static void must_compare(const char *a, const char *format, const char *b)
{
	must_run((const char *const[]){ "qemu-img", "compare", "-f", "raw", "-F", format, a, b,
					NULL });
}

static void qemu_reads_what_is_written(void **state)
{
	static const size_t sizes[] = {
		1, 511, 512, 4096, 65537, 5 << 20, (5 << 20) + 512, (37 << 20) + 1234567, 1114113
	};
	const struct convert_opts o = { .threads = 3 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		write_source("source", sizes[i]);
		for (size_t t = 0; t < TARGETS; t++) {
			print_message("%zu bytes as %s\n", sizes[i], targets[t].name);
			must_convert(&targets[t], "source", "made", &o);
			must_compare("source", targets[t].qemu, "made");
			if (targets[t].check)
				must_run((const char *const[]){ "qemu-img", "check", "-f",
								targets[t].qemu, "made", NULL });
		}
	}
}

static void we_read_what_we_write(void **state)
{
	const struct convert_opts o = { .threads = 2 };

	(void)state;
	write_source("source", (33 << 20) + 3 * 512);
	for (size_t t = 0; t < TARGETS; t++) {
		must_convert(&targets[t], "source", "made", &o);
		must_convert(&targets[0], "made", "again", &o);
		print_message("from %s\n", targets[t].name);
		must_compare("source", "raw", "again");
	}
}

static void the_same_contents_give_the_same_bytes(void **state)
{
	char name[32];

	(void)state;
	write_source("source", (19 << 20) + 512);
	for (size_t t = 0; t < TARGETS; t++) {
		snprintf(name, sizeof(name), "one-%s", targets[t].name);
		must_convert(&targets[t], "source", name, &(struct convert_opts){ .threads = 1 });
	}
	sleep(1); /* for what looks at the clock */
	for (size_t t = 0; t < TARGETS; t++) {
		snprintf(name, sizeof(name), "one-%s", targets[t].name);
		must_convert(&targets[t], "source", "two", &(struct convert_opts){ .threads = 8 });
		must_run((const char *const[]){ "cmp", name, "two", NULL });
	}
}

/* A VMDK whose pipe is read in order. */
static void a_pipe_is_decoded_in_order(void **state)
{
	struct err e = { 0 };
	struct image *img;
	struct sink *s;
	int p[2];

	(void)state;
	write_source("source", (9 << 20) + 512);
	must_convert(&targets[5], "source", "disk.vmdk", NULL);
	assert_int_equal(pipe(p), 0);
	if (fork() == 0) {
		dup2(p[1], STDOUT_FILENO);
		close(p[0]);
		execlp("cat", "cat", "disk.vmdk", NULL);
		_exit(1);
	}
	close(p[1]);
	assert_int_equal(
		image_open_stream(input_fd(p[0], "-", 0, INPUT_UNKNOWN, NULL), NULL, &img, &e), 0);
	assert_int_equal(sink_qcow2(new_file("made"), "made", img->info.size, &s, &e), 0);
	assert_int_equal(convert_image(img, s, NULL, &e), 0);
	sink_free(s);
	image_free(img);
	must_compare("source", "qcow2", "made");
}

static void zeros_are_holes(void **state)
{
	_cleanup_free_ char *data = calloc(1, 64 << 20);
	struct stat st;
	int fd;

	(void)state;
	assert_non_null(data);
	memset(data + (8 << 20) + 4096, 'x', 4096);
	assert_int_equal(fs_write("source", data, 64 << 20, 0600, NULL), 0);
	for (size_t t = 0; t < TARGETS; t++) {
		must_convert(&targets[t], "source", "made", NULL);
		assert_int_equal(stat("made", &st), 0);
		/* The data, and a few tables. */
		if (st.st_blocks * 512 > 300 << 10)
			fail_msg("%s takes %ld KiB", targets[t].name, (long)st.st_blocks / 2);
	}
	must_convert(&targets[0], "source", "made", NULL);
	fd = open("made", O_RDONLY);
	assert_int_equal(lseek(fd, 0, SEEK_DATA), (8 << 20) + 4096);
	assert_int_equal(lseek(fd, (8 << 20) + 4096, SEEK_HOLE), (8 << 20) + 8192);
	close(fd);
}

/* They would take many minutes to read. */
static void holes_are_not_read(void **state)
{
	int fd = new_file("source");
	int64_t start = clock_ms();
	char near[5] = "", far[4] = "";

	(void)state;
	assert_int_equal(ftruncate(fd, INT64_C(1) << 40), 0);
	assert_int_equal(pwrite(fd, "near", 4, 70000), 4);
	assert_int_equal(pwrite(fd, "far", 3, (INT64_C(1) << 40) - 3), 3);
	close(fd);
	for (size_t t = 0; t < TARGETS; t++) {
		must_convert(&targets[t], "source", "made", NULL);
		/* What is fixed is seen as data when it is read. */
		if (targets[t].sink == sink_vhd_fixed)
			continue;
		must_convert(&targets[0], "made", "again", NULL);
		fd = open("again", O_RDONLY);
		assert_int_equal(pread(fd, near, 4, 70000), 4);
		assert_int_equal(pread(fd, far, 3, (INT64_C(1) << 40) - 3), 3);
		close(fd);
		assert_string_equal(near, "near");
		assert_string_equal(far, "far");
	}
	assert_true(clock_ms() - start < 120000);
}

static void of_a_chunk_with_data_all_is_written(void **state)
{
	_cleanup_free_ char *data = malloc(1 << 20);
	struct err e = { 0 };
	struct sink *s;
	int fd = new_file("made"), ro;

	(void)state;
	assert_non_null(data);
	memset(data, 0xee, 1 << 20); /* what a disk held before */
	assert_int_equal(fs_pwrite(fd, data, 1 << 20, 0, &e), 0);
	assert_int_equal(sink_raw(fd, "made", 1 << 20, SINK_ZEROED, &s, &e), 0);
	assert_int_equal(sink_raw_chunks(s, 64 << 10, &e), 0);
	memset(data, 'x', 512);
	assert_int_equal(sink_write(s, data, 512, (128 << 10) + 1024, &e), 0);
	assert_int_equal(sink_write(s, data, 512, (128 << 10) + 60000 / 512 * 512, &e), 0);
	assert_int_equal(sink_finish(s, &e), 0);
	sink_free(s);
	ro = open("made", O_RDONLY);
	assert_int_equal(pread(ro, data, 1 << 20, 0), 1 << 20);
	close(ro);
	for (size_t i = 0; i < 1 << 20; i++) {
		size_t in = i - (128 << 10);
		int want = i / (64 << 10) != 2			      ? 0xee
			   : in / 512 == 2 || in / 512 == 60000 / 512 ? 'x'
								      : 0;

		if ((unsigned char)data[i] != want)
			fail_msg("byte %zu is %d", i, data[i]);
	}
}

/* The threads of this process, once those that were joined are gone from the list. */
static size_t threads(void)
{
	for (int i = 0;; i++) {
		DIR *dir = opendir("/proc/self/task");
		size_t n = 0;

		while (readdir(dir))
			n++;
		closedir(dir);
		if (n - 2 == 1 || i == 100)
			return n - 2;
		usleep(10000);
	}
}

static void damage(const char *name, off_t at)
{
	int fd = open(name, O_RDWR);

	assert_int_equal(pwrite(fd, "\xff\xff\xff\xff\xff\xff\xff\xff", 8, at), 8);
	close(fd);
}

static void of_several_errors_the_first_one_is_told(void **state)
{
	const struct convert_opts o = { .threads = 8 };
	char first[ERR_TEXT_MAX] = "";
	struct stat st;

	(void)state;
	write_source("source", 32 << 20);
	must_convert(&targets[5], "source", "disk.vmdk", NULL);
	assert_int_equal(stat("disk.vmdk", &st), 0);
	for (off_t at = st.st_size / 2; at < st.st_size * 3 / 4; at += 50000)
		damage("disk.vmdk", at);
	for (int i = 0; i < 40; i++) {
		struct err e = { 0 };

		/* In order and not. */
		assert_int_equal(convert(&targets[i % 3], "disk.vmdk", "made", &o, &e), -EBADMSG);
		assert_int_equal(threads(), 1);
		if (!first[0])
			strcpy(first, err_text(&e));
		assert_string_equal(err_text(&e), first);
	}
	assert_non_null(strstr(first, "disk.vmdk"));
	assert_non_null(strstr(first, "byte"));
}

static int failing_write(struct sink *s, const void *data, size_t len, uint64_t offset,
			 struct err *e)
{
	(void)data;
	return offset + len <= s->size / 2 ? 0 : err_set(e, -ENOSPC, "no space at %d", (int)offset);
}

static int no_finish(struct sink *s, struct err *e)
{
	(void)s;
	return err_set(e, -EIO, "a sink that failed is not finished");
}

static void a_full_target_ends_the_work(void **state)
{
	static const struct sink_ops ops = { failing_write, no_finish, NULL };
	struct sink s = { &ops, NULL, 32 << 20, 4096, false };
	struct file_output out = { { file_write }, -1, 0, 1 << 20 };
	const struct convert_opts o = { .threads = 4 };
	struct image *img;
	uint64_t written;

	(void)state;
	write_source("source", 32 << 20);
	img = disk_open_as(&here, "source", "raw", NULL);
	for (int i = 0; i < 10; i++) {
		struct err e = { 0 };

		s.in_order = i % 2;
		assert_int_equal(convert_image(img, &s, &o, &e), -ENOSPC);
		assert_string_equal(err_text(&e), "no space at 16842752");
		assert_int_equal(threads(), 1);
	}
	for (int i = 0; i < 10; i++) {
		struct err e = { 0 };

		out.fd = new_file("made");
		out.len = 0;
		assert_int_equal(convert_vmdk(img, &out.out, 1, &o, &written, &e), -ENOSPC);
		assert_string_equal(err_text(&e), "the pipe is full");
		assert_int_equal(threads(), 1);
		close(out.fd);
	}
	image_free(img);
}

static volatile sig_atomic_t stop;

static void stop_now(void *ctx, uint64_t done, uint64_t total, uint64_t read)
{
	(void)read;
	assert_true(done <= total);
	*(uint64_t *)ctx = done;
	stop = 1;
}

static void the_work_can_be_stopped(void **state)
{
	uint64_t done = 0;
	const struct convert_opts o = {
		.threads = 2, .progress = stop_now, .ctx = &done, .stop = &stop
	};

	(void)state;
	write_source("source", 32 << 20);
	for (size_t t = 0; t < TARGETS; t++) {
		struct err e = { 0 };

		stop = 0;
		assert_int_equal(convert(&targets[t], "source", "made", &o, &e), -EINTR);
		assert_string_equal(err_text(&e), "interrupted");
		assert_true(done < 32 << 20);
		assert_int_equal(threads(), 1);
	}
}

static void a_disk_too_large_is_refused_at_once(void **state)
{
	struct err e = { 0 };
	struct sink *s;

	(void)state;
	assert_int_equal(sink_vhd(new_file("made"), "made", UINT64_C(2041) << 30, &s, &e), -EFBIG);
	assert_int_equal(sink_qcow2(new_file("made"), "made", UINT64_C(65) << 40, &s, &e), -EFBIG);
	write_source("source", 1 << 20);
	assert_int_equal(sink_raw(new_file("made"), "made", 1 << 19, 0, &s, &e), 0);
	{
		struct image *img = disk_open_as(&here, "source", "raw", NULL);

		assert_int_equal(convert_image(img, s, NULL, &e), -EFBIG);
		image_free(img);
	}
	sink_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(qemu_reads_what_is_written),
		cmocka_unit_test(we_read_what_we_write),
		cmocka_unit_test(the_same_contents_give_the_same_bytes),
		cmocka_unit_test(a_pipe_is_decoded_in_order),
		cmocka_unit_test(zeros_are_holes),
		cmocka_unit_test(holes_are_not_read),
		cmocka_unit_test(of_a_chunk_with_data_all_is_written),
		cmocka_unit_test(of_several_errors_the_first_one_is_told),
		cmocka_unit_test(a_full_target_ends_the_work),
		cmocka_unit_test(the_work_can_be_stopped),
		cmocka_unit_test(a_disk_too_large_is_refused_at_once),
	};

	return cmocka_run_group_tests_name("convert", tests, enter_folder, leave_folder);
}
