/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sources of kickstart files and the kernel's parameters for them, as written.
 */
#include "helper.h"

#include <unistd.h>

#include "ks_place.h"
#include "socle/proc.h"

static const struct {
	const char *text;
	enum ks_scheme scheme;
	const char *where; /* url, or server, or device */
	const char *options, *path;
} good[] = {
	{ "http://h/a", KS_FROM_URL, "http://h/a", NULL, NULL },
	{ "https://u:p@h:8443/a?b=c", KS_FROM_URL, "https://u:p@h:8443/a?b=c", NULL, NULL },
	{ "ftp://h/a", KS_FROM_URL, "ftp://h/a", NULL, NULL },
	{ "post:https://h/a", KS_FROM_POST, "https://h/a", NULL, NULL },
	{ "nfs:h:/d/a", KS_FROM_NFS, "h", NULL, "/d/a" },
	{ "nfs:nfsvers=3,tcp:h:/d/a", KS_FROM_NFS, "h", "nfsvers=3,tcp", "/d/a" },
	{ "nfs:[2001:db8::1]:/a", KS_FROM_NFS, "[2001:db8::1]", NULL, "/a" },
	{ "nfs:ro:[2001:db8::1]:/a", KS_FROM_NFS, "[2001:db8::1]", "ro", "/a" },
	{ "nfs://h/d/a", KS_FROM_NFS, "h", NULL, "/d/a" },
	{ "nfs://h:2050/d/a", KS_FROM_NFS, "h", "port=2050", "/d/a" },
	{ "nfs://[::1]/a", KS_FROM_NFS, "[::1]", NULL, "/a" },
	{ "hd:sda1:/a", KS_FROM_VOLUME, "/dev/sda1", NULL, "/a" },
	{ "hd:/dev/sda1:/d/a", KS_FROM_VOLUME, "/dev/sda1", NULL, "/d/a" },
	{ "hd:/dev/disk/by-path/pci-0000:00:1f.2-part1:/a", KS_FROM_VOLUME,
	  "/dev/disk/by-path/pci-0000:00:1f.2-part1", NULL, "/a" },
	{ "hd:LABEL=MY STICK:/a", KS_FROM_VOLUME, "LABEL=MY STICK", NULL, "/a" },
	{ "hd:UUID=1234-ABCD:/a", KS_FROM_VOLUME, "UUID=1234-ABCD", NULL, "/a" },
	{ "cdrom:/a", KS_FROM_MEDIUM, NULL, NULL, "/a" },
	{ "cdrom://a", KS_FROM_MEDIUM, NULL, NULL, "/a" },
	{ "file:/a", KS_FROM_FILE, NULL, NULL, "/a" },
	{ "file:///a", KS_FROM_FILE, NULL, NULL, "/a" },
	{ "/a:b", KS_FROM_FILE, NULL, NULL, "/a:b" },
	{ "./a:b", KS_FROM_FILE, NULL, NULL, "./a:b" },
	{ "a", KS_FROM_FILE, NULL, NULL, "a" },
};

static void assert_text(const char *got, const char *want)
{
	if (want)
		assert_string_equal(got, want);
	else
		assert_null(got);
}

static void test_sources(void **state)
{
	struct ks_place s;
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (ks_place_parse(good[i].text, &s, &e) < 0)
			fail_msg("%s: %s", good[i].text, err_text(&e));
		assert_int_equal(s.scheme, good[i].scheme);
		assert_text(s.url ? s.url : s.server ? s.server : s.device, good[i].where);
		assert_text(s.options, good[i].options);
		assert_text(s.path, good[i].path);
		ks_place_clear(&s);
		ks_place_clear(&s);
	}
}

/* One line each, that names the source and tells what is wrong with it. */
static void test_malformed_sources(void **state)
{
	static const char *const bad[][2] = {
		{ "", "a kickstart comes by http://" },
		{ "tftp://h/a", "tftp://h/a: a kickstart comes by http://" },
		{ "http://", "http://: " },
		{ "http://h:99999/a", "http://h:99999/a: " },
		{ "http://h h/a", "http://h h/a: " },
		{ "post:ftp://h/a", "post:ftp://h/a: http:// or https:// must follow \"post:\"" },
		{ "post:", "must follow" },
		{ "nfs:h", "nfs:h: it is written nfs:[OPTIONS:]SERVER:/PATH" },
		{ "nfs:h:a", "it is written" },
		{ "nfs::/a", "the server is missing" },
		{ "nfs:-o:/a", "the server is missing or malformed" },
		{ "nfs:h,rw:/a", "the server is missing or malformed" },
		{ "nfs:h:/d/", "a file must be named, not a folder" },
		{ "nfs://h", "the path must begin with \"/\"" },
		{ "nfs://h:x/a", "the port is malformed" },
		{ "nfs://h:123456/a", "the port is malformed" },
		{ "hd:sda1", "hd:sda1: it is written hd:DEVICE:/PATH" },
		{ "hd:sda1:a", "it is written" },
		{ "hd::/a", "the device is sda1" },
		{ "hd:LABEL=:/a", "the device is sda1" },
		{ "hd:NAME=x:/a", "the device is sda1" },
		{ "hd:sda1:/", "a file must be named" },
		{ "cdrom:a", "cdrom:a: the path must begin with \"/\"" },
		{ "file:a", "file:a: the path must begin with \"/\"" },
		{ "https://u:secret@h:port/a", "https://h:port/a: " },
	};
	struct ks_place s;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = { 0 };

		if (ks_place_parse(bad[i][0], &s, &e) != -EINVAL)
			fail_msg("\"%s\" is accepted", bad[i][0]);
		if (!strstr(err_text(&e), bad[i][1]))
			fail_msg("\"%s\": \"%s\"", bad[i][0], err_text(&e));
		assert_null(strstr(err_text(&e), "secret"));
	}
}

