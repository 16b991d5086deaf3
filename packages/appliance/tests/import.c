/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/import.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "../../libsocle/tests/test.h"
#include "appliance/repack.h"
#include "certificate.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

static char *tests; /* the folder of this file */

/* plain.ova signed, with a certificate that is valid for so many days; its key is its own. */
static int sign(const char *who, long days, struct err *e)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *cert = certify(who, key, NULL, key, days);
	_cleanup_free_ char *secret = pem(NULL, key, NULL), *text = pem(cert, NULL, NULL);
	char out[64], file[64];
	int r;

	snprintf(out, sizeof(out), "%s.ova", who);
	snprintf(file, sizeof(file), "%s.pem", who);
	r = fs_write(file, text, strlen(text), 0644, e);
	if (r == 0)
		r = repack("plain.ova", out, &(struct repack_signer){ secret, text, NULL }, e);
	X509_free(cert);
	EVP_PKEY_free(key);
	return r;
}

/* The vendor's, with a digit of the signature altered. */
static int forge(struct err *e)
{
	static const char mark[] = "SHA256(vm.mf)= ";
	struct buf b = BUF_INIT;
	int r = fs_read("vendor.ova", 64 << 20, &b, e);
	char *at = r == 0 ? memmem(b.s, b.len, mark, strlen(mark)) : NULL;

	if (at) {
		at += strlen(mark) + 100;
		*at = *at == '1' ? '2' : '1';
		r = fs_write("forged.ova", b.s, b.len, 0644, e);
	}
	buf_clear(&b);
	return at ? r : -1;
}

static int make(void **state)
{
	char script[4096];
	struct err e = { 0 };

	tests = realpath("packages/appliance/tests", NULL);
	if (!tests || enter_folder(state) < 0)
		return -1;
	snprintf(script, sizeof(script), "%s/packages.py", tests);
	if (proc_cmd(&e, "python3", script, NULL) == 0 && sign("vendor", 30, &e) == 0 &&
	    sign("lapsed", 0, &e) == 0 && forge(&e) == 0)
		return 0;
	print_error("%s\n", err_text(&e));
	return -1;
}

static int clean(void **state)
{
	free(tests);
	return leave_folder(state);
}

static int run(struct import_opts *o, json_t **report, struct err *e)
{
	o->storage = "vms";
	return import_run(o, report, e);
}

/* Nothing but the lock, or these. */
static void holds(const char *names)
{
	struct buf out = BUF_INIT;
	const char *const argv[] = { "sh", "-c", "cd vms && find . ! -name . | sort", NULL };

	assert_int_equal(proc_run(&(struct proc){ .argv = argv, .out = &out }, NULL), 0);
	if (strcmp(out.s, names) != 0)
		fail_msg("there is:\n%s", out.s);
	buf_clear(&out);
}

static void remove_all(void)
{
	assert_int_equal(proc_cmd(NULL, "rm", "-rf", "vms", NULL), 0);
}

static int tidy(void **state)
{
	(void)state;
	remove_all();
	return 0;
}

static bool same(const char *format, const char *path)
{
	return proc_cmd(NULL, "qemu-img", "compare", "-q", "-f", "raw", "-F", format, "disk.raw",
			path, NULL) == 0;
}

static void is_imported(const char *name, bool piped, const char *format)
{
	struct import_opts o = { .source = piped ? "-" : name,
				 .format = format,
				 .answers = { .name = "vm" } };
	_cleanup_json_ json_t *report = NULL;
	int in = dup(STDIN_FILENO), file;
	struct err e = { 0 };
	char path[64];
	FILE *f = NULL;

	if (piped) {
		snprintf(path, sizeof(path), "cat %s", name);
		f = popen(path, "r");
		file = fileno(f);
		dup2(file, STDIN_FILENO);
	}
	if (run(&o, &report, &e) < 0)
		fail_msg("%s%s: %s", name, piped ? " by a pipe" : "", err_text(&e));
	if (f)
		pclose(f);
	dup2(in, STDIN_FILENO);
	close(in);
	/* What came before its descriptor is called as its file was. */
	for (size_t i = 0; i < 3; i++) {
		static const char *const disks[] = { "disk0", "d", "System" };

		snprintf(path, sizeof(path), "vms/vm/%s.%s", disks[i], format);
		if (access(path, F_OK) == 0)
			break;
	}
	if (!same(format, path))
		fail_msg("%s%s: %s has other contents", name, piped ? " by a pipe" : "", path);
	assert_int_equal(access("vms/vm.cfg", F_OK), 0);
	remove_all();
}

