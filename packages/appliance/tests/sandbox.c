/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "package/sandbox.h"

#include <fcntl.h>
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "../../libsocle/tests/test.h"
#include "package/channel.h"
#include "socle/cleanup.h"

/* What a child tried, and whether it could. */
static int tell(int channel, const char *what, bool could)
{
	return channel_send(
		channel,
		json_pack("{s:s, s:s, s:b}", "type", "tried", "what", what, "could", could), -1,
		NULL);
}

static bool child_starts(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0;
}

static bool program_starts(void)
{
	char *argv[] = { (char *)"true", NULL };
	pid_t pid;

	execv("/bin/true", argv);
	return posix_spawn(&pid, "/bin/true", NULL, NULL, argv, NULL) == 0;
}

static bool code_can_be_made(void)
{
	return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) !=
	       MAP_FAILED;
}

static void *nothing(void *ctx)
{
	return ctx;
}

static bool thread_starts(void)
{
	pthread_t t;

	return pthread_create(&t, NULL, nothing, NULL) == 0 && pthread_join(t, NULL) == 0;
}

static int try_all(int channel, void *ctx, struct err *e)
{
	int given = *(int *)ctx;
	struct stat st;

	(void)e;
	tell(channel, "open a file to read", open("/etc/passwd", O_RDONLY) >= 0);
	tell(channel, "open its own folder", open(".", O_RDONLY | O_DIRECTORY) >= 0);
	tell(channel, "make a file", open("made", O_WRONLY | O_CREAT, 0600) >= 0);
	tell(channel, "remove a file", unlink("kept") == 0);
	tell(channel, "look at a file", stat("/etc/passwd", &st) == 0);
	tell(channel, "make a socket", socket(AF_INET, SOCK_STREAM, 0) >= 0);
	tell(channel, "make a socket of files", socket(AF_UNIX, SOCK_STREAM, 0) >= 0);
	tell(channel, "start a program", program_starts());
	tell(channel, "start a process", child_starts());
	tell(channel, "make code", code_can_be_made());
	tell(channel, "trace", ptrace(PTRACE_TRACEME, 0, 0, 0) == 0);
	tell(channel, "signal its parent", kill(getppid(), 0) == 0);
	tell(channel, "use what was open before", fcntl(given + 1, F_GETFD) >= 0);
	tell(channel, "make io_uring", syscall(425, 4, NULL) >= 0 || errno == EFAULT);
	tell(channel, "+ write to what it was given", pwrite(given, "x", 1, 0) == 1);
	tell(channel, "+ start threads", thread_starts());
	return channel_send(channel, json_pack("{s:s}", "type", "done"), -1, e);
}

static void it_can_use_what_it_is_given_and_nothing_else(void **state)
{
	int given = open("given", O_RDWR | O_CREAT, 0600), other = dup2(given, given + 1);
	struct sandbox s;
	struct err e = { 0 };
	size_t n = 0;

	(void)state;
	close(open("kept", O_WRONLY | O_CREAT, 0666));
	if (sandbox_start(try_all, &given, &given, 1, &s, &e) < 0)
		fail_msg("%s", err_text(&e));
	for (;; n++) {
		_cleanup_json_ json_t *m = NULL;
		const char *what;
		int could;

		if (sandbox_recv(&s, &m, &e) < 0)
			fail_msg("%s", err_text(&e));
		if (json_unpack(m, "{s:s, s:b}", "what", &what, "could", &could) < 0)
			break;
		if (could != (*what == '+'))
			fail_msg("%s: %s", what, could ? "it could" : "it could not");
	}
	assert_int_equal(n, 16);
	if (s.other_user != (geteuid() == 0))
		print_message("it stays the same user in this namespace\n");
	sandbox_end(&s);
	close(given);
	close(other);
}

static int die(int channel, void *ctx, struct err *e)
{
	(void)channel;
	(void)e;
	signal(*(int *)ctx, SIG_DFL);
	raise(*(int *)ctx);
	return 0;
}

