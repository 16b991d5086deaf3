/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disk starts from, told of disks that mtools, xorriso and GRUB made.
 */
#include "appliance/boot.h"

#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>

#include "../../libsocle/tests/test.h"
#include "socle/fs.h"

enum { MIB = 1 << 20 };

#define CORPUS "packages/appliance/fuzz/corpus/boot"

static glob_t corpus;
static int top; /* the folder that corpus is relative to */

static void put(const char *path, const void *data, size_t len, uint64_t offset)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	assert_true(fd >= 0);
	assert_int_equal(fs_pwrite(fd, data, len, offset, NULL), 0);
	close(fd);
}

static void new_disk(const char *path, off_t size)
{
	unlink(path);
	put(path, "", 0, 0);
	assert_int_equal(truncate(path, size), 0);
}

static struct boot look(const char *path)
{
	struct err e = { 0 };
	struct boot b;
	int fd = openat(strncmp(path, CORPUS, strlen(CORPUS)) == 0 ? top : AT_FDCWD, path,
			O_RDONLY);

	assert_true(fd >= 0);
	assert_int_equal(boot_look_fd(fd, &b, &e), 0);
	close(fd);
	return b;
}

static void le(uint8_t *p, uint64_t n, int bytes)
{
	for (int i = 0; i < bytes; i++)
		p[i] = (uint8_t)(n >> 8 * i);
}

/* An entry of an MBR: sectors. */
static void mbr_entry(uint8_t s[512], int n, uint8_t flag, uint8_t type, uint32_t start,
		      uint32_t count)
{
	uint8_t *p = s + 446 + 16 * n;

	p[0] = flag, p[4] = type;
	le(p + 8, start, 4), le(p + 12, count, 4);
	s[510] = 0x55, s[511] = 0xaa;
}

static void gpt_entry(const char *path, int n, const char *guid, uint64_t first, uint64_t last)
{
	uint8_t entry[128] = { 0 };

	memcpy(entry, guid, 16);
	le(entry + 16, (uint64_t)n + 1, 8);
	le(entry + 32, first, 8), le(entry + 40, last, 8);
	put(path, entry, sizeof(entry), 1024 + 128 * (uint64_t)n);
}

#define ESP_GUID  "\x28\x73\x2a\xc1\x1f\xf8\xd2\x11\xba\x4b\x00\xa0\xc9\x3e\xc9\x3b"
#define BIOS_GUID "Hah!IdontNeedEFI"

static void gpt(const char *path, const char *code)
{
	uint8_t s[512] = { 0 }, h[92] = "EFI PART";

	memcpy(s, code, strlen(code));
	mbr_entry(s, 0, 0, 0xee, 1, 0xffff);
	put(path, s, sizeof(s), 0);
	le(h + 72, 2, 8), le(h + 80, 128, 4), le(h + 84, 128, 4);
	put(path, h, sizeof(h), 512);
}

/* A FAT file system at an offset in bytes, with a loader when there is a name for it. */
static void fat(const char *path, const char *offset, const char *sectors, bool fat32,
		const char *loader)
{
	char at[64], to[64];
	struct err e = { 0 };

	snprintf(at, sizeof(at), "%s@@%s", path, offset);
	snprintf(to, sizeof(to), "::/EFI/BOOT/%s", loader ? loader : "");
	if (fat32)
		assert_int_equal(proc_cmd(&e, "mformat", "-i", at, "-F", "-T", sectors, "-h", "16",
					  "-s", "32", "-v", "ESP", "::", NULL),
				 0);
	else
		assert_int_equal(proc_cmd(&e, "mformat", "-i", at, "-T", sectors, "-h", "16", "-s",
					  "32", "-v", "ESP", "::", NULL),
				 0);
	assert_int_equal(
		proc_cmd(&e, "mmd", "-i", at, "::/EFI", "::/EFI/BOOT", "::/EFI/debian", NULL), 0);
	put("loader", "MZ", 2, 0);
	if (loader)
		assert_int_equal(proc_cmd(&e, "mcopy", "-i", at, "loader", to, NULL), 0);
}

