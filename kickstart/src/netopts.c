/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kickstart/netopts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "socle/buf.h"

enum { OPTIONS_MAX = 48, TEXT_MAX = 1024, VALUE_MAX = 512 };

enum {
	RR = 1 << 0,
	BACKUP = 1 << 1,
	XOR = 1 << 2,
	BROADCAST = 1 << 3,
	LACP = 1 << 4,
	TLB = 1 << 5,
	ALB = 1 << 6,
	/* The kernel monitors these by their carrier only. */
	WITH_ARP = RR | BACKUP | XOR | BROADCAST,
	WITH_HASH = XOR | LACP | TLB,
};

struct netopt {
	const char *name;
	const char *key;    /* systemd's; NULL ends the table */
	const char *values; /* "a|b|c"; NULL: a number, or what valid() takes */
	const char *as;	    /* what systemd calls these values, NULL: the same */
	bool numbered;	    /* the number of a value may stand for it, as in the driver */
	unsigned int least, most;
	const char *unit; /* of the number */
	bool (*valid)(const char *value, char out[VALUE_MAX]);
	const char *what;   /* valid() wants */
	unsigned int modes; /* of a bond, in which it has an effect; 0: all */
};

#define MODES	"balance-rr|active-backup|balance-xor|broadcast|802.3ad|balance-tlb|balance-alb"
#define ON_OFF	"no|yes|off|on|false|true"
#define YES_NO	"no|yes|no|yes|no|yes"
#define TIME_MS .most = 3600000, .unit = "ms"

static bool is_addresses(const char *value, char out[VALUE_MAX])
{
	char *copy = strdup(value), *at = copy, *one;
	bool good = copy && *copy;
	struct in_addr any;
	size_t n = 0;

	*out = '\0';
	while (good && (one = strsep(&at, ","))) {
		good = inet_pton(AF_INET, one, &any) == 1 && n < 16;
		if (good)
			snprintf(out + strlen(out), VALUE_MAX - strlen(out), "%s%s", n ? " " : "",
				 one);
		n++;
	}
	free(copy);
	return good;
}

static bool is_name(const char *value, char out[VALUE_MAX])
{
	snprintf(out, VALUE_MAX, "%s", value);
	return *value && strlen(value) < 18;
}

/* An address of one machine, IEEE 802: not a group's, and not nothing. */
static bool is_mac(const char *value, char out[VALUE_MAX])
{
	unsigned int m[6];
	int end = 0;

	snprintf(out, VALUE_MAX, "%s", value);
	return sscanf(value, "%2x:%2x:%2x:%2x:%2x:%2x%n", m, m + 1, m + 2, m + 3, m + 4, m + 5,
		      &end) == 6 &&
	       end == 17 && !value[end] && !(m[0] & 1) && (m[0] | m[1] | m[2] | m[3] | m[4] | m[5]);
}

