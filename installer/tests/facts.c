/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helper.h"

#include "gather.h"
#include "schema.h"

static const char disk[] = "{\"name\":\"sda\",\"path\":\"/dev/sda\",\"size\":1024,\"sector\":512,"
			   "\"physical\":512,\"boot_medium\":false,\"contents\":[]}";

/* Every refusal names the key, so that whoever wrote the file finds it. */
static void test_errors(void **state)
{
	static const struct {
		const char *json, *words;
	} cases[] = {
		{ "", "line 1" },
		{ "[]", "no file of facts" },
		{ "{}", "no file of facts" },
		{ "{\"facts\":2}", "facts: version 2, this program knows 1" },
		{ "{\"facts\":1}", "firmware: missing" },
		{ "{\"facts\":1,\"machine\":7}", "machine: not an object" },
		{ "{\"facts\":1,\"machine\":{\"serial\":7}}", "machine.serial: not a string" },
		{ "{\"facts\":1,\"firmware\":\"coreboot\",\"memory\":1,\"disks\":[],\"nics\":[]}",
		  "firmware: neither" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":-1}",
		  "memory: number out of range" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1.5}",
		  "memory: not a whole number" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[7]}",
		  "disks[0]: not an object" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[{\"name\":\"sda\","
		  "\"path\":\"/dev/sda\",\"size\":\"big\"}]}",
		  "disks[0].size: not a whole number" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[{\"name\":"
		  "\"s\\u0007\"}]}",
		  "disks[0].name: control character" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[@,@],\"nics\":[]}",
		  "disks[1].name: twice" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[@],\"nics\":"
		  "[{\"name\":\"eno1\",\"mac\":\"52:54:00:12:34\"}]}",
		  "nics[0].mac: not as" },
		{ "{\"facts\":1,\"firmware\":\"bios\",\"memory\":1,\"disks\":[@],\"nics\":"
		  "[{\"name\":\"../x\",\"mac\":\"52:54:00:12:34:56\"}]}",
		  "nics[0].name: not a kernel name" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct facts f = FACTS_INIT;
		struct buf text = BUF_INIT;
		struct err e = { 0 };

		/* '@' stands for a disk. */
		for (const char *p = cases[i].json; *p; p++)
			*p == '@' ? buf_adds(&text, disk) : buf_addc(&text, *p);
		assert_int_equal(facts_parse(text.s, text.len, &f, &e), -EINVAL);
		if (!strstr(err_text(&e), cases[i].words))
			fail_msg("\"%s\", not \"%s\"", err_text(&e), cases[i].words);
		facts_clear(&f);
		buf_clear(&text);
	}
}

static void check_disk_fault(const char *key, json_t *value, const char *words)
{
	json_t *d = json_loads(disk, 0, NULL), *f;
	struct facts facts = FACTS_INIT;
	struct err e = { 0 };

	json_object_set_new(d, key, value);
	f = json_pack("{s:i, s:s, s:i, s:[o], s:[]}", "facts", 1, "firmware", "bios", "memory", 1,
		      "disks", d, "nics");
	assert_int_equal(facts_from_json(f, &facts, &e), -EINVAL);
	assert_string_equal(err_text(&e), words);
	facts_clear(&facts);
	json_decref(f);
}

static void test_disk_rules(void **state)
{
	json_t *many = json_array();

	(void)state;
	for (int i = 0; i <= FACTS_CONTENTS_MAX; i++)
		json_array_append_new(many, json_object());
	check_disk_fault("path", json_string("/dev/sdb"), "disks[0].path: not /dev/sda");
	check_disk_fault("sector", json_integer(520), "disks[0].sector: neither 512 nor 4096");
	check_disk_fault("sector", json_integer(0), "disks[0].sector: neither 512 nor 4096");
	check_disk_fault("physical", json_integer(256),
			 "disks[0].physical: not a multiple of the sector");
	check_disk_fault("size", json_integer(1000), "disks[0].size: not a multiple of the sector");
	check_disk_fault("boot_medium", json_string("no"),
			 "disks[0].boot_medium: neither true nor false");
	check_disk_fault("contents", many, "disks[0].contents: too many entries");
}

static void test_text(void **state)
{
	json_t *s = gather_text("  Dell\x01 Inc.\xff \n");

	(void)state;
	assert_string_equal(json_string_value(s), "Dell? Inc.?");
	json_decref(s);
}

/* What this machine tells is what the parser takes, whatever this machine is. */
static void test_gather(void **state)
{
	struct facts f = FACTS_INIT;
	struct err e = { 0 };
	json_t *json;

	(void)state;
	assert_int_equal(facts_gather(&json, &e), 0);
	if (facts_from_json(json, &f, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_true(f.memory > 0);
	facts_clear(&f);
	json_decref(json);
}

static void test_manifest(void **state)
{
	static const char file[] = "{\"socle\":\"1\",\"files\":[{\"name\":\"../x\",\"size\":1,"
				   "\"sha256\":\"00\"}]}";
	struct image i = IMAGE_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(image_load(TESTS "manifest.json", &i, &e), 0);
	assert_int_equal(image_find(&i, "vmlinuz")->size, 9 << 20);
	image_clear(&i);
	assert_int_equal(image_parse(file, strlen(file), &i, &e), -EINVAL);
	assert_string_equal(err_text(&e), "files[0].name: not a plain file name");
	image_clear(&i);
	assert_int_equal(image_parse("{\"socle\":\"1\",\"files\":[]}", 24, &i, &e), -EINVAL);
	assert_string_equal(err_text(&e), "files: system.squashfs is missing");
	image_clear(&i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_errors),	 cmocka_unit_test(test_disk_rules),
		cmocka_unit_test(test_text),	 cmocka_unit_test(test_gather),
		cmocka_unit_test(test_manifest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