static void test_request(void **state)
{
	static const struct {
		const char *cmdline, *source;
		bool mac, serial;
		unsigned int seconds;
	} cases[] = {
		{ "quiet ro", NULL, false, false, KS_SECONDS },
		{ "inst.ks=http://h/a", "http://h/a", false, false, KS_SECONDS },
		{ "ro ks=cdrom:/ks.cfg quiet\n", "cdrom:/ks.cfg", false, false, KS_SECONDS },
		{ "ks=tftp://h/a socle.ks=http://h/b", "http://h/b", false, false, KS_SECONDS },
		{ "noks=http://h/a xsocle.ks=/a", NULL, false, false, KS_SECONDS },
		{ "socle.ks", "", false, false, KS_SECONDS },
		{ "ks=", "", false, false, KS_SECONDS },
		{ "ks=/a inst.ks", "", false, false, KS_SECONDS },
		{ "socle.ks=\"hd:LABEL=MY STICK:/a\"", "hd:LABEL=MY STICK:/a", false, false,
		  KS_SECONDS },
		{ "\"ks=hd:LABEL=MY STICK:/a\" ro", "hd:LABEL=MY STICK:/a", false, false,
		  KS_SECONDS },
		{ "inst.ks.sendmac kssendsn=1 socle.ks.timeout=5", NULL, true, true, 5 },
		{ "socle.ks.sendmac inst.ks.sendmac=no inst.ks.sendsn", NULL, false, true,
		  KS_SECONDS },
	};
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ks_request r = KS_REQUEST_INIT;

		if (ks_request_parse(cases[i].cmdline, &r, &e) < 0)
			fail_msg("%s: %s", cases[i].cmdline, err_text(&e));
		assert_text(r.source, cases[i].source);
		assert_int_equal(r.send_mac, cases[i].mac);
		assert_int_equal(r.send_serial, cases[i].serial);
		assert_int_equal(r.seconds, cases[i].seconds);
		ks_request_clear(&r);
		ks_request_clear(&r);
	}
}

static void test_malformed_requests(void **state)
{
	static const char *const bad[][2] = {
		{ "ks=gopher://h/a", "socle.ks=: gopher://h/a: a kickstart comes by" },
		{ "ks=relative/a", "socle.ks=: relative/a: the path must begin with \"/\"" },
		{ "socle.ks.timeout=0", "socle.ks.timeout=: seconds from 1 to 86400" },
		{ "socle.ks.timeout=1m", "seconds from 1" },
		{ "socle.ks.timeout", "seconds from 1" },
		{ "socle.ks.timeout=99999999999999999999", "seconds from 1" },
		{ "inst.ks.sendmac=eth0", "inst.ks.sendmac=: yes or no" },
		{ "socle.ks.fingerprint=12:34", "socle.ks.fingerprint=: not a SHA-256" },
		{ "socle.ks.fingerprint", "not a SHA-256" },
		{ "socle.ks.fingerprint=sha256//abc=", "44 digits of base64" },
		{ "socle.ks.fingerprint="
		  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85500",
		  "more than the 64 digits" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ks_request r = KS_REQUEST_INIT;
		struct err e = { 0 };

		if (ks_request_parse(bad[i][0], &r, &e) != -EINVAL)
			fail_msg("\"%s\" is accepted", bad[i][0]);
		if (!strstr(err_text(&e), bad[i][1]))
			fail_msg("\"%s\": \"%s\"", bad[i][0], err_text(&e));
		ks_request_clear(&r);
	}
}

/* The SHA-256 of nothing, in each form. */
static void test_fingerprint(void **state)
{
	static const char *const same[] = {
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:"
		"1B:78:52:B8:55",
		"sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
	};
	struct err e = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		struct ks_request r = KS_REQUEST_INIT;

		assert_int_equal(ks_request_pin(&r, same[i], &e), 0);
		assert_string_equal(r.pin, same[2]);
	}
}

