/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of each line, and what never is.
 *
 * Paths are relative to the project's root.  SOCLE_CORPUS names the folder
 * that has the files of others in "kickstart/".
 */
#include "kickstart/explain.h"

#include <ftw.h>

#include "ks.h"
#include "socle/buf.h"
#include "socle/fs.h"

static void add_line(void *ctx, const struct ks_line *line)
{
	static const char *const effects[] = { "acts", "nothing", "ignored", "refused" };

	buf_addf(ctx, "%u-%u:%u|%s|%s|%s\n", line->pos.line, line->last, line->pos.column,
		 line->source, effects[line->effect], line->text);
}

static struct buf explain(const char *text, size_t len)
{
	_cleanup_ks_ struct ks ks = ks_mem(text, len);
	struct buf out = BUF_INIT;

	assert_int_equal(ks_explain(text, len, &ks.m, add_line, &out, &ks.e), 0);
	return out;
}

/* The explanation has these lines, in this order. */
static void assert_lines(const char *text, const char *const lines[])
{
	struct buf out = explain(text, strlen(text));
	const char *at = out.s;

	for (size_t i = 0; lines[i]; i++) {
		const char *found = strstr(at, lines[i]);

		if (!found)
			fail_msg("\"%s\" is not in \"%s\"", lines[i], at);
		at = found + strlen(lines[i]);
	}
	buf_clear(&out);
}

static void test_effects(void **state)
{
	(void)state;
	assert_lines("# comment\r\n"
		     "\r\n"
		     "lang de_DE\r\n"
		     "skipx\n"
		     "selinux --enforcing\n"
		     "  part / --size=1\n"
		     "bootlader --x\n"
		     "rootpw 'open\n",
		     (const char *const[]){
			     "3-3:1|lang de_DE|acts|", "4-4:1|skipx|nothing|",
			     "5-5:1|selinux --enforcing|ignored|", "6-6:3|part ",
			     "7-7:1|bootlader ...|refused|unknown command bootlader; did you mean "
			     "bootloader?\n",
			     "8-8:8||refused|this quote is never closed\n", NULL });
}

/* A section is one line, whatever it holds; without %end it ends before the next. */
static void test_sections(void **state)
{
	(void)state;
	assert_lines("%post\n"
		     "lang xx\n"
		     "%notasection\n"
		     "%end\n"
		     "%pre\n"
		     "x\n"
		     "%post --log=/x\n"
		     "%end # done\n"
		     "reboot\n",
		     (const char *const[]){ "1-4:1|%post|acts|", "5-6:1|%pre|refused|",
					    "7-8:1|%post --log=/x|acts|", "9-9:1|reboot|acts|",
					    NULL });
}

/* Only what ends a section for the parser ends it here. */
static void test_text_of_a_section_is_no_command(void **state)
{
	static const char text[] = "\xef\xbb\xbf%post\r\n"
				   "%endif\n"
				   "%ending\n"
				   " %end\n"
				   "%postinstall\n"
				   "lang xx\n"
				   "%end\r\n"
				   "%unknown\n"
				   "lang xx\n"
				   "%include x\n"
				   "%end#\n"
				   "reboot\n";
	struct buf out = explain(text, strlen(text));

	(void)state;
	assert_lines(text, (const char *const[]){ "1-7:1|%post|acts|", "8-11:1|%unknown|refused|",
						  "12-12:1|reboot|acts|", NULL });
	assert_null(strstr(out.s, "lang"));
	buf_clear(&out);
}

static void test_what_is_replaced_does_not_act(void **state)
{
	(void)state;
	assert_lines("lang de_DE\nlang en_US\n",
		     (const char *const[]){ "1-1:1|lang de_DE|ignored|replaced by line 2\n",
					    "2-2:1|lang en_US|acts|", NULL });
}

/* What comes after too many errors, or after what is no text, does not act. */
static void test_what_was_not_checked(void **state)
{
	static const char binary[] = "lang de_DE\n\0\nreboot\n%post\nx\0\n%end\n";
	struct buf out = explain(binary, sizeof(binary) - 1), many = BUF_INIT;

	(void)state;
	assert_non_null(strstr(out.s, "1-1:1|lang de_DE|acts|"));
	assert_non_null(strstr(out.s, "3-3:1|reboot|refused|not checked\n"));
	buf_clear(&out);
	for (int i = 0; i < 2000; i++)
		buf_adds(&many, "nonsense\n");
	buf_adds(&many, "reboot\n");
	out = explain(many.s, many.len);
	assert_non_null(strstr(out.s, "2001-2001:1|reboot|refused|not checked\n"));
	buf_clear(&out);
	buf_clear(&many);
}