static void the_fallback_loader_of_an_esp_is_found(void **state)
{
	struct boot b;

	(void)state;
	for (int fat32 = 0; fat32 < 2; fat32++) {
		new_disk("esp", 80 * MIB);
		gpt("esp", "");
		gpt_entry("esp", 0, ESP_GUID, 2048, 143359);
		fat("esp", "1M", "141312", fat32, "bootx64.efi");
		b = look("esp");
		assert_int_equal(b.table, BOOT_TABLE_GPT);
		assert_int_equal(b.n_parts, 1);
		assert_true(b.esp);
		assert_string_equal(b.parts[0].fs, "vfat");
		assert_int_equal(b.ways, BOOT_UEFI_X64);
		assert_string_equal(b.efi_dirs, "DEBIAN");
	}
	new_disk("esp", 80 * MIB);
	gpt("esp", "");
	gpt_entry("esp", 0, ESP_GUID, 2048, 143359);
	fat("esp", "1M", "141312", true, NULL);
	b = look("esp");
	assert_true(b.esp);
	assert_int_equal(b.ways, 0);
	assert_string_equal(b.efi_dirs, "DEBIAN");
}

static void a_disk_of_fat_alone_is_searched_too(void **state)
{
	struct boot b;

	(void)state;
	new_disk("stick", 8 * MIB);
	fat("stick", "0", "16384", false, "bootaa64.efi");
	b = look("stick");
	assert_int_equal(b.table, BOOT_TABLE_NONE);
	assert_string_equal(b.fs, "vfat");
	assert_int_equal(b.ways, BOOT_UEFI_AA64);
}

static void code_that_chains_needs_an_active_partition(void **state)
{
	static const char chain[] = "\xfaInvalid partition table\0Missing operating system";
	uint8_t s[512] = { 0 };
	struct boot b;

	(void)state;
	memcpy(s, chain, sizeof(chain));
	new_disk("mbr", 4 * MIB);
	mbr_entry(s, 0, 0, 0x83, 2048, 2048);
	put("mbr", s, sizeof(s), 0);
	b = look("mbr");
	assert_int_equal(b.table, BOOT_TABLE_MBR);
	assert_string_equal(b.loader, "windows");
	assert_int_equal(b.ways, 0);
	mbr_entry(s, 0, 0x80, 0x83, 2048, 2048);
	put("mbr", s, sizeof(s), 0);
	b = look("mbr");
	assert_int_equal(b.ways, BOOT_BIOS);
	assert_true(b.parts[0].active);
	assert_int_equal(b.parts[0].offset, MIB);
}

static void grub_goes_on_by_itself(void **state)
{
	struct buf code = BUF_INIT;
	uint8_t s[512] = { 0 };
	struct err e = { 0 };
	struct boot b;

	(void)state;
	assert_int_equal(fs_read("/usr/lib/grub/i386-pc/boot.img", 4096, &code, &e), 0);
	memcpy(s, code.s, 440);
	buf_clear(&code);
	new_disk("grub", 4 * MIB);
	mbr_entry(s, 0, 0, 0x83, 2048, 2048);
	put("grub", s, sizeof(s), 0);
	b = look("grub");
	assert_string_equal(b.loader, "grub");
	assert_int_equal(b.ways, BOOT_BIOS);
}

static void logical_partitions_are_followed_and_a_loop_ends(void **state)
{
	uint8_t s[512] = { 0 }, link[512] = { 0 };
	struct boot b;

	(void)state;
	new_disk("ebr", 16 * MIB);
	mbr_entry(s, 0, 0, 0x83, 2048, 2048);
	mbr_entry(s, 1, 0, 0x05, 8192, 16384);
	put("ebr", s, sizeof(s), 0);
	mbr_entry(link, 0, 0, 0x83, 63, 1000);
	mbr_entry(link, 1, 0, 0x05, 4096, 2000);
	put("ebr", link, sizeof(link), 8192 * 512);
	memset(link, 0, sizeof(link));
	mbr_entry(link, 0, 0, 0x82, 63, 1000);
	put("ebr", link, sizeof(link), (8192 + 4096) * 512);
	b = look("ebr");
	assert_int_equal(b.n_parts, 3);
	assert_int_equal(b.parts[1].offset, (8192 + 63) * 512);
	assert_int_equal(b.parts[2].offset, (8192 + 4096 + 63) * 512);
	mbr_entry(link, 1, 0, 0x05, 4096, 2000); /* the link after the second is the second */
	put("ebr", link, sizeof(link), (8192 + 4096) * 512);
	b = look("ebr");
	assert_true(b.n_parts > BOOT_PARTS && b.n_parts < 200);
}

