/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks.h"

#include <stdio.h>

#define STATIC "network --bootproto=static --ip="

static void test_dhcp(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"network --bootproto=dhcp --device=link --onboot=off --noipv6 --mtu=9000\n");
	const struct ks_network *n = ks.a.networks;

	assert_int_equal(ks.a.network_count, 1);
	assert_string_equal(n->device, "link");
	assert_int_equal(n->proto, KS_PROTO_DHCP);
	assert_int_equal(n->mtu, 9000);
	assert_true(n->inactive);
	assert_true(n->ipv6_off);
	assert_int_equal(n->pos.line, 1);
}

static void test_static(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good(
		"network --bootproto=static --device=52:54:00:12:34:56 --ip=10.1.2.3 "
		"--netmask=255.255.252.0 --gateway=10.1.0.1 --nameserver=10.1.0.2,2001:db8::1 "
		"--hostname=h.example.org\n");
	const struct ks_network *n = ks.a.networks;

	assert_int_equal(n->proto, KS_PROTO_STATIC);
	assert_string_equal(n->ip, "10.1.2.3");
	assert_int_equal(n->prefix, 22);
	assert_string_equal(n->gateway, "10.1.0.1");
	assert_int_equal(n->dns.count, 2);
	assert_string_equal(n->dns.item[1], "2001:db8::1");
	assert_string_equal(answers_hostname(&ks.a), "h.example.org");
}

static void test_netmask_is_contiguous(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks length = ks_good(STATIC "10.0.0.1 --netmask=24\n");
	_cleanup_ks_ struct ks pair = ks_good(STATIC "10.0.0.0 --netmask=31 --gateway=10.0.0.1\n");

	assert_int_equal(length.a.networks[0].prefix, 24);
	assert_int_equal(pair.a.networks[0].prefix, 31);
	assert_refusal(STATIC "10.0.0.1 --netmask=255.0.255.0\n", 1, 42,
		       "network: --netmask: \"255.0.255.0\" is not a netmask or a prefix length");
	assert_refusal(STATIC "10.0.0.1 --netmask=33\n", 1, 42,
		       "network: --netmask: \"33\" is not a netmask or a prefix length");
	assert_refusal(STATIC "10.0.0.1 --netmask=0\n", 1, 42,
		       "network: --netmask: \"0\" is not a netmask or a prefix length");
}

static void test_address_is_of_a_host(void **state)
{
	(void)state;
	assert_refusal(STATIC "10.0.0.256 --netmask=24\n", 1, 28,
		       "network: --ip: \"10.0.0.256\" is not an IPv4 address");
	assert_refusal(STATIC "010.0.0.1 --netmask=24\n", 1, 28,
		       "network: --ip: \"010.0.0.1\" is not an IPv4 address");
	assert_refusal(STATIC "10.0.3.0 --netmask=24\n", 1, 28,
		       "network: --ip: 10.0.3.0 is the network address of its network, a /24");
	assert_refusal(STATIC "10.0.3.255 --netmask=24\n", 1, 28,
		       "network: --ip: 10.0.3.255 is the broadcast address of its network, a /24");
	assert_refusal(STATIC "127.0.0.1 --netmask=8\n", 1, 28,
		       "network: --ip: 127.0.0.1 is not an address of a host");
	assert_refusal(STATIC "224.0.0.1 --netmask=8\n", 1, 28,
		       "network: --ip: 224.0.0.1 is not an address of a host");
}

static void test_gateway_is_within_reach(void **state)
{
	(void)state;
	assert_refusal(STATIC "10.0.0.5 --netmask=24 --gateway=10.0.1.1\n", 1, 55,
		       "network: --gateway: 10.0.1.1 is not in the network of 10.0.0.5/24");
	assert_refusal(STATIC "10.0.0.5 --netmask=24 --gateway=10.0.0.5\n", 1, 55,
		       "network: --gateway: 10.0.0.5 is the host's own address");
	assert_refusal(STATIC "10.0.0.5 --netmask=24 --gateway=10.0.0.0\n", 1, 55,
		       "network: --gateway: 10.0.0.0 is the network address of the network");
}

