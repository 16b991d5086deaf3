/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network_tests.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "op.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/proc.h"

enum { DNS_MS = 3000, PROBE_SECONDS = 4, PROBE_MORE = 10 };

/* A port's state (IEEE 802.1AX, 6.4.2.3): frames go out by it. */
enum { LACP_DISTRIBUTING = 1 << 5 };

#define NO_PARTNER "00:00:00:00:00:00"

/* The static address, as the bridge's file says it. */
static void fixed_address(const json_t *net, struct network_parts *out)
{
	const char *text = arg_string(net, "address");

	if (strcmp(arg_string(net, "ipv4"), "static") == 0)
		snprintf(out->fixed4, sizeof(out->fixed4), "%.*s", (int)strcspn(text, ","), text);
}

bool network_parts_of(const json_t *net, struct network_parts *out)
{
	const json_t *item;
	const char *v4 = arg_string(net, "ipv4"), *v6 = arg_string(net, "ipv6");
	size_t i;

	*out = (struct network_parts){ 0 };
	if (!net)
		return false;
	snprintf(out->bridge, sizeof(out->bridge), "%s", arg_string(net, "bridge"));
	json_array_foreach(json_object_get(net, "cards"), i, item) if (i < NETWORK_LIST_MAX)
		snprintf(out->cards[out->card_count++], IFNAMSIZ, "%s", json_string_value(item));
	json_array_foreach(json_object_get(net, "bonds"), i,
			   item) if (strcmp(arg_string(item, "mode"), "802.3ad") == 0)
		snprintf(out->lacp, sizeof(out->lacp), "%s", arg_string(item, "name"));
	out->wants4 = strcmp(v4, "none") != 0;
	/* Without any router, "auto" gives none, and nothing is wrong. */
	out->wants6 = strcmp(v6, "static") == 0 || strcmp(v6, "dhcp") == 0 ||
		      (!out->wants4 && strcmp(v6, "auto") == 0);
	fixed_address(net, out);
	return true;
}

static bool has_link(const char *card)
{
	char carrier[8];

	network_attribute(card, "carrier", carrier, sizeof(carrier));
	return strcmp(carrier, "1") == 0;
}

bool network_any_link(const struct network_parts *parts)
{
	for (size_t i = 0; i < parts->card_count; i++)
		if (has_link(parts->cards[i]))
			return true;
	return false;
}

static bool has_family(const struct network_list *list, bool six)
{
	for (size_t i = 0; i < list->count; i++)
		if (!strchr(list->item[i], ':') == !six)
			return true;
	return false;
}

static bool has_partner(const struct network_parts *parts)
{
	char mac[32];

	network_attribute(parts->lacp, "bonding/ad_partner_mac", mac, sizeof(mac));
	return *mac && strcmp(mac, NO_PARTNER) != 0;
}

/* Before that nothing comes through, though the switch was heard. */
static bool has_port(const struct network_parts *parts)
{
	char state[16];

	for (size_t i = 0; i < parts->card_count; i++) {
		network_attribute(parts->cards[i], "bonding_slave/ad_actor_oper_port_state", state,
				  sizeof(state));
		if (strtoul(state, NULL, 10) & LACP_DISTRIBUTING)
			return true;
	}
	return false;
}

const char *network_missing(const struct network_parts *parts, const struct network_state *state)
{
	if (!network_any_link(parts))
		return "waiting for a link";
	if (*parts->lacp && !has_partner(parts))
		return "waiting for the switch to speak LACP";
	if (*parts->lacp && !has_port(parts))
		return "waiting for the switch to join the ports";
	if (!state->carrier)
		return "waiting for the bridge";
	if (parts->wants4 && !has_family(&state->addresses, false))
		return *parts->fixed4 ? "waiting for the address" : "waiting for DHCP";
	if (parts->wants6 && !has_family(&state->addresses, true))
		return "waiting for an IPv6 address";
	return NULL;
}

static void say(struct network_result *r, const char *name, enum network_verdict verdict,
		const char *fmt, ...) __format(4, 5);

static void say(struct network_result *r, const char *name, enum network_verdict verdict,
		const char *fmt, ...)
{
	struct network_test *t;
	va_list ap;

	if (r->count == NETWORK_TESTS_MAX)
		return;
	t = &r->tests[r->count++];
	t->name = name;
	t->verdict = verdict;
	va_start(ap, fmt);
	vsnprintf(t->text, sizeof(t->text), fmt, ap);
	va_end(ap);
	r->good = r->good && verdict != NETWORK_BAD;
}

static void test_link(const struct network_parts *parts, struct network_result *r)
{
	struct buf up = BUF_INIT, down = BUF_INIT;

	for (size_t i = 0; i < parts->card_count; i++) {
		struct buf *list = has_link(parts->cards[i]) ? &up : &down;

		buf_addf(list, "%s%s", list->len ? ", " : "", parts->cards[i]);
	}
	if (!up.len)
		say(r, "link", NETWORK_BAD, "no link on %s: cable, or the switch's port", down.s);
	else if (down.len)
		say(r, "link", NETWORK_GOOD, "%s; none on %s", up.s, down.s);
	else
		say(r, "link", NETWORK_GOOD, "%s", up.s);
	buf_clear(&up);
	buf_clear(&down);
}

