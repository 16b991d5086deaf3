/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that include files: their lines count as if they stood there, and
 * messages tell how they came to be read.
 */
#include <unistd.h>

#include "ks.h"

/* What the reader finds. */
static const struct disk {
	const char *name, *text;
} disk[] = {
	{ "network.ks", "lang C\n%include cards/one.ks\nkeyboard\n" },
	{ "cards/one.ks", "network --device=eth0\n\nnetwork --divice=eth1\n" },
	{ "loop.ks", "%include loop.ks\n" },
	{ "ping.ks", "%include pong.ks\n" },
	{ "pong.ks", "%include ping.ks\n" },
	{ "script", "echo a\n%end\n%post\n" },
	{ "packages", "vim\n" },
	{ "outer", "one\n%include script\n%end\n" },
	{ "open.ks", "%post\necho a\n" },
	{ "secret.ks", "rootpw --hunter2 hunter2\n" },
	{ "disk.ks", "\nignoredisk --only-use=sda\n" },
	{ "http://u:p/hunter2@h/x?t=hunter2", "nonsense\n" },
	{ "/srv/kickstarts/of/all/the/machines/in/the/cellar/base.ks", "%include /x\n" },
	{ "/x", "nonsense\n" },
	{ "a/b.ks", "%include c/d.ks\n" },
	{ "a/c/d.ks", "%include e.ks\n" },
	{ "a/c/e.ks", "%include b.ks\n" },
	{ "a/c/b.ks", "lang C\nbootlader\n" },
};

static int reads; /* how often the reader was asked */
static int depth; /* "deep" includes itself by ever new names */

static char *resolve(void *ctx, const char *name, const char *from)
{
	const char *slash = from && *name != '/' ? strrchr(from, '/') : NULL;
	char *source = NULL;

	(void)ctx;
	if (asprintf(&source, "%.*s%s", slash ? (int)(slash + 1 - from) : 0, from ? from : "",
		     name) < 0)
		return NULL;
	return source;
}

static int read_file(void *ctx, const char *name, size_t max, struct buf *out, struct err *e)
{
	(void)ctx;
	(void)max;
	reads++;
	if (strncmp(name, "deep", 4) == 0) {
		buf_addf(out, "%%include deep%d\n", ++depth);
		return 0;
	}
	for (size_t i = 0; i < sizeof(disk) / sizeof(disk[0]); i++) {
		if (strcmp(disk[i].name, name) != 0)
			continue;
		buf_adds(out, disk[i].text);
		return 0;
	}
	return err_set(e, -ENOENT, "no such file");
}

static struct ks ks_file(const char *text)
{
	static const struct ks_reader reader = { .resolve = resolve, .read = read_file };
	struct ks ks = { 0 };

	ks.ret = ks_parse_with(&reader, text, strlen(text), &ks.a, &ks.m, &ks.e);
	return ks;
}

static void assert_text(const struct ks *ks, size_t i, const char *text)
{
	struct buf line = BUF_INIT;

	assert_in_range(i, 0, ks->m.count - 1);
	ks_message_text(&ks->m.item[i], "main.ks", &line);
	assert_string_equal(line.s, text);
	buf_clear(&line);
}

static void test_messages_tell_how_the_file_came_in(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("cdrom x\n\n  %include network.ks\nhalt now\n");

	assert_int_equal(ks.ret, -EINVAL);
	assert_int_equal(ks.m.count, 4);
	assert_text(&ks, 0,
		    "main.ks:1:7: error: cdrom: \"x\" is too much here; only options are taken");
	assert_text(&ks, 1,
		    "network.ks:3:1: error: keyboard: KEYMAP is missing (included from line 3)");
	assert_text(&ks, 2,
		    "cards/one.ks:3:9: error: network: unknown option --divice; did you mean "
		    "--device? (included from line 2 of network.ks, included from line 3)");
	assert_text(&ks, 3,
		    "main.ks:4:6: error: halt: \"now\" is too much here; only options are taken");
	assert_string_equal(ks.a.lang, "C.UTF-8");
	assert_int_equal(ks.a.network_count, 1);
	assert_string_equal(ks.a.networks[0].pos.file, "cards/one.ks");
}

/* Each file's own folder counts; two files called b.ks are two. */
static void test_a_name_counts_from_the_file_that_says_it(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%include a/b.ks\n");

	assert_int_equal(ks.m.count, 1);
	assert_text(&ks, 0,
		    "a/c/b.ks:2:1: error: unknown command bootlader; did you mean bootloader? "
		    "(included from line 1 of a/c/e.ks, included from line 1 of a/c/d.ks, included "
		    "from line 1 of a/b.ks, included from line 1)");
	assert_string_equal(ks.a.lang, "C.UTF-8");
}

static void test_of_a_long_name_the_end_is_told(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_file("%include /srv/kickstarts/of/all/the/machines/in/the/cellar/base.ks\n");

	assert_text(&ks, 0,
		    "/x:1:1: error: unknown command nonsense (included from line 1 of "
		    "...ts/of/all/the/machines/in/the/cellar/base.ks, included from line 1)");
}

