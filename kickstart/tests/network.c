/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks.h"

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

static void test_automatic_ipv6_is_what_the_host_has(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("network --bootproto=dhcp --ipv6=auto\n");

	assert_string_equal(ks.a.networks[0].ipv6, "auto");
	assert_refusal("network --ipv6=dhcp\n", 1, 9,
		       "network: --ipv6: only automatic IPv6 addresses are supported yet");
	assert_refusal("network --ipv6=2001:db8::1/64\n", 1, 9,
		       "network: --ipv6: only automatic IPv6 addresses are supported yet");
	assert_refusal("network --ipv6=\n", 1, 9, "network: --ipv6 has no value");
	assert_refusal("network --noipv6 --ipv6=auto\n", 1, 18,
		       "network: --ipv6 and --noipv6 contradict each other");
}

static void test_vlan_0_is_none(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks ks = ks_good("network --device=eth0 --bindto=mac --vlanid=0\n");

	assert_null(ks.a.networks[0].vlan);
	assert_refusal("network --vlanid=7\n", 1, 9,
		       "network: --vlanid: VLANs are not supported yet");
	assert_refusal("network --vlanid=4095\n", 1, 9,
		       "network: --vlanid: \"4095\" is not a VLAN number from 1 to 4094, or 0");
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
	assert_error("network --bootproto=magic\n", 1, 9,
		     "network: --bootproto: \"magic\" is not one of "
		     "dhcp|static|bootp|query|ibft");
	assert_refusal("network --device=bond0 --bondslaves eth0,eth1\n", 1, 24,
		       "network: --bondslaves: bonds are not supported yet");
	assert_refusal("network --device=../x\n", 1, 9,
		       "network: --device: \"../x\" is not an interface name or MAC address");
}

static void test_hostname(void **state)
{
	(void)state;
	_cleanup_ks_ struct ks alone = ks_good("network --hostname=a.example.org\n");
	_cleanup_ks_ struct ks with = ks_good("network --device=eth0\nnetwork --hostname=a\n");

	assert_int_equal(alone.a.network_count, 1);
	assert_int_equal(alone.a.networks[0].proto, KS_PROTO_DHCP);
	assert_null(alone.a.networks[0].device);
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
		cmocka_unit_test(test_automatic_ipv6_is_what_the_host_has),
		cmocka_unit_test(test_vlan_0_is_none),
		cmocka_unit_test(test_options_fit_together),
		cmocka_unit_test(test_hostname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
