/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "package/store.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "../../libsocle/tests/test.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

/*
 * LVM as files: a volume is a file of the group's folder, its tag one beside it.  What is
 * asked of it is what lvm(8) says of these options.
 */
static const char lvm[] =
	"#!/bin/sh\n"
	"cd \"$FAKE/dev\" || exit 5\n"
	"for last; do :; done\n"
	"case ${0##*/} in\n"
	"lvcreate)\n"
	"	while [ $# -gt 0 ]; do case $1 in -n) n=$2 ;; -V) v=${2%b} ;; --addtag) t=$2 ;; "
	"-s) s=y ;; esac\n"
	"	shift; done; echo \"$t\" > \".tag.$n\"\n"
	"	[ ! \"$s\" ] || { cp \"${last#*/}\" \"$n\"; exit; }; truncate -s \"$v\" \"$n\" ;;\n"
	"lvs)\n"
	"	case \"$*\" in *data_percent*) echo '  1000000000 25.00'; exit ;;\n"
	"	*chunk_size*) echo \"  131072 $(cat ../zeroes)\"; exit; esac\n"
	"	n=${*#*lv_name=\\\"} n=${n%%\\\"*} t=${*#*lv_tags=\\\"} t=${t%%\\\"*}\n"
	"	[ \"$(cat \".tag.$n\" 2>/dev/null)\" != \"$t\" ] || echo \"  $n\" ;;\n"
	"lvremove) rm \"${last#*/}\" \".tag.${last#*/}\" ;;\n"
	"lvextend) truncate -s \"$(echo \"$*\" | sed 's/.*-L \\([0-9]*\\)b.*/\\1/')\" "
	"\"${last#*/}\" ;;\n"
	"lvrename) shift 2; mv \"$1\" \"$2\"; mv \".tag.$1\" \".tag.$2\" ;;\n"
	"lvchange) rm \".tag.${last#*/}\" ;;\n"
	"esac\n";

static struct store_pool pool = { .group = "socle", .pool = "guests" };

static int make_lvm(void **state)
{
	static const char *const names[] = { "lvcreate", "lvs",	     "lvremove",
					     "lvextend", "lvrename", "lvchange" };
	char path[300], *folder;
	struct err e = { 0 };

	if (enter_folder(state) < 0)
		return -1;
	folder = *state;
	for (size_t i = 0; i < 6; i++) {
		snprintf(path, sizeof(path), "bin/%s", names[i]);
		if (fs_mkdirs("bin", 0755, &e) < 0 ||
		    fs_write(path, lvm, strlen(lvm), 0755, &e) < 0)
			return -1;
	}
	if (mkdir("dev", 0700) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/bin:%s", folder, getenv("PATH"));
	setenv("PATH", path, 1);
	setenv("FAKE", folder, 1);
	asprintf((char **)&pool.devices, "%s/dev", folder);
	asprintf((char **)&pool.state, "%s/state", folder);
	asprintf((char **)&pool.dirs.config, "%s/etc", folder);
	asprintf((char **)&pool.dirs.state, "%s/guests", folder);
	return 0;
}

static struct store *open_store(bool in_pool, struct buf *removed)
{
	struct err e = { 0 };
	struct store *s;

	if (store_open(in_pool ? NULL : "vms", &pool, removed, &s, &e) < 0)
		fail_msg("%s", err_text(&e));
	return s;
}

static int add(struct store *s, const char *guest, const char *what)
{
	struct err e = { 0 };
	int volume, fd;

	if (store_add(s, guest, what, "raw", 1 << 20, &volume, &fd, &e) < 0)
		fail_msg("%s", err_text(&e));
	assert_int_equal(pwrite(fd, what, 1, 0), 1);
	close(fd);
	return volume;
}

static void begin(struct store *s, const char *name)
{
	struct err e = { 0 };

	if (store_begin(s, name, &e) < 0)
		fail_msg("%s", err_text(&e));
}

/* All names in a place, but for the store's own lock. */
static void holds(bool in_pool, const char *what)
{
	struct buf out = BUF_INIT;
	const char *const argv[] = { "sh", "-c",
				     in_pool ? "ls -A dev state | grep -v '^[a-z]*:$\\|^$';:"
					     : "cd vms && find . ! -name . | "
					       "sed 's,./,,' | sort",
				     NULL };

	assert_int_equal(proc_run(&(struct proc){ .argv = argv, .out = &out }, NULL), 0);
	if (strcmp(out.s, what) != 0)
		fail_msg("there is:\n%s", out.s);
	buf_clear(&out);
}

static void nothing_has_its_name_before_it_is_promoted(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct store *s = open_store(p, NULL);
		int disk;

		begin(s, "web");
		disk = add(s, "web", "disk0");
		add(s, "web", "disk1");
		assert_int_not_equal(access(store_path(s, disk), F_OK), 0);
		assert_int_equal(store_promote(s, &e), 0);
		assert_int_equal(access(store_path(s, disk), F_OK), 0);
		assert_int_equal(store_end(s, &e), 0);
		store_free(s);
		holds(p, p ? "web.disk0\nweb.disk1\n" : "web\nweb/disk0.raw\nweb/disk1.raw\n");
	}
	assert_int_equal(proc_cmd(&e, "sh", "-c", "rm -r vms dev/*", NULL), 0);
}

