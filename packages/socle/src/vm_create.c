/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * socle vm create
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "vm.h"

enum { DISKS_MAX = 24, TEXT_MAX = 1 << 20, CPUS_MAX = 512 };

static struct cmd_list disks, new_disks;
static const char *iso, *memory, *cpus, *bridge, *type, *firmware, *hostname, *ssh_key, *user_data;
static bool force, dry_run, as_json;

const struct cmd_opt vm_create_opts[] = {
	{ "disk", 'd', OPT_LIST, "FILE[:qcow2]", &disks, "a disk that is there; raw unless said" },
	{ "new-disk", 'n', OPT_LIST, "SIZE", &new_disks, "a new empty one, after those: 20G" },
	{ "iso", 0, OPT_STRING, "FILE", &iso, "a medium for its CD drive" },
	{ "memory", 'm', OPT_STRING, "SIZE", &memory, "512M, 4G; default 1G" },
	{ "cpus", 'c', OPT_STRING, "N", &cpus, "default 1" },
	{ "bridge", 'b', OPT_STRING, "NAME", &bridge, "default xenbr0" },
	{ "type", 0, OPT_STRING, "pv|pvh|hvm", &type, "default: by what the disk starts from" },
	{ "firmware", 0, OPT_STRING, "bios|uefi", &firmware, "of hvm; default: by the disk" },
	{ "hostname", 0, OPT_STRING, "NAME", &hostname, "for cloud-init" },
	{ "ssh-key", 0, OPT_STRING, "FILE", &ssh_key, "public keys, for cloud-init" },
	{ "user-data", 0, OPT_STRING, "FILE", &user_data, "for cloud-init" },
	{ "force", 'f', OPT_BOOL, NULL, &force, "also one that will not start" },
	{ "dry-run", 0, OPT_BOOL, NULL, &dry_run, "make nothing; print what it would be" },
	{ "json", 0, OPT_BOOL, NULL, &as_json, "print what was made as JSON" },
	VM_STORAGE,
	{ 0 },
};

/* A value of an option that has few. */
struct word {
	const char *text;
	int value;
};

static int word(const char *option, const char *text, const struct word *words, int *value,
		struct err *e)
{
	if (!text)
		return 0;
	for (const struct word *w = words; w->text; w++)
		if (strcmp(w->text, text) == 0) {
			*value = w->value;
			return 0;
		}
	return err_set(e, -EINVAL, "%s: there is no %s", option, text);
}

static int take_words(struct guest_answers *a, struct err *e)
{
	static const struct word types[] = { { "pv", VIRT_PV },
					     { "pvh", VIRT_PVH },
					     { "hvm", VIRT_HVM },
					     { NULL, 0 } },
				 firmwares[] = { { "bios", FIRMWARE_BIOS },
						 { "uefi", FIRMWARE_UEFI },
						 { NULL, 0 } };
	int t = VIRT_UNKNOWN, f = FIRMWARE_UNKNOWN;
	int ret = word("--type", type, types, &t, e);

	if (ret == 0)
		ret = word("--firmware", firmware, firmwares, &f, e);
	if (ret == 0 && f != FIRMWARE_UNKNOWN && t != VIRT_UNKNOWN && t != VIRT_HVM)
		ret = err_set(e, -EINVAL, "--firmware: only hvm has one");
	a->type = (enum model_virt)t;
	a->firmware = (enum model_firmware)f;
	return ret;
}

static int take_numbers(struct guest_answers *a, struct err *e)
{
	char *end = NULL;
	unsigned long n;

	if (cpus) {
		n = strtoul(cpus, &end, 10);
		if (end == cpus || *end || !n || n > CPUS_MAX)
			return err_set(e, -EINVAL, "--cpus: %s is no number from 1 to %d", cpus,
				       CPUS_MAX);
		a->cpus = (unsigned int)n;
	}
	return memory && size_parse(memory, &a->memory, e) < 0 ? err_wrap(e, "--memory") : 0;
}

