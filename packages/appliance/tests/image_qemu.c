/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What qemu-img writes, in each format and with each option, is read as the
 * bytes that it was given.
 */
#include "disk.h"
#include "socle/cleanup.h"

/* Neither a multiple of any grain or cluster nor of a cylinder. */
enum { SIZE = (9 << 20) + 3 * 512 };

static const struct {
	const char *format, *options, *subformat;
	/* What a format that knows only cylinders rounds the size up to. */
	uint64_t size;
} made[] = {
	{ "vmdk", "subformat=streamOptimized", "streamOptimized", 0 },
	{ "vmdk", "subformat=monolithicSparse", "monolithicSparse", 0 },
	{ "vmdk", "subformat=monolithicFlat", "monolithicFlat", 0 },
	{ "vmdk", "subformat=twoGbMaxExtentSparse", "twoGbMaxExtentSparse", 0 },
	{ "vmdk", "subformat=twoGbMaxExtentFlat", "twoGbMaxExtentFlat", 0 },
	{ "vmdk", "subformat=monolithicSparse,zeroed_grain=on", "monolithicSparse", 0 },
	{ "qcow2", "compat=0.10", "", 0 },
	{ "qcow2", "compat=1.1,lazy_refcounts=on", "", 0 },
	{ "qcow2", "compat=0.10,compression_type=zlib", "", 0 },
	{ "qcow2", "compression_type=zlib", "", 0 },
	{ "qcow2", "compression_type=zstd", "", 0 },
	{ "qcow2", "cluster_size=512", "", 0 },
	{ "qcow2", "cluster_size=512,compression_type=zlib", "", 0 },
	{ "qcow2", "cluster_size=4096,compression_type=zstd", "", 0 },
	{ "qcow2", "cluster_size=2M", "", 0 },
	{ "qcow2", "cluster_size=2M,compression_type=zlib", "", 0 },
	{ "qcow2", "cluster_size=2M,compression_type=zstd", "", 0 },
	{ "qcow2", "extended_l2=on", "", 0 },
	{ "qcow2", "extended_l2=on,cluster_size=16k", "", 0 },
	{ "qcow2", "extended_l2=on,cluster_size=2M,compression_type=zstd", "", 0 },
	{ "qcow2", "preallocation=metadata", "", 0 },
	{ "qcow2", "preallocation=full,refcount_bits=64", "", 0 },
	{ "vpc", "subformat=dynamic,force_size=on", "dynamic", 0 },
	{ "vpc", "subformat=fixed,force_size=on", "fixed", 0 },
	{ "vpc", "subformat=dynamic", "dynamic", 9469952 },
	{ "vpc", "subformat=fixed", "fixed", 9469952 },
	{ "vhdx", "subformat=dynamic", "dynamic", 0 },
	{ "vhdx", "subformat=fixed", "fixed", 0 },
	{ "vhdx", "subformat=dynamic,block_size=1M,block_state_zero=off", "dynamic", 0 },
	{ "vhdx", "subformat=dynamic,block_size=256M,log_size=2M", "dynamic", 0 },
};

/* Text, noise, zeros, and all of them in clusters of one another. */
static void fill(unsigned char *data, size_t size)
{
	uint32_t noise = 1;

	for (size_t i = 0; i < size; i++) {
		size_t region = i >> 18;

		noise = noise * 1664525 + 1013904223;
		if (region % 4 == 1)
			data[i] = (unsigned char)"guest's text, "[i % 14];
		else if (region % 4 == 2)
			data[i] = noise >> 24;
		else if (region % 4 == 3 && i >> 12 & 1)
			data[i] = (unsigned char)(i >> 9);
	}
}

static int setup(void **state)
{
	_cleanup_free_ unsigned char *data = calloc(1, SIZE);

	fill(data, SIZE);
	return enter_folder(state) < 0 ? -1 : fs_write("source.raw", data, SIZE, 0600, NULL);
}

static char *source(void)
{
	struct image *img = disk_open_as(&here, "source.raw", "raw", NULL);
	char *data = disk_read(img, NULL);

	image_free(img);
	return data;
}