static void test_ipv6(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("network --bootproto=dhcp --ipv6=auto\n");
	_cleanup_ks_ struct ks dhcp = ks_good("network --noipv4 --ipv6=dhcp\n");
	_cleanup_ks_ struct ks fixed =
		ks_good("network --ipv6=2001:db8::1/64 --ipv6gateway=fe80::1\n");

	assert_string_equal(ks.a.networks[0].ipv6, "auto");
	assert_string_equal(dhcp.a.networks[0].ipv6, "dhcp");
	assert_true(dhcp.a.networks[0].ipv4_off);
	assert_string_equal(fixed.a.networks[0].ipv6_gateway, "fe80::1");
	assert_refusal(
		"network --ipv6=2001:db8::1\n", 1, 9,
		"network: --ipv6: \"2001:db8::1\" is not auto, dhcp, or an IPv6 address with "
		"its prefix length");
	assert_refusal("network --ipv6=ff02::1/64\n", 1, 9,
		       "network: --ipv6: \"ff02::1/64\" is not auto, dhcp, or an IPv6 address with "
		       "its prefix length");
	assert_refusal("network --ipv6gateway=fe80::1\n", 1, 9,
		       "network: --ipv6gateway needs an address in --ipv6");
	assert_refusal("network --ipv6=\n", 1, 9, "network: --ipv6 has no value");
	assert_refusal("network --noipv6 --ipv6=auto\n", 1, 18,
		       "network: --ipv6 and --noipv6 contradict each other");
	assert_refusal("network --nameserver=10.0.0.1 --nodns\n", 1, 9,
		       "network: --nameserver and --nodns contradict each other");
}

static void test_vlans(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks none = ks_good("network --device=eth0 --bindto=mac --vlanid=0\n");
	_cleanup_ks_ struct ks two = ks_good("network --device=eth0\n"
					     "network --device=eth0 --vlanid=30 "
					     "--interfacename=storage\n");

	assert_null(none.a.networks[0].vlan);
	assert_string_equal(two.a.networks[1].vlan, "30");
	assert_string_equal(two.a.networks[1].interface_name, "storage");
	assert_refusal("network --device=eth0 --vlanid=30\nnetwork --device=eth0 --vlanid=30\n", 2,
		       9, "network: eth0 was already configured in line 1");
	assert_refusal("network --vlanid=4095\n", 1, 9,
		       "network: --vlanid: \"4095\" is not a VLAN number from 1 to 4094, or 0");
}

/* What the bonding driver would not do is not passed over in silence. */
static void test_bonds(void **state)
{
	static const struct {
		const char *options, *why;
	} bad[] = {
		{ "mode=lacp", "bond option mode: \"lacp\" is not one of balance-rr|active-backup|"
			       "balance-xor|broadcast|802.3ad|balance-tlb|balance-alb" },
		{ "mode=7", "bond option mode: \"7\" is not one of balance-rr|active-backup|"
			    "balance-xor|broadcast|802.3ad|balance-tlb|balance-alb" },
		{ "mode=4,speed=fast", "bond option \"speed\" is not known" },
		{ "mode=4,miimon", "bond option miimon has no value" },
		{ "mode=4,miimon=", "bond option miimon: \"\" is not a number from 0 to 3600000" },
		{ "miimon=100,miimon=50", "bond option miimon is given twice" },
		{ "mode=1,lacp_rate=fast", "bond option lacp_rate has no effect with mode "
					   "active-backup" },
		{ "mode=4,primary=eth0", "bond option primary has no effect with mode 802.3ad" },
		{ "mode=1,updelay=150,miimon=100", "bond option updelay must be a multiple of "
						   "miimon, 100 ms" },
		{ "mode=1,arp_interval=500",
		  "bond options arp_interval and arp_ip_target need each "
		  "other" },
		{ "mode=1;arp_interval=500;arp_ip_target=10.0.0.1,x",
		  "bond option arp_ip_target: \"10.0.0.1,x\" is not up to 16 IPv4 addresses with "
		  "commas between them" },
	};
	_cleanup_ks_ struct ks ks = ks_good(
		"network --device=bond0 --bondslaves=eth0,52:54:00:12:34:56 "
		"--bondopts=mode=802.3ad,miimon=100,lacp_rate=1,"
		"xmit_hash_policy=layer3+4 --vlanid=30\n"
		"network --device=bond1 --bondslaves=eth2 "
		"--bondopts=mode=1;arp_interval=500;arp_ip_target=10.0.0.1,10.0.0.2\n");

	(void)state;
	assert_int_equal(ks.a.networks[0].bond_slaves.count, 2);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char line[256], message[512];

		snprintf(line, sizeof(line),
			 "network --device=bond0 --bondslaves=eth0 --bondopts=%s\n",
			 bad[i].options);
		snprintf(message, sizeof(message),
			 "network: --bondopts: %s; the installer refuses this", bad[i].why);
		assert_message(line, KS_REFUSAL, 1, 42, message);
	}
	assert_refusal("network --device=br0 --bridgeslaves=eth0 --bridgeopts=stp=maybe\n", 1, 42,
		       "network: --bridgeopts: bridge option stp: \"maybe\" is not one of "
		       "no|yes|off|on|false|true");
	assert_refusal("network --device=eth0 --ethtool='speed 1000 magic on'\n", 1, 23,
		       "network: --ethtool: ethtool option \"magic\" is not known");
}

