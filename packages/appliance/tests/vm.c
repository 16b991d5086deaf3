/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests of a folder, with the driver of tests; overlays are read by qemu-img.
 */
#include "appliance/vm.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../src/guest/vm_config.h"
#include "../src/guest/vm_disk.h"
#include "machine.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static char base[128];
static struct vm_host host;

static int begin(void **state)
{
	if (enter_folder(state) < 0)
		return -1;
	snprintf(base, sizeof(base), "%s/store", (const char *)*state);
	host = (struct vm_host){ .dirs = { base, base },
				 .driver = vm_driver_default(),
				 .storage = base };
	return 0;
}

/* A new guest with a disk of 1 MiB that holds "data", a password, and a card. */
static void make(const char *name)
{
	const char *owned[2] = { NULL };
	struct package p;
	struct err e = { 0 };
	struct guest *g;
	char dir[256], path[300];
	int fd;

	package_init(&p);
	snprintf(dir, sizeof(dir), "%s/%s", base, name);
	assert_int_equal(fs_mkdirs(dir, 0700, &e), 0);
	snprintf(path, sizeof(path), "%s/disk0.raw", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_int_equal(ftruncate(fd, 1 << 20), 0);
	assert_int_equal(fs_pwrite(fd, "data", 4, 512, &e), 0);
	close(fd);
	owned[0] = path;
	p.volumes[0].path = path;
	p.storage.dir = dir;
	p.answers.name = name;
	package_add_property(&p, "password", "string", "geheim");
	p.properties[0].password = true;
	g = package_plan(&p);
	if (guest_commit(g, &host.dirs, owned, &e) != 0)
		fail_msg("%s", err_text(&e));
	guest_free(g);
}

static const char *text(const json_t *json, const char *key)
{
	const char *s = json_string_value(json_object_get(json, key));

	return s ? s : "";
}

static char *in(const char *name, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s/%s", base, name, file);
	return path;
}

static void a_guest_starts_stops_and_goes(void **state)
{
	struct err e = { 0 };
	json_t *list, *vm;

	(void)state;
	make("web");
	assert_int_equal(vm_list(&host, &list, &e), 0);
	assert_int_equal(json_array_size(list), 1);
	assert_string_equal(text(json_array_get(list, 0), "state"), "stopped");
	json_decref(list);
	assert_int_equal(vm_stop(&host, "web", false, 1, &e), -ESRCH);
	assert_int_equal(vm_start(&host, "web", &e), 0);
	assert_int_equal(vm_start(&host, "web", &e), -EALREADY);
	assert_int_equal(vm_show(&host, "web", &vm, &e), 0);
	assert_string_equal(text(vm, "state"), "running");
	assert_string_equal(text(json_object_get(vm, "properties"), "password"), "(hidden)");
	json_decref(vm);
	assert_int_equal(vm_destroy(&host, "web", &e), -EBUSY);
	assert_int_equal(access(in("web", "disk0.raw"), F_OK), 0);
	assert_int_equal(vm_stop(&host, "web", false, 5, &e), 0);
	assert_int_equal(vm_destroy(&host, "web", &e), 0);
	assert_int_equal(access(in("web", ""), F_OK), -1);
	assert_int_equal(access(in(".", "web.cfg"), F_OK), -1);
	assert_int_equal(vm_start(&host, "web", &e), -ENOENT);
	assert_int_equal(vm_destroy(&host, "../web", &e), -EINVAL);
}

static void one_that_does_not_hear_is_cut_off_by_force_only(void **state)
{
	struct err e = { 0 };

	(void)state;
	make("deaf");
	assert_int_equal(vm_start(&host, "deaf", &e), 0);
	assert_int_equal(vm_stop(&host, "deaf", false, 0, &e), -ETIMEDOUT);
	assert_string_equal(err_text(&e),
			    "guest deaf still runs after 0 s; use --force to cut it off");
	assert_int_equal(vm_stop(&host, "deaf", true, 5, &e), 0);
	assert_int_equal(vm_destroy(&host, "deaf", &e), 0);
}

/* A configuration that somebody wrote for xl; its disk is theirs. */
static void what_others_configured_is_listed_and_keeps_its_disks(void **state)
{
	static const char cfg[] = "# mine\nname = 'old'\nmemory=512\nvcpus = 2\n"
				  "disk = [ '/disks/old.img,raw,xvda,w' ]\nvif = [ '' ]\n";
	struct err e = { 0 };
	json_t *list;

	(void)state;
	assert_int_equal(fs_mkdirs(base, 0755, &e), 0);
	assert_int_equal(fs_write(in(".", "old.cfg"), cfg, strlen(cfg), 0644, &e), 0);
	assert_int_equal(fs_write(in(".", "bad.cfg"), "name = [\n", 9, 0644, &e), 0);
	assert_int_equal(vm_start(&host, "old", &e), 0);
	assert_int_equal(fs_write(getenv("SOCLE_VM_FAKE"), "old\nghost\n", 10, 0600, &e), 0);
	assert_int_equal(vm_list(&host, &list, &e), 0);
	assert_int_equal(json_array_size(list), 3);
	assert_non_null(strstr(text(json_array_get(list, 0), "error"), "bad.cfg:"));
	assert_string_equal(text(json_array_get(list, 1), "state"), "running");
	assert_int_equal(json_integer_value(json_object_get(json_array_get(list, 1), "cpus")), 1);
	assert_string_equal(text(json_array_get(list, 2), "name"), "ghost");
	json_decref(list);
	assert_int_equal(vm_stop(&host, "old", false, 5, &e), 0);
	assert_int_equal(vm_owned(&host, "old", &list, &e), 0);
	assert_int_equal(json_array_size(list), 1);
	json_decref(list);
	assert_int_equal(vm_destroy(&host, "old", &e), 0);
	assert_int_equal(unlink(in(".", "bad.cfg")), 0);
	assert_int_equal(fs_write(getenv("SOCLE_VM_FAKE"), "", 0, 0600, &e), 0);
}

static void a_clone_is_another_guest_with_the_same_contents(void **state)
{
	_cleanup_config_ struct vm_config a = { 0 }, b = { 0 };
	struct err e = { 0 };
	struct buf text = BUF_INIT;
	const char *disk;
	json_t *vm;

	(void)state;
	make("web");
	assert_int_equal(fs_read(in(".", "web.cfg"), 1 << 16, &text, &e), 0);
	buf_adds(&text, "# kept\ncpu_weight = 512\n");
	assert_int_equal(fs_write(in(".", "web.cfg"), text.s, text.len, 0644, &e), 0);
	buf_clear(&text);
	assert_int_equal(vm_start(&host, "web", &e), 0);
	assert_int_equal(vm_clone(&host, "web", "copy", "h", &e), -EBUSY);
	assert_int_equal(vm_stop(&host, "web", false, 5, &e), 0);
	if (vm_clone(&host, "web", "copy", "h", &e) != 0)
		fail_msg("%s", err_text(&e));
	assert_int_equal(vm_clone(&host, "web", "copy", "h", &e), -EEXIST);
	assert_int_equal(vm_config_read(in(".", "web.cfg"), &a, &e), 0);
	assert_int_equal(vm_config_read(in(".", "copy.cfg"), &b, &e), 0);
	assert_string_equal(b.name, "copy");
	assert_string_not_equal(a.uuid, b.uuid);
	assert_string_not_equal(a.vifs[0], b.vifs[0]);
	assert_non_null(strstr(b.vifs[0], "bridge=xenbr0"));
	assert_int_equal(a.n_disks, b.n_disks);
	assert_string_equal(b.disks[1].path, in("copy", "seed.iso"));
	assert_int_equal(access(b.disks[1].path, F_OK), 0);
	assert_int_equal(fs_read(in(".", "copy.cfg"), 1 << 16, &text, &e), 0);
	assert_non_null(strstr(text.s, "# kept\ncpu_weight = 512\n"));
	buf_clear(&text);
	disk = b.disks[0].path;
	assert_int_equal(proc_cmd(&e, "qemu-img", "compare", "-f", a.disks[0].format, "-F",
				  b.disks[0].format, a.disks[0].path, disk, NULL),
			 0);
	/* While its disks lie under another's the original stays as it is. */
	if (strcmp(b.disks[0].format, "qcow2") == 0) {
		assert_int_equal(vm_start(&host, "web", &e), -EBUSY);
		assert_int_equal(vm_destroy(&host, "web", &e), -EBUSY);
	}
	assert_int_equal(vm_show(&host, "copy", &vm, &e), 0);
	assert_string_equal(json_string_value(json_object_get(vm, "origin")), "a clone of web");
	json_decref(vm);
	assert_int_equal(vm_destroy(&host, "copy", &e), 0);
	assert_int_equal(access(in("copy", ""), F_OK), -1);
	assert_int_equal(vm_start(&host, "web", &e), 0);
	assert_int_equal(vm_stop(&host, "web", false, 5, &e), 0);
	assert_int_equal(vm_destroy(&host, "web", &e), 0);
}

static void a_clone_that_fails_leaves_nothing(void **state)
{
	struct err e = { 0 };
	struct buf cfg = BUF_INIT;

	(void)state;
	make("web");
	assert_int_equal(fs_read(in(".", "web.cfg"), 1 << 16, &cfg, &e), 0);
	buf_adds(&cfg, "disk += [ 'format=raw,vdev=hdb,access=rw,target=/not/there' ]\n");
	assert_int_equal(fs_write(in(".", "web.cfg"), cfg.s, cfg.len, 0644, &e), 0);
	buf_clear(&cfg);
	assert_int_equal(vm_clone(&host, "web", "copy", "h", &e), -ENOENT);
	assert_int_equal(access(in("copy", ""), F_OK), -1);
	assert_int_equal(access(in(".", "copy.cfg"), F_OK), -1);
	assert_int_equal(vm_destroy(&host, "web", &e), 0);
}

static void a_guest_is_made_of_disks(void **state)
{
	struct vm_disk_want disks[] = { { .size = 1 << 20 }, { NULL, "raw", 0 } };
	struct guest_answers a = { .name = "new", .hostname = "new" };
	struct err e = { 0 };
	char mine[256];
	struct guest *g;

	snprintf(mine, sizeof(mine), "%s/mine.img", (const char *)*state);
	assert_int_equal(fs_write(mine, "x", 1, 0600, &e), 0);
	assert_int_equal(truncate(mine, 1 << 20), 0);
	disks[1].path = mine;
	assert_int_equal(vm_create(&host, disks, 2, NULL, &a, 0, &g, &e), -EINVAL);
	assert_non_null(strstr(err_text(&e), "no boot loader"));
	assert_int_equal(access(in("new", ""), F_OK), -1);
	if (vm_create(&host, disks, 2, NULL, &a, VM_FORCE, &g, &e) != 0)
		fail_msg("%s", err_text(&e));
	assert_string_equal(g->disks[0].path, in("new", "disk0.raw"));
	assert_string_equal(g->disks[1].path, mine);
	guest_free(g);
	assert_int_equal(vm_create(&host, disks, 2, NULL, &a, VM_FORCE, &g, &e), -EEXIST);
	assert_int_equal(vm_start(&host, "new", &e), 0);
	assert_int_equal(vm_stop(&host, "new", true, 5, &e), 0);
	assert_int_equal(vm_destroy(&host, "new", &e), 0);
	assert_int_equal(access(mine, F_OK), 0);
	assert_int_equal(access(in("new", ""), F_OK), -1);
}

/* Where there are no reflinks, and for a disk that has the size of none of QEMU's units. */
static void an_overlay_is_what_lies_under_it(void **state)
{
	static const char *const sizes[] = { "512", "1048576", "5368709632" };
	char path[256], over[256];
	struct err e = { 0 };
	uint64_t bytes;

	snprintf(path, sizeof(path), "%s/under", (const char *)*state);
	snprintf(over, sizeof(over), "%s/over", (const char *)*state);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);

		assert_int_equal(ftruncate(fd, atoll(sizes[i])), 0);
		assert_int_equal(fs_pwrite(fd, "under", 5, (uint64_t)atoll(sizes[i]) - 512, &e), 0);
		close(fd);
		assert_int_equal(disk_size(path, "raw", &bytes, &e), 0);
		assert_int_equal(overlay_new(over, path, "raw", bytes, &e), 0);
		assert_int_equal(overlay_new(over, path, "raw", bytes, &e), -EEXIST);
		assert_int_equal(disk_size(over, "qcow2", &bytes, &e), 0);
		assert_int_equal(bytes, atoll(sizes[i]));
		if (proc_cmd(&e, "qemu-img", "check", "-f", "qcow2", over, NULL) != 0 ||
		    proc_cmd(&e, "qemu-img", "compare", "-f", "raw", "-F", "qcow2", path, over,
			     NULL) != 0 ||
		    proc_cmd(&e, "qemu-io", "-f", "qcow2", "-c", "write -P 7 0 512", over, NULL) !=
			    0)
			fail_msg("%s: %s", sizes[i], err_text(&e));
		assert_int_equal(unlink(over), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_starts_stops_and_goes),
		cmocka_unit_test(one_that_does_not_hear_is_cut_off_by_force_only),
		cmocka_unit_test(what_others_configured_is_listed_and_keeps_its_disks),
		cmocka_unit_test(a_clone_is_another_guest_with_the_same_contents),
		cmocka_unit_test(a_clone_that_fails_leaves_nothing),
		cmocka_unit_test(a_guest_is_made_of_disks),
		cmocka_unit_test(an_overlay_is_what_lies_under_it),
	};
	char fake[] = "/tmp/socle-test-XXXXXX";
	int fd = mkstemp(fake), failed;

	close(fd);
	setenv("SOCLE_VM_FAKE", fake, 1);
	failed = cmocka_run_group_tests(tests, begin, leave_folder);
	unlink(fake);
	return failed;
}
