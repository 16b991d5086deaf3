/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vm.cfg of Oracle VM and xm, and the configurations of xl.  Only what describes a guest is
 * taken; what would act on this host is dropped and named.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "socle/cleanup.h"
#include "text.h"
#include "units.h"
#include "vmcfg.h"

static const struct vmcfg_key *find(const struct cfg *c, const char *name)
{
	for (size_t i = c->keys->n; i > 0; i--) /* the last one counts */
		if (strcmp(c->keys->keys[i - 1].name, name) == 0)
			return &c->keys->keys[i - 1];
	return NULL;
}

/* A string, a number as text, or "". */
static const char *get(const struct cfg *c, const char *name)
{
	const struct vmcfg_key *key = find(c, name);
	const char *s = key ? json_string_value(key->value) : NULL;

	return s ? s : "";
}

static int number(const struct cfg *c, const char *name, uint64_t max, uint64_t *n)
{
	const struct vmcfg_key *key = find(c, name);
	const char *text = key ? json_string_value(key->value) : NULL;
	json_int_t value = key ? json_integer_value(key->value) : 0;

	if (!key)
		return 0;
	if (text ? !number_parse(text, n) : !json_is_integer(key->value) || value < 0)
		return err_set(c->e, -EINVAL, "%s:%u: %s is not a number", c->name, key->line,
			       name);
	if (!text)
		*n = (uint64_t)value;
	if (*n > max)
		return err_set(c->e, -EINVAL, "%s:%u: %s is too large", c->name, key->line, name);
	return 0;
}

const char *vmcfg_last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int read_virt(struct cfg *c)
{
	const char *builder = get(c, "builder"), *type = get(c, "type"), *bios = get(c, "bios");
	const char *kernel = vmcfg_last_part(get(c, "kernel"));

	if (!*bios)
		bios = get(c, "firmware");
	if (strcmp(type, "pvh") == 0)
		c->vm->virt = VIRT_PVH;
	else if (strcmp(type, "hvm") == 0 || strcmp(builder, "hvm") == 0 ||
		 strcmp(kernel, "hvmloader") == 0)
		c->vm->virt = VIRT_HVM;
	else
		c->vm->virt = VIRT_PV;
	if (strcmp(bios, "ovmf") == 0 || strcmp(bios, "uefi") == 0)
		c->vm->firmware = FIRMWARE_UEFI;
	else if (c->vm->virt == VIRT_HVM)
		c->vm->firmware = FIRMWARE_BIOS;
	return 0;
}

static int read_boot_file(struct cfg *c, const char *name, char **to)
{
	const struct vmcfg_key *key = find(c, name);
	const char *path = get(c, name);

	if (!*path || strcmp(vmcfg_last_part(path), "hvmloader") == 0)
		return 0;
	if (model_href_ok(path))
		return model_set_line(to, path, c->e);
	model_warn(c->m, "%s:%u: %s: \"%.128s\" dropped, it %s", c->name, key->line, name, path,
		   HOSTFILE);
	return 0;
}

/* xm has root= and extra=, xl cmdline=. */
static int read_cmdline(struct cfg *c)
{
	const char *root = get(c, "root"), *extra = get(c, "extra"), *whole = get(c, "cmdline");
	_cleanup_free_ char *text = NULL;

	if (*whole)
		return model_set_line(&c->vm->cmdline, whole, c->e);
	if (asprintf(&text, "%s%s %s", *root ? "root=" : "", root, extra) < 0)
		return err_sys(c->e, -ENOMEM, "%s", c->name);
	return model_set_line(&c->vm->cmdline, text, c->e);
}

static int read_machine(struct cfg *c)
{
	struct model_machine *vm = c->vm;
	uint64_t cpus = 1, memory = 0;
	const char *name = get(c, "OVM_simple_name");

	if (number(c, "maxvcpus", 4096, &cpus) < 0 || number(c, "vcpus", 4096, &cpus) < 0 ||
	    number(c, "maxmem", UINT64_C(64) << 20, &memory) < 0 ||
	    number(c, "memory", UINT64_C(64) << 20, &memory) < 0)
		return c->e->code;
	vm->cpus = (unsigned int)cpus;
	vm->memory = memory << 20;
	if (!*name)
		name = get(c, "name");
	if (!*name)
		name = "machine";
	if (read_virt(c) < 0 || read_boot_file(c, "kernel", &vm->kernel) < 0 ||
	    read_boot_file(c, "ramdisk", &vm->ramdisk) < 0 || read_cmdline(c) < 0)
		return -ENOMEM;
	if (model_set_line(&vm->name, name, c->e) < 0 ||
	    model_set_line(&c->m->name, name, c->e) < 0 ||
	    model_set_line(&vm->id, *get(c, "name") ? get(c, "name") : name, c->e) < 0 ||
	    model_set_line(&vm->os, get(c, "OVM_os_type"), c->e) < 0 ||
	    model_set_line(&vm->hardware, "xen", c->e) < 0)
		return -ENOMEM;
	return model_set_text(&vm->annotation, get(c, "OVM_description"), c->e);
}

