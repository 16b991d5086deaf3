/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Images of other people: each decodes to the bytes that are known for it, or is
 * refused for the reason given here.
 */
#include "disk.h"

/* Not decoded, and why: what the message says. */
static const struct {
	const char *file, *says;
} refusals[] = {
	{ "dfvfs/fat-differential.vhd",
	  "is a difference to another image: fat-parent.vhd: No such" },
	{ "go-vmdk-parser/vmdk-invalid.img", "ends at byte 65187, before its first grain" },
	{ "vmdk-forensic/ms3-win.vmdk", "extent: disk-s001.vmdk: No such" },
	{ "vmdk-forensic/tw_sparse-s001.vmdk", "is one extent of a disk" },
	{ "vmdk-forensic/tw_sparse_data.vmdk", "extent: tw_sparse_data-s001.vmdk: No such" },
};

static const char *refusal(const char *file)
{
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (strcmp(refusals[i].file, file) == 0)
			return refusals[i].says;
	return NULL;
}

static void check_bytes(struct folder *f, const char *name, struct image *img, const char *sha)
{
	struct err e = { 0 };
	char hex[SHA256_HEX] = "", *data = disk_read(img, &e), *streamed;

	if (!data)
		fail_msg("%s", err_text(&e));
	sha256_mem(data, (size_t)img->info.size, hex);
	if (strcmp(hex, sha) != 0)
		fail_msg("%s: %s, not %s", name, hex, sha);
	if (strcmp(img->info.subformat, "streamOptimized") == 0) {
		streamed = disk_stream(f, name, &e);
		if (!streamed)
			fail_msg("%s", err_text(&e));
		assert_memory_equal(streamed, data, img->info.size);
		free(streamed);
	}
	free(data);
}

static void check_image(const char *corpus, char *file, char *what, const char *sha)
{
	char path[512], format[16] = "", subformat[32] = "", *slash = strrchr(file, '/');
	unsigned long long size = 0;
	struct folder f = { .dir.open = folder_open, .path = path };
	const char *says = refusal(file);
	struct err e = { 0 };
	struct image *img;

	snprintf(path, sizeof(path), "%s/appliance/%.*s", corpus, (int)(slash + 1 - file), file);
	img = disk_open(&f, slash + 1, &e);
	if (says) {
		char *data = img ? disk_read(img, &e) : NULL;

		assert_null(data);
		if (!strstr(err_text(&e), says))
			fail_msg("%s: \"%s\" does not say \"%s\"", file, err_text(&e), says);
		image_free(img);
		return;
	}
	if (!img) {
		fail_msg("%s", err_text(&e));
		return;
	}
	assert_in_range(sscanf(what, "%15s %llu %31s", format, &size, subformat), 2, 3);
	assert_string_equal(img->info.format, strcmp(format, "vpc") == 0 ? "vhd" : format);
	assert_int_equal(img->info.size, size);
	if (*subformat)
		assert_string_equal(img->info.subformat, subformat);
	if (*sha != '(')
		check_bytes(&f, slash + 1, img, sha);
	image_free(img);
}

static void every_image_decodes_or_is_refused_for_a_reason(void **state)
{
	struct buf table = BUF_INIT;
	const char *corpus = getenv("SOCLE_CORPUS");
	char *line, *rest, path[512];
	size_t n = 0;

	(void)state;
	if (!corpus) {
		print_message("skipped: SOCLE_CORPUS does not name a folder of images\n");
		skip();
	}
	snprintf(path, sizeof(path), "%s/appliance/expected.tsv", corpus);
	assert_int_equal(fs_read(path, 1 << 20, &table, NULL), 0);
	strtok_r(table.s, "\n", &rest);
	while ((line = strtok_r(NULL, "\n", &rest))) {
		char *file = strsep(&line, "\t"), *what = strsep(&line, "\t");

		print_message("%s\n", file);
		check_image(corpus, file, what, line ? line : "");
		n++;
	}
	assert_true(n >= 20);
	buf_clear(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_image_decodes_or_is_refused_for_a_reason),
	};

	return cmocka_run_group_tests_name("image corpus", tests, NULL, NULL);
}
