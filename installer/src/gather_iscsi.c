/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks over iSCSI, and the one that the firmware tells of by its iBFT
 * (Documentation/ABI/testing/sysfs-ibft of Linux).
 */
#include <stdio.h>
#include <string.h>

#include "gather.h"

#define IBFT "/sys/firmware/ibft/"

/* Of the flags of a target: the block is valid, and the firmware boots by it. */
enum { BLOCK_VALID = 1, BOOT_SELECTED = 2, TARGETS_MAX = 16 };

/* Where a card's address is from. */
enum { ORIGIN_DHCP = 3 };

static json_t *portal_text(json_t *address, uint64_t port)
{
	const char *text = json_string_value(address);
	bool six = strchr(text, ':');
	json_t *portal = json_sprintf("%s%s%s:%llu", six ? "[" : "", text, six ? "]" : "",
				      (unsigned long long)port);

	json_decref(address);
	return portal;
}

static bool by_dhcp(unsigned long long nic)
{
	json_t *server = gather_file(IBFT "ethernet%llu/dhcp", nic);
	const char *text = json_string_value(server);
	bool yes = (*text && strcmp(text, "0.0.0.0") != 0) ||
		   gather_number(IBFT "ethernet%llu/origin", nic) == ORIGIN_DHCP;

	json_decref(server);
	return yes;
}

static json_t *ibft_target(int target)
{
	unsigned long long nic = gather_number(IBFT "target%d/nic-assoc", target);
	json_t *t = json_object();

	json_object_set_new(t, "target", gather_file(IBFT "target%d/target-name", target));
	json_object_set_new(t, "portal",
			    portal_text(gather_file(IBFT "target%d/ip-addr", target),
					gather_number(IBFT "target%d/port", target)));
	json_object_set_new(t, "lun", gather_file(IBFT "target%d/lun", target));
	json_object_set_new(t, "mac", gather_file(IBFT "ethernet%llu/mac", nic));
	json_object_set_new(t, "dhcp", json_boolean(by_dhcp(nic)));
	return t;
}

json_t *gather_ibft(void)
{
	const uint64_t both = BLOCK_VALID | BOOT_SELECTED;

	for (int i = 0; i < TARGETS_MAX; i++)
		if ((gather_number(IBFT "target%d/flags", i) & both) == both)
			return ibft_target(i);
	return NULL;
}

/* The table's eight bytes of a LUN, as the kernel shows them: each in hexadecimal, unpadded. */
static bool same_lun(const char *shown, unsigned int lun)
{
	char text[24];

	snprintf(text, sizeof(text), "%x%x000000", lun >> 8 & 0xff, lun & 0xff);
	return strcmp(shown, text) == 0;
}

void gather_iscsi(const char *syspath, const json_t *ibft, json_t *disk)
{
	const char *at = strstr(syspath, "/session"), *block = strstr(syspath, "/block/");
	unsigned int session, lun;
	json_t *target, *portal;

	while (block && block > syspath && block[-1] != ':')
		block--;
	if (!at || sscanf(at, "/session%u/", &session) != 1 || !block ||
	    sscanf(block, "%u", &lun) != 1)
		return;
	target = gather_file("/sys/class/iscsi_session/session%u/targetname", session);
	portal = portal_text(
		gather_file("/sys/class/iscsi_connection/connection%u:0/persistent_address",
			    session),
		gather_number("/sys/class/iscsi_connection/connection%u:0/persistent_port",
			      session));
	json_object_set_new(disk, "ibft",
			    json_boolean(json_equal(target, json_object_get(ibft, "target")) &&
					 json_equal(portal, json_object_get(ibft, "portal")) &&
					 same_lun(gather_member(ibft, "lun"), lun)));
	json_object_set_new(disk, "iscsi_target", target);
	json_object_set_new(disk, "iscsi_portal", portal);
	json_object_set_new(disk, "iscsi_lun", json_integer(lun));
}
