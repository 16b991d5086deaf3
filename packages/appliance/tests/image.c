/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What holds for all formats.
 */
#include <pthread.h>

#include "disk.h"

static void a_disk_is_of_whole_sectors(void **state)
{
	struct image *img;
	char *data;

	(void)state;
	put_file("short", "abc", 3);
	img = disk_open(&here, "short", NULL);
	assert_int_equal(img->info.size, 512);
	data = disk_read(img, NULL);
	assert_memory_equal(data, "abc\0\0", 5);
	assert_int_equal(data[511], 0);
	free(data);
	image_free(img);
	data = disk_stream(&here, "short", NULL);
	assert_memory_equal(data, "abc", 3);
	free(data);
}

static void formats_that_are_not_read_are_not_taken_for_raw(void **state)
{
	(void)state;
	run("qemu-img", "create", "-q", "-f", "vdi", "disk.vdi", "1M");
	refused("disk.vdi", "disk.vdi: images in the format VirtualBox's VDI are not read");
	run("qemu-img", "create", "-q", "-f", "qed", "disk.qed", "1M");
	refused("disk.qed", "disk.qed: images in the format QED are not read");
	run("qemu-img", "create", "-q", "-f", "qcow", "disk.qcow", "1M");
	refused("disk.qcow", "disk.qcow: qcow version 1 is not read");
}

static void neighbours_are_one_extent(void **state)
{
	struct err e = { 0 };
	struct image *img;
	struct extent x;

	(void)state;
	run("qemu-img", "create", "-q", "-f", "qcow2", "empty.qcow2", "4T");
	img = disk_open(&here, "empty.qcow2", &e);
	assert_int_equal(image_lookup(img, UINT64_C(1) << 40, &x, &e), 0);
	assert_int_equal(x.kind, EXTENT_ZERO);
	assert_int_equal(x.offset + x.length, UINT64_C(4) << 40);
	assert_int_equal(image_lookup(img, UINT64_C(4) << 40, &x, &e), -ERANGE);
	image_free(img);

	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=falloc", "full.qcow2",
	    "32M");
	img = disk_open(&here, "full.qcow2", &e);
	assert_int_equal(image_lookup(img, 70000, &x, &e), 0);
	assert_int_equal(x.kind, EXTENT_RAW);
	assert_true(x.length >= 8 << 20);
	image_free(img);
}

struct reader {
	struct image *img;
	const char *want;
	unsigned int seed;
	bool wrong;
};

static void *read_about(void *arg)
{
	struct reader *r = arg;
	char data[5000];

	for (int i = 0; i < 400; i++) {
		size_t at = (size_t)rand_r(&r->seed) % ((4 << 20) - sizeof(data));

		r->wrong = r->wrong || image_pread(r->img, data, sizeof(data), at, NULL) < 0 ||
			   memcmp(data, r->want + at, sizeof(data)) != 0;
	}
	return NULL;
}

static void several_threads_may_read(void **state)
{
	struct reader readers[4];
	pthread_t threads[4];
	char *want = malloc(4 << 20);
	struct image *img;

	(void)state;
	for (size_t i = 0; i < 4 << 20; i++)
		want[i] = (char)(i >> 8 ^ i >> 14);
	put_file("many.raw", want, 4 << 20);
	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "-o", "cluster_size=4k",
	    "many.raw", "many.qcow2");
	img = disk_open(&here, "many.qcow2", NULL);
	for (unsigned int i = 0; i < 4; i++) {
		readers[i] = (struct reader){ img, want, i, false };
		assert_int_equal(pthread_create(&threads[i], NULL, read_about, &readers[i]), 0);
	}
	for (size_t i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_false(readers[i].wrong);
	}
	image_free(img);
	free(want);
}

/* A chain that leads back to itself ends. */
static void a_chain_has_an_end(void **state)
{
	(void)state;
	run("qemu-img", "create", "-q", "-f", "qcow2", "loop.qcow2", "1M");
	run("qemu-img", "rebase", "-u", "-b", "loop.qcow2", "-F", "qcow2", "loop.qcow2");
	refused("loop.qcow2", "loop.qcow2: more than 16 images on one another");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_disk_is_of_whole_sectors),
		cmocka_unit_test(formats_that_are_not_read_are_not_taken_for_raw),
		cmocka_unit_test(neighbours_are_one_extent),
		cmocka_unit_test(several_threads_may_read),
		cmocka_unit_test(a_chain_has_an_end),
	};

	return cmocka_run_group_tests_name("images", tests, enter_folder, leave_folder);
}
