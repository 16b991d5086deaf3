/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "disk.h"

static int setup(void **state)
{
	unsigned char data[3 << 16];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(i >> 9 | 1);
	return enter_folder(state) < 0 ? -1 : fs_write("raw", data, sizeof(data), 0600, NULL);
}

/* A disk of which a part is in the file below it, in each way of storing it. */
static void check_backing(const char *base_options, const char *compress, const char *options)
{
	run("qemu-img", "convert", compress, "-f", "raw", "-O", "qcow2", "-o", base_options, "raw",
	    "base.qcow2");
	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", options, "-b", "base.qcow2", "-F",
	    "qcow2", "top.qcow2", "300k");
	run("qemu-io", "-c", "write -P 0x77 5k 1k", "-c", "write -P 0x55 70k 3k", "-c",
	    "write -z 64k 4k", "-c", "write -P 0x33 190k 40k", "top.qcow2");
	run("qemu-img", "convert", "-O", "raw", "top.qcow2", "want");
	same_as("top.qcow2", "want");
}

static void what_is_not_there_is_the_backing_files(void **state)
{
	(void)state;
	check_backing("cluster_size=64k", "-q", "cluster_size=512");
	check_backing("cluster_size=64k", "-c", "cluster_size=512");
	check_backing("cluster_size=512", "-c", "cluster_size=16k,extended_l2=on");
	check_backing("cluster_size=64k,compression_type=zstd", "-c", "compat=0.10");
}

static void a_backing_file_is_in_the_package(void **state)
{
	(void)state;
	run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "/etc/passwd", "-F", "raw",
	    "out.qcow2", "1M");
	refused("out.qcow2",
		"out.qcow2: is a difference to another image: /etc/passwd: is outside");
	run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b",
	    "json:{\"driver\":\"file\",\"filename\":\"raw\"}", "-F", "raw", "json.qcow2", "1M");
	refused("json.qcow2", "json:{\"driver\":\"file\",\"filename\":\"raw\"}: No such file");
	run("qemu-img", "create", "-q", "-u", "-f", "qcow2", "-b", "raw", "-F", "blkdebug",
	    "odd.qcow2", "1M");
	refused("odd.qcow2", "odd.qcow2: its backing file's format, blkdebug, is not read");
}

/* The bits of the header that say what a reader must know. */
static void features_are_known_or_refused(void **state)
{
	static const struct {
		unsigned char bits;
		const char *message;
	} bits[] = {
		{ 0x01, NULL }, /* only counts of references are behind */
		{ 0x02, "a.qcow2: is marked as corrupt" },
		{ 0x04, "a.qcow2: has its data in another file" },
		{ 0x20, "a.qcow2: has features that are not known (0x20)" },
	};

	(void)state;
	run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "raw", "a.qcow2");
	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		patch("a.qcow2", 79, &bits[i].bits, 1);
		if (bits[i].message)
			refused("a.qcow2", bits[i].message);
		else
			same_as("a.qcow2", "raw");
	}
	run("qemu-img", "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=x", "-o",
	    "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", "luks.qcow2", "1M");
	refused("luks.qcow2", "luks.qcow2: is encrypted");
	run("qemu-img", "create", "-q", "-f", "qcow2", "-o", "data_file=data,data_file_raw=on",
	    "external.qcow2", "1M");
	refused("external.qcow2", "external.qcow2: has its data in another file");
}

static void snapshots_are_let_be(void **state)
{
	(void)state;
	run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "raw", "snap.qcow2");
	run("qemu-img", "snapshot", "-c", "before", "snap.qcow2");
	run("qemu-io", "-c", "write -P 9 10k 100k", "snap.qcow2");
	run("qemu-img", "convert", "-O", "raw", "snap.qcow2", "want");
	same_as("snap.qcow2", "want");
}

/* In clusters of 64 KiB the first table is at 0x30000, the second at 0x40000. */
static void damage_is_told_by_cluster_and_byte(void **state)
{
	static const struct {
		off_t at;
		const char *bytes;
		size_t len;
		const char *message;
	} damage[] = {
		{ 0x30000, "\x80\0\0\0\0\x04\x02\0", 8,
		  "disk.qcow2: cluster 0 at byte 262656: its table is not where one can be" },
		{ 0x30000, "\x80\0\0\1\0\0\0\0", 8,
		  "disk.qcow2: cluster 0: disk.qcow2: a table at byte 4294967296 is past the end" },
		{ 0x40008, "\x80\0\0\0\0\x05\x02\0", 8,
		  "disk.qcow2: cluster 1 at byte 328192: is not where one can be" },
		{ 0x40010, "\x80\0\0\0\x10\0\0\0", 8,
		  "disk.qcow2: ends at byte 524288; the guest's byte 131072 is stored at byte "
		  "268435456" },
		{ 0x40000, "\x40\0\0\1\0\0\0\0", 8,
		  "disk.qcow2: cluster 0 at byte 4294967296: is past the file's end" },
		{ 20, "\0\0\0\x20", 4, "disk.qcow2: clusters of 2^32 bytes are not possible" },
		{ 24, "\xff", 1, "bytes is larger than 64 TiB" },
		{ 36, "\xff", 1, "disk.qcow2: a first table of 4278190081 entries" },
		{ 40, "\xff", 1, "disk.qcow2: no first table at byte" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(damage) / sizeof(damage[0]); i++) {
		run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", "raw", "disk.qcow2");
		patch("disk.qcow2", damage[i].at, damage[i].bytes, damage[i].len);
		refused("disk.qcow2", damage[i].message);
	}
}

static void a_damaged_unit_is_told(void **state)
{
	(void)state;
	run("qemu-img", "convert", "-c", "-f", "raw", "-O", "qcow2", "raw", "unit.qcow2");
	patch("unit.qcow2", 0x50000, "\xff\xff\xff\xff", 4);
	refused("unit.qcow2",
		"unit.qcow2: cluster 0 at byte 327680: the compressed data are damaged");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_there_is_the_backing_files),
		cmocka_unit_test(a_backing_file_is_in_the_package),
		cmocka_unit_test(features_are_known_or_refused),
		cmocka_unit_test(snapshots_are_let_be),
		cmocka_unit_test(damage_is_told_by_cluster_and_byte),
		cmocka_unit_test(a_damaged_unit_is_told),
	};

	return cmocka_run_group_tests_name("qcow2", tests, setup, leave_folder);
}
