/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The packet filter of the host, as nft(8) has it.  Only what is for the host itself
 * passes it: guests are on a bridge, which it does not look at.
 */
#include <string.h>

#include "draft.h"

/* SSH is open, as with other installers, unless it is closed by name. */
static bool is_closed(const struct ks_firewall *w, const char *service)
{
	for (size_t i = 0; i < w->closed.count; i++)
		if (strcmp(w->closed.item[i], service) == 0)
			return true;
	return false;
}

/* "80:tcp,5900-5903:udp", a rule each, so that none minds another; TCP where none is said. */
static void add_ports(const char *list, struct buf *out)
{
	while (*list) {
		size_t len = strcspn(list, ","), number = strcspn(list, ":,");
		bool udp = number < len && strncmp(list + number, ":udp", 4) == 0;

		buf_addf(out, "\t\t%s dport %.*s accept\n", udp ? "udp" : "tcp", (int)number, list);
		list += len + (list[len] == ',');
	}
}

static void add_service(const struct ks_firewall *w, const char *name, struct buf *out)
{
	const char *ports = ks_service_ports(name);

	if (ports && !is_closed(w, name))
		add_ports(ports, out);
}

static void add_open(const struct ks_firewall *w, struct buf *out)
{
	const struct {
		const char *name;
		bool open;
	} old[] = { { "ssh", true },
		    { "http", w->http },
		    { "smtp", w->smtp },
		    { "ftp", w->ftp },
		    { "telnet", w->telnet } };

	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		if (old[i].open)
			add_service(w, old[i].name, out);
	for (size_t i = 0; i < w->services.count; i++)
		if (strcmp(w->services.item[i], "ssh") != 0)
			add_service(w, w->services.item[i], out);
	for (size_t i = 0; i < w->ports.count; i++)
		add_ports(w->ports.item[i], out);
}

static void add_trusted(const struct ks_firewall *w, struct buf *out)
{
	if (!w->trusted.count)
		return;
	buf_adds(out, "\t\tiifname {");
	for (size_t i = 0; i < w->trusted.count; i++)
		buf_addf(out, "%s \"%s\"", i ? "," : "", w->trusted.item[i]);
	buf_adds(out, " } accept\n");
}

void firewall_files(const struct answers *a, json_t *files)
{
	const struct ks_firewall *w = &a->firewall;
	struct buf t = BUF_INIT;

	if (!w->enabled)
		return;
	buf_adds(&t,
		 "#!/usr/sbin/nft -f\n"
		 "# Written by the installer, as \"firewall\" of the kickstart says.\n"
		 "flush ruleset\n\n"
		 "table inet filter {\n"
		 "\tchain input {\n"
		 "\t\ttype filter hook input priority filter; policy drop;\n"
		 "\t\tct state vmap { established : accept, related : accept, invalid : drop }\n"
		 "\t\tiifname \"lo\" accept\n");
	add_trusted(w, &t);
	buf_adds(&t, "\t\tmeta l4proto { icmp, ipv6-icmp } accept\n"
		     "\t\tudp dport 546 accept\n");
	add_open(w, &t);
	buf_adds(&t, "\t}\n}\n");
	files_add(files, "etc/nftables.conf", 0755, t.s);
	files_link(files, "etc/systemd/system/sysinit.target.wants/nftables.service",
		   "/usr/lib/systemd/system/nftables.service");
	buf_clear(&t);
}