static void check_disk(const char *name, size_t i, const char *want)
{
	struct err e = { 0 };
	struct image *img = disk_open(&here, name, &e);
	char *data = img ? disk_read(img, &e) : NULL;

	if (!data)
		fail_msg("%s", err_text(&e));
	assert_string_equal(img->info.format,
			    strcmp(made[i].format, "vpc") == 0 ? "vhd" : made[i].format);
	assert_string_equal(img->info.subformat, made[i].subformat);
	assert_int_equal(img->info.size, made[i].size ? made[i].size : SIZE);
	assert_memory_equal(data, want, SIZE);
	for (size_t at = SIZE; at < img->info.size; at++)
		assert_int_equal(data[at], 0);
	free(data);
	if (strcmp(made[i].subformat, "streamOptimized") == 0) {
		data = disk_stream(&here, name, &e);
		if (!data)
			fail_msg("%s", err_text(&e));
		assert_memory_equal(data, want, SIZE);
		free(data);
	}
	image_free(img);
}

static void what_qemu_writes_is_read(void **state)
{
	char *want = source();

	(void)state;
	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		char name[32];
		struct err e = { 0 };
		const char *compress = strstr(made[i].options, "compression_type") ? "-c" : "-q";

		print_message("%s %s\n", made[i].format, made[i].options);
		snprintf(name, sizeof(name), "disk%zu.%s", i, made[i].format);
		if (proc_cmd(&e, "qemu-img", "convert", compress, "-f", "raw", "-O", made[i].format,
			     "-o", made[i].options, "source.raw", name, NULL) < 0)
			fail_msg("%s", err_text(&e));
		check_disk(name, i, want);
	}
	free(want);
}

/* Images that are written to, as those of running guests are. */
static const struct {
	const char *format, *options;
} lived[] = {
	{ "vmdk", "subformat=monolithicSparse,zeroed_grain=on" },
	{ "vmdk", "subformat=twoGbMaxExtentSparse" },
	{ "vmdk", "subformat=twoGbMaxExtentFlat" },
	{ "qcow2", "cluster_size=512" },
	{ "qcow2", "cluster_size=64k" },
	{ "qcow2", "extended_l2=on" },
	{ "vpc", "force_size=on" },
	{ "vhdx", "block_size=1M" },
};

static void what_qemu_changes_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(lived) / sizeof(lived[0]); i++) {
		char name[32];

		print_message("%s %s\n", lived[i].format, lived[i].options);
		snprintf(name, sizeof(name), "lived%zu.%s", i, lived[i].format);
		run("qemu-img", "create", "-q", "-f", lived[i].format, "-o", lived[i].options, name,
		    "20M");
		run("qemu-io", "-d", "unmap", "-c", "write -P 1 3M 5M", "-c", "write -P 2 4k 70k",
		    "-c", "write -z 3500k 700k", "-c", "write -P 3 3600k 1k", "-c", "discard 5M 1M",
		    "-c", "write -P 4 20479k 1k", "-c", "write -z -u 6M 1M", "-c",
		    "write -P 5 6500k 512", name);
		run("qemu-img", "convert", "-O", "raw", name, "want");
		same_as(name, "want");
	}
}

/* Offsets past 32 bits, of bytes and of sectors. */
static void the_ends_of_large_disks_are_read(void **state)
{
	static const struct {
		const char *format, *options, *size;
	} large[] = {
		{ "vmdk", "subformat=monolithicSparse", "3T" },
		{ "qcow2", "cluster_size=64k", "16T" },
		{ "qcow2", "extended_l2=on", "3T" },
		{ "vpc", "force_size=on", "2040G" },
		{ "vhdx", "subformat=dynamic", "16T" },
	};
	char got[9] = "", command[64];

	(void)state;
	for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
		struct err e = { 0 };
		struct image *img;
		struct extent x;

		print_message("%s %s\n", large[i].format, large[i].size);
		run("qemu-img", "create", "-q", "-f", large[i].format, "-o", large[i].options,
		    "large", large[i].size);
		img = disk_open(&here, "large", &e);
		assert_non_null(img);
		snprintf(command, sizeof(command), "write -P 0x61 %llu 1M",
			 (unsigned long long)img->info.size - (1 << 20));
		image_free(img);
		run("qemu-io", "-c", command, "large");
		img = disk_open(&here, "large", &e);
		assert_non_null(img);
		assert_int_equal(image_pread(img, got, 8, img->info.size - 8, &e), 0);
		assert_string_equal(got, "aaaaaaaa");
		assert_int_equal(image_lookup(img, 0, &x, &e), 0);
		assert_int_equal(x.kind, EXTENT_ZERO);
		assert_true(x.length > 1 << 20);
		image_free(img);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_qemu_writes_is_read),
		cmocka_unit_test(what_qemu_changes_is_read),
		cmocka_unit_test(the_ends_of_large_disks_are_read),
	};

	return cmocka_run_group_tests_name("images of qemu", tests, setup, leave_folder);
}
