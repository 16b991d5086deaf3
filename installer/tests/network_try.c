/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a try of the network reads and concludes, without a network.
 */
#include "helper.h"

#include "installer/network_try.h"
#include "kickstart/kickstart.h"
#include "network_state.h"
#include "network_tests.h"

/* As "networkctl --json=short status xenbr0" of systemd 257 tells it, shortened. */
static const char status[] =
	"{\"Index\":4,\"Name\":\"xenbr0\",\"Type\":\"bridge\","
	"\"AdministrativeState\":\"configured\",\"DNS\":["
	"{\"Family\":2,\"Address\":[10,0,2,3],\"ConfigSource\":\"DHCPv4\"},"
	"{\"Family\":10,\"Address\":[32,1,13,184,0,0,0,0,0,0,0,0,0,0,0,3],"
	"\"ConfigSource\":\"static\"}],"
	"\"Addresses\":["
	"{\"Family\":10,\"Address\":[254,128,0,0,0,0,0,0,80,84,0,255,254,80,193,224],"
	"\"PrefixLength\":64,\"ConfigState\":\"configured\"},"
	"{\"Family\":2,\"Address\":[10,0,2,15],\"PrefixLength\":24,"
	"\"ConfigState\":\"configured\"},"
	"{\"Family\":2,\"Address\":[10,0,2,16],\"PrefixLength\":24,"
	"\"ConfigState\":\"configuring\"}],"
	"\"Routes\":["
	"{\"Family\":2,\"Destination\":[10,0,2,0],\"DestinationPrefixLength\":24},"
	"{\"Family\":2,\"Destination\":[0,0,0,0],\"DestinationPrefixLength\":0,"
	"\"Gateway\":[10,0,2,2]},"
	"{\"Family\":10,\"Destination\":[254,192,0,0,0,0,0,0,0,0,0,0,0,0,0,0],"
	"\"DestinationPrefixLength\":64,\"ConfigSource\":\"NDisc\"}],"
	"\"NextHops\":[{\"ID\":7,\"Family\":10,\"ConfigSource\":\"NDisc\","
	"\"Gateway\":[254,128,0,0,0,0,0,0,0,0,0,0,0,0,0,2]}]}";

static void test_state(void **state)
{
	json_t *json = json_loads(status, 0, NULL);
	struct network_state s;

	(void)state;
	network_state_parse(json, &s);
	json_decref(json);
	/* Neither link-local ones, nor one that is not there yet. */
	assert_int_equal(s.addresses.count, 1);
	assert_string_equal(s.addresses.item[0], "10.0.2.15/24");
	assert_int_equal(s.gateways.count, 2);
	assert_string_equal(s.gateways.item[0], "10.0.2.2");
	/* An advertised router is among the next hops only. */
	assert_string_equal(s.gateways.item[1], "fe80::2");
	assert_true(s.configured);
	assert_int_equal(s.dns.count, 2);
	assert_string_equal(s.dns.item[1], "2001:db8::3");
}

/* A card of the plan may be gone, and networkd may not run: nothing is known then. */
static void test_state_of_nothing(void **state)
{
	static const char *const texts[] = {
		"{}",
		"[]",
		"{\"Addresses\":7}",
		"{\"Addresses\":[{\"Address\":[1,2,3]}]}",
		"{\"DNS\":[{\"Address\":[1,2,3,256]}]}",
		"{\"AdministrativeState\":\"configuring\"}",
	};
	struct network_state s;

	(void)state;
	network_state_parse(NULL, &s);
	assert_int_equal(s.addresses.count, 0);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		json_t *json = json_loads(texts[i], 0, NULL);

		network_state_parse(json, &s);
		assert_int_equal(s.addresses.count + s.gateways.count + s.dns.count, 0);
		assert_false(s.configured);
		json_decref(json);
	}
}

static void plan_lines(const char *lines, struct network_plan *out)
{
	struct ks_messages messages = { 0 };
	struct answers a = ANSWERS_INIT;
	struct bench b;

	bench_open(&b, "hpe-raid");
	if (ks_parse(lines, strlen(lines), &a, &messages, &b.e) < 0 ||
	    network_plan_make(&b.facts, &a, out, &b.e) < 0)
		fail_msg("%s", err_text(&b.e));
	ks_messages_clear(&messages);
	answers_clear(&a);
	bench_close(&b);
}

static void test_parts(void **state)
{
	struct network_plan plan;
	struct network_parts p;

	(void)state;
	plan_lines("network --device=bond0 --bondslaves=eno1,eno2 --bondopts=mode=4 --vlanid=30 "
		   "--bootproto=static --ip=192.0.2.10 --netmask=24\n"
		   "network --device=ens10f0np0\n",
		   &plan);
	assert_true(network_parts_of(plan.net, &p));
	assert_string_equal(p.bridge, "xenbr0");
	assert_int_equal(p.card_count, 2); /* the third card is not the bridge's */
	assert_string_equal(p.cards[1], "eno2");
	assert_string_equal(p.lacp, "bond0");
	assert_string_equal(p.fixed4, "192.0.2.10/24");
	assert_true(p.wants4);
	assert_false(p.wants6);
	network_plan_clear(&plan);

	plan_lines("network --device=eno1 --noipv4 --ipv6=dhcp\n", &plan);
	assert_true(network_parts_of(plan.net, &p));
	assert_false(p.wants4);
	assert_true(p.wants6);
	network_plan_clear(&plan);
	assert_false(network_parts_of(NULL, &p));
}

/* What the live system shows already is not tried again: an install should not wait. */
static void test_known(void **state)
{
	static const struct {
		const char *lines;
		bool known;
	} cases[] = {
		{ "network --device=eno1\n", true },
		{ "", true },
		{ "network --device=eno2\n", false },
		{ "network --device=eno1 --mtu=9000\n", false },
		{ "network --device=eno1 --vlanid=3\n", false },
		{ "network --device=eno1 --bootproto=static --ip=192.0.2.7 --netmask=24\n", false },
	};
	struct fact_strings *addresses;
	struct network_plan plan;
	struct bench b;

	(void)state;
	bench_open(&b, "hpe-raid");
	addresses = &b.facts.nics[0].addresses;
	addresses->item = realloc(addresses->item, sizeof(*addresses->item));
	assert_non_null(addresses->item);
	addresses->item[addresses->count++] = strdup("192.0.2.7/24");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		plan_lines(cases[i].lines, &plan);
		assert_int_equal(network_try_known(&plan, &b.facts), cases[i].known);
		network_plan_clear(&plan);
	}
	bench_close(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_state),
		cmocka_unit_test(test_state_of_nothing),
		cmocka_unit_test(test_parts),
		cmocka_unit_test(test_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
