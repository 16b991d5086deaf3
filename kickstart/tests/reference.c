/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The manual page and the reference in the tree are those that the tables
 * write; with UPDATE_GOLDEN=1 they are written anew.
 */
#include "kickstart/reference.h"

#include "ks.h"
#include "table.h"

static void assert_current(const char *path, void (*write)(struct buf *out))
{
	struct buf old = BUF_INIT, now = BUF_INIT;

	write(&now);
	if (getenv("UPDATE_GOLDEN")) {
		FILE *f = fopen(path, "w");

		assert_non_null(f);
		fputs(now.s, f);
		fclose(f);
	}
	assert_int_equal(fs_read(path, 1 << 20, &old, NULL), 0);
	assert_string_equal(old.s, now.s);
	buf_clear(&old);
	buf_clear(&now);
}

static void test_pages_are_current(void **state)
{
	(void)state;
	assert_current("kickstart/socle-kickstart.5", ks_reference);
	assert_current("docs/kickstart.md", ks_reference_markdown);
}

static void test_words_to_complete(void **state)
{
	(void)state;
	struct buf words = BUF_INIT;

	ks_reference_words(&words);
	assert_non_null(strstr(words.s, "\ntimesource --ntp-server= --ntp-pool= --ntp-disable"));
	assert_non_null(strstr(words.s, "\n%post --nochroot"));
	assert_null(strstr(words.s, "dmraid"));
	buf_clear(&words);
}

static void test_about(void **state)
{
	(void)state;
	struct ks_about about;

	assert_int_equal(ks_about("rootpw", &about), 0);
	assert_int_equal(about.fate, KS_FATE_DONE);
	assert_string_equal(about.help, "root's password");
	assert_int_equal(ks_about("selinux", &about), 0);
	assert_int_equal(about.fate, KS_FATE_IGNORED);
	assert_string_equal(about.why, "ignored; the system does not use SELinux");
	assert_int_equal(ks_about("xyzzy", &about), -ENOENT);
}

/* The names in a|b are those of options, or of commands. */
static void check_names(const struct ks_command *c, const char *names, bool commands)
{
	char name[64];

	for (; names && *names; names += strcspn(names, "|"), names += *names == '|') {
		bool found = false;

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(names, "|"), names);
		if (commands)
			found = table_find(name, NULL);
		for (const struct ks_option *o = c->options; o && o->name && !commands; o++)
			found |= strcmp(o->name, name) == 0;
		if (!found)
			fail_msg("%s: there is no %s", c->name, name);
	}
}

static void check_options(const struct ks_command *c)
{
	size_t count = 0;

	for (const struct ks_option *o = c->options; o && o->name; o++, count++) {
		check_names(c, o->needs, false);
		check_names(c, o->conflicts, false);
		assert_true(o->type || (!o->choices && !o->required && !o->optional_value));
		assert_true(o->status == KS_ACTS || o->help || o->why || c->status != KS_ACTS);
		for (const struct ks_option *q = c->options; q < o; q++)
			assert_string_not_equal(q->name, o->name);
	}
	assert_in_range(count, 0, KS_OPTIONS_MAX);
}

static void test_tables_are_whole(void **state)
{
	(void)state;
	size_t count = 0, index;

	for (const struct ks_family *f = ks_families; f->title; f++) {
		for (const struct ks_command *c = f->commands; c->name; c++, count++) {
			assert_ptr_equal(table_find(c->name, &index), c);
			assert_int_equal(index, count);
			assert_true(c->help || c->why);
			check_names(c, c->one_of, false);
			check_names(c, c->some_of, false);
			check_names(c, c->conflicts, true);
			check_options(c);
		}
	}
	assert_in_range(count, 1, KS_COMMANDS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_are_current),
		cmocka_unit_test(test_words_to_complete),
		cmocka_unit_test(test_about),
		cmocka_unit_test(test_tables_are_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
