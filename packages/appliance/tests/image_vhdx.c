/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VHDXs of qemu-img, with changes: a log that is to be replayed, a parent, damage.
 * Their headers are at 64 and 128 KiB, the log at 1 MiB.
 */
#include "disk.h"
#include "image/vhdx.h"

enum { FIRST = 64 << 10, SECOND = 128 << 10, REGIONS = 192 << 10, LOG = 1 << 20, UNIT = 4096 };

static const char log_guid[] = "this is a log's.";

static int setup(void **state)
{
	unsigned char data[5 << 20];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (unsigned char)(((i >> 12) + (i >> 20) * 6) | 1);
	return enter_folder(state) < 0 ? -1 : fs_write("raw", data, sizeof(data), 0600, NULL);
}

static void make(const char *name)
{
	run("qemu-img", "convert", "-f", "raw", "-O", "vhdx", "-o", "block_size=1M", "raw", name);
}

/* Where the region of a GUID's first bytes is. */
static off_t region(const char *name, const char *guid)
{
	char table[16 + 2 * 32];

	peek(name, REGIONS, table, sizeof(table));
	for (size_t i = 16; i < sizeof(table); i += 32)
		if (memcmp(table + i, guid, 4) == 0)
			return (off_t)get_le64(table, i + 16);
	fail();
	return 0;
}

static off_t blocks(const char *name)
{
	return region(name, "\x66\x77\xc2\x2d");
}

/* Change both headers and make their checksums right. */
static void change_headers(const char *name, off_t at, const void *data, size_t len)
{
	static const off_t headers[] = { FIRST, SECOND };
	char h[UNIT];

	for (size_t i = 0; i < 2; i++) {
		uint32_t sum;

		patch(name, headers[i] + at, data, len);
		peek(name, headers[i], h, sizeof(h));
		sum = htole32(vhdx_sum(h, sizeof(h), 4));
		patch(name, headers[i] + 4, &sum, 4);
	}
}

static void put32(char *to, size_t at, uint32_t v)
{
	v = htole32(v);
	memcpy(to + at, &v, sizeof(v));
}

static void put64(char *to, size_t at, uint64_t v)
{
	v = htole64(v);
	memcpy(to + at, &v, sizeof(v));
}

/* An entry of the log with one write: of 4 KiB, or of zeros. */
static void log_entry(const char *name, size_t unit, size_t tail, uint64_t number, off_t to,
		      const char *data)
{
	char e[2 * UNIT] = "loge";
	size_t len = data ? 2 * UNIT : UNIT;

	put32(e, 8, (uint32_t)len);
	put32(e, 12, (uint32_t)(tail * UNIT));
	put64(e, 16, number);
	put32(e, 24, 1);
	memcpy(e + 32, log_guid, 16);
	put64(e, 48, LOG);
	put64(e, 56, 16 << 20);
	memcpy(e + 64, data ? "desc" : "zero", 4);
	put64(e, 64 + 8, UNIT);
	put64(e, 64 + 16, (uint64_t)to);
	put64(e, 64 + 24, number);
	if (data) {
		memcpy(e + 64 + 4, data + UNIT - 4, 4);
		memcpy(e + 64 + 8, data, 8);
		memcpy(e + UNIT, "data", 4);
		put32(e, UNIT + 4, (uint32_t)(number >> 32));
		memcpy(e + UNIT + 8, data + 8, UNIT - 12);
		put32(e, 2 * UNIT - 4, (uint32_t)number);
	}
	put32(e, 4, vhdx_sum(e, len, 4));
	patch(name, LOG + (off_t)unit * UNIT, e, len);
}

