/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/cmd.h"

#include <fcntl.h>

#include "socle/fs.h"
#include "test.h"

static struct given {
	bool json;
	const char *file;
	struct cmd_list disks;
	size_t argc;
	char *argv[8];
} given;

static int run(size_t argc, char **argv)
{
	given.argc = argc;
	for (size_t i = 0; i <= argc; i++)
		given.argv[i] = argv[i];
	return 7;
}

static const struct cmd_opt opts[] = {
	{ "json", 'j', OPT_BOOL, NULL, &given.json, "as JSON" },
	{ "file", 'f', OPT_STRING, "FILE", &given.file, "a file" },
	{ "disk", 0, OPT_LIST, "DISK", &given.disks, "a disk, may be repeated" },
	{ "how", 0, OPT_STRING, "fast|slow|very-slow|never", &given.file, "how" },
	{ 0 },
};

static const struct cmd cmds[] = {
	{ "host show", "NAME...", "show a host", opts, 1, 3, run, "  prog host show a\n" },
	{ "host list", "", "list hosts", NULL, 0, 0, run, NULL },
	{ "show", "FILE...", "show a file", opts, 1, 9, run, NULL },
	{ "shell", "bash|sh", "name a shell", NULL, 1, 1, run, NULL },
	{ "version", "", "print the version", NULL, 0, 0, run, NULL },
	{ 0 },
};

static const struct cmd_program program = { "prog", "A program.", "  prog version\n", cmds };

static char out[4096], err[4096];

static void take(int fd, int saved, const char *path, char *text)
{
	struct buf b = BUF_INIT;

	dup2(saved, fd);
	close(saved);
	assert_int_equal(fs_read(path, 4095, &b, NULL), 0);
	strcpy(text, b.s);
	buf_clear(&b);
}

static int divert(int fd, const char *path)
{
	int saved = dup(fd), file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	dup2(file, fd);
	close(file);
	return saved;
}

/* Run the words of a line, filling given, out and err. */
static int call(const char *words)
{
	static char line[512];
	char *argv[32], *save;
	int argc = 0, ret, saved_out, saved_err;

	snprintf(line, sizeof(line), "prog %s", words);
	for (char *w = strtok_r(line, " ", &save); w; w = strtok_r(NULL, " ", &save))
		argv[argc++] = w;
	argv[argc] = NULL;
	given = (struct given){ 0 };
	fflush(stdout);
	saved_out = divert(1, "out");
	saved_err = divert(2, "err");
	ret = cmd_main(&program, argc, argv);
	fflush(stdout);
	take(1, saved_out, "out", out);
	take(2, saved_err, "err", err);
	return ret;
}

static void test_options_and_operands_mix(void **state)
{
	(void)state;
	assert_int_equal(call("host show --json a --file=x --disk sda b --disk=sdb -- --json"), 7);
	assert_true(given.json);
	assert_string_equal(given.file, "x");
	assert_int_equal(given.disks.count, 2);
	assert_string_equal(given.disks.item[1], "sdb");
	assert_int_equal(given.argc, 3);
	assert_string_equal(given.argv[0], "a");
	assert_string_equal(given.argv[2], "--json");
	assert_null(given.argv[3]);
	assert_int_equal(call("host show -f x -j -"), 7);
	assert_true(given.json);
	assert_string_equal(given.argv[0], "-");
	assert_int_equal(call("host show --file= a"), 7);
	assert_string_equal(given.file, "");
}

