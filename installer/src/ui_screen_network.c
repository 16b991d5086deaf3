/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The management network: its port, and its addresses.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "installer/network_try.h"
#include "ui_screens.h"

enum { ROW = FORM_WIDTH + 1 };

static void row_text(const struct fact_nic *n, bool chosen, char row[ROW])
{
	char line[256], speed[32] = "link";

	if (n->speed)
		snprintf(speed, sizeof(speed), n->speed % 1000 ? "%lluM" : "%lluG",
			 (unsigned long long)(n->speed % 1000 ? n->speed : n->speed / 1000));
	/* By the name of the switch's port the right cable is known. */
	snprintf(line, sizeof(line), "(%c) %-11.11s %-17s %-8.8s %s%s%s%.40s %.40s",
		 chosen ? '*' : ' ', n->name, n->mac, n->driver, n->carrier ? speed : "no link",
		 n->boot ? ", booted" : "", *n->lldp_system || *n->lldp_port ? ", " : "",
		 n->lldp_system, n->lldp_port);
	form_fit(line, FORM_WIDTH - 4, row, ROW);
}

struct list {
	const struct facts *facts;
	const struct fact_nic *at;
};

static void moved(newtComponent box, void *data)
{
	struct list *l = data;
	const struct fact_nic *now = newtListboxGetCurrent(box);
	char row[ROW];

	for (size_t i = 0; i < l->facts->nic_count && now != l->at; i++) {
		const struct fact_nic *n = &l->facts->nics[i];

		if (n != now && n != l->at)
			continue;
		row_text(n, n == now, row);
		newtListboxSetEntry(box, (int)i, row);
	}
	l->at = now;
}

bool network_applies(const void *ui)
{
	const struct screens *u = ui;

	return u->choices.port_count;
}

static enum ui_go no_port(struct screens *u)
{
	u->choices.port_count = 0;
	switch (form_ask("Management network",
			 "This machine has no network card that the system knows. The host can "
			 "be installed without one; a network is added later by hand.",
			 "Go on", "Back")) {
	case 1:
		return UI_NEXT;
	case 0:
		return UI_BACK;
	default:
		return UI_LOST;
	}
}

SCREEN(network)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	struct list l = { .facts = &u->session->facts };
	newtComponent box;
	char row[ROW];
	struct form f;
	enum form_end end;
	struct err e = { 0 };
	int at = 0;

	(void)to;
	if (!l.facts->nic_count)
		return no_port(u);
	form_open(&f, step->title, step->help,
		  "Which port is the host managed by? It gets the bridge xenbr0, which guests "
		  "may use too.");
	form_label(&f, 1, f.row,
		   "    Port        MAC address       Driver   Link, switch and its port");
	f.row++;
	box = form_list(&f, 1, FORM_WIDTH - 2, l.facts->nic_count, NEWT_FLAG_RETURNEXIT);
	for (size_t i = 0; i < l.facts->nic_count; i++)
		if (c->port_count && strcmp(c->ports[0], l.facts->nics[i].mac) == 0)
			at = (int)i;
	l.at = &l.facts->nics[at];
	for (size_t i = 0; i < l.facts->nic_count; i++) {
		row_text(&l.facts->nics[i], (int)i == at, row);
		newtListboxAppendEntry(box, row, &l.facts->nics[i]);
	}
	newtListboxSetCurrent(box, at);
	newtComponentAddCallback(box, moved, &l);
	form_buttons(&f, "Next", "Back", "Rescan", NULL);
	end = form_run(&f);
	if (end == FORM_NEXT) {
		const struct fact_nic *n = newtListboxGetCurrent(box);

		/* Another first port, and the others are asked for again. */
		if (!c->port_count || strcmp(c->ports[0], n->mac) != 0)
			c->port_count = 1;
		snprintf(c->ports[0], sizeof(c->ports[0]), "%s", n->mac);
	}
	form_close(&f);
	if (end == FORM_MORE && session_look(u->session, &e) < 0)
		return form_ask(step->title, err_text(&e), "Close", NULL) < 0 ? UI_LOST : UI_BACK;
	return screens_go(end);
}

bool ports_applies(const void *ui)
{
	const struct screens *u = ui;

	return u->choices.port_count && u->session->facts.nic_count > 1;
}

