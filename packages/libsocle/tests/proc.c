/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/proc.h"

#include <signal.h>
#include <time.h>

#include "test.h"

#define SH(script)                       \
	(const char *const[])            \
	{                                \
		"sh", "-c", script, NULL \
	}

static void test_output_is_captured(void **state)
{
	(void)state;
	struct buf out = BUF_INIT;
	struct proc p = { .argv = SH("echo b c; echo no >&2"), .out = &out };

	assert_int_equal(proc_run(&p, NULL), 0);
	assert_string_equal(out.s, "b c\n");
	buf_clear(&out);
}

static void test_input_is_given(void **state)
{
	(void)state;
	size_t len = 300000;
	char *input = malloc(len + 1);
	struct buf out = BUF_INIT;
	struct proc p = { .argv = SH("cat"), .input = input, .out = &out };

	memset(input, 'x', len);
	input[len] = '\0';
	assert_int_equal(proc_run(&p, NULL), 0);
	assert_int_equal(out.len, len);
	/* One that does not read it is no reason to die. */
	p.argv = SH("exit 0");
	assert_int_equal(proc_run(&p, NULL), 0);
	p.argv = SH("cat");
	p.input = NULL;
	buf_clear(&out);
	assert_int_equal(proc_run(&p, NULL), 0);
	assert_int_equal(out.len, 0);
	buf_clear(&out);
	free(input);
}

static void test_last_line_is_the_error(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct proc p = { .argv = SH("echo start; echo 'no such disk' >&2; echo >&2; exit 3") };

	assert_int_equal(proc_run(&p, &e), -EIO);
	assert_string_equal(err_text(&e), "sh failed with code 3: no such disk");
	assert_int_equal(proc_cmd(&e, "false", NULL), -EIO);
	assert_string_equal(err_text(&e), "false failed with code 1");
	p.argv = SH("kill -9 $$");
	assert_int_equal(proc_run(&p, &e), -EIO);
	assert_string_equal(err_text(&e), "sh was killed by signal 9");
}

static void test_missing_program_is_named(void **state)
{
	(void)state;
	struct err e = { 0 };

	assert_int_equal(proc_cmd(&e, "no-such-program", "x", NULL), -ENOENT);
	assert_string_equal(err_text(&e), "no-such-program: No such file or directory");
}

static void assert_timeout(const char *script)
{
	struct err e = { 0 };
	struct proc p = { .argv = SH(script), .timeout_s = 1 };
	time_t start = time(NULL);

	assert_int_equal(proc_run(&p, &e), -ETIMEDOUT);
	assert_string_equal(err_text(&e), "sh did not end within 1 s");
	assert_true(time(NULL) - start < 10);
}

static void test_time_is_limited(void **state)
{
	(void)state;
	assert_timeout("sleep 60");
	assert_timeout("exec >/dev/null 2>&1; sleep 60");
}

static volatile sig_atomic_t stop;

static void on_alarm(int number)
{
	stop = number;
}

/* A signal's handler can end what is waited for, which else would run on for an hour. */
static void test_a_signal_stops_it(void **state)
{
	(void)state;
	struct err e = { 0 };
	struct proc p = { .argv = SH("sleep 3600"), .timeout_s = 3600, .stop = &stop };
	time_t start = time(NULL);

	signal(SIGALRM, on_alarm);
	alarm(1);
	assert_int_equal(proc_run(&p, &e), -EINTR);
	assert_string_equal(err_text(&e), "sh was interrupted");
	assert_true(time(NULL) - start < 10);
	signal(SIGALRM, SIG_DFL);
}

/* Nothing goes on behind our back, and keeps a file system busy that is to be unmounted. */
static void test_nothing_is_left_running(void **state)
{
	(void)state;
	char file[] = "/tmp/left-XXXXXX", script[128];
	int fd = mkstemp(file);
	struct proc p = { .argv = SH(script) };

	assert_true(fd >= 0);
	close(fd);
	snprintf(script, sizeof(script), "(sleep 0.3; rm %s) >/dev/null 2>&1 &", file);
	assert_int_equal(proc_run(&p, NULL), 0);
	usleep(600000);
	assert_int_equal(unlink(file), 0);
}

/* What is left running, in its group or not, cannot hold up the one who waits. */
static void test_who_is_left_running_is_not_waited_for(void **state)
{
	(void)state;
	const char *const scripts[] = { "echo a; sleep 60 & exit 0", "echo a; setsid -f sleep 20",
					"exec > >(sleep 0.3; cat); echo a" };

	for (size_t i = 0; i < 3; i++) {
		const char *argv[] = { "bash", "-c", scripts[i], NULL };
		struct buf out = BUF_INIT;
		struct proc p = { .argv = argv, .out = &out };
		time_t start = time(NULL);

		assert_int_equal(proc_run(&p, NULL), 0);
		assert_string_equal(out.s, "a\n");
		assert_true(time(NULL) - start < 10);
		buf_clear(&out);
	}
}

static void line(void *ctx, const char *text)
{
	buf_addf(ctx, "[%s]", text);
}

static void test_lines_come_one_by_one(void **state)
{
	(void)state;
	struct buf lines = BUF_INIT;
	struct proc p = { .argv = SH("printf 'a\\n\\n10%%\\r20%%\\nend'"),
			  .line = line,
			  .ctx = &lines };

	assert_int_equal(proc_run(&p, NULL), 0);
	assert_string_equal(lines.s, "[a][10%][20%][end]");
	buf_clear(&lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_output_is_captured),
		cmocka_unit_test(test_input_is_given),
		cmocka_unit_test(test_last_line_is_the_error),
		cmocka_unit_test(test_missing_program_is_named),
		cmocka_unit_test(test_time_is_limited),
		cmocka_unit_test(test_a_signal_stops_it),
		cmocka_unit_test(test_nothing_is_left_running),
		cmocka_unit_test(test_who_is_left_running_is_not_waited_for),
		cmocka_unit_test(test_lines_come_one_by_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