static void a_copy_is_another_guests_and_holes_stay_holes(void **state)
{
	struct err e = { 0 };
	struct stat st;

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct store *s = open_store(p, NULL);
		int fd, disk, copy;

		begin(s, "shop");
		assert_int_equal(store_add(s, "web", "disk0", "raw", 8 << 20, &disk, &fd, &e), 0);
		assert_int_equal(ftruncate(fd, 8 << 20), 0);
		assert_int_equal(pwrite(fd, "a", 1, 3 << 20), 1);
		assert_int_equal(pwrite(fd, "b", 1, (6 << 20) + 5), 1);
		close(fd);
		add(s, "web", "disk1");
		assert_int_equal(store_copy(s, disk, "db", "disk0", &copy, &e), 0);
		assert_int_not_equal(access(store_path(s, copy), F_OK), 0);
		assert_int_equal(store_promote(s, &e), 0);
		assert_int_equal(store_end(s, &e), 0);
		store_free(s);
		holds(p, p ? "db.disk0\nweb.disk0\nweb.disk1\n"
			   : "db\ndb/disk0.raw\nweb\nweb/disk0.raw\nweb/disk1.raw\n");
		assert_int_equal(proc_cmd(&e, "cmp", p ? "dev/web.disk0" : "vms/web/disk0.raw",
					  p ? "dev/db.disk0" : "vms/db/disk0.raw", NULL),
				 0);
		if (!p) {
			assert_int_equal(stat("vms/db/disk0.raw", &st), 0);
			assert_true(st.st_blocks * 512 < 1 << 20);
		}
	}
	assert_int_equal(proc_cmd(&e, "sh", "-c", "rm -r vms dev/*", NULL), 0);
}

static void what_fails_leaves_nothing(void **state)
{
	struct err e = { 0 };
	int fd;

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct store *s = open_store(p, NULL);

		begin(s, "web");
		add(s, "web", "disk0");
		assert_int_equal(store_spool(s, 4096, &fd, &e), 0);
		assert_int_equal(pwrite(fd, "x", 1, 4095), 1);
		close(fd);
		store_free(s);
		holds(p, "");
		s = open_store(p, NULL);
		begin(s, "web");
		add(s, "web", "disk0");
		assert_int_equal(store_promote(s, &e), 0);
		store_free(s);
		holds(p, "");
	}
}