static void test_wrong_usage_is_2_and_one_line(void **state)
{
	(void)state;
	static const struct {
		const char *words, *message;
	} wrong[] = {
		{ "", "prog: a command is missing; see 'prog --help'\n" },
		{ "vrsion", "prog: unknown command: vrsion; see 'prog --help'\n" },
		{ "host shw", "prog: unknown command: host shw; see 'prog --help'\n" },
		{ "host", "prog: a command is missing after host; see 'prog --help'\n" },
		{ "host show",
		  "prog: an argument is missing: NAME...; see 'prog host show --help'\n" },
		{ "host show a b c d",
		  "prog: this argument is too much: d; see 'prog host show --help'\n" },
		{ "host list x",
		  "prog: this argument is too much: x; see 'prog host list --help'\n" },
		{ "host show a --jsn",
		  "prog: unknown option: --jsn; see 'prog host show --help'\n" },
		{ "host show a --json=1",
		  "prog: this option takes no argument: --json=1; see 'prog host show --help'\n" },
		{ "host show a --file",
		  "prog: this option needs an argument: --file; see 'prog host show --help'\n" },
		{ "version -j", "prog: unknown option: -j; see 'prog version --help'\n" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		assert_int_equal(call(wrong[i].words), 2);
		assert_string_equal(err, wrong[i].message);
		assert_string_equal(out, "");
	}
}

static void test_help(void **state)
{
	(void)state;
	assert_int_equal(call("--help"), 0);
	assert_non_null(strstr(out, "Usage: prog COMMAND"));
	assert_non_null(strstr(out, "  host show NAME...  show a host\n"));
	assert_non_null(strstr(out, "Examples:\n  prog version\n"));
	assert_int_equal(call("host show --help"), 0);
	assert_non_null(strstr(out, "Usage: prog host show [OPTION]... NAME..."));
	assert_non_null(strstr(out, "\nShow a host.\n"));
	assert_non_null(strstr(out, "  -f, --file FILE            a file\n"));
	assert_non_null(strstr(out, "      --how fast|slow|very-slow|never\n"
				    "                             how\n"));
	assert_non_null(strstr(out, "Examples:\n  prog host show a\n"));
	assert_int_equal(call("host --help"), 0);
	assert_string_equal(out, "Usage: prog host COMMAND [OPTION]... [ARG]...\n\nCommands:\n"
				 "  host show NAME...  show a host\n"
				 "  host list          list hosts\n\n"
				 "Examples:\n  prog host show a\n\n"
				 "'prog host COMMAND --help' tells the options of a command.\n");
	assert_int_equal(call("help host show"), 0);
	assert_non_null(strstr(out, "Usage: prog host show"));
	assert_int_equal(call("help host"), 0);
	assert_non_null(strstr(out, "Usage: prog host COMMAND"));
	assert_int_equal(call("--version"), 0);
	assert_string_equal(out, "prog " SOCLE_VERSION "\n");
}

static void test_completion(void **state)
{
	(void)state;
	assert_int_equal(call("--complete"), 0);
	assert_string_equal(out, "host\nshow\nshell\nversion\n");
	call("--complete host");
	assert_string_equal(out, "show\nlist\n");
	call("--complete host show --json x");
	assert_string_equal(out, "--json\n--file\n--disk\n--how\n--help\n");
	call("--complete show x");
	assert_string_equal(out, ":files\n--json\n--file\n--disk\n--how\n--help\n");
	call("--complete shell");
	assert_string_equal(out, "bash\nsh\n--help\n");
	call("--complete a-very-long-word-that-is-no-command-at-all "
	     "a-very-long-word-that-is-no-command-at-all "
	     "a-very-long-word-that-is-no-command-at-all "
	     "a-very-long-word-that-is-no-command-at-all");
	assert_string_equal(out, "");
}

/* Of the value of an option, also behind the "=" that bash makes a word of its own. */
static void test_completion_of_values(void **state)
{
	(void)state;
	call("--complete host show --file");
	assert_string_equal(out, ":files\n");
	call("--complete host show --file =");
	assert_string_equal(out, ":files\n");
	call("--complete host show -f");
	assert_string_equal(out, ":files\n");
	call("--complete host show --disk");
	assert_string_equal(out, "");
	call("--complete host show --json");
	assert_non_null(strstr(out, "--file\n"));
}

/* What bash makes of the script, with a program that is not there. */
static void test_completion_script(void **state)
{
	(void)state;
	struct buf words = BUF_INIT;
	struct proc p = { .argv = (const char *const[]){ "bash", "-c",
							 "prog() { echo host; echo version; };"
							 ". ./out; COMP_WORDS=(prog h);"
							 "COMP_CWORD=1; _prog prog;"
							 "echo \"${COMPREPLY[*]}\"",
							 NULL },
			  .out = &words };

	assert_int_equal(call("--completion"), 0);
	assert_non_null(strstr(out, "complete -F _prog prog\n"));
	assert_int_equal(proc_run(&p, NULL), 0);
	assert_string_equal(words.s, "host\n");
	buf_clear(&words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_and_operands_mix),
		cmocka_unit_test(test_wrong_usage_is_2_and_one_line),
		cmocka_unit_test(test_help),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_completion_of_values),
		cmocka_unit_test(test_completion_script),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
