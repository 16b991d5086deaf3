/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ui_kickstart.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "draft.h"
#include "kickstart/kickstart.h"

/* Before the lines of a step; what it is for people, and for choices_step_of(). */
#define STEP_MARK "# -- "

static const char head[] =
	"# Written by the screens of Socle's installer; see socle-kickstart(5).\n"
	"# Socle is installed once more, in the same way, by\n"
	"#\n"
	"#\tsocle-install --kickstart FILE\n";

void choices_default(struct choices *c, const struct facts *f)
{
	const struct fact_nic *port = NULL;

	*c = (struct choices){ .keymap = "us", .timezone = "Etc/UTC", .hostname = "socle" };
	snprintf(c->bond_mode, sizeof(c->bond_mode), "active-backup");
	snprintf(c->prefix, sizeof(c->prefix), "24");
	for (size_t i = 0; i < f->nic_count; i++)
		if (!port || (f->nics[i].boot && !port->boot) ||
		    (f->nics[i].carrier && !port->carrier && !port->boot))
			port = &f->nics[i];
	if (port) {
		c->port_count = 1;
		snprintf(c->ports[0], sizeof(c->ports[0]), "%s", port->mac);
	}
}

static size_t alike(const struct facts *f, const struct ks_disk *said)
{
	size_t n = 0;

	for (size_t i = 0; i < f->disk_count; i++)
		n += disk_matches(said, &f->disks[i]);
	return n;
}

void choices_take_disk(struct choices *c, unsigned int i, const struct facts *f,
		       const struct fact_disk *disk)
{
	__typeof__(c->disks[0]) *d = &c->disks[i];
	struct ks_disk said = { 0 };

	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", disk->name);
	snprintf(d->serial, sizeof(d->serial), "%s", disk->serial);
	snprintf(d->wwn, sizeof(d->wwn), "%s", disk->wwn);
	said.serial = *d->serial ? d->serial : NULL;
	said.wwn = *d->wwn ? d->wwn : NULL;
	/* All volumes of a RAID controller may tell one serial number, and some disks none. */
	if ((!said.serial && !said.wwn) || alike(f, &said) != 1)
		snprintf(d->path, sizeof(d->path), "%s",
			 disk->links.count ? disk->links.item[0] : disk->path);
}

/* A word of the language, quoted where it has to be. */
static int word(struct buf *out, const char *text, struct err *e)
{
	bool plain = *text;

	for (const char *s = text; *s; s++) {
		if (iscntrl((unsigned char)*s))
			return err_set(e, -EINVAL, "\"%.40s\" has a control character", text);
		plain &= isalnum((unsigned char)*s) || strchr("-_.,:/=+@$", *s);
	}
	if (plain) {
		buf_adds(out, text);
		return 0;
	}
	/* Between double quotes the backslash keeps these two, and nothing else. */
	buf_addc(out, '"');
	for (const char *s = text; *s; s++) {
		if (*s == '"' || *s == '\\')
			buf_addc(out, '\\');
		buf_addc(out, *s);
	}
	buf_addc(out, '"');
	return 0;
}

/* " --name=WORD", or nothing for "". */
static int option(struct buf *out, const char *name, const char *text, struct err *e)
{
	if (!*text)
		return 0;
	buf_addf(out, " --%s=", name);
	return word(out, text, e);
}

void choices_list(const char *text, struct buf *out)
{
	const char *comma = "";

	while (*(text += strspn(text, ", \t"))) {
		size_t n = strcspn(text, ", \t");

		buf_addf(out, "%s%.*s", comma, (int)n, text);
		comma = ",";
		text += n;
	}
}

static int list_option(struct buf *out, const char *name, const char *text, struct err *e)
{
	struct buf list = BUF_INIT;
	int ret;

	choices_list(text, &list);
	ret = option(out, name, list.s, e);
	buf_clear(&list);
	return ret;
}

static int add_keyboard(const struct choices *c, struct buf *out, struct err *e)
{
	int ret;

	/* The one locale that the image has. */
	buf_adds(out, "lang C.UTF-8\nkeyboard ");
	ret = word(out, c->keymap, e);
	buf_addc(out, '\n');
	return ret;
}

static int add_disk(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < c->disk_count && ret == 0; i++) {
		buf_adds(out, "disk");
		ret = option(out, "serial", c->disks[i].serial, e);
		if (ret == 0)
			ret = option(out, "wwn", c->disks[i].wwn, e);
		if (ret == 0)
			ret = option(out, "path", c->disks[i].path, e);
		buf_addc(out, '\n');
	}
	buf_addf(out, "%szerombr\nclearpart --all\nautopart\n",
		 c->disk_count > 1 ? "mirror\n" : "");
	if (c->keep_guests)
		buf_adds(out, "guests --keep\n");
	return ret;
}

static int add_ports(const struct choices *c, struct buf *out, struct err *e)
{
	struct buf ports = BUF_INIT, mode = BUF_INIT;
	int ret;

	for (unsigned int i = 0; i < c->port_count; i++)
		buf_addf(&ports, "%s%s", i ? "," : "", c->ports[i]);
	if (c->port_count <= 1) {
		ret = option(out, "device", ports.s, e);
	} else {
		buf_addf(&mode, "mode=%s", c->bond_mode);
		buf_adds(out, " --device=bond0");
		ret = option(out, "bondslaves", ports.s, e);
		if (ret == 0)
			ret = option(out, "bondopts", mode.s, e);
	}
	buf_clear(&ports);
	buf_clear(&mode);
	return ret;
}

