/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/part.h"

#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"

static size_t names(const char *pattern)
{
	glob_t found;
	size_t n = glob(pattern, 0, NULL, &found) == 0 ? found.gl_pathc : 0;

	if (n)
		globfree(&found);
	return n;
}

static void it_has_its_name_when_it_is_complete(void **state)
{
	struct part p = PART_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(part_begin(&p, "disk", false, &e), 0);
	assert_int_equal(names("disk"), 0);
	assert_int_equal(write(p.fd, "x", 1), 1);
	assert_int_equal(part_commit(&p, "disk", &e), 0);
	part_clear(&p);
	assert_int_equal(names("disk*"), 1);
	assert_int_equal(access("disk", F_OK), 0);
	unlink("disk");
}

static void what_was_not_completed_goes_with_all_in_it(void **state)
{
	struct part p = PART_INIT;
	struct err e = { 0 };
	int fd;

	(void)state;
	assert_int_equal(part_begin(&p, "folder", true, &e), 0);
	fd = openat(p.fd, "disk1", O_CREAT | O_WRONLY, 0600);
	close(fd);
	part_clear(&p);
	part_clear(&p);
	assert_int_equal(names("folder*"), 0);
	assert_int_equal(part_begin(&p, "no/such", false, &e), -ENOENT);
	part_clear(&p);
}

/* Another process that makes the same, until it is killed. */
static pid_t maker(bool folder)
{
	int ready[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (pid == 0) {
		struct part p = PART_INIT;

		if (part_begin(&p, "a[b", folder, NULL) == 0 && write(ready[1], "x", 1) == 1)
			pause();
		_exit(1);
	}
	assert_int_equal(read(ready[0], &c, 1), 1);
	close(ready[0]);
	close(ready[1]);
	return pid;
}

static void remains_of_the_killed_go_and_those_of_the_living_stay(void **state)
{
	(void)state;
	for (int folder = 0; folder < 2; folder++) {
		pid_t dead = maker(folder), alive = maker(folder);
		struct part p = PART_INIT;
		struct err e = { 0 };

		assert_int_equal(names("a\\[b.part-*"), 2);
		kill(dead, SIGKILL);
		waitpid(dead, NULL, 0);
		assert_int_equal(part_begin(&p, "a[b", folder, &e), 0);
		assert_int_equal(names("a\\[b.part-*"), 2);
		part_clear(&p);
		assert_int_equal(names("a\\[b.part-*"), 1);
		kill(alive, SIGKILL);
		waitpid(alive, NULL, 0);
		assert_int_equal(part_begin(&p, "a[b", folder, &e), 0);
		part_clear(&p);
		assert_int_equal(names("a\\[b.part-*"), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_has_its_name_when_it_is_complete),
		cmocka_unit_test(what_was_not_completed_goes_with_all_in_it),
		cmocka_unit_test(remains_of_the_killed_go_and_those_of_the_living_stay),
	};

	return cmocka_run_group_tests(tests, enter_folder, leave_folder);
}
