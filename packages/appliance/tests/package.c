/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "appliance/package.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "../../libsocle/tests/test.h"
#include "input/streams.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

/* Two disks, raw, of a machine; each is 64 KiB and known by its first byte. */
static const char ovf[] =
	"<?xml version=\"1.0\"?>\n"
	"<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
	" xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"\n"
	" xmlns:rasd=\"http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/"
	"CIM_ResourceAllocationSettingData\">\n"
	"<References><File ovf:id=\"f1\" ovf:href=\"one.raw\"/>\n"
	"<File ovf:id=\"f2\" ovf:href=\"two.raw\"%s/></References>\n"
	"<DiskSection><Info/><Disk ovf:diskId=\"d1\" ovf:fileRef=\"f1\" ovf:capacity=\"65536\"/>\n"
	"<Disk ovf:diskId=\"d2\" ovf:fileRef=\"f2\" ovf:capacity=\"65536\"/></DiskSection>\n"
	"<VirtualSystem ovf:id=\"vm\"><Info/><VirtualHardwareSection><Info/>\n"
	"<Item><rasd:ElementName>cpu</rasd:ElementName><rasd:InstanceID>1</rasd:InstanceID>"
	"<rasd:ResourceType>3</rasd:ResourceType><rasd:VirtualQuantity>1</rasd:VirtualQuantity>"
	"</Item></VirtualHardwareSection></VirtualSystem></Envelope>\n";

static void write_ovf(const char *name, const char *chunks)
{
	char text[4096];
	int n = snprintf(text, sizeof(text), ovf, chunks);
	struct err e = { 0 };

	if (fs_write(name, text, (size_t)n, 0600, &e) < 0)
		fail_msg("%s", err_text(&e));
}

static void write_disk(const char *name, char first, size_t len)
{
	_cleanup_free_ char *data = calloc(1, len);
	struct err e = { 0 };

	memset(data, first, len);
	if (fs_write(name, data, len, 0600, &e) < 0)
		fail_msg("%s", err_text(&e));
}

static void sh(const char *command)
{
	struct err e = { 0 };

	if (proc_cmd(&e, "sh", "-euc", command, NULL) < 0)
		fail_msg("%s", err_text(&e));
}

static int make_folder(void **state)
{
	if (enter_folder(state) < 0 || mkdir("x", 0700) < 0 || mkdir("c", 0700) < 0)
		return -1;
	write_ovf("x/vm.ovf", "");
	write_disk("x/one.raw", 'A', 65536);
	write_disk("x/two.raw", 'B', 65536);
	write_ovf("c/vm.ovf", " ovf:size=\"65536\" ovf:chunkSize=\"30000\"");
	write_disk("c/one.raw", 'A', 65536);
	write_disk("c/two.raw.000000000", 'B', 30000);
	write_disk("c/two.raw.000000001", 'C', 30000);
	write_disk("c/two.raw.000000002", 'D', 5536);
	sh("cd x; sha256sum vm.ovf one.raw two.raw | sed -E 's/(.*)  (.*)/SHA256(\\2)= \\1/' > "
	   "vm.mf");
	return 0;
}

struct opened {
	struct source source;
	struct input_dir *dir;
	struct package *p;
};

static int open_it(const char *what, struct opened *o, struct err *e)
{
	struct input *in;
	int r;

	*o = (struct opened){ .source = SOURCE_INIT };
	r = source_open(what, &o->source, e);
	if (r < 0)
		return r;
	if (o->source.dir >= 0)
		o->dir = input_dir_fd(dup(o->source.dir), e);
	in = input_fd(dup(o->source.fd), o->source.name, 0, INPUT_UNKNOWN, e);
	return package_open(in, o->dir, NULL, &o->p, e);
}

static void close_it(struct opened *o)
{
	package_free(o->p);
	input_dir_free(o->dir);
	source_close(&o->source);
}