static void test_no_secret_is_shown(void **state)
{
	static const char text[] = "rootpw secret\n"
				   "rootpw --iscrypted secret\n"
				   "rotpw secret\n"
				   "sshkey --username=root \"ssh-rsa secret\"\n"
				   "user --name=a --password=secret --gecos 'secret secret'\n"
				   "bootloader --password secret\n"
				   "autopart --encrypted --passphrase=secret\n"
				   "part / --encrypted --passphr secret\n"
				   "url --url=http://a:secret@h/d\n"
				   "repo --name=a --baseurl=ftp://a:secret@h/d\n"
				   "%include http://a:secret@h/d\n"
				   "iscsi --ipaddr=192.0.2.1 --user=u --password=secret\n"
				   "ovsagent --iscrypted secret\n"
				   "sshpw --username=root secret\n"
				   "vnc --password=secret\n"
				   "network --essid=foo --wpakey=secret\n"
				   "network --wepkey secret secret\n"
				   "part / --pas=secret --fstype=ext4\n"
				   "part / --pa secret\n"
				   "part / --hw-p secret\n"
				   "part / --p secret\n"
				   "part / --passfrase=secret more secret\n"
				   "part / -passphrase=secret\n"
				   "part / --pas '--x secret'\n"
				   "part / --pas --secret\n"
				   "%include http://user:sec/secret@h/x?token=secret\n"
				   "nfs --server=http://user:sec?secret@h/x --dir=/\n";
	struct buf out = explain(text, strlen(text));

	(void)state;
	if (strstr(out.s, "secret"))
		fail_msg("%s", out.s);
	buf_clear(&out);
}

/* What is no secret can be read: the options' names, other options, other words. */
static void test_the_rest_is_shown(void **state)
{
	(void)state;
	assert_lines("part / --pas=x --fstype=ext4 --size 5\n"
		     "network --essid=foo --wpakey x --device=eth0\n"
		     "part / --p x\n"
		     "ignoredisk --only-use=sda\n"
		     "rootpw=hunter2 x\n"
		     "%oops=hunter2\n%end\n",
		     (const char *const[]){ "|part / --pas=... --fstype=ext4 --size ...|",
					    "|network --essid=foo --wpakey ... --device=eth0|",
					    "|part / --p ...|", "|ignoredisk --only-use=sda|",
					    "|rootpw... ...|", "|%oops...|", NULL });
}

static size_t files;

static int any(const char *path, const struct stat *st, int type)
{
	struct buf text = BUF_INIT, out;

	(void)st;
	if (type != FTW_F)
		return 0;
	assert_int_equal(fs_read(path, KS_FILE_MAX, &text, NULL), 0);
	out = explain(text.s, text.len);
	for (const char *s = out.s; *s; s++)
		assert_true(*s == '\n' || (*s >= ' ' && *s < 0x7f));
	buf_clear(&out);
	buf_clear(&text);
	files++;
	return 0;
}

static void test_any_file(void **state)
{
	const char *corpus = getenv("SOCLE_CORPUS");
	char path[4096];

	(void)state;
	assert_int_equal(ftw("kickstart/examples", any, 8), 0);
	assert_int_equal(ftw("kickstart/fuzz/corpus/parse", any, 8), 0);
	assert_true(files > 0);
	if (!corpus)
		return;
	snprintf(path, sizeof(path), "%s/kickstart", corpus);
	assert_int_equal(ftw(path, any, 8), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_effects),
		cmocka_unit_test(test_sections),
		cmocka_unit_test(test_text_of_a_section_is_no_command),
		cmocka_unit_test(test_what_is_replaced_does_not_act),
		cmocka_unit_test(test_what_was_not_checked),
		cmocka_unit_test(test_no_secret_is_shown),
		cmocka_unit_test(test_the_rest_is_shown),
		cmocka_unit_test(test_any_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