static void its_death_is_one_line(void **state)
{
	_cleanup_json_ json_t *m = NULL;
	int number = SIGSEGV;
	struct sandbox s;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sandbox_start(die, &number, NULL, 0, &s, &e), 0);
	assert_int_equal(sandbox_recv(&s, &m, &e), -EIO);
	assert_string_equal(err_text(&e), "the process that decodes died: Segmentation fault");
	sandbox_end(&s);
}

static int refuse(int channel, void *ctx, struct err *e)
{
	(void)channel;
	(void)ctx;
	return err_set(e, -EBADMSG, "disk1.vmdk: grain 812 at byte 53215232: damaged");
}

static void its_error_is_the_parents(void **state)
{
	_cleanup_json_ json_t *m = NULL;
	struct sandbox s;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(sandbox_start(refuse, NULL, NULL, 0, &s, &e), 0);
	assert_int_equal(sandbox_recv(&s, &m, &e), -EBADMSG);
	assert_string_equal(err_text(&e), "disk1.vmdk: grain 812 at byte 53215232: damaged");
	sandbox_end(&s);
}

/* As a kernel without it answers. */
static void hide_landlock(void)
{
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

	seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0);
	if (seccomp_load(f) < 0)
		_exit(2);
}

/* 0 when it cannot open files and says that Landlock is missing. */
static int without_landlock(void)
{
	int given = open("given", O_RDWR | O_CREAT, 0600);
	struct sandbox s;
	bool said, opened = false;

	hide_landlock();
	if (sandbox_start(try_all, &given, &given, 1, &s, NULL) < 0)
		return 3;
	said = !s.landlock;
	for (;;) {
		_cleanup_json_ json_t *m = NULL;
		int could;
		const char *what;

		if (sandbox_recv(&s, &m, NULL) < 0)
			return 4;
		if (json_unpack(m, "{s:s, s:b}", "what", &what, "could", &could) < 0)
			break;
		opened |= could && *what != '+';
	}
	sandbox_end(&s);
	return said && !opened ? 0 : 5;
}

static void without_landlock_the_files_stay_closed_and_it_is_said(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	if (pid == 0)
		_exit(without_landlock());
	waitpid(pid, &status, 0);
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_message_has_a_largest_size_and_a_form(void **state)
{
	_cleanup_json_ json_t *m = NULL;
	uint32_t len = UINT32_MAX;
	struct err e = { 0 };
	int pair[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(write(pair[0], &len, 4), 4);
	assert_int_equal(channel_recv(pair[1], &m, NULL, &e), -EMSGSIZE);
	len = 2;
	assert_int_equal(write(pair[0], &len, 4), 4);
	assert_int_equal(write(pair[0], "[]", 2), 2);
	assert_int_equal(channel_recv(pair[1], &m, NULL, &e), -EBADMSG);
	close(pair[0]);
	assert_int_equal(channel_recv(pair[1], &m, NULL, &e), 0);
	close(pair[1]);
}

static void a_descriptor_goes_with_a_message(void **state)
{
	_cleanup_json_ json_t *m = NULL;
	struct err e = { 0 };
	int pair[2], file = open("passed", O_RDWR | O_CREAT, 0600), got;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(channel_send(pair[0], json_pack("{s:i}", "n", 7), file, &e), 0);
	assert_int_equal(channel_recv(pair[1], &m, &got, &e), 1);
	assert_int_equal(json_integer_value(json_object_get(m, "n")), 7);
	assert_int_equal(write(got, "abc", 3), 3);
	assert_int_equal(lseek(file, 0, SEEK_END), 3);
	close(got);
	close(file);
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_can_use_what_it_is_given_and_nothing_else),
		cmocka_unit_test(its_death_is_one_line),
		cmocka_unit_test(its_error_is_the_parents),
		cmocka_unit_test(without_landlock_the_files_stay_closed_and_it_is_said),
		cmocka_unit_test(a_message_has_a_largest_size_and_a_form),
		cmocka_unit_test(a_descriptor_goes_with_a_message),
	};

	return cmocka_run_group_tests_name("sandbox", tests, enter_folder, leave_folder);
}