/* Names of files with their size and last byte, in a row. */
static int walk(struct package *p, struct buf *seen, struct err *e)
{
	struct package_part part;
	int r;

	while ((r = package_next(p, &part, e)) > 0) {
		char data[70000], last = 0;
		uint64_t size = 0;
		ssize_t n;

		if (!part.in || part.kind == PART_OTHER)
			continue;
		while ((n = input_read(part.in, data, sizeof(data), e)) > 0) {
			size += (uint64_t)n;
			last = data[n - 1];
		}
		if (n < 0)
			return (int)n;
		buf_addf(seen, "%s %u %c;", part.href, (unsigned int)size, last);
	}
	return r;
}

static void is_seen(const char *what, const char *container, const char *packing, const char *seen)
{
	struct buf got = BUF_INIT;
	struct err e = { 0 };
	struct opened o;

	if (open_it(what, &o, &e) < 0 || walk(o.p, &got, &e) < 0)
		fail_msg("%s: %s", what, err_text(&e));
	assert_string_equal(package_container(o.p), container);
	assert_string_equal(package_packing(o.p), packing);
	if (strcmp(got.s, seen) != 0)
		fail_msg("%s: %s", what, got.s);
	assert_non_null(package_model(o.p));
	buf_clear(&got);
	close_it(&o);
}

static const char both[] = "one.raw 65536 A;two.raw 65536 B;";

static void every_container_gives_the_same_files(void **state)
{
	static const struct {
		const char *make, *name, *container, *packing;
	} kinds[] = {
		{ "cd x; tar cf ../ustar.ova --format=ustar vm.ovf vm.mf one.raw two.raw",
		  "ustar.ova", "tar", "" },
		{ "cd x; tar cf ../gnu.ova --format=gnu ./vm.ovf ./one.raw ./two.raw ./vm.mf",
		  "gnu.ova", "tar", "" },
		{ "cd x; tar cf ../pax.ova --format=pax vm.ovf one.raw two.raw vm.mf", "pax.ova",
		  "tar", "" },
		{ "cd x; tar cf ../v7.ova --format=v7 vm.ovf one.raw two.raw vm.mf", "v7.ova",
		  "tar", "" },
		{ "tar cf sub.ova x/vm.ovf x/one.raw x/two.raw x/vm.mf", "sub.ova", "tar", "" },
		{ "gzip -k ustar.ova", "ustar.ova.gz", "tar", "gzip" },
		{ "xz -k ustar.ova", "ustar.ova.xz", "tar", "xz" },
		{ "zstd -q ustar.ova", "ustar.ova.zst", "tar", "zstd" },
		{ "mv ustar.ova.gz named-otherwise", "named-otherwise", "tar", "gzip" },
		{ "python3 -c 'import zipfile;z=zipfile.ZipFile(\"z.zip\",\"w\",zipfile.ZIP_"
		  "DEFLATED);[z.write(\"x/\"+n,n) for n in "
		  "(\"vm.ovf\",\"one.raw\",\"two.raw\",\"vm.mf\")]'",
		  "z.zip", "zip", "" },
		{ "true", "x", "folder", "" },
		{ "true", "x/vm.ovf", "folder", "" },
		{ "gzip -k x/vm.ovf; mkdir g; mv x/vm.ovf.gz g; cp x/*.raw g", "g/vm.ovf.gz",
		  "folder", "gzip" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		sh(kinds[i].make);
		is_seen(kinds[i].name, kinds[i].container, kinds[i].packing, both);
	}
}

static void a_pipe_gives_what_a_file_gives(void **state)
{
	static const char *const names[] = { "ustar.ova", "ustar.ova.xz", "z.zip", "gnu.ova" };
	int in = dup(STDIN_FILENO);

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		char command[100];
		FILE *f;

		snprintf(command, sizeof(command), "cat %s", names[i]);
		f = popen(command, "r");
		dup2(fileno(f), STDIN_FILENO);
		is_seen("-", i == 2 ? "zip" : "tar", i == 1 ? "xz" : "", both);
		pclose(f);
	}
	dup2(in, STDIN_FILENO);
	close(in);
}

