/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kickstart/answers.h"

#include <stdlib.h>
#include <string.h>

#include "parser.h"

void strings_clear(struct ks_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->item[i]);
	free(list->item);
	*list = (struct ks_strings){ 0 };
}

static void script_clear(struct ks_script *s)
{
	free(s->interpreter);
	free(s->log);
	free(s->body);
}

static void secret_clear(char *text)
{
	if (text)
		explicit_bzero(text, strlen(text));
	free(text);
}

/* Clear and free an array of structs whose strings the options of a table filled. */
#define CLEAR_ALL(options, array, count)                       \
	do {                                                   \
		for (size_t i = 0; i < (count); i++)           \
			options_clear((options), &(array)[i]); \
		free(array);                                   \
	} while (0)

static void layout_clear(struct answers *a)
{
	for (size_t i = 0; i < a->part_count; i++)
		free(a->parts[i].mount);
	CLEAR_ALL(part_options, a->parts, a->part_count);
	for (size_t i = 0; i < a->raid_count; i++) {
		free(a->raids[i].mount);
		strings_clear(&a->raids[i].members);
	}
	CLEAR_ALL(raid_options, a->raids, a->raid_count);
	for (size_t i = 0; i < a->volgroup_count; i++) {
		free(a->volgroups[i].name);
		strings_clear(&a->volgroups[i].members);
	}
	CLEAR_ALL(volgroup_options, a->volgroups, a->volgroup_count);
	for (size_t i = 0; i < a->logvol_count; i++)
		free(a->logvols[i].mount);
	CLEAR_ALL(logvol_options, a->logvols, a->logvol_count);
}

static void networks_clear(struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++) {
		free(a->networks[i].ip);
		free(a->networks[i].gateway);
		free(a->networks[i].hostname);
	}
	CLEAR_ALL(network_options, a->networks, a->network_count);
}

static void lists_clear(struct answers *a)
{
	for (size_t i = 0; i < a->script_count; i++)
		script_clear(&a->scripts[i]);
	free(a->scripts);
	for (size_t i = 0; i < a->certificate_count; i++)
		free(a->certificates[i].body);
	CLEAR_ALL(webhook_options, a->webhooks, a->webhook_count);
	CLEAR_ALL(certificate_options, a->certificates, a->certificate_count);
	for (size_t i = 0; i < a->sshkey_count; i++) {
		free(a->sshkeys[i].user);
		free(a->sshkeys[i].key);
	}
	free(a->sshkeys);
	for (size_t i = 0; i < a->sshpw_count; i++) {
		if (a->sshpws[i].password)
			explicit_bzero(a->sshpws[i].password, strlen(a->sshpws[i].password));
		free(a->sshpws[i].password);
		free(a->sshpws[i].key);
	}
	free(a->sshpws);
	for (size_t i = 0; i < a->unmet_count; i++)
		free(a->unmet[i].text);
	free(a->unmet);
	for (size_t i = 0; i < a->appliance_count; i++)
		free(a->appliances[i].source);
	CLEAR_ALL(appliance_options, a->appliances, a->appliance_count);
	CLEAR_ALL(user_options, a->users, a->user_count);
	CLEAR_ALL(group_options, a->groups, a->group_count);
	CLEAR_ALL(iscsi_options, a->iscsis, a->iscsi_count);
	CLEAR_ALL(disk_options, a->disks, a->disk_count);
}

void answers_clear(struct answers *a)
{
	layout_clear(a);
	networks_clear(a);
	lists_clear(a);
	options_clear(bootloader_options, &a->bootloader);
	options_clear(source_options, &a->origin);
	options_clear(guests_options, &a->guests);
	options_clear(bridge_options, &a->bridge);
	options_clear(preflight_options, &a->preflight);
	options_clear(on_failure_options, &a->on_failure);
	strings_clear(&a->ntp);
	strings_clear(&a->only_use);
	strings_clear(&a->ignore);
	strings_clear(&a->files);
	options_clear(firewall_options, &a->firewall);
	strings_clear(&a->services_on);
	strings_clear(&a->services_off);
	free(a->lang);
	free(a->keyboard);
	free(a->timezone);
	secret_clear(a->root_password);
	*a = ANSWERS_INIT;
}

const char *answers_lack(const struct answers *a)
{
	bool password = a->root_password && *a->root_password && !a->root_locked;

	for (size_t i = 0; i < a->user_count; i++)
		password |= a->users[i].password && *a->users[i].password && !a->users[i].locked;
	if (!password && !a->sshkey_count)
		return "nobody could log in: give rootpw or sshkey";
	return a->autopart || a->part_count || a->logvol_count || a->guests.keep
		       ? NULL
		       : "the layout is missing: say autopart, or part for one of your own";
}

const char *answers_hostname(const struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++)
		if (a->networks[i].hostname)
			return a->networks[i].hostname;
	return NULL;
}