static void test_lacp(const struct network_parts *parts, struct network_result *r)
{
	char mac[32], ports[16];

	if (!*parts->lacp)
		return;
	network_attribute(parts->lacp, "bonding/ad_partner_mac", mac, sizeof(mac));
	network_attribute(parts->lacp, "bonding/ad_num_ports", ports, sizeof(ports));
	if (!has_partner(parts))
		say(r, "lacp", NETWORK_BAD, "%s: the switch does not speak LACP on these ports",
		    parts->lacp);
	else if (!has_port(parts))
		say(r, "lacp", NETWORK_BAD, "%s: switch %s speaks LACP, but joins no port",
		    parts->lacp, mac);
	else
		say(r, "lacp", NETWORK_GOOD, "%s: switch %s, %s ports together", parts->lacp, mac,
		    ports);
}

/*
 * Whether this machine answers for an address on all its ports, as Linux does, or
 * on the one that has it.  Of two ports in one network the other would be taken
 * for a stranger.
 */
static void answer_on_one(bool one)
{
	_cleanup_close_ int fd = open("/proc/sys/net/ipv4/conf/all/arp_ignore",
				      O_WRONLY | O_CLOEXEC);

	if (fd >= 0)
		(void)!write(fd, one ? "1" : "0", 1);
}

/* Exit code 0 of "arping -D": nobody has it. */
static bool is_free(const struct network_parts *parts)
{
	char address[NETWORK_ADDRESS_MAX];
	struct err e = { 0 };
	int ret;

	snprintf(address, sizeof(address), "%.*s", (int)strcspn(parts->fixed4, "/"), parts->fixed4);
	answer_on_one(true);
	ret = proc_cmd(&e, "arping", "-D", "-q", "-c", "2", "-w", "2", "-I", parts->bridge, address,
		       NULL);
	answer_on_one(false);
	return ret == 0;
}

static void test_address(const struct network_parts *parts, const struct network_state *state,
			 struct network_result *r)
{
	struct buf all = BUF_INIT;

	for (size_t i = 0; i < state->addresses.count; i++)
		buf_addf(&all, "%s%s", i ? ", " : "", state->addresses.item[i]);
	if (parts->wants4 && !has_family(&state->addresses, false))
		say(r, "address", NETWORK_BAD, "%s",
		    *parts->fixed4 ? "the address is not set" : "no DHCP server answered");
	else if (parts->wants6 && !has_family(&state->addresses, true))
		say(r, "address", NETWORK_BAD, "no IPv6 address was given");
	else
		say(r, "address", all.len ? NETWORK_GOOD : NETWORK_UNKNOWN, "%s",
		    all.len ? all.s : "none is wanted");
	if (*parts->fixed4 && state->carrier) {
		if (is_free(parts))
			say(r, "duplicate", NETWORK_GOOD, "nobody else has %s", parts->fixed4);
		else
			say(r, "duplicate", NETWORK_BAD, "another machine has %s already",
			    parts->fixed4);
	}
	buf_clear(&all);
}

static bool answers(const char *bridge, const char *address, int64_t end)
{
	int64_t left = (end - clock_ms()) / 1000;
	int seconds = left > PROBE_SECONDS ? (int)left : PROBE_SECONDS;
	char wait[16];
	/* ARP is answered by who drops pings, as many routers do. */
	const char *const arp[] = { "arping", "-q", "-f", "-w", wait, "-I", bridge, address, NULL };
	/* Over a count and a time ping ends with the first answer. */
	const char *const ping[] = { "ping", "-6", "-q",   "-c",    "1", "-w",
				     wait,   "-I", bridge, address, NULL };
	struct proc run = { .argv = strchr(address, ':') ? ping : arp,
			    .timeout_s = (unsigned int)seconds + PROBE_MORE };
	struct err e = { 0 };

	snprintf(wait, sizeof(wait), "%d", seconds);
	return proc_run(&run, &e) == 0;
}

static void test_gateway(const struct network_parts *parts, const struct network_state *state,
			 int64_t end, struct network_result *r)
{
	const struct network_list *list = &state->gateways;

	if (!list->count)
		say(r, "gateway", NETWORK_UNKNOWN, "there is none");
	for (size_t i = 0; i < list->count; i++) {
		if (answers(parts->bridge, list->item[i], end))
			say(r, "gateway", NETWORK_GOOD, "%s answers", list->item[i]);
		else
			say(r, "gateway", NETWORK_BAD, "%s does not answer", list->item[i]);
	}
}

static void test_dns(const struct network_parts *parts, const struct network_state *state,
		     struct network_result *r)
{
	const struct network_list *list = &state->dns;

	if (!list->count)
		say(r, "dns", NETWORK_UNKNOWN, "there is no name server");
	for (size_t i = 0; i < list->count; i++) {
		if (network_dns_answers(list->item[i], parts->bridge, DNS_MS))
			say(r, "dns", NETWORK_GOOD, "%s answers", list->item[i]);
		else
			say(r, "dns", NETWORK_BAD, "%s does not answer", list->item[i]);
	}
}

void network_tests_run(const struct network_parts *parts, const struct network_state *state,
		       int64_t end, struct network_result *out)
{
	*out = (struct network_result){ .good = true };
	test_link(parts, out);
	if (!network_any_link(parts))
		return;
	test_lacp(parts, out);
	test_address(parts, state, out);
	/* Without an address nobody answers, and that is told already. */
	if (!state->addresses.count)
		return;
	test_gateway(parts, state, end, out);
	test_dns(parts, state, out);
}
