/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle vm list, socle vm show
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "vm.h"

const char *vm_storage;
static bool as_json;

const struct cmd_opt vm_list_opts[] = {
	{ "json", 0, OPT_BOOL, NULL, &as_json, "as JSON; see socle-vm(1) for its keys" },
	VM_STORAGE,
	{ 0 },
};

int vm_host_open(struct vm_host *h, struct err *e)
{
	static char folder[PATH_MAX];

	*h = (struct vm_host){ .dirs = guest_dirs_host, .driver = vm_driver_default() };
	if (!vm_storage)
		return 0;
	if (!realpath(vm_storage, folder))
		return err_sys(e, -errno, "%s", vm_storage);
	h->dirs = (struct guest_dirs){ folder, folder };
	h->storage = folder;
	return 0;
}

const char *vm_host_id(void)
{
	static char id[64];
	struct buf text = BUF_INIT;

	if (!*id && fs_read("/etc/machine-id", 256, &text, NULL) == 0)
		snprintf(id, sizeof(id), "%.*s", (int)strcspn(text.s, "\n"), text.s);
	buf_clear(&text);
	return id;
}

static const char *text(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* Without Xen nobody knows. */
static const char *state(const json_t *vm)
{
	return *text(vm, "state") ? text(vm, "state") : "-";
}

static void print_row(const json_t *vm, int width)
{
	char size[32];

	if (*text(vm, "error")) {
		printf("%-*s  %-8s  %s\n", width, text(vm, "name"), state(vm), text(vm, "error"));
		return;
	}
	size_text((uint64_t)number(vm, "memory"), size, sizeof(size));
	printf("%-*s  %-8s  %-4s  %4d  %8s  %zu disk%s, %zu network%s%s\n", width, text(vm, "name"),
	       state(vm), *text(vm, "type") ? text(vm, "type") : "-", (int)number(vm, "cpus"), size,
	       json_array_size(json_object_get(vm, "disks")),
	       json_array_size(json_object_get(vm, "disks")) == 1 ? "" : "s",
	       json_array_size(json_object_get(vm, "nics")),
	       json_array_size(json_object_get(vm, "nics")) == 1 ? "" : "s",
	       json_is_null(json_object_get(vm, "config")) ? "  (without a configuration)" : "");
}

static void print_list(const json_t *list)
{
	const json_t *vm;
	int width = 4;
	size_t i;

	json_array_foreach(list, i, vm) if ((int)strlen(text(vm, "name")) > width)
		width = (int)strlen(text(vm, "name"));
	if (json_array_size(list))
		printf("%-*s  %-8s  %-4s  %4s  %8s\n", width, "NAME", "STATE", "TYPE", "CPUS",
		       "MEMORY");
	json_array_foreach(list, i, vm) print_row(vm, width);
}

int run_vm_list(size_t argc, char **argv)
{
	_cleanup_json_ json_t *list = NULL;
	struct vm_host h;
	struct err e = { 0 };

	(void)argc, (void)argv;
	if (vm_host_open(&h, &e) < 0 || vm_list(&h, &list, &e) < 0)
		return fail(&e);
	if (as_json)
		return print_json(list, JSON_INDENT(2) | JSON_SORT_KEYS);
	print_list(list);
	return 0;
}

static void print_disks(const json_t *disks)
{
	const json_t *disk;
	size_t i;

	json_array_foreach(disks, i, disk)
		printf("%-10s%s %s%s%s\n", i ? "" : "Disks", text(disk, "vdev"),
		       *text(disk, "path") ? text(disk, "path") : "(empty)",
		       strcmp(text(disk, "format"), "raw") == 0 ? "" : " ",
		       strcmp(text(disk, "format"), "raw") == 0 ? "" : text(disk, "format"));
}

static void print_rest(const json_t *vm)
{
	json_t *item;
	const char *key;
	size_t i;

	json_array_foreach(json_object_get(vm, "nics"), i, item)
		printf("%-10s%s\n", i ? "" : "Networks", json_string_value(item));
	i = 0;
	json_object_foreach(json_object_get(vm, "properties"), key, item)
	{
		printf("%-10s%s = %s\n", i++ ? "" : "Values", key, json_string_value(item));
	}
}

static void print_one(const json_t *vm)
{
	char size[32];

	printf("Name      %s\nState     %s\nConfig    %s\n", text(vm, "name"), state(vm),
	       text(vm, "config"));
	if (*text(vm, "error")) {
		printf("Error     %s\n", text(vm, "error"));
		return;
	}
	size_text((uint64_t)number(vm, "memory"), size, sizeof(size));
	printf("Type      %s\nUUID      %s\nCPUs      %d\nMemory    %s\n", text(vm, "type"),
	       text(vm, "uuid"), (int)number(vm, "cpus"), size);
	if (*text(vm, "origin"))
		printf("Origin    %s\n", text(vm, "origin"));
	print_disks(json_object_get(vm, "disks"));
	print_rest(vm);
}

int run_vm_show(size_t argc, char **argv)
{
	_cleanup_json_ json_t *vm = NULL;
	struct vm_host h;
	struct err e = { 0 };

	(void)argc;
	if (vm_host_open(&h, &e) < 0 || vm_show(&h, argv[0], &vm, &e) < 0)
		return fail(&e);
	if (as_json)
		return print_json(vm, JSON_INDENT(2) | JSON_SORT_KEYS);
	print_one(vm);
	return 0;
}
