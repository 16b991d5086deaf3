/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The network of dom0: the bridge xenbr0 on one network card, the uplink, which
 * is matched by its MAC address, since names change between kernels and slots.
 * Cards that the answers do not name are left alone.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "draft.h"

#define NETWORK_DIR "etc/systemd/network/"
#define BRIDGE	    "xenbr0"

static const struct fact_nic *nic_default(const struct facts *f)
{
	for (size_t i = 0; i < f->nic_count; i++)
		if (f->nics[i].boot)
			return &f->nics[i];
	for (size_t i = 0; i < f->nic_count; i++)
		if (f->nics[i].carrier)
			return &f->nics[i];
	return f->nic_count ? &f->nics[0] : NULL;
}

static bool nic_fits(const struct fact_nic *nic, const char *device)
{
	if (strcmp(device, "link") == 0)
		return nic->carrier;
	if (strcmp(device, "bootif") == 0)
		return nic->boot;
	return strcmp(device, nic->name) == 0 || strcasecmp(device, nic->mac) == 0;
}

static int nic_unknown(const struct facts *f, const struct ks_network *net, struct err *e)
{
	struct buf names = BUF_INIT;
	int ret;

	for (size_t i = 0; i < f->nic_count && i < 16; i++)
		buf_addf(&names, "%s%s %s", i ? ", " : "", f->nics[i].name, f->nics[i].mac);
	if (strcmp(net->device, "link") == 0)
		ret = refuse(e, net->pos, "no network card has a link; there is: %s",
			     names.len ? names.s : "none");
	else if (strcmp(net->device, "bootif") == 0)
		ret = refuse(e, net->pos,
			     "\"bootif\" is the card that was booted over, but no BOOTIF= on the "
			     "kernel's command line names one; there is: %s",
			     names.len ? names.s : "none");
	else
		ret = refuse(e, net->pos,
			     "no network card of this machine is \"%.64s\"; there is: %s",
			     net->device, names.len ? names.s : "none");
	buf_clear(&names);
	return ret;
}

/* The card of a network line, NULL when the machine has none at all. */
static int nic_choose(const struct facts *f, const struct ks_network *net,
		      const struct fact_nic **out, struct err *e)
{
	*out = nic_default(f);
	if (!net || !net->device)
		return 0;
	for (size_t i = 0; i < f->nic_count; i++) {
		if (nic_fits(&f->nics[i], net->device)) {
			*out = &f->nics[i];
			return 0;
		}
	}
	return nic_unknown(f, net, e);
}

static bool is_address(const char *s)
{
	struct in6_addr any;

	return inet_pton(AF_INET, s, &any) == 1 || inet_pton(AF_INET6, s, &any) == 1;
}

static int addresses_check(const struct ks_network *net, struct err *e)
{
	struct in_addr any;

	for (size_t i = 0; i < net->dns.count; i++)
		if (!is_address(net->dns.item[i]))
			return refuse(e, net->pos, "name server \"%.64s\" is no address",
				      net->dns.item[i]);
	if (net->mtu && (net->mtu < 576 || net->mtu > 65535))
		return refuse(e, net->pos, "MTU %u is out of range", net->mtu);
	if (net->proto != KS_PROTO_STATIC)
		return 0;
	if (!net->ip || inet_pton(AF_INET, net->ip, &any) != 1)
		return refuse(e, net->pos, "a static network needs an IPv4 address");
	if (net->prefix < 1 || net->prefix > 32)
		return refuse(e, net->pos, "a static network needs a netmask");
	if (net->gateway && inet_pton(AF_INET, net->gateway, &any) != 1)
		return refuse(e, net->pos, "gateway \"%.64s\" is no IPv4 address", net->gateway);
	return 0;
}

static void text_match(const struct fact_nic *nic, struct buf *out)
{
	buf_addf(out, "[Match]\n%s=%s\nType=ether\n",
		 nic->permanent ? "PermanentMACAddress" : "MACAddress", nic->mac);
}

static void text_mtu(const struct ks_network *net, struct buf *out)
{
	if (net && net->mtu)
		buf_addf(out, "\n[Link]\nMTUBytes=%u\n", net->mtu);
}

#define NO_IPV6 "LinkLocalAddressing=no\nIPv6AcceptRA=no\n"

/* The sections of a .network file that give addresses. */
static void text_addresses(const struct ks_network *net, struct buf *out)
{
	buf_adds(out, "\n[Network]\n");
	if (net && net->inactive) {
		buf_adds(out, NO_IPV6);
		return;
	}
	if (net && net->proto == KS_PROTO_STATIC) {
		buf_addf(out, "Address=%s/%u\n", net->ip, net->prefix);
		if (net->gateway)
			buf_addf(out, "Gateway=%s\n", net->gateway);
	} else {
		buf_addf(out, "DHCP=%s\n", net && net->ipv6_off ? "ipv4" : "yes");
	}
	for (size_t i = 0; net && i < net->dns.count; i++)
		buf_addf(out, "DNS=%s\n", net->dns.item[i]);
	if (net && net->ipv6_off)
		buf_adds(out, NO_IPV6);
	else
		buf_adds(out, "LinkLocalAddressing=ipv6\nIPv6AcceptRA=yes\n");
	/* The lease then is the one the installer had, whatever the machine-id. */
	if (!net || net->proto != KS_PROTO_STATIC)
		buf_adds(out, "\n[DHCPv4]\nClientIdentifier=mac\n");
}

