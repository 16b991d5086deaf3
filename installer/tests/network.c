/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The planner's network: from lines of a kickstart to the files of systemd-networkd.
 */
#include "helper.h"

#include "draft.h"
#include "kickstart/kickstart.h"

/* The lines become the answers' networks, as they are in a file. */
static void take_lines(struct bench *b, const char *lines)
{
	struct ks_messages messages = { 0 };
	struct answers read = ANSWERS_INIT;

	if (ks_parse(lines, strlen(lines), &read, &messages, &b->e) < 0)
		fail_msg("%s", err_text(&b->e));
	for (size_t i = 0; i < messages.count; i++)
		fail_msg("%s", messages.item[i].text);
	ks_messages_clear(&messages);
	b->answers.networks = read.networks;
	b->answers.network_count = read.network_count;
	b->answers.bridge = read.bridge;
	read.networks = NULL;
	read.network_count = 0;
	read.bridge = (struct ks_bridge){ 0 };
	answers_clear(&read);
}

/* Six ports as a server has them; three have a link, and the last has a name of the kernel. */
static void six_ports(struct bench *b)
{
	json_t *facts = json_load_file(TESTS "facts/qemu-bios.json", 0, NULL), *nics = json_array();
	char name[32], mac[32];

	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), i == 5 ? "eth0" : "eno%d", i + 1);
		snprintf(mac, sizeof(mac), "b4:45:06:00:00:0%d", i + 1);
		json_array_append_new(nics,
				      json_pack("{s:s, s:s, s:b, s:b}", "name", name, "mac", mac,
						"permanent", i != 5, "carrier", i >= 2 && i < 5));
	}
	json_object_set_new(facts, "nics", nics);
	facts_clear(&b->facts);
	if (facts_from_json(facts, &b->facts, &b->e) < 0)
		fail_msg("%s", err_text(&b->e));
	json_decref(facts);
}

static void open_with(struct bench *b, const char *lines)
{
	bench_open(b, "qemu-bios");
	six_ports(b);
	take_lines(b, lines);
}

/* All that the plan says of the network. */
static void network_text(struct bench *b, struct buf *out)
{
	const json_t *files = NULL, *net = json_object_get(b->plan.head, "network"), *item;
	size_t n;

	buf_addf(out, "%s on %s (%s), address: %s\n", arg_string(net, "bridge"),
		 arg_string(net, "uplink"), arg_string(net, "layers"), arg_string(net, "address"));
	json_array_foreach(json_object_get(net, "further"), n, item)
		buf_addf(out, "%s\n", json_string_value(item));
	for (size_t i = 0; i < b->plan.op_count && !files; i++)
		files = json_object_get(b->plan.ops[i].args, "files");
	for (size_t i = 0; i < b->plan.op_count; i++)
		if (b->plan.ops[i].kind == &op_kinds[OP_SEED_STATE])
			files = json_object_get(b->plan.ops[i].args, "files");
	json_array_foreach(files, n, item)
	{
		const char *path = arg_string(item, "path");

		/* The names of cards are in their own golden file. */
		if (strncmp(path, "etc/systemd/network/", 20) == 0 && !strstr(path, ".link"))
			buf_addf(out, "== %s\n%s", path + 20, arg_string(item, "text"));
	}
}

static const struct {
	const char *golden, *lines;
} kinds[] = {
	{ "net-default", "" },
	{ "net-ipv6", "network --device=eno1 --bootproto=static --ip=192.0.2.10 --netmask=24 "
		      "--gateway=192.0.2.1 --ipv6=2001:db8::10/64 --ipv6gateway=2001:db8::1 "
		      "--nameserver=192.0.2.2,2001:db8::2\n"
		      "network --device=eno2 --noipv4 --ipv6=dhcp --nodefroute --nodns\n"
		      "network --device=eno3 --noipv4 --mtu=9000\n"
		      "network --device=eno4 --bootproto=dhcp --noipv6 --nodefroute "
		      "--ipv4-ignore-auto-dns --dhcpclass=socle "
		      "--ipv4-dns-search=example.com,example.org\n" },
	{ "net-vlan", "network --device=eno3 --vlanid=30 --bootproto=static --ip=192.0.2.10 "
		      "--netmask=24 --gateway=192.0.2.1\n"
		      "network --device=eno3 --vlanid=40 --interfacename=storage --bootproto=dhcp "
		      "--nodefroute --mtu=9000\n" },
	{ "net-bond", "network --device=bond0 --bondslaves=eno1,b4:45:06:00:00:02 "
		      "--bootproto=dhcp --ethtool='autoneg on tso off'\n"
		      "network --device=bond1 --bondslaves=eno3,eno4 --bondopts=mode=active-backup;"
		      "primary=eno4;arp_interval=500;arp_ip_target=192.0.2.1,192.0.2.2 "
		      "--bootproto=static --ip=198.51.100.10 --netmask=255.255.255.0\n" },
	{ "net-vlan-on-bond", "network --device=bond0 --bondslaves=eno1,eno2 --bondopts=mode=4,"
			      "miimon=100,lacp_rate=fast,xmit_hash_policy=layer3+4 --vlanid=30 "
			      "--bootproto=dhcp --mtu=9000\n" },
	{ "net-vlan-on-bond-in-two", "network --device=bond0 --bondslaves=eno1,eno2 "
				     "--bondopts=mode=802.3ad --noipv4 --noipv6\n"
				     "network --device=bond0 --vlanid=30 --bootproto=dhcp\n"
				     "bridge --name=xenbr9\n" },
	{ "net-bridge", "network --device=br0 --bridgeslaves=eno1,eno2 "
			"--bridgeopts=stp=yes,priority=4096 --bootproto=dhcp\n" },
	{ "net-off", "network --device=eno3 --onboot=no\n" },
};