static void test_options_fit_together(void **state)
{
	(void)state;
	assert_refusal("network --bootproto=static --ip=10.0.0.1\n", 1, 1,
		       "network: --bootproto=static needs --netmask");
	assert_refusal("network --ip=10.0.0.1 --netmask=24\n", 1, 9,
		       "network: --ip needs --bootproto=static");
	assert_refusal("network --activate --no-activate\n", 1, 20,
		       "network: --activate and --no-activate contradict each other");
	assert_refusal("network --device=eth0\nnetwork --device=eth0\n", 2, 9,
		       "network: eth0 was already configured in line 1");
	assert_warning("network --bootproto=bootp\n", 1, 9,
		       "network: --bootproto=bootp is taken for dhcp");
	assert_refusal("network --bootproto=ibft --ip=192.0.2.7\n", 1, 26,
		       "network: --ip needs --bootproto=static");
	assert_error("network --bootproto=magic\n", 1, 9,
		     "network: --bootproto: \"magic\" is not one of "
		     "dhcp|static|bootp|query|ibft");
	assert_refusal("network --device=team0 --teamslaves eth0,eth1\n", 1, 24,
		       "network: --teamslaves: teams are not supported; use a bond where it is");
	assert_refusal("network --device=../x\n", 1, 9,
		       "network: --device: \"../x\" is not an interface name or MAC address");
}

static void test_hostname(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks alone = ks_good("network --hostname=a.example.org\n");
	_cleanup_ks_ struct ks ibft =
		ks_good("network --bootproto=ibft --hostname=a.example.org\n");
	_cleanup_ks_ struct ks with = ks_good("network --device=eth0\nnetwork --hostname=a\n");

	assert_int_equal(alone.a.network_count, 1);
	assert_int_equal(alone.a.networks[0].proto, KS_PROTO_DHCP);
	assert_null(alone.a.networks[0].device);
	assert_int_equal(ibft.a.networks[0].proto, KS_PROTO_IBFT);
	assert_int_equal(with.a.network_count, 1);
	assert_string_equal(answers_hostname(&with.a), "a");
	assert_refusal("network --hostname=a_b\n", 1, 9,
		       "network: --hostname: \"a_b\" is not a host name");
	assert_refusal("network --hostname=-a.org\n", 1, 9,
		       "network: --hostname: \"-a.org\" is not a host name");
	assert_warning("network --device=eth0 --hostname=a\nnetwork --hostname=b\n", 2, 9,
		       "network: another host name was given in line 1, which counts");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dhcp),
		cmocka_unit_test(test_static),
		cmocka_unit_test(test_netmask_is_contiguous),
		cmocka_unit_test(test_address_is_of_a_host),
		cmocka_unit_test(test_gateway_is_within_reach),
		cmocka_unit_test(test_ipv6),
		cmocka_unit_test(test_vlans),
		cmocka_unit_test(test_bonds),
		cmocka_unit_test(test_options_fit_together),
		cmocka_unit_test(test_hostname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
