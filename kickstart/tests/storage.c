/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which disk, and what may be lost: nothing is guessed.
 */
#include "ks.h"

static void test_clearpart(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks all = ks_good("clearpart --all --initlabel --disklabel=gpt\n");
	_cleanup_ks_ struct ks linux_only = ks_good("\nclearpart --linux\n");
	_cleanup_ks_ struct ks none = ks_good("clearpart --none\n");
	_cleanup_ks_ struct ks unsaid = ks_good("clearpart --initlabel\n");

	assert_int_equal(all.a.clear, KS_CLEAR_ALL);
	assert_int_equal(linux_only.a.clear, KS_CLEAR_LINUX);
	assert_int_equal(linux_only.a.clear_pos.line, 2);
	assert_int_equal(none.a.clear, KS_CLEAR_NONE);
	assert_int_equal(unsaid.a.clear, KS_CLEAR_UNSAID);
	assert_warning("clearpart --all --none\n", 1, 17,
		       "clearpart: the last of --all, --linux and --none counts");
	assert_refusal("clearpart --all\nclearpart --none\n", 2, 1,
		       "clearpart: already given in line 1");
	assert_warning("clearpart --all --disklabel=msdos\n", 1, 17,
		       "clearpart: --disklabel: the partition table is always gpt");
	assert_refusal("clearpart --list=sda1\n", 1, 11,
		       "clearpart: --list: single partitions cannot be removed; "
		       "Socle takes a whole disk");
}

static void test_disks_are_named(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_good("ignoredisk --only-use=/dev/disk/by-id/wwn-0x5000c500a1b2c3d4,nvme*|sda\n");
	_cleanup_ks_ struct ks ignore = ks_good("ignoredisk --drives=sdb,sdc\n");

	assert_int_equal(ks.a.only_use.count, 3);
	assert_string_equal(ks.a.only_use.item[0], "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4");
	assert_string_equal(ks.a.only_use.item[1], "nvme*");
	assert_int_equal(ks.a.only_use_pos.line, 1);
	assert_int_equal(ignore.a.ignore.count, 2);
	assert_int_equal(ignore.a.ignore_pos.line, 1);
	assert_error("bootloader --boot-drive=sda,sdb\n", 1, 12,
		     "bootloader: --boot-drive: \"sda,sdb\" is not one disk");
	assert_error("ignoredisk\n", 1, 1,
		     "ignoredisk: one of --drives, --only-use, --interactive is needed");
	assert_refusal("ignoredisk --only-use=../sda\n", 1, 12,
		       "ignoredisk: --only-use: \"../sda\" is not a disk such as sda or "
		       "disk/by-id/NAME");
	assert_refusal("ignoredisk --only-use=/etc/passwd\n", 1, 12,
		       "ignoredisk: --only-use: \"/etc/passwd\" is not a disk such as sda or "
		       "disk/by-id/NAME");
}

static void test_an_empty_value_does_not_widen_the_choice(void **state)
{
	(void)state;
	static const char *const disk[] = { "serial", "wwn", "model", "path", "size", "transport" };
	char file[128], text[128];

	for (size_t i = 0; i < sizeof(disk) / sizeof(disk[0]); i++) {
		snprintf(file, sizeof(file), "disk --%s= --%s=%s\n", disk[i],
			 i == 4 ? "serial" : "size", i == 4 ? "x" : "480G");
		snprintf(text, sizeof(text), "disk: --%s has no value", disk[i]);
		assert_error(file, 1, 6, text);
	}
	assert_error("disk --size=480G --serial ''\n", 1, 27, "disk: --serial has no value");
	/* To Anaconda these are no disks at all, and so every one. */
	assert_refusal("clearpart --all --drives=\n", 1, 17, "clearpart: --drives has no value");
	assert_refusal("clearpart --all --ignoredrives=\n", 1, 17,
		       "clearpart: --ignoredrives has no value");
	assert_refusal("ignoredisk --drives=\n", 1, 12, "ignoredisk: --drives has no value");
	assert_refusal("ignoredisk --only-use=''\n", 1, 12, "ignoredisk: --only-use has no value");
}

static void test_a_size_of_disks_is_a_size(void **state)
{
	(void)state;
	static const char *const good[] = { "480G", "1K", "400G-500G", "5G-5G", "1T-", "-2T" };
	static const char *const bad[] = {
		"-",	 "480",	       "480-500G",  "400G-500",	 "500G-400G",  "480X",
		"0G",	 "0G-",	       "-0G",	    "18446745T", "400G-500G-", "18446745T-",
		"480Gi", "-18446745T", "400G 500G", "--2T",
	};
	char file[128], text[256];

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		snprintf(file, sizeof(file), "disk --size=%s\n", good[i]);
		_cleanup_ks_ struct ks ks = ks_good(file);

		assert_string_equal(ks.a.disks[0].size, good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(file, sizeof(file), "disk '--size=%s'\n", bad[i]);
		snprintf(text, sizeof(text),
			 "disk: --size: \"%s\" is not a size such as 480G, or a range such as "
			 "400G-500G",
			 bad[i]);
		assert_error(file, 1, 6, text);
	}
}

