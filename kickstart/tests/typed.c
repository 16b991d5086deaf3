/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the planner does not honour yet is typed all the same, and unmet.
 */
#include "ks.h"

/* Accepted, with one refusal for each line of it that cannot be installed. */
static struct ks ks_unmet(const char *text, size_t unmet)
{
	struct ks ks = ks_text(text);

	assert_int_equal(ks.ret, 0);
	if (ks.a.unmet_count != unmet)
		for (size_t i = 0; i < ks.a.unmet_count; i++)
			print_message("%u: %s\n", ks.a.unmet[i].pos.line, ks.a.unmet[i].text);
	assert_int_equal(ks.a.unmet_count, unmet);
	assert_int_equal(ks.m.refusals, unmet);
	return ks;
}

static void test_partitions(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_unmet(
		"part /boot --fstype=ext4 --size=1024 --ondisk=sda --asprimary --label=BOOT\n"
		"partition swap --recommended\n"
		"part pv.01 --size 1 --grow --maxsize=9000 --encrypted --passphrase='a b'\n"
		"part /old --usepart=LABEL=old --noformat\n",
		5); /* two of encryption, two of what is kept, and the place */
	const struct ks_part *p = ks.a.parts;

	assert_int_equal(ks.a.part_count, 4);
	assert_string_equal(p[0].mount, "/boot");
	assert_string_equal(p[0].fs.type, "ext4");
	assert_int_equal(p[0].size, 1024);
	assert_string_equal(p[0].disk, "sda");
	assert_true(p[0].primary && !p[0].fs.keep);
	assert_true(p[1].recommended);
	assert_true(p[2].grow && p[2].fs.encrypted);
	assert_int_equal(p[2].max_size, 9000);
	assert_string_equal(p[2].fs.passphrase, "a b");
	assert_string_equal(p[3].part, "LABEL=old");
	assert_true(p[3].fs.keep);
	assert_int_equal(ks.a.unmet[4].pos.line, 4);
	assert_error("part\n", 1, 1, "part: MOUNTPOINT is missing");
	assert_error("part / --size=10GB\n", 1, 8,
		     "part: --size: \"10GB\" is not a number of MiB without a unit");
	assert_error("part / --resize --size=5\n", 1, 8, "part: --resize needs --onpart");
	assert_error("autopart\n\npart /\n", 3, 1,
		     "part: cannot be given together with autopart in line 1");
	assert_error("part / --mkfsoptions=x --noformat\n", 1, 24,
		     "part: --mkfsoptions and --noformat contradict each other");
}

static void test_arrays_groups_and_volumes(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_unmet("raid / --device=md0 --level=RAID1 --spares=1 raid.01 raid.02 raid.03\n"
			 "volgroup vg pv.01 pv.02 --pesize=4096 --reserved-percent=10\n"
			 "logvol none --vgname=vg --name=pool --thinpool --percent=80\n"
			 "logvol /srv --thin --poolname=pool --vgname=vg --name=srv --size=500\n",
			 4); /* spares, what is reserved, a pool, a volume of it */

	assert_string_equal(ks.a.raids[0].level, "RAID1");
	assert_int_equal(ks.a.raids[0].members.count, 3);
	assert_int_equal(ks.a.raids[0].spares, 1);
	assert_string_equal(ks.a.volgroups[0].members.item[1], "pv.02");
	assert_int_equal(ks.a.volgroups[0].extent, 4096);
	assert_int_equal(ks.a.volgroups[0].reserved_percent, 10);
	assert_true(ks.a.logvols[0].pool);
	assert_int_equal(ks.a.logvols[0].percent, 80);
	assert_string_equal(ks.a.logvols[1].pool_name, "pool");
	assert_error("volgroup vg\n", 1, 1, "volgroup: members such as pv.01 are missing");
	assert_error("raid / --device=md0 raid.01\n", 1, 1, "raid: --level=LEVEL is missing");
	assert_error("logvol / --vgname=a --name=b --thin\n", 1, 30,
		     "logvol: --thin needs --poolname");
}

static void test_accounts(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_unmet("user --name=bob --groups=wheel,lib(990) --uid=1005 "
					     "--password=x --shell=/bin/sh --gecos='Bob B'\n"
					     "group --name=lib --gid=990\n",
					     0);

	assert_string_equal(ks.a.users[0].name, "bob");
	assert_string_equal(ks.a.users[0].groups.item[1], "lib(990)");
	assert_int_equal(ks.a.users[0].uid, 1005);
	assert_int_equal(ks.a.users[0].gid, KS_UNSAID);
	assert_string_equal(ks.a.users[0].gecos, "Bob B");
	assert_int_equal(ks.a.groups[0].gid, 990);
	assert_error("user --password=hunter2\n", 1, 1, "user: --name=USER is missing");
}

