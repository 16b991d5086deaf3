/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What switches say of themselves by LLDP, which systemd-networkd hears on every
 * port of the live system; a switch speaks every 30 seconds.  All of it is
 * somebody else's text.
 */
#include <string.h>

#include "gather.h"
#include "socle/proc.h"

enum { LLDP_SECONDS = 5 };

json_t *gather_lldp(void)
{
	const char *const argv[] = { "networkctl", "lldp", "--json=short", NULL };
	struct buf out = BUF_INIT;
	struct proc run = { .argv = argv, .timeout_s = LLDP_SECONDS, .out = &out };
	struct err e = { 0 };
	json_t *all = NULL;

	if (proc_run(&run, &e) == 0 && out.len < FACTS_FILE_MAX)
		all = json_loadb(out.s, out.len, 0, NULL);
	buf_clear(&out);
	return all;
}

static const struct {
	const char *key, *from;
} texts[] = {
	{ "lldp_system", "SystemName" },
	{ "lldp_chassis", "ChassisID" },
	{ "lldp_port", "PortID" },
	{ "lldp_description", "PortDescription" },
};

void lldp_add(const json_t *lldp, const char *name, json_t *nic)
{
	const json_t *link, *one = NULL, *vlan;
	size_t i;

	json_array_foreach(json_object_get(lldp, "Neighbors"), i, link)
	{
		const char *its = json_string_value(json_object_get(link, "InterfaceName"));

		if (its && strcmp(its, name) == 0)
			one = json_array_get(json_object_get(link, "Neighbors"), 0);
	}
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		json_object_set_new(
			nic, texts[i].key,
			gather_text(json_string_value(json_object_get(one, texts[i].from))));
	/* Told since systemd 258. */
	vlan = json_object_get(one, "VlanID");
	if (json_is_integer(vlan) && json_integer_value(vlan) > 0 &&
	    json_integer_value(vlan) < 4095)
		json_object_set_new(nic, "lldp_vlan", json_integer(json_integer_value(vlan)));
}