static void a_file_system_without_a_table_is_no_table(void **state)
{
	uint8_t super[1024] = { 0 };
	struct boot b;

	(void)state;
	new_disk("ext", 4 * MIB);
	le(super, 1024, 4), le(super + 4, 4096, 4),
		le(super + 20, 1, 4); /* inodes, blocks, first */
	le(super + 32, 8192, 4), le(super + 40, 1024, 4), le(super + 76, 1, 4);
	le(super + 56, 0xef53, 2);
	memcpy(super + 120, "root\xff", 5);
	put("ext", super, sizeof(super), 1024);
	b = look("ext");
	assert_int_equal(b.table, BOOT_TABLE_NONE);
	assert_string_equal(b.fs, "ext2");
	assert_string_equal(b.label, "root?");
	assert_int_equal(b.ways, 0);
}

static void a_rescue_cd_starts_from_bios_and_uefi(void **state)
{
	struct err e = { 0 };
	struct boot b;

	(void)state;
	assert_int_equal(mkdir("cd", 0755), 0);
	assert_int_equal(proc_cmd(&e, "grub-mkrescue", "-o", "cd.iso", "cd", NULL), 0);
	b = look("cd.iso");
	assert_int_equal(b.ways & (BOOT_CD_BIOS | BOOT_CD_UEFI), BOOT_CD_BIOS | BOOT_CD_UEFI);
	assert_string_equal(b.fs, "iso9660");
	assert_string_equal(b.loader, "grub");
}

static void a_disk_of_nothing_starts_nothing(void **state)
{
	struct boot b;

	(void)state;
	new_disk("zero", 4 * MIB);
	b = look("zero");
	assert_int_equal(b.ways, 0);
	assert_int_equal(b.table, BOOT_TABLE_NONE);
	new_disk("tiny", 100);
	b = look("tiny");
	assert_int_equal(b.ways, 0);
}

static void a_bare_kernel_is_told(void **state)
{
	uint8_t s[1024] = { 0 };
	struct boot b;

	(void)state;
	s[510] = 0x55, s[511] = 0xaa;
	memcpy(s + 0x202, "HdrS", 4);
	new_disk("bzimage", MIB);
	put("bzimage", s, sizeof(s), 0);
	b = look("bzimage");
	assert_int_equal(b.ways, BOOT_KERNEL);
}

/* What the fuzzer found or grew from: nothing may be read outside of the disk. */
static void the_fuzzers_disks_are_looked_at(void **state)
{
	(void)state;
	for (size_t i = 0; i < corpus.gl_pathc; i++) {
		struct boot b = look(corpus.gl_pathv[i]);

		for (unsigned int k = 0; k < b.n_parts && k < BOOT_PARTS; k++)
			assert_true(b.parts[k].size <= b.size);
	}
	assert_true(corpus.gl_pathc >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_fallback_loader_of_an_esp_is_found),
		cmocka_unit_test(a_disk_of_fat_alone_is_searched_too),
		cmocka_unit_test(code_that_chains_needs_an_active_partition),
		cmocka_unit_test(grub_goes_on_by_itself),
		cmocka_unit_test(logical_partitions_are_followed_and_a_loop_ends),
		cmocka_unit_test(a_file_system_without_a_table_is_no_table),
		cmocka_unit_test(a_rescue_cd_starts_from_bios_and_uefi),
		cmocka_unit_test(a_disk_of_nothing_starts_nothing),
		cmocka_unit_test(a_bare_kernel_is_told),
		cmocka_unit_test(the_fuzzers_disks_are_looked_at),
	};
	int failed;

	/* The tests change the folder. */
	if (glob(CORPUS "/*", 0, NULL, &corpus) != 0)
		return 1;
	top = open(".", O_DIRECTORY | O_CLOEXEC);
	failed = cmocka_run_group_tests(tests, enter_folder, leave_folder);
	globfree(&corpus);
	return failed;
}