static void test_networks(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks =
		ks_unmet("network --device=bond0 --bondslaves=eth0,eth1 "
			 "--bondopts=mode=802.3ad,miimon=100 --vlanid=7 --noipv6\n",
			 0);
	const struct ks_network *n = ks.a.networks;

	assert_int_equal(n->bond_slaves.count, 2);
	assert_string_equal(n->bond_options, "mode=802.3ad,miimon=100");
	assert_string_equal(n->vlan, "7");
	assert_error("network --device=b --bridgeopts=stp=on\n", 1, 20,
		     "network: --bridgeopts needs --bridgeslaves");
}

static void test_boot_loader_and_sources(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks boot = ks_unmet(
		"bootloader --append='console=ttyS0 quiet' --timeout=1 --location=mbr\n", 0);
	_cleanup_ks_ struct ks url =
		ks_unmet("url --url=http://h/ --noverifyssl --proxy=http://p/\n", 0);
	_cleanup_ks_ struct ks nfs = ks_unmet("nfs --server=s --dir=/d\n", 0);

	assert_string_equal(boot.a.bootloader.append, "console=ttyS0 quiet");
	assert_int_equal(boot.a.bootloader.timeout, 1);
	assert_string_equal(url.a.origin.kind, "url");
	assert_string_equal(url.a.origin.url, "http://h/");
	assert_true(url.a.origin.unverified);
	assert_string_equal(nfs.a.origin.directory, "/d");
	assert_error("url --url=a --metalink=b\n", 1, 13,
		     "url: --url and --metalink contradict each other");
}

static void test_time_sources(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("timesource --ntp-server=a.example.org\n"
					    "timesource --ntp-pool=pool.example.org\n"
					    "timezone --utc Europe/Berlin\n");
	_cleanup_ks_ struct ks off = ks_good("timesource --ntp-disable\n");

	assert_int_equal(ks.a.ntp.count, 2);
	assert_true(off.a.ntp_off);
	assert_error("timesource\n", 1, 1,
		     "timesource: one of --ntp-server, --ntp-pool, --ntp-disable is needed");
}

static void test_esxi_and_oracle_vm(void **state)
{
	(void)state;
	/* Neither has %end; a section runs to the next. */
	_cleanup_ks_ struct ks esxi =
		ks_unmet("vmaccepteula\ninstall --firstdisk=local --novmfsondisk\nrootpw x\n"
			 "network --bootproto=dhcp --addvmportgroup=1\nreboot --noeject\n"
			 "%post --interpreter=/bin/sh --timeout=9\nls\n%firstboot\nls\n",
			 0);
	_cleanup_ks_ struct ks ovm = ks_unmet("eula Accepted\nnetwork --device=eth0\n"
					      "ovsagent --iscrypted abc\novsmgmntif eth0\n"
					      "%post\necho a\n",
					      0);

	assert_true(esxi.a.autopart);
	assert_int_equal(esxi.a.script_count, 2);
	assert_string_equal(esxi.a.scripts[0].body, "ls\n");
	assert_int_equal(esxi.a.scripts[0].timeout, 9);
	assert_int_equal(esxi.a.scripts[1].when, KS_FIRST_BOOT);
	assert_string_equal(ovm.a.scripts[0].body, "echo a\n");
	assert_error("eula Agreed\n", 1, 6, "eula: \"Agreed\" is not the word Accepted");
}

static void test_a_script_of_esxi_may_have_to_succeed(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("%post --ignorefailure=false\n%end\n"
					    "%post --ignorefailure=true\n%end\n");

	assert_true(ks.a.scripts[0].error_on_fail);
	assert_false(ks.a.scripts[1].error_on_fail);
}

static void test_old_files_have_no_end(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks old = ks_unmet("install\nlang C\n%packages\nvim\n%post\necho a\n",
					      0);

	assert_int_equal(old.a.script_count, 1);
	assert_error("install\n%post\na\n%end\n%post\nb\n", 5, 1, "%post: %end is missing");
}

static void test_templates_have_to_be_filled_in(void **state)
{
	(void)state;
	assert_refusal("$yum_repo_stanza\n", 1, 1,
		       "$yum_repo_stanza is a placeholder: this is a template, which has to be "
		       "filled in first");
	assert_refusal("%DISTRO%\nhalt\n", 1, 1,
		       "%DISTRO% is a placeholder: this is a template, which has to be filled in "
		       "first");
}