/* Two blocks change places by the log; an older sequence would lose them all. */
static void a_log_is_replayed_as_qemu_does(void **state)
{
	char table[UNIT], entry[8];

	(void)state;
	make("log.vhdx");
	peek("log.vhdx", blocks("log.vhdx"), table, sizeof(table));
	memcpy(entry, table, 8);
	memcpy(table, table + 8, 8);
	memcpy(table + 8, entry, 8);
	log_entry("log.vhdx", 8, 8, 3, blocks("log.vhdx"), NULL); /* old */
	log_entry("log.vhdx", 1, 1, 7, blocks("log.vhdx"), NULL);
	log_entry("log.vhdx", 2, 1, 8, blocks("log.vhdx"), table);
	log_entry("log.vhdx", 4, 1, 9, blocks("log.vhdx") + UNIT, NULL);
	change_headers("log.vhdx", 48, log_guid, 16);
	run("cp", "log.vhdx", "replayed.vhdx");
	run("qemu-img", "check", "-q", "-r", "all", "replayed.vhdx");
	run("qemu-img", "convert", "-O", "raw", "replayed.vhdx", "want");
	same_as("log.vhdx", "want");
	same_as("replayed.vhdx", "want");
	/* It was changed at all. */
	assert_int_equal(proc_cmd(NULL, "cmp", "raw", "want", NULL), -EIO);

	patch("log.vhdx", LOG + 2 * UNIT + 100, "x", 1);
	patch("log.vhdx", LOG + UNIT + 100, "x", 1);
	patch("log.vhdx", LOG + 4 * UNIT + 100, "x", 1);
	patch("log.vhdx", LOG + 8 * UNIT + 100, "x", 1);
	refused("log.vhdx", "log.vhdx: the log cannot be replayed: it has no whole sequence");
}

static size_t utf16(char *to, const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		to[n++] = *text;
		to[n++] = 0;
	}
	return n;
}

/* A parent locator behind the metadata's items, and the flag that there is a parent. */
static void add_parent(const char *name, const char *linkage)
{
	static const char locator_guid[] = "\x2d\x5f\xd3\xa8\x0b\xb3\x4d\x45\xab\xf7\xd3\xd8\x48"
					   "\x34\xab\x0c";
	off_t metadata = region(name, "\x06\xa2\x7c\x8b");
	char item[1024] = "", entry[32] = "", count[2];
	const char *const texts[] = { "relative_path", ".\\base.vhdx", "parent_linkage", linkage };
	size_t end = 44;

	for (size_t i = 0; i < 4; i++) {
		size_t len = utf16(item + end, texts[i]), pair = 20 + i / 2 * 12;

		put32(item, pair + i % 2 * 4, (uint32_t)end);
		item[pair + 8 + i % 2 * 2] = (char)len;
		end += len;
	}
	item[18] = 2;
	patch(name, metadata + 0x18000, item, end);
	memcpy(entry, locator_guid, 16);
	put32(entry, 16, 0x18000);
	put32(entry, 20, (uint32_t)end);
	put32(entry, 24, 4);
	peek(name, metadata + 10, count, 2);
	patch(name, metadata + 32 + count[0] * 32, entry, 32);
	count[0]++;
	patch(name, metadata + 10, count, 2);
	patch(name, metadata + 0x10004, "\2", 1); /* qemu has the file's parameters first */
}

