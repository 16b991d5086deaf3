/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/landlock.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "test.h"

enum { NO_LANDLOCK = 77 };

static int file_open(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC, 0600), ret = fd < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	return ret;
}

/* The number of a step that went otherwise than is meant; it becomes an exit code. */
#define STEP(n, condition)        \
	do {                      \
		if (!(condition)) \
			return n; \
	} while (0)

static int use_files(void)
{
	STEP(10, file_open("written/new", O_WRONLY | O_CREAT) == 0);
	STEP(11, file_open("written/new", O_WRONLY | O_TRUNC) == 0);
	STEP(12, mkdir("written/folder", 0700) == 0 && rmdir("written/folder") == 0);
	STEP(13, unlink("written/new") == 0);
	STEP(14, symlink("x", "written/link") < 0 && errno == EACCES);
	STEP(15, file_open("read/x", O_RDONLY) == 0);
	STEP(16, file_open("read/x", O_WRONLY) == -EACCES);
	STEP(17, unlink("read/x") < 0 && errno == EACCES);
	STEP(18, file_open("elsewhere/x", O_RDONLY) == -EACCES);
	STEP(19, file_open("/etc/passwd", O_RDONLY) == -EACCES);
	return 0;
}

static int limit(const struct landlock_folder *f, size_t n, bool alone)
{
	bool done;

	STEP(1, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
	STEP(2, landlock_limit(f, n, alone, &done, NULL) == 0);
	return done ? 0 : NO_LANDLOCK;
}

static int files(void)
{
	static const struct landlock_folder folders[] = { { "written", true },
							  { NULL, false },
							  { "read", false } };
	int kept = open("elsewhere/x", O_RDONLY | O_CLOEXEC), ret = limit(folders, 3, false);
	char c;

	if (ret == 0)
		ret = use_files();
	if (ret == 0 && read(kept, &c, 1) != 1)
		ret = 30;
	close(kept);
	return ret;
}

static int without_folders(void)
{
	int ret = limit(NULL, 0, true);

	STEP(ret, ret == 0);
	return file_open("read/x", O_RDONLY) == -EACCES ? 0 : 40;
}

static int network(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int ret = limit(NULL, 0, false), s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	STEP(ret, ret == 0);
	ret = bind(s, (struct sockaddr *)&a, sizeof(a)) < 0 && errno == EACCES ? 0 : 50;
	close(s);
	return ret;
}

static int signals(void)
{
	int ret = limit(NULL, 0, false);

	STEP(ret, ret == 0);
	STEP(60, kill(getppid(), 0) == 0);
	ret = limit(NULL, 0, true);
	STEP(ret, ret == 0);
	return kill(getppid(), 0) < 0 && errno == EPERM ? 0 : 61;
}

/* In a process of its own, since what is given up does not come back. */
static void in_child(int (*what)(void))
{
	int status;
	pid_t pid = fork();

	if (pid == 0)
		_exit(what());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == NO_LANDLOCK) {
		print_message("this kernel has no Landlock\n");
		skip();
	}
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void only_the_folders_are_reached(void **state)
{
	(void)state;
	in_child(files);
}

static void without_folders_no_file_is(void **state)
{
	(void)state;
	in_child(without_folders);
}

static void no_tcp_socket_is_bound(void **state)
{
	(void)state;
	in_child(network);
}

static void who_is_alone_sends_others_no_signal(void **state)
{
	(void)state;
	in_child(signals);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
	const struct landlock_folder none = { "none", false };
	struct err e = { 0 };
	bool done;

	(void)state;
	if (landlock_limit(&none, 1, false, &done, &e) == 0) {
		assert_false(done);
		skip();
	}
	assert_non_null(strstr(err_text(&e), "none"));
	/* And nothing was given up. */
	assert_int_equal(file_open("read/x", O_WRONLY), 0);
}

static int set_up(void **state)
{
	if (enter_folder(state) < 0)
		return -1;
	return proc_cmd(NULL, "sh", "-c",
			"mkdir written read elsewhere && echo x > read/x && echo x > elsewhere/x",
			NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_folders_are_reached),
		cmocka_unit_test(without_folders_no_file_is),
		cmocka_unit_test(no_tcp_socket_is_bound),
		cmocka_unit_test(who_is_alone_sends_others_no_signal),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, set_up, leave_folder);
}
