/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Properties as cloud-init understands them.  Two families of keys have a
 * meaning that is known: those of cloud-init's own OVF datasource (hostname,
 * public-keys, password, user-data and network-config in base64), and Oracle's
 * com.oracle.linux.*.  Its YAML is written as JSON, which is a part of it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "seed.h"
#include "socle/cleanup.h"

#define ORACLE "com.oracle.linux."

enum { NICS_MAX = 8, DATA_MAX = 1 << 20 };

/* The value of the first of some keys that has one, or NULL. */
static const char *value_of(const struct guest *g, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *s = json_string_value(json_object_get(g->values, *keys));

		if (s && *s)
			return s;
	}
	return NULL;
}

static const char *answer(const struct guest *g, const char *key, const char *const *keys)
{
	const char *s = json_string_value(json_object_get(g->cloud, key));

	return s ? s : value_of(g, keys);
}

static const char *hostname(const struct guest *g)
{
	static const char *const keys[] = { "hostname", "local-hostname", ORACLE "network.hostname",
					    NULL };

	return answer(g, "hostname", keys);
}

/* Base64 with line breaks; what is none is taken as it is, as cloud-init does. */
static void decode(const char *text, struct buf *out)
{
	size_t len = 0, all = strlen(text);
	_cleanup_free_ unsigned char *plain = NULL, *packed = NULL;
	int n, pad = 0;

	if (all > DATA_MAX)
		return;
	packed = malloc(all + 1);
	plain = malloc(all + 4);
	if (!packed || !plain)
		return;
	for (const char *s = text; *s; s++)
		if (!strchr(" \t\r\n", *s))
			packed[len++] = (unsigned char)*s;
	packed[len] = '\0';
	for (size_t i = len; i > 0 && packed[i - 1] == '='; i--)
		pad++;
	n = len % 4 == 0 && pad <= 2 ? EVP_DecodeBlock(plain, packed, (int)len) : -1;
	if (n >= pad)
		buf_add(out, plain, (size_t)(n - pad));
	else
		buf_adds(out, text);
}

/* JSON and a newline. */
static int dump(const char *head, json_t *json, struct buf *out)
{
	_cleanup_free_ char *text = json_dumps(json, JSON_INDENT(1) | JSON_PRESERVE_ORDER);

	if (!text)
		return -ENOMEM;
	buf_addf(out, "%s%s\n", head, text);
	return buf_ok(out) ? 0 : -ENOMEM;
}

static json_t *lines(const char *text)
{
	json_t *list = json_array();

	while (*text) {
		size_t len = strcspn(text, "\r\n");

		if (len)
			json_array_append_new(list, json_stringn(text, len));
		text += len;
		text += strspn(text, "\r\n");
	}
	return list;
}

/* The password of the image's user, and root's, by cloud-config. */
static json_t *config(const struct guest *g)
{
	static const char *const user_keys[] = { "password", NULL };
	static const char *const root_keys[] = { ORACLE "root-password", NULL };
	const char *user = value_of(g, user_keys), *root = value_of(g, root_keys);
	json_t *config = json_object(), *change = json_object();

	if (user) {
		json_object_set_new(config, "password", json_string(user));
		json_object_set_new(config, "ssh_pwauth", json_true());
	}
	if (root)
		json_object_set_new(change, "list", json_sprintf("root:%s", root));
	if (user || root) {
		json_object_set_new(change, "expire", json_false());
		json_object_set(config, "chpasswd", change);
	}
	json_decref(change);
	return config;
}

/* What was given as user-data and what is made of properties, as one (RFC 2046, 5.1.3). */
static void both(const struct buf *given, const struct buf *made, struct buf *out)
{
	static const char edge[] = "==socle-seed==";
	const char *type = strncmp(given->s, "#!", 2) == 0 ? "x-shellscript" : "cloud-config";

	buf_addf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\nMIME-Version: 1.0\n\n",
		 edge);
	buf_addf(out, "--%s\nContent-Type: text/%s\n\n%s\n", edge, type, given->s);
	buf_addf(out, "--%s\nContent-Type: text/cloud-config\n\n%s\n--%s--\n", edge, made->s, edge);
}

static int add_user_data(const struct guest *g, struct buf *out)
{
	static const char *const keys[] = { "user-data", NULL };
	const char *answered = json_string_value(json_object_get(g->cloud, "user_data"));
	_cleanup_json_ json_t *made = config(g);
	struct buf given = BUF_INIT, text = BUF_INIT;
	const char *value = value_of(g, keys);
	int ret = 0;

	if (answered)
		buf_adds(&given, answered);
	else if (value)
		decode(value, &given);
	if (json_object_size(made))
		ret = dump("#cloud-config\n", made, &text);
	if (given.len && text.len)
		both(&given, &text, out);
	else
		buf_adds(out, given.len ? given.s : text.s);
	buf_clear(&given);
	buf_clear(&text);
	return ret;
}