static int add_ipv4(const struct choices *c, struct buf *out, struct err *e)
{
	int ret;

	if (c->ipv4 == IPV4_NONE)
		buf_adds(out, " --noipv4");
	else
		buf_addf(out, " --bootproto=%s", c->ipv4 == IPV4_STATIC ? "static" : "dhcp");
	if (c->ipv4 != IPV4_STATIC)
		return 0;
	ret = option(out, "ip", c->ip, e);
	if (ret == 0)
		ret = option(out, "netmask", c->prefix, e);
	return ret ? ret : option(out, "gateway", c->gateway, e);
}

static int add_ipv6(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	switch (c->ipv6) {
	case IPV6_AUTO:
		break;
	case IPV6_NONE:
		buf_adds(out, " --noipv6");
		break;
	case IPV6_DHCP:
		buf_adds(out, " --ipv6=dhcp");
		break;
	case IPV6_STATIC:
		ret = option(out, "ipv6", c->ip6, e);
		if (ret == 0)
			ret = option(out, "ipv6gateway", c->gateway6, e);
		break;
	}
	return ret;
}

static int add_network(const struct choices *c, struct buf *out, struct err *e)
{
	int ret;

	if (!c->port_count)
		return 0;
	buf_adds(out, "network");
	ret = add_ports(c, out, e);
	if (ret == 0)
		ret = option(out, "vlanid", c->vlan, e);
	if (ret == 0)
		ret = option(out, "mtu", c->mtu, e);
	if (ret == 0)
		ret = add_ipv4(c, out, e);
	if (ret == 0)
		ret = add_ipv6(c, out, e);
	if (ret == 0)
		ret = list_option(out, "nameserver", c->dns, e);
	buf_addc(out, '\n');
	return ret;
}

static int add_hostname(const struct choices *c, struct buf *out, struct err *e)
{
	int ret;

	buf_adds(out, "network");
	ret = option(out, "hostname", c->hostname, e);
	buf_addc(out, '\n');
	return ret;
}

static int add_time(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	buf_adds(out, "timezone --utc");
	if (c->ntp == NTP_OFF)
		buf_adds(out, " --nontp");
	else if (c->ntp == NTP_SERVERS)
		ret = list_option(out, "ntpservers", c->ntp_servers, e);
	buf_addc(out, ' ');
	if (ret == 0)
		ret = word(out, c->timezone, e);
	buf_addc(out, '\n');
	return ret;
}

static int add_password(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	if (!*c->root_hash) {
		buf_adds(out, "rootpw --lock\n");
		return 0;
	}
	buf_addf(out, "rootpw --iscrypted%s ", c->root_ssh ? " --allow-ssh" : "");
	ret = word(out, c->root_hash, e);
	buf_addc(out, '\n');
	return ret;
}

static int add_keys(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	for (unsigned int i = 0; i < c->key_count && ret == 0; i++) {
		buf_adds(out, "sshkey --username=root ");
		ret = word(out, c->keys[i], e);
		buf_addc(out, '\n');
	}
	return ret;
}

static int add_memory(const struct choices *c, struct buf *out, struct err *e)
{
	(void)e;
	if (c->dom0_mib)
		buf_addf(out, "dom0 --memory=%uM\n", c->dom0_mib);
	return 0;
}

static int add_finish(const struct choices *c, struct buf *out, struct err *e)
{
	(void)e;
	buf_adds(out, c->finish == FINISH_POWEROFF ? "poweroff\n" : "reboot --eject\n");
	return 0;
}

/* By the names of the steps. */
static const struct {
	const char *step;
	int (*add)(const struct choices *c, struct buf *out, struct err *e);
} parts[] = {
	{ "keyboard", add_keyboard }, { "disk", add_disk },	{ "network", add_network },
	{ "hostname", add_hostname }, { "time", add_time },	{ "password", add_password },
	{ "keys", add_keys },	      { "memory", add_memory }, { "summary", add_finish },
};

int choices_kickstart(const struct choices *c, struct buf *out, struct err *e)
{
	int ret = 0;

	buf_adds(out, head);
	for (size_t i = 0; i < ARRAY_SIZE(parts) && ret == 0; i++) {
		size_t before = out->len;
		size_t after;

		buf_addf(out, "\n" STEP_MARK "%s\n", parts[i].step);
		after = out->len;
		ret = parts[i].add(c, out, e);
		if (ret < 0)
			return err_wrap(e, "%s", parts[i].step);
		/* No heading over nothing. */
		if (out->len == after) {
			out->len = before;
			out->s[before] = 0;
		}
	}
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "kickstart");
}

const char *choices_step_of(const char *kickstart, unsigned int line)
{
	const char *step = NULL;

	for (unsigned int n = 1; *kickstart && n <= line; n++) {
		size_t len = strcspn(kickstart, "\n");

		if (strncmp(kickstart, STEP_MARK, strlen(STEP_MARK)) == 0)
			for (size_t i = 0; i < ARRAY_SIZE(parts); i++)
				if (strlen(parts[i].step) == len - strlen(STEP_MARK) &&
				    strncmp(kickstart + strlen(STEP_MARK), parts[i].step,
					    strlen(parts[i].step)) == 0)
					step = parts[i].step;
		kickstart += len + (kickstart[len] == '\n');
	}
	return step;
}

bool choices_can(const char *line)
{
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	bool can = ks_parse(line, strlen(line), &a, &m, NULL) == 0 && !m.refusals;

	answers_clear(&a);
	ks_messages_clear(&m);
	return can;
}