static void chunks_are_one_file(void **state)
{
	static const char seen[] = "one.raw 65536 A;two.raw 65536 D;";
	struct err e = { 0 };
	struct opened o;
	struct input *in;
	char got[3] = "";

	(void)state;
	is_seen("c", "folder", "", seen);
	sh("cd c; tar cf ../c.ova vm.ovf one.raw two.raw.*; gzip -k ../c.ova");
	is_seen("c.ova", "tar", "", seen);
	is_seen("c.ova.gz", "tar", "gzip", seen);
	assert_int_equal(open_it("c.ova", &o, &e), 0);
	assert_int_equal(package_find_model(o.p, &e), 0);
	assert_int_equal(package_open_file(o.p, 1, &in, &e), 0);
	assert_int_equal(in->size, 65536);
	assert_int_equal(input_pread_full(in, got, 2, 59999, &e), 0);
	assert_string_equal(got, "CD");
	input_free(in);
	close_it(&o);
}

static void a_tar_in_a_file_is_read_at_random(void **state)
{
	static const char *const names[] = { "ustar.ova", "gnu.ova", "pax.ova",
					     "v7.ova",	  "sub.ova", "x" };
	struct err e = { 0 };
	struct opened o;

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		struct image *img;
		char got[2] = "";

		assert_int_equal(open_it(names[i], &o, &e), 0);
		assert_int_equal(package_find_model(o.p, &e), 0);
		assert_true(package_random(o.p));
		if (package_open_image(o.p, 1, &img, &e) < 0)
			fail_msg("%s", err_text(&e));
		assert_int_equal(img->info.size, 65536);
		assert_int_equal(image_pread(img, got, 1, 65535, &e), 0);
		assert_string_equal(got, "B");
		image_free(img);
		close_it(&o);
	}
}

/* As tools write them by hand: the last snapshot is the machine's state. */
static void a_disk_that_is_only_there_with_numbers_is_the_last(void **state)
{
	struct err e = { 0 };
	struct opened o;
	struct input *in;
	char got[2] = "";

	(void)state;
	sh("mkdir s; cp x/vm.ovf x/one.raw s; cp x/one.raw s/two.raw.000000000;"
	   "cp x/two.raw s/two.raw.000000001; cd s; tar cf ../s.ova vm.ovf one.raw two.raw.*");
	assert_int_equal(open_it("s.ova", &o, &e), 0);
	assert_int_equal(package_find_model(o.p, &e), 0);
	assert_int_equal(package_open_file(o.p, 1, &in, &e), 0);
	assert_int_equal(input_pread_full(in, got, 1, 0, &e), 0);
	assert_string_equal(got, "B");
	input_free(in);
	close_it(&o);
}

static void a_disk_alone_is_a_package(void **state)
{
	struct err e = { 0 };
	struct opened o;

	(void)state;
	is_seen("x/one.raw", "disk", "", "one.raw 65536 A;");
	sh("gzip -kc x/one.raw > solo.img.gz");
	is_seen("solo.img.gz", "disk", "gzip", "solo.img 65536 A;");
	sh("cd x; tar czf ../lone.tgz ./one.raw; cd ..; tar cf lone.tar x/one.raw");
	is_seen("lone.tgz", "tar", "gzip", "one.raw 65536 A;");
	is_seen("lone.tar", "tar", "", "x/one.raw 65536 A;");
	assert_int_equal(open_it("solo.img.gz", &o, &e), 0);
	assert_string_equal(package_model(o.p)->machines[0].name, "solo");
	close_it(&o);
}

static int refused(const char *what, struct err *e)
{
	struct buf got = BUF_INIT;
	struct opened o;
	int r = open_it(what, &o, e);

	if (r == 0)
		r = walk(o.p, &got, e);
	if (r == 0)
		r = package_find_model(o.p, e);
	buf_clear(&got);
	close_it(&o);
	return r;
}

