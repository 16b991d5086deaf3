/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole files: our examples are accepted, the seeds of the fuzzer and the files
 * of others are parsed without harm, and what is wrong with them has a line.
 * What pykickstart accepts is accepted, and what it does not is not; where
 * Socle differs, differences.txt tells why.
 *
 * Paths are relative to the project's root.  SOCLE_CORPUS names the folder
 * that has the files of others in "kickstart/", with the verdicts of
 * pykickstart on single inputs (lines.jsonl) and on those files (files.jsonl).
 */
#include <ftw.h>
#include <jansson.h>
#include <stdio.h>

#include "ks.h"
#include "socle/buf.h"
#include "socle/fs.h"
#include "table.h"

static size_t files;

static void parse_file(const char *path, bool must_be_good)
{
	struct buf text = BUF_INIT;
	struct ks ks;

	assert_int_equal(fs_read(path, KS_FILE_MAX, &text, NULL), 0);
	ks = ks_mem(text.s, text.len);
	for (size_t i = 0; i < ks.m.count; i++) {
		if (must_be_good)
			print_message("%s:%u: %s\n", path, ks.m.item[i].pos.line,
				      ks.m.item[i].text);
		assert_true(ks.m.item[i].pos.line > 0 && ks.m.item[i].pos.column > 0);
		assert_true(*ks.m.item[i].text);
	}
	assert_int_equal(ks.ret, ks.m.errors ? -EINVAL : 0);
	if (must_be_good)
		assert_int_equal(ks.m.count, 0);
	ks_free(&ks);
	buf_clear(&text);
	files++;
}

static int any(const char *path, const struct stat *st, int type)
{
	(void)st;
	if (type == FTW_F)
		parse_file(path, false);
	return 0;
}

static int good(const char *path, const struct stat *st, int type)
{
	(void)st;
	if (type == FTW_F)
		parse_file(path, true);
	return 0;
}

static void test_examples_are_accepted(void **state)
{
	(void)state;
	files = 0;
	assert_int_equal(ftw("kickstart/examples", good, 8), 0);
	assert_true(files >= 3);
}

static void test_seeds_do_no_harm(void **state)
{
	(void)state;
	files = 0;
	assert_int_equal(ftw("kickstart/fuzz/corpus/parse", any, 8), 0);
	assert_true(files >= 15);
}

/* The path of a file of the corpus, or a skipped test. */
static void corpus_path(char path[4096], const char *name)
{
	const char *corpus = getenv("SOCLE_CORPUS");

	if (!corpus) {
		print_message("skipped: SOCLE_CORPUS does not name a folder of kickstart files\n");
		skip();
	}
	snprintf(path, 4096, "%s/kickstart%s", corpus, name);
}

static void test_files_of_others_do_no_harm(void **state)
{
	(void)state;
	char path[4096];

	corpus_path(path, "");
	files = 0;
	assert_int_equal(ftw(path, any, 8), 0);
	assert_true(files > 0);
	print_message("%zu files\n", files);
}

/* Call one() with each line of a file of JSON values. */
static void each_json(const char *path, void (*one)(const json_t *row))
{
	char line[64 << 10];
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		json_t *row = json_loads(line, 0, NULL);

		assert_non_null(row);
		one(row);
		json_decref(row);
	}
	fclose(f);
}

static struct tally {
	size_t all, other, unlisted;
} tally;

static struct buf differences;

/* Whether differences.txt, of lines 'REASON: "INPUT"', has the input. */
static bool is_listed(const json_t *input)
{
	char *text = json_dumps(input, JSON_ENCODE_ANY), *end;
	bool found;

	assert_true(asprintf(&end, ": %s\n", text) > 0);
	found = strstr(differences.s, end);
	free(text);
	free(end);
	return found;
}

/* Whether the first word is a command that Socle implements. */
static bool is_ours(const char *input)
{
	const struct ks_command *c;
	char word[64];

	input += strspn(input, " \t\n");
	snprintf(word, sizeof(word), "%.*s", (int)strcspn(input, " \t\n"), input);
	c = table_find(word, NULL);
	return c && c->status != KS_REFUSED;
}

static void compare_line(const json_t *row)
{
	const json_t *in = json_object_get(row, "in");
	bool theirs = json_is_true(json_object_get(row, "any_rhel")), listed, other;

	if (!is_ours(json_string_value(in)))
		return;
	_cleanup_ks_ struct ks ks = ks_text(json_string_value(in));

	listed = is_listed(in);
	other = theirs != (ks.ret == 0);
	tally.all++;
	tally.other += other;
	if (other && !listed) {
		tally.unlisted++;
		print_message("%s: %s%s\n", theirs ? "refused" : "accepted", json_string_value(in),
			      ks.m.count ? ks.m.item[0].text : "");
	}
	/* The list has no entry that is no difference any more. */
	assert_true(other || !listed);
}

static void test_verdicts_on_single_inputs_agree(void **state)
{
	(void)state;
	char path[4096];

	corpus_path(path, "/lines.jsonl");
	differences = BUF_INIT;
	assert_int_equal(fs_read("kickstart/tests/differences.txt", 1 << 20, &differences, NULL),
			 0);
	tally = (struct tally){ 0 };
	each_json(path, compare_line);
	print_message("%zu inputs, %zu verdicts differ, %zu of them not listed\n", tally.all,
		      tally.other, tally.unlisted);
	assert_true(tally.all > 0 && tally.other * 100 <= tally.all);
	buf_clear(&differences);
}

static void compare_file(const json_t *row)
{
	const char *name = json_string_value(json_object_get(row, "file"));
	const char *verdict = json_string_value(json_object_get(row, "RHEL9"));
	struct buf text = BUF_INIT;
	char path[4096], below[2048];
	struct ks ks;

	snprintf(below, sizeof(below), "/%s", name);
	corpus_path(path, below);
	assert_int_equal(fs_read(path, KS_FILE_MAX, &text, NULL), 0);
	ks = ks_mem(text.s, text.len);
	tally.all++;
	/* Scripts of ESXi and Oracle VM are not pykickstart's to judge. */
	if (strcmp(verdict, "ok") == 0 || strcmp(verdict, "True") == 0 ||
	    memmem(text.s, text.len, "accepteula", 10) || memmem(text.s, text.len, "ovsagent", 8))
		for (size_t i = 0; i < ks.m.count; i++)
			if (ks.m.item[i].severity == KS_ERROR &&
			    !strstr(ks.m.item[i].text, "refused on purpose")) {
				print_message("%s:%u: %s\n", name, ks.m.item[i].pos.line,
					      ks.m.item[i].text);
				tally.other++;
			}
	ks_free(&ks);
	buf_clear(&text);
}

static void test_files_that_are_good_are_accepted(void **state)
{
	(void)state;
	char path[4096];

	corpus_path(path, "/files.jsonl");
	tally = (struct tally){ 0 };
	each_json(path, compare_file);
	assert_true(tally.all > 0);
	assert_int_equal(tally.other, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples_are_accepted),
		cmocka_unit_test(test_seeds_do_no_harm),
		cmocka_unit_test(test_files_of_others_do_no_harm),
		cmocka_unit_test(test_verdicts_on_single_inputs_agree),
		cmocka_unit_test(test_files_that_are_good_are_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
