/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of cards, pinned by their MAC addresses: the host calls them as the
 * installer did, in both slots, whatever a new kernel or udev makes of them.
 */
#include <string.h>

#include "kickstart/netopts.h"
#include "network.h"

/* The kernel gives such names itself, in any order, and may be faster than udev. */
static bool is_kernel_name(const char *name)
{
	static const char *const prefixes[] = { "eth", "usb", "wlan" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (strncmp(name, prefixes[i], n) == 0 && name[n] &&
		    !name[n + strspn(name + n, "0123456789")])
			return true;
	}
	return false;
}

/* Some cards have several ports, or functions, with one address. */
static bool is_unique(const struct facts *f, const struct fact_nic *nic)
{
	for (size_t i = 0; i < f->nic_count; i++)
		if (&f->nics[i] != nic && strcmp(f->nics[i].mac, nic->mac) == 0)
			return false;
	return true;
}

static const char *ethtool_of(const struct net *n, const struct fact_nic *nic)
{
	for (size_t i = 0; i < n->count; i++)
		if (n->ifaces[i].kind == NET_CARD && n->ifaces[i].nic == nic)
			return n->ifaces[i].ethtool;
	return NULL;
}

static void add_setting(void *ctx, const char *key, const char *value)
{
	buf_addf(ctx, "%s=%s\n", key, value);
}

static void link_file(const struct net *n, const struct fact_nic *nic, json_t *files)
{
	const char *ethtool = ethtool_of(n, nic);
	bool pinned = nic->permanent && is_unique(n->d->facts, nic) && !is_kernel_name(nic->name);
	struct buf t = BUF_INIT;
	struct err e = { 0 };
	char path[64];

	if (!pinned && !ethtool)
		return;
	network_match_text(nic, &t);
	buf_adds(&t, "\n[Link]\n");
	/* The rest as 99-default.link has it, which does not count any more. */
	if (pinned)
		buf_addf(&t, "Name=%s\n", nic->name);
	else
		buf_adds(&t, "NamePolicy=keep kernel database onboard slot path\n");
	buf_adds(&t, "AlternativeNamesPolicy=database onboard slot path mac\n"
		     "MACAddressPolicy=persistent\n");
	/* They were checked when the line was read. */
	if (ks_netopts_read(KS_CARD_OPTIONS, ethtool, add_setting, &t, &e) < 0)
		t.failed = true;
	snprintf(path, sizeof(path), NETWORK_DIR "10-%.15s.link", nic->name);
	files_add(files, path, 0644, t.s);
	buf_clear(&t);
}

void network_links(const struct net *n, json_t *files)
{
	for (size_t i = 0; i < n->d->facts->nic_count; i++)
		link_file(n, &n->d->facts->nics[i], files);
}
