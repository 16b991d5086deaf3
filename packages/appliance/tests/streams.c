/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "input/streams.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../../libsocle/tests/test.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

enum { CONTENTS = 3 << 20 };

static char contents[CONTENTS];

/* Half of it noise: members end at any bit. */
static void make_contents(void)
{
	uint32_t x = 1;

	for (size_t i = 0; i < CONTENTS; i++) {
		x = x * 1664525 + 1013904223;
		contents[i] = (char)(i & 4096 ? x >> 24 : i >> 8);
	}
}

static int pack(void **state)
{
	struct err e = { 0 };

	make_contents();
	if (enter_folder(state) < 0 || fs_write("a", contents, 1234567, 0600, &e) < 0 ||
	    fs_write("b", contents + 1234567, CONTENTS - 1234567, 0600, &e) < 0)
		return -1;
	return proc_cmd(&e, "sh", "-c",
			"for p in gzip xz zstd; do $p -qk -T2 a b 2>&- || $p -k a b; done;"
			"cat a.gz b.gz > all.gz; cat a.xz b.xz > all.xz; cat a.zst b.zst > all.zst",
			NULL);
}

static struct input *open_file(const char *name)
{
	struct input *in = input_fd(open(name, O_RDONLY), name, 0, INPUT_UNKNOWN, NULL);

	assert_non_null(in);
	return in;
}

/* A pipe gives what was written at once, whatever is asked for. */
static struct input *open_pipe(const char *name)
{
	char command[100];
	FILE *f;

	snprintf(command, sizeof(command), "cat %s", name);
	f = popen(command, "r");
	assert_non_null(f);
	return input_fd(fcntl(fileno(f), F_DUPFD_CLOEXEC, 3), name, 0, INPUT_UNKNOWN, NULL);
}

static struct input *unpacked(struct input *in)
{
	char head[16];
	ssize_t n;

	in = input_rewindable(in, NULL);
	n = input_peek(in, head, sizeof(head), NULL);
	assert_true(n > 0);
	in = input_unpack(in, packing_of(head, (size_t)n), NULL);
	assert_non_null(in);
	return in;
}

static int read_all(struct input *in, size_t step, size_t *len, struct err *e)
{
	static char got[CONTENTS + 1];
	ssize_t n = 1;

	for (*len = 0; n > 0; *len += n > 0 ? (size_t)n : 0) {
		size_t room = sizeof(got) - *len;

		n = input_read(in, got + *len, room < step ? room : step, e);
	}
	if (n == 0 && memcmp(got, contents, *len) != 0)
		fail_msg("other bytes");
	return (int)n;
}

static void streams_of_several_members_are_one(void **state)
{
	static const char *const names[] = { "all.gz", "all.xz", "all.zst" };
	static const size_t steps[] = { 4097, 65536, 1 << 22 };
	struct err e = { 0 };
	size_t len;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t s = 0; s < 3; s++) {
			struct input *in = unpacked(s ? open_file(names[i]) : open_pipe(names[i]));

			assert_int_equal(read_all(in, steps[s], &len, &e), 0);
			assert_int_equal(len, CONTENTS);
			input_free(in);
		}
}

/* At each of many places: no cut is taken for an end, however it falls. */
static void a_cut_stream_is_never_a_whole_one(void **state)
{
	static const char *const names[] = { "b.gz", "b.xz", "b.zst" };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf all = BUF_INIT;
		size_t len;

		assert_int_equal(fs_read(names[i], CONTENTS, &all, &e), 0);
		for (size_t cut = 1; cut < all.len; cut += cut < 16 ? 1 : 150001) {
			struct input *in = input_memory(all.s, all.len - cut, names[i], &e);
			int r;

			in = unpacked(in);
			r = read_all(in, 1 << 22, &len, &e);
			assert_true(r == -ENODATA || r == -EBADMSG);
			assert_non_null(strstr(err_text(&e), names[i]));
			input_free(in);
		}
		buf_clear(&all);
	}
}

static void a_changed_byte_is_found_by_the_streams_own_sum(void **state)
{
	static const char *const names[] = { "a.gz", "a.xz", "a.zst" };
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct buf all = BUF_INIT;
		struct input *in;

		assert_int_equal(fs_read(names[i], CONTENTS, &all, &e), 0);
		all.s[all.len / 2] ^= 0x10;
		in = input_unpack(input_memory(all.s, all.len, names[i], &e),
				  packing_of(all.s, all.len), &e);
		assert_int_equal(input_drain(in, &e), -EBADMSG);
		input_free(in);
		buf_clear(&all);
	}
}

