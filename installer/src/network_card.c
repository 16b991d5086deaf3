/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which card a line of the kickstart means.
 */
#include <string.h>
#include <strings.h>

#include "network.h"

bool network_is_selector(const char *name)
{
	return strcmp(name, "link") == 0 || strcmp(name, "bootif") == 0 || strchr(name, ':');
}

static const struct fact_nic *nic_default(const struct facts *f)
{
	for (size_t i = 0; i < f->nic_count; i++)
		if (f->nics[i].boot)
			return &f->nics[i];
	for (size_t i = 0; i < f->nic_count; i++)
		if (f->nics[i].carrier)
			return &f->nics[i];
	return f->nic_count ? &f->nics[0] : NULL;
}

static bool nic_fits(const struct fact_nic *nic, const char *device)
{
	if (strcmp(device, "link") == 0)
		return nic->carrier;
	if (strcmp(device, "bootif") == 0)
		return nic->boot;
	return strcmp(device, nic->name) == 0 || strcasecmp(device, nic->mac) == 0;
}

static int nic_unknown(const struct facts *f, struct ks_pos pos, const char *device, struct err *e)
{
	struct buf names = BUF_INIT;
	int ret;

	for (size_t i = 0; i < f->nic_count && i < 16; i++)
		buf_addf(&names, "%s%s %s", i ? ", " : "", f->nics[i].name, f->nics[i].mac);
	if (strcmp(device, "link") == 0)
		ret = refuse(e, pos, "no network card has a link; there is: %s",
			     names.len ? names.s : "none");
	else if (strcmp(device, "bootif") == 0)
		ret = refuse(e, pos,
			     "\"bootif\" is the card that was booted over, but no BOOTIF= on the "
			     "kernel's command line names one; there is: %s",
			     names.len ? names.s : "none");
	else
		ret = refuse(e, pos, "no network card of this machine is \"%.64s\"; there is: %s",
			     device, names.len ? names.s : "none");
	buf_clear(&names);
	return ret;
}

int network_card(const struct facts *f, struct ks_pos pos, const char *device,
		 const struct fact_nic **out, struct err *e)
{
	*out = nic_default(f);
	if (!device)
		return 0;
	for (size_t i = 0; i < f->nic_count; i++) {
		if (nic_fits(&f->nics[i], device)) {
			*out = &f->nics[i];
			return 0;
		}
	}
	return nic_unknown(f, pos, device, e);
}