static void every_dialect_gives_the_same_disk(void **state)
{
	static const char *const names[] = {
		"plain.ova", "last.ova",  "first.ova",	    "none.ova",	    "gnu.ova",
		"pax.ova",   "q.ova",	  "sparse.ova",	    "vpc.ova",	    "fixed.ova",
		"vhdx.ova",  "raw.ova",	  "whole.ova.gz",   "whole.ova.xz", "inner.ova",
		"rawgz.ova", "z.zip",	  "ovm.tgz",	    "chunks.ova",   "x.xva",
		"s.vmdk",    "c.qcow2",	  "disk.raw",	    "disk.raw.gz",  "s.vmdk.gz",
		"vmx.tar",   "vmx.tgz",	  "vmx.zip",	    "uri.ova",	    "percent.ova",
		"dot.ova",   "chain.ova", "chain-back.ova", "snapshot.tgz", "delta.ova",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		is_imported(names[i], false, "raw");
		is_imported(names[i], true, "raw");
	}
	is_imported("packed", false, "raw");
	is_imported("plain.ova", false, "qcow2");
	is_imported("q.ova", true, "qcow2");
}

static void what_is_wrong_is_refused_and_leaves_nothing(void **state)
{
	static const struct {
		struct import_opts o;
		int code;
		const char *why;
	} wrong[] = {
		{ { .source = "changed.ova" }, -EBADMSG, "d.vmdk" },
		{ { .source = "damaged.ova" }, -EBADMSG, "d.vmdk: grain" },
		{ { .source = "missing.ova" }, -ENOENT, "d.vmdk" },
		{ { .source = "partly.ova" }, -ENOENT, "--allow-unverified" },
		{ { .source = "x-wrong.xva" }, -EBADMSG, "Ref:2/00000002" },
		{ { .source = "x-cut.xva" }, -ENODATA, "Ref:2: ends after chunk 14 of 15" },
		{ { .source = "disk.raw.bz2" }, -EINVAL, "the format bzip2" },
		{ { .source = "eula.ova" }, -EACCES, "--accept-eula" },
		{ { .source = "vmx-part.tgz" }, -ENOENT, "vm-s001.vmdk: not in the package" },
		{ { .source = "arm.ova" }, -EINVAL, "guest vm would not start: " },
		{ { .source = "plain.ova", .require_signature = true }, -EACCES, "not signed" },
		{ { .source = "forged.ova" }, -EBADMSG, "vm.cert: the signature is not that of" },
		{ { .source = "vendor.ova", .require_signature = true },
		  -EACCES,
		  "no certificates to trust" },
		{ { .source = "vendor.ova", .require_signature = true, .trust = "lapsed.pem" },
		  -EACCES,
		  "signed by CN=vendor, who is not trusted" },
		{ { .source = "lapsed.ova", .require_signature = true, .trust = "lapsed.pem" },
		  -EACCES,
		  " only" },
		{ { .source = "plain.ova",
		    .sha256 = "00000000000000000000000000000000"
			      "00000000000000000000000000000000" },
		  -EBADMSG,
		  "should be 000" },
		{ { .source = "none" }, -ENOENT, "none" },
		{ { .source = "http://127.0.0.1:1/x.ova?token" }, -EIO, "/x.ova?...: byte 0: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct import_opts o = wrong[i].o;
		_cleanup_json_ json_t *report = NULL;
		struct err e = { 0 };

		if (run(&o, &report, &e) != wrong[i].code || !strstr(err_text(&e), wrong[i].why))
			fail_msg("%s: %d %s", o.source, e.code, err_text(&e));
		if (access("vms", F_OK) == 0)
			holds("");
	}
}

static void what_is_allowed_is_imported_with_a_warning(void **state)
{
	struct import_opts o = { .source = "partly.ova", .allow_unverified = true };
	_cleanup_json_ json_t *report = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(&o, &report, &e), 0);
	assert_int_equal(
		json_array_size(json_object_get(json_object_get(report, "verified"), "warnings")),
		1);
	remove_all();
}