static const char *const modes[] = { "active-backup", "802.3ad", "balance-xor" };
static const int lefts[] = { 14, 32, 44 };

static bool has_port(const struct choices *c, const char *mac)
{
	for (unsigned int i = 1; i < c->port_count; i++)
		if (strcmp(c->ports[i], mac) == 0)
			return true;
	return false;
}

static void take_ports(struct choices *c, newtComponent tree)
{
	int count = 0;
	const void **marked = newtCheckboxTreeGetSelection(tree, &count);

	c->port_count = 1;
	for (int i = 0; i < count && c->port_count < CHOICE_PORTS; i++) {
		const struct fact_nic *n = marked[i];

		snprintf(c->ports[c->port_count++], CHOICE_WORD, "%s", n->mac);
	}
	free(marked);
}

SCREEN(ports)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	const struct facts *facts = &u->session->facts;
	newtComponent tree, mode[ARRAY_SIZE(modes)];
	char row[ROW];
	struct form f;
	enum form_end end;
	int rows;

	(void)to;
	form_open(&f, step->title, step->help,
		  "Further ports of the management network make it a bond. Mark them by Space, or "
		  "none for the one port alone.");
	rows = FORM_ROWS - f.row - 2;
	tree = newtCheckboxTree(1, f.row, rows,
				facts->nic_count > (size_t)rows ? NEWT_FLAG_SCROLL : 0);
	newtCheckboxTreeSetWidth(tree, FORM_WIDTH - 2);
	for (size_t i = 0; i < facts->nic_count; i++) {
		const struct fact_nic *n = &facts->nics[i];

		if (strcmp(n->mac, c->ports[0]) == 0)
			continue;
		row_text(n, false, row);
		newtCheckboxTreeAddItem(tree, row + 4, n,
					has_port(c, n->mac) ? NEWT_FLAG_SELECTED : 0,
					NEWT_ARG_APPEND, NEWT_ARG_LAST);
	}
	form_add(&f, tree);
	form_label(&f, 1, FORM_ROWS - 1, "Kind of bond");
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++) {
		mode[i] = newtRadiobutton(lefts[i], FORM_ROWS - 1, modes[i],
					  strcmp(c->bond_mode, modes[i]) == 0,
					  i ? mode[i - 1] : NULL);
		form_add(&f, mode[i]);
	}
	form_buttons(&f, "Next", "Back", NULL);
	end = form_run(&f);
	if (end != FORM_LOST) {
		take_ports(c, tree);
		for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
			if (newtRadioGetCurrent(mode[0]) == mode[i])
				snprintf(c->bond_mode, sizeof(c->bond_mode), "%s", modes[i]);
	}
	form_close(&f);
	return screens_go(end);
}

/* "kickstart: --ip: …" of the line that these answers would be, or NULL. */
static bool wrong(const struct choices *c, char *why, size_t len)
{
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	struct buf text = BUF_INIT;
	struct choices only = { .port_count = c->port_count };
	struct err e = { 0 };
	bool bad;

	only = *c;
	bad = choices_kickstart(&only, &text, &e) < 0;
	if (bad)
		snprintf(why, len, "%s", err_text(&e));
	else
		(void)!ks_parse(text.s, text.len, &a, &m, NULL);
	for (size_t i = 0; i < m.count && !bad; i++) {
		const char *step = choices_step_of(text.s, m.item[i].pos.line);

		if (m.item[i].severity == KS_WARNING || !step || strcmp(step, "network") != 0)
			continue;
		snprintf(why, len, "%s", m.item[i].text);
		bad = true;
	}
	answers_clear(&a);
	ks_messages_clear(&m);
	buf_clear(&text);
	return bad;
}

/* The network that these answers are, by the planner. */
static int network_of(struct screens *u, struct network_plan *out, struct err *e)
{
	struct answers a = ANSWERS_INIT;
	struct ks_messages m = { 0 };
	struct buf text = BUF_INIT;
	int ret = choices_kickstart(&u->choices, &text, e);

	/* That nobody could log in yet is no matter. */
	if (ret == 0)
		(void)!ks_parse(text.s, text.len, &a, &m, e);
	if (ret == 0)
		ret = network_plan_make(&u->session->facts, &a, out, e);
	answers_clear(&a);
	ks_messages_clear(&m);
	explicit_bzero(text.s, text.len);
	buf_clear(&text);
	return ret;
}