static const struct netopt bond_words[] = {
	{ "mode", "Mode", .values = MODES, .numbered = true },
	{ "miimon", "MIIMonitorSec", TIME_MS },
	{ "updelay", "UpDelaySec", TIME_MS },
	{ "downdelay", "DownDelaySec", TIME_MS },
	{ "peer_notif_delay", "PeerNotifyDelaySec", .most = 300000, .unit = "ms" },
	{ "lacp_rate", "LACPTransmitRate", .values = "slow|fast", .numbered = true, .modes = LACP },
	{ "ad_select", "AdSelect", .values = "stable|bandwidth|count", .numbered = true,
	  .modes = LACP },
	{ "ad_actor_sys_prio", "AdActorSystemPriority", .least = 1, .most = 65535, .modes = LACP },
	{ "ad_actor_system", "AdActorSystem", .valid = is_mac, .what = "a MAC address",
	  .modes = LACP },
	{ "ad_user_port_key", "AdUserPortKey", .most = 1023, .modes = LACP },
	{ "min_links", "MinLinks", .most = 255, .modes = LACP },
	{ "xmit_hash_policy", "TransmitHashPolicy",
	  .values = "layer2|layer3+4|layer2+3|encap2+3|encap3+4|vlan+srcmac", .numbered = true,
	  .modes = WITH_HASH },
	{ "arp_interval", "ARPIntervalSec", .modes = WITH_ARP, TIME_MS },
	{ "arp_ip_target", "ARPIPTargets", .valid = is_addresses,
	  .what = "up to 16 IPv4 addresses with commas between them", .modes = WITH_ARP },
	{ "arp_validate", "ARPValidate", .values = "none|active|backup|all", .numbered = true,
	  .modes = WITH_ARP },
	{ "arp_all_targets", "ARPAllTargets", .values = "any|all", .numbered = true,
	  .modes = WITH_ARP },
	{ "arp_missed_max", "ARPMissedMax", .least = 1, .most = 255, .modes = WITH_ARP },
	{ "primary", "primary", .valid = is_name, .what = "an interface",
	  .modes = BACKUP | TLB | ALB },
	{ "primary_reselect", "PrimaryReselectPolicy", .values = "always|better|failure",
	  .numbered = true, .modes = BACKUP | TLB | ALB },
	{ "fail_over_mac", "FailOverMACPolicy", .values = "none|active|follow", .numbered = true,
	  .modes = BACKUP },
	{ "num_grat_arp", "GratuitousARP", .most = 255, .modes = BACKUP },
	{ "num_unsol_na", "GratuitousARP", .most = 255, .modes = BACKUP },
	{ "resend_igmp", "ResendIGMP", .most = 255 },
	{ "packets_per_slave", "PacketsPerSlave", .most = 65535, .modes = RR },
	{ "lp_interval", "LearnPacketIntervalSec", .least = 1, .most = 0x7fffffff, .unit = "s",
	  .modes = TLB | ALB },
	{ "tlb_dynamic_lb", "DynamicTransmitLoadBalancing", .values = "no|yes", .numbered = true,
	  .modes = TLB },
	{ "all_slaves_active", "AllSlavesActive", .values = "no|yes", .numbered = true },
	{ 0 },
};

static const struct netopt bridge_words[] = {
	{ "stp", "STP", .values = ON_OFF, .as = YES_NO },
	{ "priority", "Priority", .most = 65535 },
	{ "forward-delay", "ForwardDelaySec", .least = 2, .most = 30, .unit = "s" },
	{ "hello-time", "HelloTimeSec", .least = 1, .most = 10, .unit = "s" },
	{ "max-age", "MaxAgeSec", .least = 6, .most = 40, .unit = "s" },
	{ "ageing-time", "AgeingTimeSec", .most = 1000000, .unit = "s" },
	{ "multicast-snooping", "MulticastSnooping", .values = ON_OFF, .as = YES_NO },
	{ 0 },
};

#define FEATURE .values = "off|on", .as = "no|yes"

static const struct netopt card_words[] = {
	{ "autoneg", "AutoNegotiation", FEATURE },
	{ "speed", "BitsPerSecond", .least = 10, .most = 800000, .unit = "M" },
	{ "duplex", "Duplex", .values = "half|full" },
	{ "port", "Port", .values = "tp|aui|bnc|mii|fibre" },
	{ "wol", "WakeOnLan", .values = "d|p|u|m|b|a|g|s",
	  .as = "off|phy|unicast|multicast|broadcast|arp|magic|secureon" },
	{ "rx", "ReceiveChecksumOffload", FEATURE },
	{ "tx", "TransmitChecksumOffload", FEATURE },
	{ "tso", "TCPSegmentationOffload", FEATURE },
	{ "gso", "GenericSegmentationOffload", FEATURE },
	{ "gro", "GenericReceiveOffload", FEATURE },
	{ "lro", "LargeReceiveOffload", FEATURE },
	{ "ntuple", "NTupleFilter", FEATURE },
	{ "rxvlan", "ReceiveVLANCTAGHardwareAcceleration", FEATURE },
	{ "txvlan", "TransmitVLANCTAGHardwareAcceleration", FEATURE },
	{ 0 },
};