/* Of the child's five blocks: its own, none, zeros, and half of one; the last none. */
static void what_is_not_there_is_the_parents(void **state)
{
	static const char own[] = "the child's";
	static char want[5 << 20];
	char table[5 * 8], entry[8], bits[256];
	struct image *img;
	char *data;

	(void)state;
	make("base.vhdx");
	make("top.vhdx");
	change_headers("base.vhdx", 32, "\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf\x10", 16);
	add_parent("top.vhdx", "{04030201-0605-0807-090a-0b0c0d0e0f10}");
	peek("top.vhdx", blocks("top.vhdx"), table, sizeof(table));
	patch("top.vhdx", (off_t)(get_le64(table, 0) & ~UINT64_C(7)), own, sizeof(own));
	patch("top.vhdx", (off_t)(get_le64(table, 24) & ~UINT64_C(7)) + (1 << 19), own,
	      sizeof(own));
	patch("top.vhdx", (off_t)(get_le64(table, 24) & ~UINT64_C(7)), own, sizeof(own));
	table[8] = 0;
	table[16] = 2;
	table[24] = 7;
	table[32] = 0;
	/* The bitmap of the first 4096 blocks is the next entry; it goes where the second block
	 * was: of the fourth block the second half is there. */
	memset(bits, 0, 128);
	memset(bits + 128, 0xff, 128);
	patch("top.vhdx", (off_t)(get_le64(table, 8) & ~UINT64_C(7)) + 3 * 256, bits, 256);
	memcpy(entry, table + 8, 8);
	entry[0] = 6;
	patch("top.vhdx", blocks("top.vhdx") + 4096 * 8, entry, 8);
	table[9] = table[10] = table[11] = 0;
	patch("top.vhdx", blocks("top.vhdx"), table, sizeof(table));

	peek("raw", 0, want, sizeof(want));
	memcpy(want, own, sizeof(own));
	memset(want + (2 << 20), 0, 1 << 20);
	memcpy(want + (3 << 20) + (1 << 19), own, sizeof(own));
	/* qemu rounds no size here, so that base has what raw has. */
	same_as("base.vhdx", "raw");
	img = disk_open(&here, "top.vhdx", NULL);
	assert_non_null(img);
	assert_string_equal(img->info.subformat, "differencing");
	assert_string_equal(img->info.parent, "base.vhdx");
	data = disk_read(img, NULL);
	assert_memory_equal(data, want, sizeof(want));
	free(data);
	image_free(img);

	change_headers("base.vhdx", 32, "changed", 7);
	refused("top.vhdx", "top.vhdx: is a difference to another state of base.vhdx");
	assert_int_equal(unlink("base.vhdx"), 0);
	refused("top.vhdx", "top.vhdx: is a difference to another image: base.vhdx: No such file");
}

static void the_other_header_serves(void **state)
{
	(void)state;
	make("one.vhdx");
	patch("one.vhdx", FIRST + 100, "x", 1);
	same_as("one.vhdx", "raw");
	patch("one.vhdx", SECOND + 100, "x", 1);
	refused("one.vhdx", "one.vhdx: byte 131072: the header is damaged");
}

static void damage_is_told_by_block_and_byte(void **state)
{
	(void)state;
	make("disk.vhdx");
	patch("disk.vhdx", blocks("disk.vhdx") + 8, "\5", 1);
	refused("disk.vhdx", "disk.vhdx: block 1 at byte ");
	make("disk.vhdx");
	patch("disk.vhdx", blocks("disk.vhdx") + 8, "\6\0\0\0\1\0\0\0", 8);
	refused("disk.vhdx", "the guest's byte 1048576 is stored at byte 4294967296");
	make("disk.vhdx");
	patch("disk.vhdx", REGIONS + 20, "x", 1);
	patch("disk.vhdx", REGIONS + (64 << 10) + 20, "x", 1);
	refused("disk.vhdx", "disk.vhdx: byte 196608: the table of regions is damaged");
	make("disk.vhdx");
	patch("disk.vhdx", region("disk.vhdx", "\x06\xa2\x7c\x8b"), "x", 1);
	refused("disk.vhdx", ": the metadata are damaged");
	make("disk.vhdx");
	patch("disk.vhdx", region("disk.vhdx", "\x06\xa2\x7c\x8b") + 0x10002, "\x11", 1);
	refused("disk.vhdx", "disk.vhdx: blocks of 1114112 bytes");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_is_replayed_as_qemu_does),
		cmocka_unit_test(what_is_not_there_is_the_parents),
		cmocka_unit_test(the_other_header_serves),
		cmocka_unit_test(damage_is_told_by_block_and_byte),
	};

	return cmocka_run_group_tests_name("vhdx", tests, setup, leave_folder);
}