/* Both write to it, and one may be removed before the other. */
static void machines_that_name_one_disk_have_one_each(void **state)
{
	static const struct {
		const char *name, *path;
	} rows[] = {
		{ "shared.ova", "vms/all-b/disk0.raw" },
		{ "twice.ova", "vms/all-b/disk1.raw" },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct import_opts o = { .source = rows[i].name, .answers = { .name = "all" } };
		_cleanup_json_ json_t *plan = NULL, *report = NULL;
		struct buf record = BUF_INIT;
		struct err e = { 0 };

		o.mode = IMPORT_PLAN;
		assert_int_equal(run(&o, &plan, &e), 0);
		o.mode = IMPORT_REAL;
		if (run(&o, &report, &e) < 0)
			fail_msg("%s: %s", rows[i].name, err_text(&e));
		assert_true(json_equal(json_object_get(plan, "xl"), json_object_get(report, "xl")));
		assert_true(same("raw", "vms/all-vm/disk0.raw"));
		assert_true(same("raw", rows[i].path));
		assert_int_equal(fs_read("vms/all-b/guest.json", 1 << 20, &record, &e), 0);
		assert_non_null(strstr(record.s, rows[i].path));
		assert_null(strstr(record.s, "all-vm/"));
		buf_clear(&record);
		remove_all();
	}
}

static size_t warnings(const json_t *verdict, const char *word)
{
	const json_t *text;
	size_t i, n = 0;

	json_array_foreach(json_object_get(verdict, "warnings"), i, text)
		n += strstr(json_string_value(text), word) != NULL;
	return n;
}

static void who_signed_is_told_and_what_of_it_is_doubtful(void **state)
{
	static const struct {
		struct import_opts o;
		bool trusted;
		const char *warning; /* or none */
	} rows[] = {
		{ { .source = "vendor.ova", .trust = "vendor.pem", .require_signature = true },
		  true,
		  NULL },
		{ { .source = "vendor.ova", .trust = "lapsed.pem" }, false, "not trusted" },
		{ { .source = "vendor.ova" }, false, NULL },
		{ { .source = "lapsed.ova", .trust = "lapsed.pem" }, true, " only" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct import_opts o = rows[i].o;
		_cleanup_json_ json_t *report = NULL;
		const json_t *verdict, *s;
		struct err e = { 0 };

		if (run(&o, &report, &e) < 0)
			fail_msg("%zu: %s", i, err_text(&e));
		verdict = json_object_get(report, "verified");
		s = json_object_get(verdict, "signature");
		assert_int_equal(json_is_true(json_object_get(s, "trusted")), rows[i].trusted);
		assert_int_equal(warnings(verdict, ""), rows[i].warning != NULL);
		if (rows[i].warning)
			assert_int_equal(warnings(verdict, rows[i].warning), 1);
		remove_all();
	}
}

static void what_cannot_start_is_imported_by_force(void **state)
{
	struct import_opts o = { .source = "arm.ova", .force = true };
	_cleanup_json_ json_t *report = NULL;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(run(&o, &report, &e), 0);
	assert_int_not_equal(warnings(report, "ARM"), 0);
	remove_all();
}

static void verifying_keeps_nothing_and_a_dry_run_neither(void **state)
{
	struct import_opts o = { .source = "plain.ova", .mode = IMPORT_VERIFY };
	struct err e = { 0 };
	json_t *report, *again;
	const char *path;

	(void)state;
	assert_int_equal(run(&o, &report, &e), 0);
	assert_int_equal(
		json_integer_value(json_object_get(json_object_get(report, "verified"), "files")),
		2);
	json_decref(report);
	/* The disk is in front of what tells that it is one. */
	o.source = "ovm.tgz";
	assert_int_equal(run(&o, &report, &e), 0);
	assert_int_equal(json_array_size(json_object_get(report, "disks")), 1);
	json_decref(report);
	o.source = "plain.ova";
	o.mode = IMPORT_PLAN;
	assert_int_equal(run(&o, &report, &e), 0);
	assert_int_equal(run(&o, &again, &e), 0);
	assert_true(json_equal(report, again));
	path = json_string_value(
		json_object_get(json_array_get(json_object_get(report, "disks"), 0), "path"));
	assert_true(*path == '/' && strstr(path, "/vms/vm/disk0.raw"));
	json_decref(report);
	json_decref(again);
	assert_int_not_equal(access("vms", F_OK), 0);
	o.mode = IMPORT_VERIFY;
	o.source = "changed.ova";
	assert_int_equal(run(&o, &report, &e), -EBADMSG);
	json_decref(report);
}

/* The import in a process of its own, killed after so many milliseconds. */
static bool killed_after(int ms)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		struct import_opts o = { .source = "plain.ova", .answers = { .name = "vm" } };
		json_t *report;

		_exit(run(&o, &report, NULL) < 0);
	}
	nanosleep(&(struct timespec){ .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 }, NULL);
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status);
}