static const struct family {
	const char *noun;
	const struct netopt *options;
} families[KS_NETOPTS] = {
	[KS_BOND_OPTIONS] = { "bond", bond_words },
	[KS_BRIDGE_OPTIONS] = { "bridge", bridge_words },
	[KS_CARD_OPTIONS] = { "ethtool", card_words },
};

/* The number of a value in "a|b|c", -1 when it is none. */
static int choice(const char *list, const char *value)
{
	size_t len = strlen(value);

	for (int i = 0; *list; i++) {
		size_t n = strcspn(list, "|");

		if (len && n == len && memcmp(list, value, n) == 0)
			return i;
		list += n + (list[n] == '|');
	}
	return -1;
}

static void choice_name(const char *list, int number, char out[VALUE_MAX])
{
	for (; number > 0; number--) {
		list += strcspn(list, "|");
		list += *list == '|';
	}
	snprintf(out, VALUE_MAX, "%.*s", (int)strcspn(list, "|"), list);
}

/* Decimal digits and nothing else; -1 when not. */
static long long number(const char *value)
{
	size_t n = strspn(value, "0123456789");

	return n && n <= 10 && !value[n] ? strtoll(value, NULL, 10) : -1;
}

static int take_choice(const struct family *f, const struct netopt *o, const char *value,
		       char out[VALUE_MAX], struct err *e)
{
	int i = choice(o->values, value);

	if (i < 0 && o->numbered) {
		long long n = number(value);

		if (n >= 0 && n < 16)
			choice_name(o->values, (int)n, out);
		i = n >= 0 && n < 16 && *out ? (int)n : -1;
	}
	if (i < 0)
		return err_set(e, -EINVAL, "%s option %s: \"%.64s\" is not one of %s", f->noun,
			       o->name, value, o->values);
	choice_name(o->as ? o->as : o->values, i, out);
	return 0;
}

static int take_value(const struct family *f, const struct netopt *o, const char *value,
		      char out[VALUE_MAX], struct err *e)
{
	long long n;

	*out = '\0';
	if (o->values)
		return take_choice(f, o, value, out, e);
	if (o->valid)
		return o->valid(value, out)
			       ? 0
			       : err_set(e, -EINVAL, "%s option %s: \"%.64s\" is not %s", f->noun,
					 o->name, value, o->what);
	n = number(value);
	if (n < o->least || n > o->most)
		return err_set(e, -EINVAL, "%s option %s: \"%.64s\" is not a number from %u to %u",
			       f->noun, o->name, value, o->least, o->most);
	snprintf(out, VALUE_MAX, "%lld%s", n, o->unit ? o->unit : "");
	return 0;
}

struct reading {
	const struct family *family;
	unsigned int mode; /* of a bond, as a bit; 0: not known yet */
	const char *mode_name;
	bool seen[OPTIONS_MAX];
	ks_netopt_each *each;
	void *ctx;
};

static const struct netopt *option_find(const struct reading *r, const char *name)
{
	for (const struct netopt *o = r->family->options; o->key; o++)
		if (strcmp(o->name, name) == 0)
			return o;
	return NULL;
}

static int take(struct reading *r, const char *name, const char *value, struct err *e)
{
	const struct netopt *o = option_find(r, name);
	char out[VALUE_MAX];
	int ret;

	if (!o)
		return err_set(e, -EINVAL, "%s option \"%.64s\" is not known", r->family->noun,
			       name);
	if (!value)
		return err_set(e, -EINVAL, "%s option %s has no value", r->family->noun, name);
	if (r->seen[o - r->family->options])
		return err_set(e, -EINVAL, "%s option %s is given twice", r->family->noun, name);
	r->seen[o - r->family->options] = true;
	ret = take_value(r->family, o, value, out, e);
	if (ret == 0 && o->modes && !(o->modes & r->mode))
		ret = err_set(e, -EINVAL, "bond option %s has no effect with mode %s", name,
			      r->mode_name);
	if (ret == 0 && r->each)
		r->each(r->ctx, o->key, out);
	return ret;
}

