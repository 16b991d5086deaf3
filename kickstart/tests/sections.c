/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks.h"

static void test_post_is_kept_as_it_is(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"halt\n"
		"%post --nochroot --interpreter=/usr/bin/python3 --logfile /root/log "
		"--erroronfail # why\n"
		"# a comment\n"
		"\n"
		"  print('a # \"b')\\\n"
		"%like this\n"
		"%endless\n"
		"%end # of it\n"
		"%post\n"
		"%end\n"
		"timezone UTC\n");
	const struct ks_script *s = ks.a.scripts;

	assert_int_equal(ks.a.script_count, 2);
	assert_int_equal(s->pos.line, 2);
	assert_int_equal(s->when, KS_POST);
	assert_true(s->nochroot);
	assert_true(s->error_on_fail);
	assert_string_equal(s->interpreter, "/usr/bin/python3");
	assert_string_equal(s->log, "/root/log");
	assert_string_equal(s->body, "# a comment\n\n  print('a # \"b')\\\n%like this\n%endless\n");
	assert_string_equal(s[1].body, "");
	assert_null(s[1].interpreter);
	assert_false(s[1].nochroot);
	assert_string_equal(ks.a.timezone, "UTC");
}

static void test_missing_end_names_the_sections_line(void **state)
{
	(void)state;
	assert_error("lang C\n%post\necho a\n", 2, 1, "%post: %end is missing");
	assert_error("%post\necho a\n\n%post\necho b\n%end\n", 1, 1, "%post: %end is missing");
	assert_error("%post\necho a\n  %end\n", 1, 1,
		     "%post: %end is missing; that of line 3 is indented");
	assert_error("lang C\n%end\n", 2, 1, "%end without a section");
}

static void test_lines_are_counted_behind_a_section_without_end(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_text("%post\na\n%pre\nb\n%end\nlanguage C\n");

	assert_int_equal(ks.m.count, 2);
	assert_int_equal(ks.m.item[0].pos.line, 1);
	assert_int_equal(ks.m.item[1].pos.line, 6);
}

static void test_scripts_of_all_times(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"%pre --log=/tmp/pre.log\na\n%end\n"
		"%pre-install --erroronfail\nb\n%end\n"
		"%firstboot --interpreter=busybox --timeout=60\nc\n%end\n"
		"%onerror --interpreter=/bin/bash\nd\n%end\n");
	const struct ks_script *s = ks.a.scripts;

	assert_int_equal(ks.a.script_count, 4);
	assert_int_equal(s[0].when, KS_PRE);
	assert_string_equal(s[0].log, "/tmp/pre.log");
	assert_int_equal(s[1].when, KS_PRE_INSTALL);
	assert_true(s[1].error_on_fail);
	assert_int_equal(s[2].when, KS_FIRST_BOOT);
	assert_null(s[2].interpreter);
	assert_int_equal(s[2].timeout, 60);
	assert_int_equal(s[3].when, KS_ON_ERROR);
	assert_string_equal(s[3].interpreter, "/bin/bash");
	assert_int_equal(s[3].timeout, 0);
}

static void test_a_certificate_is_a_file(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("%certificate --filename=ca.pem --dir=/etc/ssl/our\n"
					    "-----BEGIN\n%end\n");

	assert_int_equal(ks.a.certificate_count, 1);
	assert_string_equal(ks.a.certificates[0].name, "ca.pem");
	assert_string_equal(ks.a.certificates[0].folder, "/etc/ssl/our");
	assert_string_equal(ks.a.certificates[0].body, "-----BEGIN\n");
	assert_error("%certificate --filename=../x\na\n%end\n", 1, 14,
		     "%certificate: --filename is the name of a file, without a folder");
	assert_error("%certificate\na\n%end\n", 1, 1, "%certificate: --filename=VALUE is missing");
}

static void test_other_sections_are_refused_by_name(void **state)
{
	(void)state;
	assert_warning("%addon org_fedora_oscap\nfoo\n%end\n", 1, 1,
		       "%addon: ignored; there are no add-ons");
	assert_refusal("%include /tmp/x\nlang C\n", 1, 10, "%include: /tmp/x was not read");
	assert_error("%include\n", 1, 1, "%include: FILE|URL is missing");
	assert_refusal("%post --interpreter=python\n%end\n", 1, 7,
		       "%post: --interpreter: \"python\" is not the absolute path of a program");
	assert_error("%post --when=x\nfoo\n%end\n", 1, 7, "%post: unknown option --when");
}

static void test_packages_are_fixed(void **state)
{
	(void)state;
	assert_warning(
		"%packages --ignoremissing\n@core\n-plymouth\n%end\n"
		"%packages\nvim\n%end\n",
		1, 1, "%packages: Socle's system image is fixed; no packages are added or removed");
}

static void test_answers_are_cleared(void **state)
{
	(void)state;
	static const struct answers none = ANSWERS_INIT;
	struct ks ks = ks_text("lang C\nrootpw x\nnetwork --device=a --nameserver=1.1.1.1\n"
			       "ignoredisk --only-use=sda\n%post\nx\n%end\nfoo\n");

	ks_free(&ks);
	assert_memory_equal(&ks.a, &none, sizeof(none));
	ks_free(&ks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_post_is_kept_as_it_is),
		cmocka_unit_test(test_missing_end_names_the_sections_line),
		cmocka_unit_test(test_lines_are_counted_behind_a_section_without_end),
		cmocka_unit_test(test_scripts_of_all_times),
		cmocka_unit_test(test_a_certificate_is_a_file),
		cmocka_unit_test(test_other_sections_are_refused_by_name),
		cmocka_unit_test(test_packages_are_fixed),
		cmocka_unit_test(test_answers_are_cleared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
