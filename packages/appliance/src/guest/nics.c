/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hardware.h"
#include "socle/buf.h"
#include "socle/fs.h"

/* What QEMU emulates in the place of a card; the rest is e1000, which most systems know. */
static const struct {
	const char *given, *model;
} cards[] = {
	{ "e1000e", "e1000e" },	  { "e1000", "e1000" },	  { "pcnet", "pcnet" },
	{ "rtl8139", "rtl8139" }, { "ne2k", "ne2k_pci" },
};

static const char *card(const char *given)
{
	for (size_t i = 0; i < sizeof(cards) / sizeof(cards[0]); i++)
		if (strncasecmp(given, cards[i].given, strlen(cards[i].given)) == 0)
			return cards[i].model;
	return "e1000";
}

void guest_digest(const struct guest_answers *a, const char *name, const char *purpose,
		  uint8_t out[16])
{
	struct buf text = BUF_INIT;
	char hex[SHA256_HEX];

	/* NULs between the parts: they cannot be in any of them. */
	buf_adds(&text, purpose);
	buf_addc(&text, '\0');
	buf_adds(&text, a->host ? a->host : "");
	buf_addc(&text, '\0');
	buf_adds(&text, name);
	sha256_mem(text.s, text.len, hex);
	buf_clear(&text);
	for (int i = 0; i < 16; i++) {
		char byte[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

		out[i] = (uint8_t)strtoul(byte, NULL, 16);
	}
}

/* Xen's own prefix; the same for the same card of the same guest, and no other on another host. */
void guest_mac(const struct guest_answers *a, const char *name, size_t n, char mac[18])
{
	uint8_t d[16];
	char purpose[32];

	snprintf(purpose, sizeof(purpose), "mac%zu", n);
	guest_digest(a, name, purpose, d);
	snprintf(mac, 18, "00:16:3e:%02x:%02x:%02x", d[0] & 0x7f, d[1], d[2]);
}

/* Six bytes in hexadecimal, of one card. */
static bool is_mac(const char *s)
{
	if (strlen(s) != 17)
		return false;
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? s[i] != ':' : !isxdigit((unsigned char)s[i]))
			return false;
	return !(strtoul((char[]){ s[1], '\0' }, NULL, 16) & 1) &&
	       strcmp(s, "00:00:00:00:00:00") != 0;
}

/* IFNAMSIZ, and none of what would end the value in xl's configuration. */
static bool is_bridge(const char *s)
{
	size_t len = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

	return len && len < 16 && !s[len] && *s != '-';
}

static const char *bridge_of(const struct guest_answers *a, const char *network)
{
	for (size_t i = 0; i < a->n_networks; i++)
		if (strcmp(a->networks[i].key, network) == 0)
			return a->networks[i].value;
	return a->bridge ? a->bridge : "xenbr0";
}

static int check_networks(const struct choose_in *in, struct err *e)
{
	const struct guest_answers *a = in->answers;
	const struct model *m = in->model;

	for (size_t i = 0; i < a->n_networks; i++) {
		size_t k = 0;

		while (k < m->n_networks && strcmp(m->networks[k].name, a->networks[i].key) != 0)
			k++;
		if (k == m->n_networks)
			return err_set(e, -EINVAL, "network %s: the package has none of that name",
				       a->networks[i].key);
		if (!is_bridge(a->networks[i].value))
			return err_set(e, -EINVAL, "network %s: %s is no name of a bridge",
				       a->networks[i].key, a->networks[i].value);
	}
	if (a->bridge && !is_bridge(a->bridge))
		return err_set(e, -EINVAL, "%s is no name of a bridge", a->bridge);
	return 0;
}

int nics_add(const struct choose_in *in, struct guest *g, struct err *e)
{
	const struct model_machine *m = in->machine;

	if (check_networks(in, e) < 0)
		return -EINVAL;
	g->nics = calloc(m->n_nics + 1, sizeof(*g->nics));
	if (!g->nics)
		return err_sys(e, -ENOMEM, "networks");
	for (size_t i = 0; i < m->n_nics; i++) {
		const struct model_nic *from = &m->nics[i];
		struct guest_nic *n = &g->nics[i];
		bool known = from->network < in->model->n_networks;

		if (in->answers->keep_mac && is_mac(from->mac))
			for (int k = 0; k < 17; k++)
				n->mac[k] = (char)tolower((unsigned char)from->mac[k]);
		else
			guest_mac(in->answers, g->name, i, n->mac);
		n->bridge = strdup(bridge_of(in->answers,
					     known ? in->model->networks[from->network].name : ""));
		if (!n->bridge)
			return err_sys(e, -ENOMEM, "networks");
		n->network = known ? from->network : MODEL_NONE;
		snprintf(n->model, sizeof(n->model), "%s", card(from->model));
		g->n_nics++;
	}
	return 0;
}
