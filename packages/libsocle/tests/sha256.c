/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <fcntl.h>

#include "socle/fs.h"
#include "test.h"

/* FIPS 180-4's examples, as NIST publishes them. */
#define EMPTY	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define ABC	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define TWO	"248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
#define MILLION "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static void test_memory(void **state)
{
	(void)state;
	static const char two[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	char hex[SHA256_HEX];

	sha256_mem("", 0, hex);
	assert_string_equal(hex, EMPTY);
	sha256_mem("abc", 3, hex);
	assert_string_equal(hex, ABC);
	sha256_mem(two, strlen(two), hex);
	assert_string_equal(hex, TWO);
}

static bool count(void *ctx, uint64_t done)
{
	*(uint64_t *)ctx = done;
	return true;
}

static bool refuse(void *ctx, uint64_t done)
{
	(void)ctx;
	(void)done;
	return false;
}

static void test_file(void **state)
{
	(void)state;
	char *a = malloc(1000000), hex[SHA256_HEX];
	struct err e = { 0 };
	uint64_t done = 0;
	int fd;

	memset(a, 'a', 1000000);
	assert_int_equal(fs_write("million", a, 1000000, 0644, NULL), 0);
	free(a);
	fd = open("million", O_RDONLY | O_CLOEXEC);
	assert_int_equal(sha256_fd(fd, UINT64_MAX, count, &done, hex, &e), 0);
	assert_string_equal(hex, MILLION);
	assert_int_equal(done, 1000000);
	assert_int_equal(sha256_fd(fd, 0, NULL, NULL, hex, &e), 0);
	assert_string_equal(hex, EMPTY);
	assert_int_equal(sha256_fd(fd, 1000001, NULL, NULL, hex, &e), -EIO);
	assert_string_equal(err_text(&e), "ends at byte 1000000, 1000001 were expected");
	assert_int_equal(sha256_fd(fd, UINT64_MAX, refuse, NULL, hex, &e), -ECANCELED);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_file),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