static void test_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct buf text = BUF_INIT;
		struct bench b;

		open_with(&b, kinds[i].lines);
		assert_planned(&b);
		network_text(&b, &text);
		assert_golden(kinds[i].golden, text.s);
		buf_clear(&text);
		bench_close(&b);
	}
}

static const char *file_of(struct bench *b, const char *path)
{
	for (size_t i = 0; i < b->plan.op_count; i++) {
		const json_t *files = json_object_get(b->plan.ops[i].args, "files"), *file;
		size_t n;

		json_array_foreach(files, n, file) if (strcmp(arg_string(file, "path"), path) ==
						       0) return arg_string(file, "text");
	}
	return NULL;
}

/* Every card keeps the name it has now, but those whose names the kernel gives to others. */
static void test_names_are_pinned(void **state)
{
	struct bench b;

	(void)state;
	open_with(&b, "network --device=eth0 --ethtool='speed 1000 duplex full wol g'\n");
	b.facts.nics[1].permanent = false;
	free(b.facts.nics[3].mac);
	b.facts.nics[3].mac = strdup(b.facts.nics[2].mac);
	assert_planned(&b);
	assert_string_equal(file_of(&b, "etc/systemd/network/10-eno1.link"),
			    "[Match]\nPermanentMACAddress=b4:45:06:00:00:01\nType=ether\n\n"
			    "[Link]\nName=eno1\n"
			    "AlternativeNamesPolicy=database onboard slot path mac\n"
			    "MACAddressPolicy=persistent\n");
	assert_null(file_of(&b, "etc/systemd/network/10-eno2.link")); /* made up at each boot */
	assert_null(file_of(&b, "etc/systemd/network/10-eno3.link")); /* two have it */
	assert_null(file_of(&b, "etc/systemd/network/10-eno4.link"));
	assert_string_equal(file_of(&b, "etc/systemd/network/10-eth0.link"),
			    "[Match]\nMACAddress=b4:45:06:00:00:06\nType=ether\n"
			    "Kind=!bond bridge vlan\n\n"
			    "[Link]\nNamePolicy=keep kernel database onboard slot path\n"
			    "AlternativeNamesPolicy=database onboard slot path mac\n"
			    "MACAddressPolicy=persistent\n"
			    "BitsPerSecond=1000M\nDuplex=full\nWakeOnLan=magic\n");
	bench_close(&b);
}

static void test_bridge_name_is_that_of_guests(void **state)
{
	struct bench b;

	(void)state;
	open_with(&b, "bridge --name=mgmt\n");
	assert_planned(&b);
	assert_non_null(strstr(file_of(&b, "etc/xen/xl.conf"), "vif.default.bridge=\"mgmt\""));
	assert_non_null(file_of(&b, "etc/systemd/network/10-mgmt.netdev"));
	bench_close(&b);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *lines, *words;
	} cases[] = {
		{ "network --device=bond0 --bondslaves=eno1,eno9\n",
		  "line 1: no network card of this machine is \"eno9\"" },
		{ "network --device=bond0 --bondslaves=eno1,b4:45:06:00:00:01\n",
		  "line 1: eno1 is given twice" },
		{ "network --device=bond0 --bondslaves=eno1\n"
		  "network --device=bond1 --bondslaves=eno1\n",
		  "line 2: eno1 is a part of bond0 already" },
		{ "network --device=bond0 --bondslaves=eno1\nnetwork --device=eno1\n",
		  "line 2: eno1 is a part of bond0, which has the addresses" },
		{ "network --device=eno2 --bondslaves=eno1\n",
		  "line 1: eno2 is the name of a network card" },
		{ "network --device=link --bondslaves=eno1\n", "needs a name of its own" },
		{ "network --device=bond0 --bondslaves=eno1 --bondopts=mode=1,primary=eno2\n",
		  "line 1: bond option primary: eno2 is no part of bond0" },
		{ "network --device=eno1\nnetwork --device=b4:45:06:00:00:01 --bootproto=dhcp\n",
		  "line 2: eno1 is configured by another network line already" },
		{ "network --device=eno1 --mtu=1500\n"
		  "network --device=eno1 --vlanid=30 --mtu=9000\n",
		  "line 1: --mtu=1500 of eno1 is less than the 9000 of eno1.30" },
		{ "network --device=eno1 --vlanid=30\n"
		  "network --device=b4:45:06:00:00:01 --vlanid=30 --interfacename=x\n",
		  "line 2: VLAN 30 of eno1 is configured already" },
		{ "network --device=br0 --bridgeslaves=eno1\nbridge --name=br1\n",
		  "line 1: the management bridge has two names: br0, and br1 in line 2" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct bench b;

		open_with(&b, cases[i].lines);
		assert_refused(&b, cases[i].words);
		bench_close(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_names_are_pinned),
		cmocka_unit_test(test_bridge_name_is_that_of_guests),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