static void zeros_may_follow_gzip_and_nothing_else(void **state)
{
	struct err e = { 0 };
	struct buf all = BUF_INIT;
	struct input *in;

	(void)state;
	assert_int_equal(fs_read("a.gz", CONTENTS, &all, &e), 0);
	buf_add(&all, "\0\0\0\0", 4);
	in = input_unpack(input_memory(all.s, all.len, "a.gz", &e), COMPRESSION_GZIP, &e);
	assert_int_equal(input_drain(in, &e), 0);
	assert_int_equal(in->at, 1234567);
	input_free(in);
	buf_adds(&all, "rest");
	in = input_unpack(input_memory(all.s, all.len, "a.gz", &e), COMPRESSION_GZIP, &e);
	assert_int_equal(input_drain(in, &e), -EBADMSG);
	input_free(in);
	buf_clear(&all);
}

static void a_pipes_beginning_is_read_again(void **state)
{
	struct err e = { 0 };
	struct input *in = input_rewindable(open_pipe("a"), &e);
	char head[5000];
	size_t len;

	(void)state;
	assert_int_equal(input_peek(in, head, sizeof(head), &e), sizeof(head));
	assert_memory_equal(head, contents, sizeof(head));
	assert_int_equal(input_read_full(in, head, 3000, &e), 0);
	assert_int_equal(input_rewind(in, &e), 0);
	assert_int_equal(read_all(in, 10000, &len, &e), 0);
	assert_int_equal(len, 1234567);
	assert_int_equal(input_rewind(in, &e), -ESPIPE);
	input_free(in);
}

static void sums_are_those_of_all_bytes(void **state)
{
	struct digests d = { 0 };
	struct err e = { 0 };
	struct input *in = input_hash(input_memory("abc", 3, "abc", &e), HASH_ALL, &d, &e);

	(void)state;
	assert_false(input_seekable(in));
	assert_int_equal(input_skip_to(in, 2, &e), 0);
	assert_int_equal(d.have, 0);
	assert_int_equal(input_drain(in, &e), 0);
	input_free(in);
	assert_int_equal(d.have, HASH_ALL);
	assert_int_equal(d.size, 3);
	/* FIPS 180's own example. */
	assert_string_equal(d.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_string_equal(d.sha256,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(strncmp(d.sha512, "ddaf35a193617abacc417349ae204131", 32), 0);
	assert_int_equal(strlen(d.sha512), 128);
}

static void pieces_are_joined_at_random_and_in_order(void **state)
{
	struct err e = { 0 };
	struct input *pieces[] = { open_file("a"), open_file("b") };
	struct input *in = input_joined(pieces, 2, "ab", &e);
	char got[100];
	size_t len;

	(void)state;
	assert_int_equal(in->size, CONTENTS);
	assert_int_equal(input_pread_full(in, got, 100, 1234567 - 50, &e), 0);
	assert_memory_equal(got, contents + 1234567 - 50, 100);
	assert_int_equal(read_all(in, 1 << 20, &len, &e), 0);
	assert_int_equal(len, CONTENTS);
	input_free(in);
}

static void nothing_outside_the_folder_is_opened(void **state)
{
	static const char *const refused[] = { "../a",		 "/etc/passwd", "",	 ".",
					       "x/../a",	 "x//y",	"x/./y", "link",
					       "outside/passwd", "x\n" };
	struct input_dir *dir;
	struct err e = { 0 };
	struct input *in;

	(void)state;
	assert_int_equal(mkdir("x", 0700), 0);
	assert_int_equal(symlink("a", "link"), 0);
	assert_int_equal(symlink("/etc", "outside"), 0);
	assert_int_equal(fs_write("x/y", "y", 1, 0600, &e), 0);
	assert_int_equal(mkfifo("fifo", 0600), 0);
	dir = input_dir_fd(open(".", O_RDONLY | O_DIRECTORY), &e);
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		assert_null(dir->open(dir, refused[i], &e));
		assert_int_equal(e.code, -EPERM);
	}
	assert_null(dir->open(dir, "none", &e));
	assert_int_equal(e.code, -ENOENT);
	assert_null(dir->open(dir, "fifo", &e));
	assert_int_equal(e.code, -EINVAL);
	in = dir->open(dir, "x/y", &e);
	assert_non_null(in);
	assert_int_equal(in->size, 1);
	input_free(in);
	input_dir_free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(streams_of_several_members_are_one),
		cmocka_unit_test(a_cut_stream_is_never_a_whole_one),
		cmocka_unit_test(a_changed_byte_is_found_by_the_streams_own_sum),
		cmocka_unit_test(zeros_may_follow_gzip_and_nothing_else),
		cmocka_unit_test(a_pipes_beginning_is_read_again),
		cmocka_unit_test(sums_are_those_of_all_bytes),
		cmocka_unit_test(pieces_are_joined_at_random_and_in_order),
		cmocka_unit_test(nothing_outside_the_folder_is_opened),
	};

	return cmocka_run_group_tests_name("streams", tests, pack, leave_folder);
}
