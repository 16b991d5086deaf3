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

static void network_clear(struct ks_network *n)
{
	free(n->device);
	free(n->ip);
	free(n->gateway);
	free(n->hostname);
	strings_clear(&n->dns);
}

static void script_clear(struct ks_script *s)
{
	free(s->interpreter);
	free(s->log);
	free(s->body);
}

static void lists_clear(struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++)
		network_clear(&a->networks[i]);
	free(a->networks);
	for (size_t i = 0; i < a->script_count; i++)
		script_clear(&a->scripts[i]);
	free(a->scripts);
	for (size_t i = 0; i < a->sshkey_count; i++) {
		free(a->sshkeys[i].user);
		free(a->sshkeys[i].key);
	}
	free(a->sshkeys);
	strings_clear(&a->ntp);
	strings_clear(&a->only_use);
	strings_clear(&a->ignore);
}

void answers_clear(struct answers *a)
{
	lists_clear(a);
	free(a->lang);
	free(a->keyboard);
	free(a->timezone);
	if (a->root_password)
		explicit_bzero(a->root_password, strlen(a->root_password));
	free(a->root_password);
	*a = ANSWERS_INIT;
}

const char *answers_lack(const struct answers *a)
{
	bool password = a->root_password && *a->root_password && !a->root_locked;

	if (!password && !a->sshkey_count)
		return "nobody could log in: give rootpw or sshkey";
	return a->autopart ? NULL : "autopart is missing: it is the one layout";
}

const char *answers_hostname(const struct answers *a)
{
	for (size_t i = 0; i < a->network_count; i++)
		if (a->networks[i].hostname)
			return a->networks[i].hostname;
	return NULL;
}
