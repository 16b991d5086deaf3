/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The examples mean what they say.
 */
#include "ks.h"
#include "socle/buf.h"

static struct ks ks_example(const char *path)
{
	struct buf text = BUF_INIT;
	struct ks ks;

	assert_int_equal(fs_read(path, KS_FILE_MAX, &text, NULL), 0);
	ks = ks_good(text.s);
	buf_clear(&text);
	return ks;
}

static void test_minimal(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/minimal.ks");

	assert_string_equal(answers_hostname(&ks.a), "host1.example.org");
	assert_int_equal(ks.a.networks[0].proto, KS_PROTO_DHCP);
	assert_int_equal(ks.a.clear, KS_CLEAR_ALL);
	assert_int_equal(ks.a.finish, KS_FINISH_REBOOT);
}

static void test_static_by_id(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/static-by-id.ks");

	assert_string_equal(ks.a.only_use.item[0], "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4");
	assert_string_equal(ks.a.networks[0].device, "00:16:3e:12:34:56");
	assert_int_equal(ks.a.networks[0].prefix, 24);
	assert_int_equal(ks.a.sshkey_count, 1);
	assert_true(ks.a.root_locked);
}

static void test_scripts(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/scripts.ks");

	assert_int_equal(ks.a.script_count, 2);
	assert_true(ks.a.scripts[0].error_on_fail);
	assert_true(ks.a.scripts[1].nochroot);
}

static void test_unattended(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/unattended.ks");

	assert_int_equal(ks.a.script_count, 3);
	assert_int_equal(ks.a.webhook_count, 1);
	assert_string_equal(ks.a.on_failure.then, "poweroff");
	assert_int_equal(ks.a.user_count, 1);
	assert_true(ks.a.firewall.enabled);
}

static void test_vlan_on_lacp(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/vlan-on-lacp.ks");

	assert_int_equal(ks.a.network_count, 2);
	assert_int_equal(ks.a.networks[0].bond_slaves.count, 2);
	assert_string_equal(ks.a.networks[1].vlan, "40");
	assert_true(ks.a.networks[1].no_default_route);
}

static void test_by_description(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/by-description.ks");

	assert_string_equal(ks.a.disks[0].model, "INTEL*");
	assert_string_equal(ks.a.disks[0].transport, "nvme");
	assert_int_equal(ks.a.dom0.memory, 4096);
	assert_string_equal(ks.a.ntp.item[0], "pool.example.org");
}

static void test_mirror(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_example("kickstart/examples/mirror.ks");

	assert_int_equal(ks.a.disk_count, 2);
	assert_true(ks.a.mirror.pos.line);
	assert_string_equal(ks.a.logvols[0].group, "socle");
	assert_string_equal(ks.a.parts[0].mount, "/srv/images");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_minimal),	       cmocka_unit_test(test_static_by_id),
		cmocka_unit_test(test_scripts),	       cmocka_unit_test(test_unattended),
		cmocka_unit_test(test_by_description), cmocka_unit_test(test_mirror),
		cmocka_unit_test(test_vlan_on_lacp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