static void test_all_lines_must_agree_on_the_disk(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks same = ks_good("ignoredisk --only-use=sda,sdb\n"
					      "clearpart --all --drives=/dev/sdb,sdc\n"
					      "bootloader --boot-drive=sdb\n");
	_cleanup_ks_ struct ks glob = ks_good("ignoredisk --only-use=nvme*\n"
					      "clearpart --all --drives=nvme0n1\n");

	assert_int_equal(same.a.only_use.count, 1);
	assert_string_equal(same.a.only_use.item[0], "sdb");
	assert_int_equal(same.a.only_use_pos.line, 1);
	assert_int_equal(glob.a.only_use.count, 1);
	assert_string_equal(glob.a.only_use.item[0], "nvme0n1");
	_cleanup_ks_ struct ks globs = ks_good("ignoredisk --only-use=nvme*\n"
					       "clearpart --all --drives=nvme?n1\n");

	_cleanup_ks_ struct ks but = ks_good("ignoredisk --only-use=sd[!a]\n"
					     "clearpart --all --drives=sd*\n");

	/* A disk that one of the lines leaves out is never back because of the other. */
	assert_int_equal(globs.a.only_use.count, 1);
	assert_string_equal(globs.a.only_use.item[0], "nvme?n1");
	assert_int_equal(but.a.only_use.count, 1);
	assert_string_equal(but.a.only_use.item[0], "sd[!a]");
	assert_refusal("ignoredisk --only-use=sd?\nclearpart --all --drives=s*[!a]*\n", 2, 17,
		       "clearpart: no disk is named both here and in line 1; use the same names");
	assert_refusal("ignoredisk --only-use=sda\nclearpart --all --drives=sdb\n", 2, 17,
		       "clearpart: no disk is named both here and in line 1; use the same names");
}

static void test_layout_is_fixed(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("zerombr\nautopart\nbootloader --location=mbr\n");

	assert_true(ks.a.zerombr);
	assert_true(ks.a.autopart);
	assert_int_equal(ks.a.autopart_pos.line, 2);
	assert_warning("autopart --type=lvm\n", 1, 10,
		       "autopart: --type: the layout of the disk is Socle's own");
	assert_error("autopart --type=zfs\n", 1, 10,
		     "autopart: --type: \"zfs\" is not one of lvm, thinp, plain and btrfs");
	assert_refusal("autopart --encrypted\n", 1, 10,
		       "autopart: --encrypted: encrypted disks are not supported yet");
	assert_error("logvol swap --vgname=a\n", 1, 1, "logvol: --name=VALUE is missing");
}

/* The system has its own in some places, nothing can be in others, and below some all is one's own.
 */
static void test_places(void **state)
{
	(void)state;
	static const char *const ours[] = { "/",    "/boot", "/boot/efi", "biosboot",
					    "/usr", "/var",  "/tmp",	  "/var/log" };
	static const char *const own[] = { "/srv",   "/srv/vms", "/home",
					   "/opt/x", "swap",	 "/var/lib/xen/images",
					   "pv.01",  "raid.1" };
	static const char *const none[] = { "/data", "/mnt/x", "/srv/../etc", "/boot/x",
					    "home",  "/srv/",  "/variable",   "/proc" };
	char file[128], text[256];

	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		snprintf(file, sizeof(file), "part %s --size=1\n", ours[i]);
		snprintf(text, sizeof(text), "part: %s is a part of Socle's own layout; ignored",
			 ours[i]);
		assert_warning(file, 1, 6, text);
	}
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		snprintf(file, sizeof(file), "part %s --size=1\n", own[i]);
		_cleanup_ks_ struct ks ks = ks_good(file);

		assert_string_equal(ks.a.parts[0].mount, own[i]);
	}
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		snprintf(file, sizeof(file), "part %s --size=1\n", none[i]);
		snprintf(text, sizeof(text),
			 "part: the system is an image in which %s cannot be made; mount it below "
			 "/srv, /opt, /home or /var; the installer refuses this",
			 none[i]);
		assert_message(file, KS_REFUSAL, 1, 6, text);
	}
}

static void test_bootloader(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_good("bootloader --append='quiet splash' --hvargs=iommu=no --timeout=5\n");

	assert_string_equal(ks.a.bootloader.append, "quiet splash");
	assert_string_equal(ks.a.bootloader.xen_append, "iommu=no");
	assert_int_equal(ks.a.bootloader.timeout, 5);
	assert_refusal("bootloader --location=none\n", 1, 12,
		       "bootloader: a host without a boot loader does not start");
	assert_error("bootloader --location=moon\n", 1, 12,
		     "bootloader: --location: \"moon\" is not one of mbr|partition|boot|none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clearpart),
		cmocka_unit_test(test_disks_are_named),
		cmocka_unit_test(test_an_empty_value_does_not_widen_the_choice),
		cmocka_unit_test(test_a_size_of_disks_is_a_size),
		cmocka_unit_test(test_all_lines_must_agree_on_the_disk),
		cmocka_unit_test(test_layout_is_fixed),
		cmocka_unit_test(test_bootloader),
		cmocka_unit_test(test_places),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