static void test_own_commands(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("disk --serial=ABC --size=480G --transport=sata\n"
					    "dom0 --memory=4G --vcpus=4\n"
					    "guests --type=thin\nbridge --name=xenbr0\n");

	assert_string_equal(ks.a.disks[0].serial, "ABC");
	assert_int_equal(ks.a.disks[0].pos.line, 1);
	assert_int_equal(ks.a.dom0.memory, 4096);
	assert_error("dom0 --memory=0M\n", 1, 6,
		     "dom0: --memory: \"0M\" is not a size such as 4G or 4096M");
	assert_int_equal(ks.a.dom0.vcpus, 4);
	assert_error("disk\n", 1, 1,
		     "disk: at least one of --serial, --wwn, --model, --path, --size, --transport "
		     "is needed");
	assert_error("disk --transport=ide\n", 1, 6,
		     "disk: --transport: \"ide\" is not one of "
		     "sata|sas|scsi|nvme|usb|virtio|xen|mmc|fc|iscsi");
}

/* What is done for an appliance is in the scripts. */
static void test_appliances_are_imported_at_the_first_boot(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"appliance https://h/a.ova --name=a --property=t.x=\"it's 1\" --start "
		"--property t.y=2 --accept-eula\n"
		"appliance /appliances/web-1.0.ova\n");

	assert_int_equal(ks.a.appliance_count, 2);
	assert_int_equal(ks.a.script_count, 3);
	assert_int_equal(ks.a.scripts[0].when, KS_FIRST_BOOT);
	assert_string_equal(ks.a.scripts[0].body,
			    "set -e\nsocle appliance import --name 'a' --property 't.x=it'\\''s 1' "
			    "--property 't.y=2' --accept-eula 'https://h/a.ova'\n"
			    "socle vm start 'a'\n");
	assert_int_equal(ks.a.scripts[1].when, KS_POST);
	assert_true(ks.a.scripts[1].nochroot && ks.a.scripts[1].error_on_fail);
	assert_string_equal(ks.a.scripts[1].body,
			    "set -e\nmkdir -p /mnt/sysroot/var/lib/socle/appliances\n"
			    "cp /run/initramfs/live'/appliances/web-1.0.ova' "
			    "/mnt/sysroot/var/lib/socle/appliances'/web-1.0.ova'\n");
	assert_string_equal(ks.a.scripts[2].body,
			    "set -e\nsocle appliance import "
			    "/var/lib/socle/appliances'/web-1.0.ova'\n"
			    "rm -f /var/lib/socle/appliances'/web-1.0.ova'\n");
	assert_error(
		"appliance https://h/a.ova --property=x\n", 1, 27,
		"appliance: --property: \"x\" is not a property such as com.example.name=VALUE");
}

static void test_lists_are_bounded(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;

	for (int i = 0; i < 3000; i++)
		buf_addf(&text, "part /srv/%d --size=100 --start=1\n", i);
	_cleanup_ks_ struct ks ks = ks_text(text.s);

	assert_int_equal(ks.ret, -EINVAL);
	assert_int_equal(ks.a.part_count, 1024);
	assert_int_equal(ks.m.count, 202);
	assert_string_equal(ks.m.item[200].text, "too many messages; from here on only errors");
	buf_clear(&text);
	for (int i = 0; i < 1200; i++)
		buf_addf(&text, "timesource --ntp-server=h%d\n", i);
	_cleanup_ks_ struct ks many = ks_text(text.s);

	assert_int_equal(many.a.ntp.count, 1024);
	assert_string_equal(many.m.item[0].text, "timesource: more than 1024 of them");
	buf_clear(&text);
}

static void test_no_refusal_is_lost_among_warnings(void **state)
{
	(void)state;
	struct buf text = BUF_INIT;

	for (int i = 0; i < 250; i++)
		buf_adds(&text, "lang C\n");
	buf_adds(&text, "part /data\n");
	_cleanup_ks_ struct ks ks = ks_text(text.s);

	assert_int_equal(ks.ret, 0);
	assert_int_equal(ks.a.unmet_count, 1);
	assert_int_equal(ks.a.unmet[0].pos.line, 251);
	buf_clear(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_partitions),
		cmocka_unit_test(test_arrays_groups_and_volumes),
		cmocka_unit_test(test_accounts),
		cmocka_unit_test(test_networks),
		cmocka_unit_test(test_boot_loader_and_sources),
		cmocka_unit_test(test_time_sources),
		cmocka_unit_test(test_esxi_and_oracle_vm),
		cmocka_unit_test(test_a_script_of_esxi_may_have_to_succeed),
		cmocka_unit_test(test_old_files_have_no_end),
		cmocka_unit_test(test_templates_have_to_be_filled_in),
		cmocka_unit_test(test_own_commands),
		cmocka_unit_test(test_appliances_are_imported_at_the_first_boot),
		cmocka_unit_test(test_lists_are_bounded),
		cmocka_unit_test(test_no_refusal_is_lost_among_warnings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