static void add_buf(json_t *files, const char *path, struct buf *text)
{
	files_add(files, path, 0644, text->s);
	buf_clear(text);
}

static void bridge_files(const struct fact_nic *nic, const struct ks_network *net, json_t *files)
{
	struct buf t = BUF_INIT;

	buf_addf(&t, "[NetDev]\nName=" BRIDGE "\nKind=bridge\nMACAddress=%s\n", nic->mac);
	if (net && net->mtu)
		buf_addf(&t, "MTUBytes=%u\n", net->mtu);
	buf_adds(&t, "\n[Bridge]\nSTP=no\nForwardDelaySec=0\n");
	add_buf(files, NETWORK_DIR "10-" BRIDGE ".netdev", &t);

	text_match(nic, &t);
	buf_adds(&t, "\n[Network]\nBridge=" BRIDGE "\nLinkLocalAddressing=no\nLLDP=yes\n");
	text_mtu(net, &t);
	add_buf(files, NETWORK_DIR "10-uplink.network", &t);

	buf_adds(&t, "[Match]\nName=" BRIDGE "\n");
	text_addresses(net, &t);
	add_buf(files, NETWORK_DIR "10-" BRIDGE ".network", &t);
}

/* A further network line: addresses of its own on a card without a bridge. */
static int plain_file(struct draft *d, const struct ks_network *net, json_t *files, struct err *e)
{
	const struct fact_nic *nic;
	char path[128], digits[13];
	struct buf t = BUF_INIT;
	int ret = nic_choose(d->facts, net, &nic, e), n = 0;

	if (ret == 0)
		ret = addresses_check(net, e);
	if (ret < 0 || !nic)
		return ret;
	if (nic == d->uplink)
		return refuse(e, net->pos, "%s is configured by another network line already",
			      nic->name);
	for (const char *p = nic->mac; *p; p++)
		if (*p != ':')
			digits[n++] = *p;
	digits[n] = 0;
	snprintf(path, sizeof(path), NETWORK_DIR "20-%s.network", digits);
	for (size_t i = 0; i < json_array_size(files); i++)
		if (strcmp(arg_string(json_array_get(files, i), "path"), path) == 0)
			return refuse(e, net->pos,
				      "%s is configured by another network line already",
				      nic->name);
	text_match(nic, &t);
	text_mtu(net, &t);
	text_addresses(net, &t);
	add_buf(files, path, &t);
	return 0;
}

/* "network --hostname=x" alone says nothing about a card. */
static bool says_card(const struct ks_network *net)
{
	return !net->inactive && (net->device || net->proto == KS_PROTO_STATIC);
}

static const struct ks_network *management_line(const struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++)
		if (says_card(&a->networks[i]))
			return &a->networks[i];
	for (size_t i = 0; i < a->network_count; i++)
		if (!a->networks[i].inactive)
			return &a->networks[i];
	return a->network_count ? &a->networks[0] : NULL;
}

/* A further line that names no card: nobody knows which one is to have its values. */
static int homeless(const struct ks_network *net, const struct ks_network *main_line, struct err *e)
{
	if (net->inactive || (!net->dns.count && !net->mtu && !net->ipv6_off))
		return 0;
	return refuse(e, net->pos,
		      "--nameserver, --mtu or --noipv6 without --device; the management "
		      "network is that of line %u",
		      main_line->pos.line);
}

static json_t *summary(const struct fact_nic *nic, const struct ks_network *net)
{
	json_t *address;

	if (net && net->inactive)
		address = json_string("none");
	else if (net && net->proto == KS_PROTO_STATIC)
		address = json_sprintf("%s/%u", net->ip, net->prefix);
	else
		address = json_string("dhcp");
	return json_pack("{s:s, s:s, s:s, s:o}", "bridge", BRIDGE, "uplink", nic->name, "mac",
			 nic->mac, "address", address);
}

int network_make(struct draft *d, json_t *files, struct err *e)
{
	const struct answers *a = d->answers;
	const struct ks_network *main_line = management_line(a);
	int ret = nic_choose(d->facts, main_line, &d->uplink, e);

	if (ret == 0 && main_line)
		ret = addresses_check(main_line, e);
	if (ret < 0)
		return ret;
	if (!d->uplink)
		return draft_warn(d, "this machine has no network card: no bridge is made");
	bridge_files(d->uplink, main_line, files);
	json_object_set_new(d->plan->head, "network", summary(d->uplink, main_line));
	for (size_t i = 0; i < a->network_count && ret == 0; i++) {
		const struct ks_network *net = &a->networks[i];

		if (net != main_line)
			ret = says_card(net) ? plain_file(d, net, files, e)
					     : homeless(net, main_line, e);
	}
	return ret;
}