static void waits(void *ctx, const char *text)
{
	char fit[FORM_WIDTH + 1], line[FORM_WIDTH + 1];

	snprintf(line, sizeof(line), "%-*s", FORM_WIDTH - 4,
		 form_fit(text, FORM_WIDTH - 4, fit, sizeof(fit)));
	newtLabelSetText(ctx, line);
	newtRefresh();
}

static void add_result(const struct network_result *r, struct buf *out)
{
	static const char *const says[] = {
		[NETWORK_GOOD] = "good", [NETWORK_BAD] = "BAD", [NETWORK_UNKNOWN] = "?"
	};

	buf_adds(out, r->good ? "This network works.\n\n" : "This network DOES NOT WORK yet.\n\n");
	for (size_t i = 0; i < r->count; i++)
		buf_addf(out, "  %-5s %-10s %s\n", says[r->tests[i].verdict], r->tests[i].name,
			 r->tests[i].text);
	if (!r->good)
		buf_adds(out, "\nIt can be installed nevertheless, and be mended on the host.\n");
}

/* Set it up as the host will have it, look whether it works, and take it back. */
static bool test(struct screens *u)
{
	struct network_plan plan = NETWORK_PLAN_INIT;
	struct network_result result = { 0 };
	struct buf text = BUF_INIT;
	struct err e = { 0 }, back = { 0 };
	struct network_try try = { .progress = waits };
	struct form wait;
	bool there;
	int ret = network_of(u, &plan, &e);

	form_wait(&wait, "The network is set up as the host will have it, and tested. This takes "
			 "up to a minute...");
	try.ctx = newtLabel(1, wait.row + 1, "");
	form_add(&wait, try.ctx);
	if (ret == 0)
		ret = network_try(&plan, &try, &result, &e);
	if (network_try_undo(&back) < 0)
		buf_addf(&text, "%s\n\n", err_text(&back));
	form_close(&wait);
	network_plan_clear(&plan);
	if (ret < 0)
		buf_addf(&text, "It could not be tested: %s\n", err_text(&e));
	else
		add_result(&result, &text);
	there = form_view("Test of the network", text.s);
	buf_clear(&text);
	return there;
}

struct fields {
	newtComponent dhcp, manual, ip, prefix, gateway, dns, vlan, mtu;
	newtComponent by6[IPV6_NONE + 1], ip6, gateway6;
};

static const char *const ways6[] = {
	[IPV6_AUTO] = "routers",
	[IPV6_DHCP] = "DHCP",
	[IPV6_STATIC] = "as given:",
	[IPV6_NONE] = "none",
};
static const int lefts6[] = { 18, 31, 41, 56 };

static int way6(const struct fields *e)
{
	newtComponent now = newtRadioGetCurrent(e->by6[0]);
	int i = 0;

	while (i < IPV6_NONE && e->by6[i] != now)
		i++;
	return i;
}

static void gray(newtComponent radio, void *data)
{
	struct fields *e = data;
	newtComponent all[] = { e->ip, e->prefix, e->gateway };
	bool off = newtRadioGetCurrent(e->dhcp) == e->dhcp;

	newtComponent all6[] = { e->ip6, e->gateway6 };
	bool off6 = way6(e) != IPV6_STATIC;

	(void)radio;
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		newtEntrySetFlags(all[i], NEWT_FLAG_DISABLED,
				  off ? NEWT_FLAGS_SET : NEWT_FLAGS_RESET);
	for (size_t i = 0; i < ARRAY_SIZE(all6); i++)
		newtEntrySetFlags(all6[i], NEWT_FLAG_DISABLED,
				  off6 ? NEWT_FLAGS_SET : NEWT_FLAGS_RESET);
}

/* "192.0.2.5/24" in the field of the address is what many type. */
static void split_prefix(struct choices *c)
{
	char *slash = strchr(c->ip, '/');

	if (!slash)
		return;
	snprintf(c->prefix, sizeof(c->prefix), "%s", slash + 1);
	*slash = 0;
}

