/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a state folder knows, and forgetting a part of it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "netboot/order.h"
#include "server.h"
#include "socle/cleanup.h"

static bool is_of(const json_t *machine, const char *key)
{
	return strcmp(json_string_value(json_object_get(machine, "mac")), key) == 0 ||
	       strcmp(json_string_value(json_object_get(machine, "serial")), key) == 0;
}

/* An order of a machine that is there tells of it; one of none is a line of its own. */
static void add_order(json_t *list, const json_t *order)
{
	const char *key = json_string_value(json_object_get(order, "key")), *id;
	bool is_mac, done;
	char mac[MAC_SIZE];
	json_t *machine;
	size_t i;

	id = json_string_value(json_object_get(order, "id"));
	json_array_foreach(list, i, machine)
	{
		if (!is_of(machine, key))
			continue;
		done = strcmp(json_string_value(json_object_get(machine, "finished")), id) == 0;
		json_object_set(machine, "order", json_object_get(order, "key"));
		json_object_set_new(machine, "due", json_boolean(!done));
		return;
	}
	is_mac = mac_parse(key, mac);
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:s, s:O, s:O, s:O, s:b}", "state", "expected",
					"mac", is_mac ? key : "", "serial", is_mac ? "" : key,
					"name", json_object_get(order, "name"), "kickstart",
					json_object_get(order, "kickstart"), "order",
					json_object_get(order, "key"), "due", true));
}

int list_add_orders(json_t *list, const char *state, struct err *e)
{
	struct orders s = { .state = state };
	_cleanup_json_ json_t *orders = NULL;
	const json_t *order;
	int ret = orders_json(&s, &orders, e);
	size_t i;

	json_array_foreach(orders, i, order) add_order(list, order);
	return ret;
}

static json_t *list_of(const struct machines *all)
{
	json_t *list = json_array();

	for (size_t i = 0; i < all->count; i++)
		json_array_append_new(list, machine_json(all->item[i]));
	return list;
}

json_t *server_list(struct netboot *n, struct err *e)
{
	_cleanup_json_ json_t *list = NULL;

	machines_refresh(&n->machines);
	list = list_of(&n->machines);
	return list_add_orders(list, n->config.state, e) < 0 ? NULL : take_ptr(list);
}

int netboot_list(const char *state, json_t **out, struct err *e)
{
	_cleanup_json_ json_t *list = NULL;
	struct machines all;
	int ret = machines_open(&all, state, e);

	if (ret == 0) {
		list = list_of(&all);
		ret = list_add_orders(list, state, e);
	}
	machines_clear(&all);
	if (ret == 0)
		*out = take_ptr(list);
	return ret;
}

static void remove_bundles(const char *state, const char *mac)
{
	_cleanup_free_ char *folder = NULL;
	struct dirent *d;
	DIR *dir;

	if (asprintf(&folder, "%s/bundles/%s", state, mac) < 0)
		return;
	dir = opendir(folder);
	while (dir && (d = readdir(dir)))
		if (strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0)
			unlinkat(dirfd(dir), d->d_name, 0);
	if (dir)
		closedir(dir);
	rmdir(folder);
}

static int remove_machine(const char *state, const char *mac, struct err *e)
{
	_cleanup_free_ char *path = NULL;

	if (asprintf(&path, "%s/machines/%s.json", state, mac) < 0)
		return err_sys(e, -ENOMEM, "forget");
	if (unlink(path) < 0)
		return err_sys(e, -errno, "%s", path);
	remove_bundles(state, mac);
	return 0;
}

int netboot_forget(const char *state, const char *who, struct err *e)
{
	struct orders s = { .state = state };
	char mac[MAC_SIZE], serial[SERIAL_SIZE];
	struct machine *m = NULL;
	struct machines all;
	int order = order_remove(&s, who, e), ret = 0;

	if (order < 0 && order != -ENOENT)
		return order;
	ret = machines_open(&all, state, e);
	if (ret == 0 && mac_parse(who, mac))
		m = machines_by_mac(&all, mac);
	else if (ret == 0 && serial_parse(who, serial))
		m = machines_by_serial(&all, serial);
	if (m)
		ret = remove_machine(state, m->mac, e);
	else if (ret == 0 && order < 0)
		ret = err_set(e, -ENOENT, "%s: neither added nor seen", who);
	machines_clear(&all);
	return ret;
}