static int find_network(struct cfg *c, const char *bridge, size_t *index)
{
	struct model_network *n;

	*index = model_find_network(c->m, bridge);
	if (*index != MODEL_NONE)
		return 0;
	n = model_add_network(c->m, c->e);
	if (!n)
		return err_wrap(c->e, "%s", c->name);
	*index = c->m->n_networks - 1;
	return model_set_line(&n->name, bridge, c->e);
}

static int vif_keyword(struct cfg *c, struct model_nic *nic, const char *key, const char *value)
{
	if (strcmp(key, "mac") == 0)
		return text_set_mac(&nic->mac, value, c->e);
	if (strcmp(key, "bridge") == 0 && *value)
		return find_network(c, value, &nic->network);
	if (strcmp(key, "model") == 0)
		return model_set_line(&nic->model, value, c->e);
	if (strcmp(key, "script") == 0)
		vmcfg_drop(c, "vif", key, value, PROGRAM);
	else if (strcmp(key, "backend") == 0)
		vmcfg_drop(c, "vif", key, value, "names a domain of another host");
	return 0;
}

static int read_vif(struct cfg *c, const char *entry)
{
	_cleanup_free_ char *text = strdup(entry);
	struct model_nic *nic = model_add_nic(c->vm, c->e);
	char *rest = text, *field, *value;
	int ret = 0;

	if (!text || !nic)
		return err_wrap(c->e, "%s", c->name);
	while (ret == 0 && (field = strsep(&rest, ","))) {
		field += strspn(field, " \t\n");
		value = strchr(field, '=');
		if (!value)
			continue;
		*value++ = '\0';
		field[strcspn(field, " \t")] = '\0';
		ret = vif_keyword(c, nic, field, value + strspn(value, " \t"));
	}
	if (ret == 0 && nic->network == MODEL_NONE)
		ret = find_network(c, "default", &nic->network);
	return ret;
}

/* Each string of a list. */
static int read_list(struct cfg *c, const char *name, int (*read)(struct cfg *c, const char *entry))
{
	const struct vmcfg_key *key = find(c, name);
	json_t *entry;
	size_t i;
	int ret = 0;

	if (!key || json_is_null(key->value))
		return 0;
	c->line = key->line;
	json_array_foreach(key->value, i, entry)
	{
		if (ret == 0 && json_is_string(entry))
			ret = read(c, json_string_value(entry));
		else if (ret == 0)
			ret = err_set(c->e, -EINVAL, "%s:%u: %s has an entry that is no string",
				      c->name, c->line, name);
	}
	if (!json_is_array(key->value))
		ret = err_set(c->e, -EINVAL, "%s:%u: %s is no list", c->name, c->line, name);
	return ret;
}

static int read_cfg(struct cfg *c)
{
	int ret;

	if (!find(c, "memory") && !find(c, "disk") && !find(c, "name"))
		return err_set(c->e, -EINVAL, "%s: neither name, memory nor disk: no vm.cfg",
			       c->name);
	ret = read_machine(c);
	if (ret == 0)
		ret = read_list(c, "disk", vmcfg_read_disk);
	if (ret == 0)
		ret = read_list(c, "vif", read_vif);
	for (size_t i = 0; i < c->keys->n; i++)
		vmcfg_drop_key(c, &c->keys->keys[i]);
	return ret;
}

int vmcfg_read(const char *text, size_t len, const char *name, struct model **m, struct err *e)
{
	struct err own = { 0 };
	struct cfg c = { .name = name, .e = e ? e : &own };
	_cleanup_free_ struct vmcfg *keys = calloc(1, sizeof(*keys));
	int ret;

	c.keys = keys;
	c.m = model_new();
	c.vm = c.m ? model_add_machine(c.m, c.e) : NULL;
	if (!keys || !c.vm) {
		model_free(c.m);
		return err_sys(e, -ENOMEM, "%s", name);
	}
	c.m->kind = MODEL_VMCFG;
	ret = vmcfg_parse(text, len, name, keys, c.e);
	if (ret == 0)
		ret = read_cfg(&c);
	if (ret == 0 && model_check(c.m, c.e) < 0)
		ret = err_wrap(c.e, "%s", name);
	vmcfg_clear(keys);
	if (ret < 0) {
		model_free(c.m);
		text_clean(c.e->text);
		return ret;
	}
	*m = c.m;
	return 0;
}