/* Either all of it is there, or nothing that anybody takes for a guest. */
static void a_kill_at_any_time_leaves_no_half_guest(void **state)
{
	int n = 0;

	(void)state;
	for (int ms = 1; ms < 4000; ms = ms * 5 / 4 + 1) {
		struct import_opts o = { .source = "plain.ova", .answers = { .name = "vm" } };
		_cleanup_json_ json_t *report = NULL;
		bool killed = killed_after(ms), there;
		struct err e = { 0 };
		int r;

		there = access("vms/vm.cfg", F_OK) == 0;
		if (there && !same("raw", "vms/vm/disk0.raw"))
			fail_msg("killed after %d ms: the guest is there, and not its disk", ms);
		if (!there)
			n++;
		r = run(&o, &report, &e);
		/* What was complete, but for the end of its journal, may be undone. */
		if (r < 0 && !(there && r == -EEXIST))
			fail_msg("killed after %d ms: %s", ms, err_text(&e));
		holds("./vm\n./vm.cfg\n./vm/disk0.raw\n./vm/guest.json\n");
		remove_all();
		if (!killed)
			break;
	}
	assert_true(n > 0);
}

struct server {
	FILE *out;
	pid_t pid;
	char url[64];
};

static void serve(struct server *s, const char *what, const char *bytes, const char *kind)
{
	char script[4096], port[16] = "";
	int out[2];

	unlink("requests.log");
	snprintf(script, sizeof(script), "%s/dropping.py", tests);
	assert_int_equal(pipe(out), 0);
	s->pid = fork();
	if (s->pid == 0) {
		dup2(out[1], STDOUT_FILENO);
		execlp("python3", "python3", script, what, bytes, kind, NULL);
		_exit(127);
	}
	close(out[1]);
	s->out = fdopen(out[0], "r");
	assert_non_null(fgets(port, sizeof(port), s->out));
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d/x.ova", atoi(port));
}