/* The path as xl will see it, and the format that is given behind it. */
static int take_disk(const char *given, struct vm_disk_want *d, char *path, struct err *e)
{
	_cleanup_free_ char *copy = strdup(given);
	char *colon = copy ? strrchr(copy, ':') : NULL;

	if (!copy)
		return err_sys(e, -ENOMEM, "--disk");
	d->format = "raw";
	if (colon && strcmp(colon, ":qcow2") == 0) {
		d->format = "qcow2";
		*colon = '\0';
	} else if (colon && strcmp(colon, ":raw") == 0) {
		*colon = '\0';
	}
	/* Volumes are links, whose targets have other names at the next start. */
	if (*copy == '/' ? access(copy, F_OK) < 0 : !realpath(copy, path))
		return err_sys(e, -errno, "--disk: %s", copy);
	if (*copy == '/')
		snprintf(path, PATH_MAX, "%s", copy);
	d->path = path;
	return 0;
}

static int take_disks(struct vm_disk_want *list, size_t *n, struct err *e)
{
	static char paths[DISKS_MAX][PATH_MAX];

	*n = disks.count + new_disks.count;
	if (*n > DISKS_MAX)
		return err_set(e, -E2BIG, "more than %d disks", DISKS_MAX);
	for (size_t i = 0; i < disks.count; i++)
		if (take_disk(disks.item[i], &list[i], paths[i], e) < 0)
			return e->code;
	for (size_t i = 0; i < new_disks.count; i++)
		if (size_parse(new_disks.item[i], &list[disks.count + i].size, e) < 0)
			return err_wrap(e, "--new-disk");
	return 0;
}

static int read_texts(struct guest_answers *a, struct buf *keys, struct buf *data, struct err *e)
{
	int ret = ssh_key ? fs_read(ssh_key, TEXT_MAX, keys, e) : 0;

	if (ret == 0 && user_data)
		ret = fs_read(user_data, TEXT_MAX, data, e);
	a->ssh_keys = ssh_key ? keys->s : NULL;
	a->user_data = user_data ? data->s : NULL;
	return ret;
}

void vm_print_problems(const struct guest *g)
{
	static const char *const severity[] = { "note", "warning", "will not start" };

	for (size_t i = 0; i < g->n_problems; i++)
		fprintf(stderr, "socle: %s: %s: %s\n", g->name, severity[g->problems[i].severity],
			g->problems[i].text);
}

static int print(const struct guest *g)
{
	_cleanup_json_ json_t *json = as_json ? guest_json(g) : NULL;

	vm_print_problems(g);
	return as_json ? print_json(json, JSON_INDENT(2) | JSON_SORT_KEYS) : 0;
}

/* xl's configuration; the exit code is that of the real run. */
static int print_dry(const struct guest *g, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = as_json ? 0 : guest_xl(g, &text, e);

	if (ret == 0)
		fputs(text.s, stdout);
	buf_clear(&text);
	if (ret == 0)
		ret = print(g);
	return ret == 0 && guest_fatal(g) && !force ? 1 : ret;
}

static int create(const struct guest_answers *a, struct err *e)
{
	struct vm_disk_want list[DISKS_MAX] = { 0 };
	static char medium[PATH_MAX];
	struct guest *g = NULL;
	struct vm_host h;
	size_t n;
	int ret = take_disks(list, &n, e);

	if (ret == 0 && iso && !realpath(iso, medium))
		ret = err_sys(e, -errno, "--iso: %s", iso);
	if (ret == 0 && vm_storage && !dry_run)
		ret = fs_mkdirs(vm_storage, 0700, e);
	if (ret == 0)
		ret = vm_host_open(&h, e);
	if (ret == 0)
		ret = vm_create(&h, list, n, iso ? medium : NULL, a,
				(force ? VM_FORCE : 0) | (dry_run ? VM_DRY_RUN : 0), &g, e);
	if (ret == 0)
		ret = dry_run ? print_dry(g, e) : print(g);
	guest_free(g);
	return ret;
}

int run_vm_create(size_t argc, char **argv)
{
	struct guest_answers a = {
		.name = argv[0], .bridge = bridge, .hostname = hostname, .host = vm_host_id()
	};
	struct buf keys = BUF_INIT, data = BUF_INIT;
	struct err e = { 0 };
	int ret = take_words(&a, &e);

	(void)argc;
	if (ret == 0)
		ret = take_numbers(&a, &e);
	if (ret == 0)
		ret = read_texts(&a, &keys, &data, &e);
	if (ret == 0)
		ret = create(&a, &e);
	buf_clear(&keys);
	buf_clear(&data);
	return ret < 0 ? fail(&e) : ret;
}