static void take(struct choices *c, const struct fields *e)
{
	c->ipv4 = newtRadioGetCurrent(e->dhcp) == e->dhcp ? IPV4_DHCP : IPV4_STATIC;
	screens_take(e->ip, c->ip, sizeof(c->ip));
	screens_take(e->prefix, c->prefix, sizeof(c->prefix));
	screens_take(e->gateway, c->gateway, sizeof(c->gateway));
	screens_take(e->dns, c->dns, sizeof(c->dns));
	screens_take(e->mtu, c->mtu, sizeof(c->mtu));
	screens_take(e->vlan, c->vlan, sizeof(c->vlan));
	screens_take(e->ip6, c->ip6, sizeof(c->ip6));
	screens_take(e->gateway6, c->gateway6, sizeof(c->gateway6));
	c->ipv6 = (enum choice_ipv6)way6(e);
	split_prefix(c);
}

static void open_address(struct form *f, const struct ui_step *step, struct fields *e,
			 const struct choices *c, bool dry_run)
{
	form_open(f, step->title, step->help, "How does the port get its address?");
	e->dhcp = newtRadiobutton(1, f->row, "by DHCP", c->ipv4 == IPV4_DHCP, NULL);
	e->manual = newtRadiobutton(20, f->row, "as given here:", c->ipv4 == IPV4_STATIC, e->dhcp);
	form_add(f, e->dhcp);
	form_add(f, e->manual);
	f->row += 2;
	e->ip = form_entry(f, "IPv4 address", 18, c->ip, 20, 0);
	e->prefix = form_entry(f, "Netmask", 18, c->prefix, 20, 0);
	form_label(f, 40, f->row - 1, "24, or 255.255.255.0");
	e->gateway = form_entry(f, "Gateway", 18, c->gateway, 20, 0);
	f->row++;
	form_label(f, 1, f->row, "IPv6 address by");
	for (int i = 0; i <= IPV6_NONE; i++) {
		e->by6[i] = newtRadiobutton(lefts6[i], f->row, ways6[i],
					    c->ipv6 == (enum choice_ipv6)i,
					    i ? e->by6[i - 1] : NULL);
		form_add(f, e->by6[i]);
		newtComponentAddCallback(e->by6[i], gray, e);
	}
	f->row++;
	e->ip6 = form_entry(f, "  address/length", 18, c->ip6, 46, 0);
	e->gateway6 = form_entry(f, "  gateway", 18, c->gateway6, 46, 0);
	f->row++;
	e->dns = form_entry(f, "Name servers", 18, c->dns, 46, 0);
	form_label(f, 18, f->row++, "parted by commas; empty: those that DHCP names");
	e->vlan = form_entry(f, "VLAN", 18, c->vlan, 6, 0);
	f->row--;
	form_label(f, 26, f->row, "or empty     MTU");
	e->mtu = newtEntry(43, f->row, c->mtu, 6, NULL, NEWT_FLAG_SCROLL | NEWT_FLAG_RETURNEXIT);
	form_add(f, e->mtu);
	form_label(f, 51, f->row, "or empty");
	/* Recorded facts have no network. */
	form_buttons(f, "Next", "Back", dry_run ? NULL : "Test", NULL);
	/* Where DHCP does it all, Enter is enough. */
	if (c->ipv4 == IPV4_DHCP)
		newtFormSetCurrent(f->form, f->buttons[0]);
	newtComponentAddCallback(e->dhcp, gray, e);
	newtComponentAddCallback(e->manual, gray, e);
	gray(NULL, e);
}

SCREEN(address)
{
	struct screens *u = ui;
	struct choices *c = &u->choices;
	struct fields e = { 0 };
	char why[512];
	struct form f;
	enum form_end end;

	(void)to;
	open_address(&f, step, &e, c, u->dry_run);
	end = form_run(&f);
	if (end != FORM_LOST)
		take(c, &e);
	form_close(&f);
	if ((end == FORM_NEXT || end == FORM_MORE) && wrong(c, why, sizeof(why)))
		return form_ask(step->title, why, "Close", NULL) < 0 ? UI_LOST : UI_AGAIN;
	if (end == FORM_MORE && !u->dry_run)
		return test(u) ? UI_AGAIN : UI_LOST;
	return screens_go(end);
}