static void test_what_spans_files_names_both(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%include disk.ks\nclearpart --all --drives=sdb\n");

	assert_text(&ks, 0,
		    "main.ks:2:17: refusal: clearpart: no disk is named both here and in line 2 of "
		    "disk.ks; use the same names; the installer refuses this");
	assert_int_equal(ks.a.unmet_count, 1);
}

static void test_a_file_that_is_not_there_may_be_made_by_pre(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%include /tmp/disks\nhalt\n");

	assert_int_equal(ks.ret, 0);
	assert_text(
		&ks, 0,
		"main.ks:1:10: refusal: %include: /tmp/disks cannot be read here: no such file; "
		"the installer refuses this");
	assert_int_equal(ks.a.unmet[0].pos.line, 1);
}

/* Each try may take minutes. */
static void test_tries_are_counted_and_not_repeated(void **state)
{
	struct buf same = BUF_INIT, other = BUF_INIT;

	(void)state;
	for (int i = 0; i < 3000; i++) {
		buf_adds(&same, "%include gone\n");
		buf_addf(&other, "%%include gone%d\n", i);
	}
	reads = 0;
	_cleanup_ks_ struct ks one = ks_file(same.s);

	assert_int_equal(reads, 1);
	assert_text(&one, 1,
		    "main.ks:2:10: refusal: %include: gone cannot be read here: it could not be "
		    "read before; the installer refuses this");
	assert_true(one.a.unmet_count > 0);
	reads = 0;
	_cleanup_ks_ struct ks many = ks_file(other.s);

	assert_int_equal(reads, KS_INCLUDES_MAX);
	assert_text(&many, KS_INCLUDES_MAX,
		    "main.ks:129:10: error: %include: more than 128 files are included");
	buf_clear(&same);
	buf_clear(&other);
}

static void test_circles_and_depth_end(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks loop = ks_file("%include loop.ks\n");
	_cleanup_ks_ struct ks ping = ks_file("%ksappend ping.ks\n");
	_cleanup_ks_ struct ks deep = ks_file("%include deep\n");

	assert_text(
		&loop, 0,
		"loop.ks:1:10: error: %include: loop.ks includes itself (included from line 1)");
	assert_int_equal(ping.m.errors, 1);
	assert_non_null(strstr(ping.m.item[0].text, "ping.ks includes itself"));
	assert_int_equal(deep.m.errors, 1);
	assert_non_null(strstr(deep.m.item[0].text, "files include each other more than 8 deep"));
}

static void test_a_section_takes_included_lines(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file(
		"%post\nbefore\n%include script\nafter\n%end\n%packages\n%include packages\n"
		"%end\nhalt\n");

	assert_int_equal(ks.ret, 0);
	assert_int_equal(ks.a.script_count, 1);
	assert_string_equal(ks.a.scripts[0].body, "before\necho a\n%end\n%post\nafter\n");
	assert_int_equal(ks.a.finish, KS_FINISH_HALT);
	_cleanup_ks_ struct ks nested = ks_file("%post\n%include outer\n%end\n");

	assert_string_equal(nested.a.scripts[0].body, "one\necho a\n%end\n%post\n%end\n");
}

static void test_what_is_ignored_is_not_read(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%packages\n%include /not/there\n%end\n");

	assert_int_equal(ks.m.count, 1);
	assert_int_equal(ks.a.unmet_count, 0);
}

static void test_a_section_ends_in_its_file(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%include open.ks\nhalt\n%end\n");

	assert_text(&ks, 0, "open.ks:1:1: error: %post: %end is missing (included from line 1)");
	assert_text(&ks, 1, "main.ks:3:1: error: %end without a section");
}

static void test_secrets_stay_there(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_file("%include secret.ks\n");

	assert_int_equal(ks.m.count, 1);
	assert_null(strstr(ks.m.item[0].text, "hunter2"));
	_cleanup_ks_ struct ks url = ks_file("%include http://u:p/hunter2@h/gone?t=hunter2\n"
					     "%include http://u:p/hunter2@h/x?t=hunter2\n");

	assert_text(&url, 0,
		    "main.ks:1:10: refusal: %include: http://h/gone?... cannot be read here: no "
		    "such file; the installer refuses this");
	assert_text(&url, 1,
		    "http://h/x?...:1:1: error: unknown command nonsense (included from line 2)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages_tell_how_the_file_came_in),
		cmocka_unit_test(test_a_name_counts_from_the_file_that_says_it),
		cmocka_unit_test(test_of_a_long_name_the_end_is_told),
		cmocka_unit_test(test_what_spans_files_names_both),
		cmocka_unit_test(test_a_file_that_is_not_there_may_be_made_by_pre),
		cmocka_unit_test(test_tries_are_counted_and_not_repeated),
		cmocka_unit_test(test_circles_and_depth_end),
		cmocka_unit_test(test_a_section_takes_included_lines),
		cmocka_unit_test(test_what_is_ignored_is_not_read),
		cmocka_unit_test(test_a_section_ends_in_its_file),
		cmocka_unit_test(test_secrets_stay_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