/* What is printed has no password. */
static void test_name(void **state)
{
	static const char *const cases[][2] = {
		{ "https://u:p@h/ks.cfg", "https://h/ks.cfg" },
		{ "http://u:p@ss@h/ks.cfg", "http://h/ks.cfg" },
		{ "post:http://u:p@h/ks", "post:http://h/ks" },
		{ "http://u:p/ss@h/ks.cfg", "http://h/ks.cfg" },
		{ "http://h/a@b", "http://h/a@b" },
		{ "http://u:p@h/a?token=t@b", "http://h/a?..." },
		{ "/tmp/ks.cfg", "/tmp/ks.cfg" },
		{ "hd:LABEL=a?b:/ks.cfg", "hd:LABEL=a?b:/ks.cfg" },
	};
	char b[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(ks_source_name(cases[i][0], b, sizeof(b)), cases[i][1]);
}

static void test_beside(void **state)
{
	static const char *const cases[][3] = {
		{ "http://h/d/ks.cfg", "disk.ks", "http://h/d/disk.ks" },
		{ "http://h/d/ks?m=a/b", "x/disk.ks", "http://h/d/x/disk.ks" },
		{ "nfs:h:/d/ks.cfg", "disk.ks", "nfs:h:/d/disk.ks" },
		{ "hd:LABEL=X:/ks.cfg", "disk.ks", "hd:LABEL=X:/disk.ks" },
		{ "d/ks.cfg", "../disk.ks", "d/../disk.ks" },
		{ "ks.cfg", "disk.ks", "disk.ks" },
		{ "http://h/d/ks.cfg", "/tmp/disk.ks", "/tmp/disk.ks" },
		{ "d/ks.cfg", "http://h/disk.ks", "http://h/disk.ks" },
		{ "http://h", "x.ks", "http://h/x.ks" },
		{ "http://h:8080?mac=1/2", "x.ks", "http://h:8080/x.ks" },
		{ "post:http://h/", "x.ks", "post:http://h/x.ks" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *source = ks_source_beside(cases[i][0], cases[i][1]);

		assert_string_equal(source, cases[i][2]);
		free(source);
	}
}

static int request(const char *source, struct buf *out, struct err *e)
{
	struct ks_request r = { .source = strdup(source) };
	int ret = ks_request_read(&r, out, e);

	ks_request_clear(&r);
	return ret;
}

static void test_read(void **state)
{
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_int_equal(request("gopher:server", &out, &e), -EINVAL);
	assert_int_equal(request("file:/nowhere/ks.cfg", &out, &e), -ENOENT);
	assert_string_equal(err_text(&e), "/nowhere/ks.cfg: No such file or directory");
	assert_int_equal(request("cdrom:/ks.cfg", &out, &e), -ENOENT);
	assert_int_equal(request("hd:nowhere1:/ks.cfg", &out, &e), -ETIMEDOUT);
	assert_string_equal(err_text(&e), "hd:nowhere1:/ks.cfg: there is no /dev/nowhere1");
	assert_int_equal(request(TESTS "manifest.json", &out, &e), 0);
	assert_true(out.len > 0);
	buf_clear(&out);
}

/* Links of a file system that somebody else wrote stay in it. */
static void test_read_under(void **state)
{
	char folder[] = "/tmp/socle-test-XXXXXX", path[64];
	struct buf out = BUF_INIT;
	struct err e = { 0 };

	(void)state;
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/ks.cfg", folder);
	assert_int_equal(fs_write(path, "text\n", 5, 0600, &e), 0);
	snprintf(path, sizeof(path), "%s/inside", folder);
	assert_int_equal(symlink("/ks.cfg", path), 0);
	snprintf(path, sizeof(path), "%s/outside", folder);
	assert_int_equal(symlink("../../../../etc/passwd", path), 0);
	assert_int_equal(ks_read_under(folder, "/inside", &out, &e), 0);
	assert_string_equal(out.s, "text\n");
	assert_int_equal(ks_read_under(folder, "/outside", &out, &e), -ENOENT);
	assert_int_equal(ks_read_under(folder, "/../etc/passwd", &out, &e), -ENOENT);
	assert_int_equal(ks_read_under(folder, "/.", &out, &e), -EINVAL);
	buf_clear(&out);
	assert_int_equal(proc_cmd(&e, "rm", "-rf", folder, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sources),	    cmocka_unit_test(test_malformed_sources),
		cmocka_unit_test(test_request),	    cmocka_unit_test(test_malformed_requests),
		cmocka_unit_test(test_fingerprint), cmocka_unit_test(test_name),
		cmocka_unit_test(test_read),	    cmocka_unit_test(test_beside),
		cmocka_unit_test(test_read_under),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
