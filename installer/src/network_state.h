/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd-networkd says of an interface, and the questions that are asked
 * of others over it.
 */
#ifndef INSTALLER_NETWORK_STATE_H
#define INSTALLER_NETWORK_STATE_H

#include <jansson.h>
#include <stdbool.h>

#include "installer/facts.h"

enum { NETWORK_LIST_MAX = 8, NETWORK_ADDRESS_MAX = 64 };

struct network_list {
	char item[NETWORK_LIST_MAX][NETWORK_ADDRESS_MAX];
	size_t count;
};

struct network_state {
	bool carrier;
	bool configured;	       /* systemd-networkd waits for nothing more of it */
	struct network_list addresses; /* "192.0.2.10/24", without link-local ones */
	struct network_list gateways;
	struct network_list dns;
};

/* From the JSON of "networkctl status INTERFACE". */
void network_state_parse(const json_t *json, struct network_state *out);

/* The same of this machine; what is not known stays empty. */
void network_state_read(const char *name, struct network_state *out);

/* A file of /sys/class/net/NAME as one line, "" when there is none. */
void network_attribute(const char *name, const char *attribute, char *out, size_t len);

/*
 * Whether a name server answers anything within the given milliseconds to a
 * question for the root's name servers that leaves over the interface.
 */
bool network_dns_answers(const char *server, const char *name, int ms);

#endif