/* "name=value" by separator, or "name value" by blanks. */
static int take_all(struct reading *r, char *text, struct err *e)
{
	const char *blanks = r->family->options == card_words ? " \t" : NULL;
	const char *parts = blanks ? blanks : strchr(text, ';') ? ";" : ",";
	char *name, *value;
	int ret = 0;

	while (ret == 0 && (name = strsep(&text, parts))) {
		name += strspn(name, " \t");
		if (!*name)
			continue;
		if (blanks) {
			while ((value = strsep(&text, parts)) && !*value)
				;
		} else {
			value = strchr(name, '=');
			if (value)
				*value++ = '\0';
		}
		ret = take(r, name, value, e);
	}
	return ret;
}

/* The value of one option of a bond, "" when it is not there. */
static void peek(const char *text, const char *name, char out[VALUE_MAX])
{
	const char *parts = text && strchr(text, ';') ? ";" : ",";
	size_t len = strlen(name);

	*out = '\0';
	while (text && *text) {
		text += strspn(text, " \t");
		if (strncmp(text, name, len) == 0 && text[len] == '=')
			snprintf(out, VALUE_MAX, "%.*s", (int)strcspn(text + len + 1, parts),
				 text + len + 1);
		text += strcspn(text, parts);
		text += *text != '\0';
	}
}

static int bond_mode(const char *text, struct err *e)
{
	char said[VALUE_MAX], name[VALUE_MAX];

	peek(text, "mode", said);
	if (!*said)
		return 1;
	if (take_choice(&families[KS_BOND_OPTIONS], &bond_words[0], said, name, e) < 0)
		return -EINVAL;
	return choice(MODES, name);
}

static const char *const mode_names[] = { "balance-rr", "active-backup", "balance-xor", "broadcast",
					  "802.3ad",	"balance-tlb",	 "balance-alb" };

const char *ks_bond_mode(const char *text)
{
	struct err e = { 0 };
	int mode = bond_mode(text, &e);

	return mode_names[mode < 0 ? 1 : mode];
}

/* What only several options together can get wrong. */
static int bond_check(const char *text, struct err *e)
{
	char arp[VALUE_MAX], targets[VALUE_MAX], miimon[VALUE_MAX], delay[VALUE_MAX];
	static const char *const delays[] = { "updelay", "downdelay", "peer_notif_delay" };
	long long every;

	peek(text, "arp_interval", arp);
	peek(text, "arp_ip_target", targets);
	peek(text, "miimon", miimon);
	every = *miimon ? number(miimon) : *arp ? 0 : 100;
	if (!*arp != !*targets)
		return err_set(e, -EINVAL,
			       "bond options arp_interval and arp_ip_target need "
			       "each other");
	if (*arp && number(arp) > 0 && *miimon && every > 0)
		return err_set(e, -EINVAL,
			       "bond options arp_interval and miimon exclude each "
			       "other");
	for (size_t i = 0; i < sizeof(delays) / sizeof(delays[0]); i++) {
		peek(text, delays[i], delay);
		if (*delay && (every <= 0 || number(delay) % every))
			return err_set(e, -EINVAL,
				       "bond option %s must be a multiple of miimon, %lld ms",
				       delays[i], every);
	}
	return 0;
}

int ks_netopts_read(enum ks_netopts kind, const char *text, ks_netopt_each *each, void *ctx,
		    struct err *e)
{
	struct reading r = { .family = &families[kind], .each = each, .ctx = ctx };
	char *copy;
	int ret = 0;

	if (!text || !*text)
		return 0;
	if (strlen(text) >= TEXT_MAX)
		return err_set(e, -EINVAL, "the %s options are too long", r.family->noun);
	if (kind == KS_BOND_OPTIONS) {
		ret = bond_mode(text, e);
		if (ret < 0)
			return ret;
		r.mode = 1U << ret;
		r.mode_name = mode_names[ret];
	}
	copy = strdup(text);
	if (!copy)
		return err_sys(e, -ENOMEM, "network");
	ret = take_all(&r, copy, e);
	free(copy);
	return ret == 0 && kind == KS_BOND_OPTIONS ? bond_check(text, e) : ret;
}