/* Of com.oracle.linux.network.KEY.N, or NULL. */
static const char *oracle(const struct guest *g, const char *key, size_t n)
{
	char name[96];
	const char *s;

	snprintf(name, sizeof(name), ORACLE "network.%s.%zu", key, n);
	s = json_string_value(json_object_get(g->values, name));
	return s && *s ? s : NULL;
}

/* "255.255.255.0" or "24" as a length; -1 when it is neither. */
static int prefix(const char *mask)
{
	struct in_addr a;
	uint32_t bits;
	char *end;
	long n;

	if (inet_pton(AF_INET, mask, &a) == 1) {
		bits = ntohl(a.s_addr);
		return (~bits & (~bits + 1)) ? -1 : __builtin_popcount(bits);
	}
	n = strtol(mask, &end, 10);
	return end != mask && !*end && n >= 0 && n <= 128 ? (int)n : -1;
}

static json_t *words(const char *text)
{
	json_t *list = json_array();

	for (text += strspn(text, " ,;"); *text; text += strspn(text, " ,;")) {
		size_t len = strcspn(text, " ,;");

		json_array_append_new(list, json_stringn(text, len));
		text += len;
	}
	return list;
}

static void add_names(const struct guest *g, size_t n, json_t *device)
{
	const char *servers = oracle(g, "dns-servers", n),
		   *domains = oracle(g, "dns-search-domains", n);
	json_t *names = json_object();

	if (servers)
		json_object_set_new(names, "addresses", words(servers));
	if (domains)
		json_object_set_new(names, "search", words(domains));
	if (servers || domains)
		json_object_set(device, "nameservers", names);
	json_decref(names);
}

/* Version 2 of cloud-init's network configuration; NULL when nothing is said of the card. */
static json_t *oracle_card(const struct guest *g, size_t n)
{
	const char *proto = oracle(g, "bootproto", n), *address = oracle(g, "ipaddr", n),
		   *mask = oracle(g, "netmask", n), *gateway = oracle(g, "gateway", n);
	int length = mask ? prefix(mask) : 24;
	json_t *device;

	if (!proto && !address)
		return NULL;
	device = json_pack("{s:{s:s}}", "match", "macaddress", g->nics[n].mac);
	if (address && length >= 0 && (!proto || strcasecmp(proto, "dhcp") != 0)) {
		json_object_set_new(device, "addresses",
				    json_pack("[o]", json_sprintf("%s/%d", address, length)));
		if (gateway)
			json_object_set_new(device, "gateway4", json_string(gateway));
	} else {
		json_object_set_new(device, "dhcp4", json_true());
	}
	add_names(g, n, device);
	return device;
}

static int add_network(const struct guest *g, struct buf *out)
{
	static const char *const keys[] = { "network-config", NULL };
	const char *value = value_of(g, keys);
	json_t *cards = json_object();
	_cleanup_json_ json_t *network = json_pack("{s:i, s:o}", "version", 2, "ethernets", cards);

	if (value) {
		decode(value, out);
		return 0;
	}
	for (size_t i = 0; i < g->n_nics && i < NICS_MAX; i++) {
		json_t *device = oracle_card(g, i);
		char name[16];

		snprintf(name, sizeof(name), "eth%zu", i);
		if (device)
			json_object_set_new(cards, name, device);
	}
	return json_object_size(cards) ? dump("", network, out) : 0;
}

/* cloud-init takes the guest for a new one when the instance-id is another. */
static int add_meta_data(const struct guest *g, struct buf *out)
{
	static const char *const id_keys[] = { "instance-id", NULL };
	static const char *const key_keys[] = { "public-keys", NULL };
	const char *host = hostname(g), *keys = answer(g, "ssh_keys", key_keys),
		   *id = value_of(g, id_keys);
	_cleanup_json_ json_t *meta = json_pack("{s:s}", "instance-id", id ? id : g->uuid);

	if (host)
		json_object_set_new(meta, "local-hostname", json_string(host));
	if (keys)
		json_object_set_new(meta, "public-keys", lines(keys));
	return dump("", meta, out);
}

int seed_cloud(const struct guest *g, struct seed_cloud *c, struct err *e)
{
	static const char *const id_keys[] = { "instance-id", "public-keys", NULL };
	int ret;

	*c = (struct seed_cloud){ BUF_INIT, BUF_INIT, BUF_INIT };
	ret = add_user_data(g, &c->user_data);
	if (ret == 0)
		ret = add_network(g, &c->network_config);
	if (ret == 0 && (c->user_data.len || c->network_config.len || hostname(g) ||
			 answer(g, "ssh_keys", id_keys)))
		ret = add_meta_data(g, &c->meta_data);
	return ret < 0 ? err_sys(e, ret, "cloud-init's data") : 0;
}

void seed_cloud_clear(struct seed_cloud *c)
{
	buf_clear(&c->meta_data);
	buf_clear(&c->user_data);
	buf_clear(&c->network_config);
}