static void what_is_cut_or_doubled_or_empty_is_refused(void **state)
{
	static const struct {
		const char *make, *name, *why;
		int code;
	} bad[] = {
		{ "head -c 100000 ustar.ova > cut.ova", "cut.ova", "inside of two.raw", -ENODATA },
		{ "head -c 300 ustar.ova.xz > cut.xz", "cut.xz", "ends too early", -ENODATA },
		{ "cd x; tar cf ../twice.ova vm.ovf one.raw two.raw; tar rf ../twice.ova one.raw",
		  "twice.ova", "one.raw is there twice", -EINVAL },
		{ ": > empty", "empty", "empty", -EINVAL },
		{ "cd x; tar cf ../bare.tar one.raw two.raw", "bare.tar", "no descriptor",
		  -ENOENT },
		{ "mkdir two; cp x/vm.ovf two/a.ovf; cp x/vm.ovf two/b.ovf", "two",
		  "more than one descriptor", -EINVAL },
		{ "mkdir none", "none", "no .ovf", -ENOENT },
		{ "cp x/vm.mf alone.mf", "alone.mf", "not whole sectors", -EINVAL },
		{ "gzip -k x/vm.mf; mv x/vm.mf.gz .", "vm.mf.gz", "not whole sectors", -EINVAL },
		{ "mkdir l; cp x/vm.ovf l; ln -s ../x/one.raw l/one.raw", "l",
		  "links are not followed", -EPERM },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };

		sh(bad[i].make);
		if (refused(bad[i].name, &e) != bad[i].code || !strstr(err_text(&e), bad[i].why))
			fail_msg("%s: %s", bad[i].name, err_text(&e));
	}
}

/* Names that would lead out of it are those of no file; links are none. */
static void members_with_evil_names_are_nobodys(void **state)
{
	(void)state;
	sh("cd x; ln -s one.raw link.raw; tar cPf ../evil.ova --transform 's,evil$,../../evil,' "
	   "vm.ovf one.raw two.raw link.raw; cp one.raw evil;"
	   "tar rPf ../evil.ova --transform 's,^evil$,../../evil,' evil; rm link.raw evil");
	is_seen("evil.ova", "tar", "", both);
}

/* Nine gigabytes of hole, between two small files. */
static const char large_tar[] = "import sys, tarfile\n"
				"f = open('h.ova', 'wb')\n"
				"def add(name, size, data):\n"
				"    t = tarfile.TarInfo(name); t.size = size\n"
				"    f.write(t.tobuf(int(sys.argv[1]))); f.write(data)\n"
				"    f.seek((f.tell() - len(data) + size + 511) // 512 * 512)\n"
				"for n in 'vm.ovf', 'one.raw', 'two.raw':\n"
				"    d = b'' if n == 'one.raw' else open('x/' + n, 'rb').read()\n"
				"    add(n, len(d) or 9 << 30, d)\n"
				"f.write(bytes(1024))\n";

static void large_sizes_are_read_in_both_dialects(void **state)
{
	static const char *const formats[] = { "1", "2" }; /* GNU, pax */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct err e = { 0 };
		char got[2] = "";
		struct opened o;
		struct input *in;

		assert_int_equal(proc_cmd(&e, "python3", "-c", large_tar, formats[i], NULL), 0);
		assert_int_equal(open_it("h.ova", &o, &e), 0);
		assert_int_equal(package_find_model(o.p, &e), 0);
		assert_int_equal(package_open_file(o.p, 1, &in, &e), 0);
		assert_int_equal(input_pread_full(in, got, 1, 65535, &e), 0);
		assert_string_equal(got, "B");
		input_free(in);
		assert_int_equal(package_open_file(o.p, 0, &in, &e), 0);
		assert_int_equal(in->size, UINT64_C(9) << 30);
		input_free(in);
		close_it(&o);
		unlink("h.ova");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_container_gives_the_same_files),
		cmocka_unit_test(a_pipe_gives_what_a_file_gives),
		cmocka_unit_test(chunks_are_one_file),
		cmocka_unit_test(a_tar_in_a_file_is_read_at_random),
		cmocka_unit_test(a_disk_that_is_only_there_with_numbers_is_the_last),
		cmocka_unit_test(a_disk_alone_is_a_package),
		cmocka_unit_test(what_is_cut_or_doubled_or_empty_is_refused),
		cmocka_unit_test(members_with_evil_names_are_nobodys),
		cmocka_unit_test(large_sizes_are_read_in_both_dialects),
	};

	return cmocka_run_group_tests_name("package", tests, make_folder, leave_folder);
}