/* Die by SIGKILL at a point of an import. */
static void killed(bool in_pool, int point)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct store *s = open_store(in_pool, NULL);
		struct err e = { 0 };
		int fd;

		begin(s, "web");
		if (point > 0)
			add(s, "web", "disk0");
		if (point > 1 && store_spool(s, 4096, &fd, &e) < 0)
			_exit(1);
		if (point > 2 && store_promote(s, &e) < 0)
			_exit(2);
		kill(getpid(), SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void what_is_killed_is_removed_by_the_next_run(void **state)
{
	(void)state;
	for (int p = 0; p < 2; p++)
		for (int point = 0; point < 4; point++) {
			struct buf removed = BUF_INIT;

			killed(p, point);
			store_free(open_store(p, &removed));
			assert_string_equal(removed.s, "web");
			holds(p, "");
			buf_clear(&removed);
		}
}

static void a_guest_that_was_there_stays_whatever_becomes_of_the_import(void **state)
{
	struct err e = { 0 };
	struct store *s;

	(void)state;
	assert_int_equal(fs_mkdirs("vms/web", 0700, &e), 0);
	assert_int_equal(fs_write("vms/web/disk0.raw", "mine", 4, 0600, &e), 0);
	s = open_store(false, NULL);
	begin(s, "web");
	add(s, "web", "disk0");
	assert_int_equal(store_promote(s, &e), -EEXIST);
	store_free(s);
	holds(false, "web\nweb/disk0.raw\n");
	assert_int_equal(proc_cmd(&e, "grep", "-q", "mine", "vms/web/disk0.raw", NULL), 0);
	assert_int_equal(proc_cmd(&e, "rm", "-r", "vms", NULL), 0);
}

static void imports_do_not_disturb_each_other(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct buf removed = BUF_INIT;
		struct store *a = open_store(p, NULL), *b;

		begin(a, "web");
		add(a, "web", "disk0");
		b = open_store(p, &removed);
		assert_int_equal(store_begin(b, "web", &e), -EBUSY);
		begin(b, "mail");
		add(b, "mail", "disk0");
		store_free(b);
		assert_string_equal(removed.s, "");
		assert_int_equal(store_promote(a, &e), 0);
		assert_int_equal(store_end(a, &e), 0);
		store_free(a);
		holds(p, p ? "web.disk0\n" : "web\nweb/disk0.raw\n");
	}
	assert_int_equal(proc_cmd(&e, "sh", "-c", "rm -r vms dev/*", NULL), 0);
}

static void names_lead_nowhere_else(void **state)
{
	static const char *const bad[] = { "", ".", "..", "a/b", "-rf", ".import-x", "a b", "a\n" };
	struct store *s = open_store(false, NULL);
	struct err e = { 0 };
	int volume, fd;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(store_begin(s, bad[i], &e), -EINVAL);
	begin(s, "web");
	assert_int_equal(store_add(s, "../web", "disk0", "raw", 1, &volume, &fd, &e), -EINVAL);
	store_free(s);
}

static void the_space_of_a_pool_is_what_is_not_used(void **state)
{
	struct store *s = open_store(true, NULL);
	struct err e = { 0 };
	uint64_t bytes;

	(void)state;
	assert_int_equal(store_space(s, &bytes, &e), 0);
	assert_int_equal(bytes, 750000000);
	store_free(s);
}

static void chunks_of_a_pool_matter_where_it_does_not_clear_them(void **state)
{
	struct err e = { 0 };

	(void)state;
	for (int clears = 0; clears < 2; clears++) {
		struct store *s = open_store(true, NULL);
		uint64_t chunk;

		assert_int_equal(fs_write("zeroes", clears ? "1" : "0", 1, 0600, &e), 0);
		assert_int_equal(store_chunk(s, &chunk, &e), 0);
		assert_int_equal(chunk, clears ? 0 : 131072);
		store_free(s);
	}
}

static void a_folder_has_no_more_in_it_than_its_guests(void **state)
{
	struct err e = { 0 };
	struct store *s = open_store(false, NULL);

	(void)state;
	begin(s, "web");
	add(s, "web", "disk0");
	assert_int_equal(store_promote(s, &e), 0);
	assert_int_equal(store_end(s, &e), 0);
	store_free(s);
	assert_int_equal(proc_cmd(&e, "sh", "-c", "[ \"$(ls -A vms)\" = web ] && rm -r vms", NULL),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_its_name_before_it_is_promoted),
		cmocka_unit_test(a_copy_is_another_guests_and_holes_stay_holes),
		cmocka_unit_test(what_fails_leaves_nothing),
		cmocka_unit_test(what_is_killed_is_removed_by_the_next_run),
		cmocka_unit_test(a_guest_that_was_there_stays_whatever_becomes_of_the_import),
		cmocka_unit_test(imports_do_not_disturb_each_other),
		cmocka_unit_test(names_lead_nowhere_else),
		cmocka_unit_test(the_space_of_a_pool_is_what_is_not_used),
		cmocka_unit_test(chunks_of_a_pool_matter_where_it_does_not_clear_them),
		cmocka_unit_test(a_folder_has_no_more_in_it_than_its_guests),
	};

	return cmocka_run_group_tests_name("store", tests, make_lvm, leave_folder);
}
