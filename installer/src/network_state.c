/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network_state.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "gather.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

enum { STATUS_SECONDS = 10, DNS_PORT = 53 };

/* An address is an array of its bytes. */
static bool address_of(const json_t *bytes, char out[INET6_ADDRSTRLEN])
{
	size_t n = json_array_size(bytes);
	unsigned char raw[16] = { 0 };

	if (n != 4 && n != 16)
		return false;
	for (size_t i = 0; i < n; i++) {
		json_int_t byte = json_integer_value(json_array_get(bytes, i));

		if (byte < 0 || byte > 255)
			return false;
		raw[i] = (unsigned char)byte;
	}
	return inet_ntop(n == 4 ? AF_INET : AF_INET6, raw, out, INET6_ADDRSTRLEN);
}

static void list_add(struct network_list *list, const char *text)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], text) == 0)
			return;
	if (list->count < NETWORK_LIST_MAX)
		snprintf(list->item[list->count++], NETWORK_ADDRESS_MAX, "%s", text);
}

static bool is_link_local(const char *address)
{
	return strncmp(address, "fe80:", 5) == 0 || strncmp(address, "169.254.", 8) == 0;
}

static json_int_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static void take_addresses(const json_t *json, struct network_list *out)
{
	char text[INET6_ADDRSTRLEN], full[NETWORK_ADDRESS_MAX];
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json, "Addresses"), i, one)
	{
		const char *state = json_string_value(json_object_get(one, "ConfigState"));

		if (!address_of(json_object_get(one, "Address"), text) || is_link_local(text))
			continue;
		/* One that is not there yet may turn out to be another's. */
		if (state && strcmp(state, "configured") != 0)
			continue;
		snprintf(full, sizeof(full), "%s/%lld", text,
			 (long long)number_of(one, "PrefixLength"));
		list_add(out, full);
	}
}

static void add_gateway(const json_t *one, struct network_list *out)
{
	char text[INET6_ADDRSTRLEN];

	if (address_of(json_object_get(one, "Gateway"), text))
		list_add(out, text);
}

/*
 * The default route that a router advertises leads to a next hop, not to the
 * interface, and so is not among the interface's routes.  Its next hop is.
 */
static void take_gateways(const json_t *json, struct network_list *out)
{
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json, "Routes"), i, one)
	{
		const json_t *length = json_object_get(one, "DestinationPrefixLength");

		if (json_is_integer(length) && json_integer_value(length) == 0)
			add_gateway(one, out);
	}
	json_array_foreach(json_object_get(json, "NextHops"), i, one) add_gateway(one, out);
}

static void take_dns(const json_t *json, struct network_list *out)
{
	char text[INET6_ADDRSTRLEN];
	const json_t *one;
	size_t i;

	json_array_foreach(json_object_get(json, "DNS"), i,
			   one) if (address_of(json_object_get(one, "Address"), text))
		list_add(out, text);
}

void network_state_parse(const json_t *json, struct network_state *out)
{
	const char *setup = json_string_value(json_object_get(json, "AdministrativeState"));

	*out = (struct network_state){ .configured = setup && strcmp(setup, "configured") == 0 };
	take_addresses(json, &out->addresses);
	take_gateways(json, &out->gateways);
	take_dns(json, &out->dns);
}

void network_attribute(const char *name, const char *attribute, char *out, size_t len)
{
	struct buf text = BUF_INIT;

	gather_read(&text, "/sys/class/net/%s/%s", name, attribute);
	snprintf(out, len, "%.*s", (int)strcspn(text.s, "\n"), text.s);
	buf_clear(&text);
}

void network_state_read(const char *name, struct network_state *out)
{
	const char *const argv[] = { "networkctl", "--json=short", "status", name, NULL };
	struct buf text = BUF_INIT;
	struct proc run = { .argv = argv, .timeout_s = STATUS_SECONDS, .out = &text };
	struct err e = { 0 };
	json_t *json = NULL;
	char carrier[8];

	if (proc_run(&run, &e) == 0)
		json = json_loadb(text.s, text.len, 0, NULL);
	network_state_parse(json, out);
	network_attribute(name, "carrier", carrier, sizeof(carrier));
	out->carrier = strcmp(carrier, "1") == 0;
	json_decref(json);
	buf_clear(&text);
}

/* RFC 1035, 4.1: one question for the NS records of the root, recursion desired. */
static const unsigned char question[] = { 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 1 };

static bool dns_exchange(int fd, int ms)
{
	unsigned char packet[512];
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	uint16_t id;
	ssize_t n;

	memcpy(packet, question, sizeof(question));
	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return false;
	memcpy(packet, &id, sizeof(id));
	if (send(fd, packet, sizeof(question), 0) < 0 || poll(&wait, 1, ms) <= 0)
		return false;
	n = recv(fd, packet, sizeof(packet), 0);
	/* Any answer to it will do, also a refusal: the server is there. */
	return n >= 12 && memcmp(packet, &id, sizeof(id)) == 0 && packet[2] & 0x80;
}

bool network_dns_answers(const char *server, const char *name, int ms)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(DNS_PORT) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(DNS_PORT) };
	bool is4 = inet_pton(AF_INET, server, &four.sin_addr) == 1;
	const struct sockaddr *to = is4 ? (struct sockaddr *)&four : (struct sockaddr *)&six;
	_cleanup_close_ int fd = -1;

	if (!is4 && inet_pton(AF_INET6, server, &six.sin6_addr) != 1)
		return false;
	fd = socket(is4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name)) < 0)
		return false;
	if (connect(fd, to, is4 ? sizeof(four) : sizeof(six)) < 0)
		return false;
	for (int try = 0; try < 3; try++)
		if (dns_exchange(fd, ms / 3))
			return true;
	return false;
}
