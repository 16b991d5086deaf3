/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/manifest.h"

#include "../../libsocle/tests/test.h"

#define ONE  "c3bd2579c2edc76ea35b5bde7d4f4e41eab08963"
#define TWO  "4aacc96f73bc1e0912414b80a576f62fa8d22386a2c34c489e88ee42ec71de9b"
#define FIVE TWO TWO

static struct err e;

static struct manifest *read_mf(const char *text)
{
	struct manifest *mf = NULL;
	int ret;

	e = (struct err){ 0 };
	ret = manifest_read(text, strlen(text), "x.mf", &mf, &e);
	assert_int_equal(ret, e.code);
	return mf;
}

static void every_dialect_is_read(void **state)
{
	static const struct {
		const char *line, *name;
		enum manifest_hash hash;
		bool odd;
	} lines[] = {
		{ "SHA1(a.ovf)= " ONE "\n", "a.ovf", MANIFEST_SHA1, false },
		{ "SHA256(a.ovf)= " TWO "\n", "a.ovf", MANIFEST_SHA256, false },
		{ "SHA256(a.ovf)= " TWO, "a.ovf", MANIFEST_SHA256, false },
		{ "SHA512(a.ovf)= " FIVE "\n", "a.ovf", MANIFEST_SHA512, false },
		{ "SHA256(a.ovf)= " TWO "\r\n", "a.ovf", MANIFEST_SHA256, true },
		{ "SHA256 (a.ovf) = " TWO "\n", "a.ovf", MANIFEST_SHA256, true },
		{ "SHA256(a.ovf)=" TWO "\n", "a.ovf", MANIFEST_SHA256, true },
		{ "SHA2-256(a.ovf)= " TWO "\n", "a.ovf", MANIFEST_SHA256, true },
		{ "SHA2-512(a.ovf)= " FIVE "\n", "a.ovf", MANIFEST_SHA512, true },
		{ "sha-1( a.ovf )= " ONE "\n", "a.ovf", MANIFEST_SHA1, true },
		{ "  SHA1(./a.ovf)= " ONE "  \n", "a.ovf", MANIFEST_SHA1, true },
		{ "SHA1(a (1).ovf)= " ONE "\n", "a (1).ovf", MANIFEST_SHA1, false },
		{ "SHA1(a)= b).ovf)= " ONE "\n", "a)= b).ovf", MANIFEST_SHA1, false },
		{ "\n\r\nSHA1(a=b.ovf)= " ONE "\n\n", "a=b.ovf", MANIFEST_SHA1, false },
		{ "SHA1(a.ovf)= C3BD2579C2EDC76EA35B5BDE7D4F4E41EAB08963\n", "a.ovf", MANIFEST_SHA1,
		  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct manifest *mf = read_mf(lines[i].line);

		assert_non_null(mf);
		assert_int_equal(mf->n, 1);
		assert_string_equal(mf->lines[0].name, lines[i].name);
		assert_int_equal(mf->lines[0].hash, lines[i].hash);
		assert_int_equal(mf->odd != 0, lines[i].odd);
		assert_memory_equal(mf->lines[0].hex, lines[i].hash == MANIFEST_SHA1 ? ONE : FIVE,
				    strlen(mf->lines[0].hex));
		manifest_free(mf);
	}
}

static void what_is_no_digest_is_refused_by_line(void **state)
{
	static const struct {
		const char *text, *reason;
	} wrong[] = {
		{ "SHA1(a)= " ONE "\nhello\n", "x.mf:2: not of the form SHA256(NAME)= DIGITS" },
		{ "MD5(a)= 1234\n", "x.mf:1: the algorithm \"MD5\" is not known" },
		{ "SHA256(a)= " ONE "\n", "x.mf:1: a digest of SHA256 has 64 digits, not 40" },
		{ "SHA1(a)= xyz\n", "x.mf:1: its digest is not hexadecimal" },
		{ "SHA1()= " ONE "\n", "x.mf:1: there is no name in it" },
		{ "SHA256(a)= " TWO "\n\nSHA256(a)= 0aacc96f73bc1e0912414b80a576f62fa8d22386a2c34"
		  "c489e88ee42ec71de9b\n",
		  "x.mf:3: another digest of \"a\" than line 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_null(read_mf(wrong[i].text));
		assert_string_equal(err_text(&e), wrong[i].reason);
	}
}

static void the_strongest_digest_counts(void **state)
{
	struct manifest *mf = read_mf("SHA1(a)= " ONE "\nSHA512(a)= " FIVE "\nSHA256(a)= " TWO
				      "\nSHA256(b)= " TWO "\n");
	const struct manifest_line *line = manifest_find(mf, "a");

	(void)state;
	assert_non_null(line);
	assert_int_equal(line->hash, MANIFEST_SHA512);
	assert_int_equal(manifest_weakest(mf), MANIFEST_SHA256);
	assert_int_equal(manifest_compare(mf, line, FIVE, &e), 0);
	assert_int_equal(manifest_compare(mf, line, TWO ONE, &e), -EBADMSG);
	assert_non_null(strstr(err_text(&e), "x.mf:2 says 4aacc96f73bc1e09..."));
	assert_null(manifest_find(mf, "c"));
	manifest_free(mf);
}

static struct model *model_of(uint64_t size, uint64_t chunk)
{
	struct model *m = model_new();
	struct model_file *f = model_add_file(m, &e);

	assert_int_equal(model_set_line(&f->href, "disk", &e), 0);
	f->size = size;
	f->chunk = chunk;
	return m;
}

static void nothing_may_be_without_a_digest(void **state)
{
	struct model *m = model_of(10, 0), *chunked = model_of(2001, 1000);
	struct manifest *mf = read_mf("SHA1(disk)= " ONE "\n");

	(void)state;
	assert_int_equal(manifest_complete(mf, m, "x.ovf", &e), -ENOENT);
	assert_string_equal(err_text(&e), "x.mf: there is no digest of x.ovf");
	manifest_free(mf);
	mf = read_mf("SHA1(x.ovf)= " ONE "\n");
	assert_int_equal(manifest_complete(mf, m, "x.ovf", &e), -ENOENT);
	assert_string_equal(err_text(&e), "x.mf: there is no digest of disk");
	manifest_free(mf);
	mf = read_mf("SHA1(x.ovf)= " ONE "\nSHA1(disk)= " ONE "\n");
	assert_int_equal(manifest_complete(mf, m, "x.ovf", &e), 0);
	manifest_free(mf);
	mf = read_mf("SHA1(x.ovf)= " ONE "\nSHA1(disk.000000000)= " ONE
		     "\nSHA1(disk.000000001)= " ONE "\n");
	assert_int_equal(manifest_complete(mf, chunked, "x.ovf", &e), -ENOENT);
	assert_string_equal(err_text(&e), "x.mf: there is no digest of disk.000000002");
	manifest_free(mf);
	model_free(m);
	model_free(chunked);
}

static void what_is_written_is_the_one_dialect(void **state)
{
	struct buf b = BUF_INIT;

	(void)state;
	manifest_add(&b, "a (1).vmdk", TWO);
	assert_string_equal(b.s, "SHA256(a (1).vmdk)= " TWO "\n");
	buf_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_dialect_is_read),
		cmocka_unit_test(what_is_no_digest_is_refused_by_line),
		cmocka_unit_test(the_strongest_digest_counts),
		cmocka_unit_test(nothing_may_be_without_a_digest),
		cmocka_unit_test(what_is_written_is_the_one_dialect),
	};

	return cmocka_run_group_tests_name("manifest", tests, NULL, NULL);
}