static void end_server(struct server *s)
{
	kill(s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	fclose(s->out);
}

static void a_dropped_connection_is_taken_up_again(void **state)
{
	static const char *const kinds[] = { "ranges", "whole" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct import_opts o = { .answers = { .name = "vm" } };
		_cleanup_json_ json_t *report = NULL;
		struct err e = { 0 };
		struct server s;

		serve(&s, "plain.ova", "1500000", kinds[i]);
		o.source = s.url;
		if (run(&o, &report, &e) < 0)
			fail_msg("%s: %s", kinds[i], err_text(&e));
		end_server(&s);
		assert_true(same("raw", "vms/vm/disk0.raw"));
		remove_all();
		assert_int_equal(
			proc_cmd(&e, "grep", "-q", "bytes=1500000- \"1\"", "requests.log", NULL),
			0);
	}
}

static void another_file_on_the_server_is_not_mixed_in(void **state)
{
	struct import_opts o = { 0 };
	_cleanup_json_ json_t *report = NULL;
	struct err e = { 0 };
	struct server s;

	(void)state;
	serve(&s, "plain.ova", "1500000", "changing");
	o.source = s.url;
	assert_int_equal(run(&o, &report, &e), -ESTALE);
	end_server(&s);
	holds("");
}

static void the_servers_no_is_told(void **state)
{
	struct import_opts o = { 0 };
	_cleanup_json_ json_t *report = NULL;
	char url[80];
	struct err e = { 0 };
	struct server s;

	(void)state;
	serve(&s, "plain.ova", "1", "ranges");
	snprintf(url, sizeof(url), "%.*sy.ova", (int)strlen(s.url) - 5, s.url);
	o.source = url;
	assert_int_equal(run(&o, &report, &e), -ENOENT);
	end_server(&s);
	assert_non_null(strstr(err_text(&e), "404"));
	holds("");
}

/* Over connections that drop, too: each file is one download of its own. */
static void the_files_beside_a_descriptor_are_fetched(void **state)
{
	static const char *const folders[] = { "beside", "beside-q" };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct import_opts o = { .answers = { .name = "vm" } };
		_cleanup_json_ json_t *report = NULL;
		struct err e = { 0 };
		struct server s;
		char url[80];

		serve(&s, folders[i], "1500000", "folder");
		snprintf(url, sizeof(url), "%.*svm.ovf?token", (int)strlen(s.url) - 5, s.url);
		o.source = url;
		if (run(&o, &report, &e) < 0)
			fail_msg("%s: %s", folders[i], err_text(&e));
		end_server(&s);
		assert_true(same("raw", "vms/vm/disk0.raw"));
		assert_int_equal(json_integer_value(json_object_get(
					 json_object_get(report, "verified"), "files")),
				 i == 0 ? 2 : 0);
		remove_all();
	}
}

static void what_is_not_beside_it_is_not_fetched(void **state)
{
	static const struct {
		const char *folder, *why;
		int code;
	} rows[] = {
		{ "beside-none", "d.vmdk: is not in the package", -ENOENT },
		{ "beside-far", "\"http://127.0.0.2/d.vmdk\" is not inside the package", -EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct import_opts o = { 0 };
		_cleanup_json_ json_t *report = NULL;
		struct err e = { 0 };
		struct server s;
		char url[80];

		serve(&s, rows[i].folder, "1500000", "folder");
		snprintf(url, sizeof(url), "%.*svm.ovf", (int)strlen(s.url) - 5, s.url);
		o.source = url;
		if (run(&o, &report, &e) != rows[i].code || !strstr(err_text(&e), rows[i].why))
			fail_msg("%s: %d %s", rows[i].folder, e.code, err_text(&e));
		end_server(&s);
		holds("");
	}
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test_teardown(every_dialect_gives_the_same_disk, tidy),
		cmocka_unit_test_teardown(what_is_wrong_is_refused_and_leaves_nothing, tidy),
		cmocka_unit_test_teardown(what_is_allowed_is_imported_with_a_warning, tidy),
		cmocka_unit_test_teardown(machines_that_name_one_disk_have_one_each, tidy),
		cmocka_unit_test_teardown(who_signed_is_told_and_what_of_it_is_doubtful, tidy),
		cmocka_unit_test_teardown(what_cannot_start_is_imported_by_force, tidy),
		cmocka_unit_test_teardown(verifying_keeps_nothing_and_a_dry_run_neither, tidy),
		cmocka_unit_test_teardown(a_kill_at_any_time_leaves_no_half_guest, tidy),
		cmocka_unit_test_teardown(a_dropped_connection_is_taken_up_again, tidy),
		cmocka_unit_test_teardown(another_file_on_the_server_is_not_mixed_in, tidy),
		cmocka_unit_test_teardown(the_servers_no_is_told, tidy),
		cmocka_unit_test_teardown(the_files_beside_a_descriptor_are_fetched, tidy),
		cmocka_unit_test_teardown(what_is_not_beside_it_is_not_fetched, tidy),
	};

	return cmocka_run_group_tests_name("import", all, make, clean);
}
