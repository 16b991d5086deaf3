/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "appliance/properties.h"
#include "hardware.h"
#include "seed.h"
#include "socle/cleanup.h"
#include "xlcfg.h"

enum { DEFAULT_MIB = 1024 };

static const char name_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";

/* What can be a domain, a volume, a file and a host at once. */
static bool is_name(const char *name)
{
	size_t len = strspn(name, name_characters);

	return len && len <= GUEST_NAME_MAX && !name[len] && isalnum((unsigned char)*name) &&
	       strcmp(name, "Domain-0") != 0;
}

int guest_name_check(const char *name, struct err *e)
{
	if (!is_name(name))
		return err_set(
			e, -EINVAL,
			"guest %.80s: a name has 1 to %d letters, digits, '.', '_' and '-', and "
			"begins with a letter or a digit",
			name, GUEST_NAME_MAX);
	return 0;
}

static const char *raw_name(const struct model *m, const struct model_machine *machine)
{
	if (*machine->name)
		return machine->name;
	if (*machine->id)
		return machine->id;
	return *m->name ? m->name : "guest";
}

char *guest_name_of(const struct model *m, size_t machine)
{
	const char *raw = raw_name(m, &m->machines[machine]);
	struct buf name = BUF_INIT;

	for (; *raw && name.len < GUEST_NAME_MAX; raw++) {
		if (strchr(name_characters, *raw) && (name.len || isalnum((unsigned char)*raw)))
			buf_addc(&name, *raw);
		else if (name.len && name.s[name.len - 1] != '-')
			buf_addc(&name, '-');
	}
	while (name.len && name.s[name.len - 1] == '-')
		name.s[--name.len] = '\0';
	if (!is_name(name.s)) {
		buf_clear(&name);
		buf_adds(&name, "guest");
	}
	return buf_take(&name);
}

/* RFC 9562, 5.8: version 8, bits of our own. */
void guest_uuid(const struct guest_answers *a, const char *name, char uuid[37])
{
	uint8_t d[16];

	guest_digest(a, name, "uuid", d);
	d[6] = (d[6] & 0x0f) | 0x80;
	d[8] = (d[8] & 0x3f) | 0x80;
	for (int i = 0, at = 0; i < 16; i++)
		at += snprintf(uuid + at, 37 - (size_t)at, "%s%02x",
			       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", d[i]);
}

/* The first disk, or when nothing starts from it, the first medium that something does. */
static const struct boot *boot_of(const struct model_machine *m, const struct guest_storage *s)
{
	_cleanup_free_ size_t *order = NULL;
	const struct boot *first = NULL;

	if (drives_sorted(m, &order, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < m->n_drives; i++) {
		const struct model_drive_use *u = &m->drives[order[i]];
		const struct boot *b = u->disk < s->n_disks ? s->disks[u->disk].boot : NULL;

		if (!b && s->files && u->file < s->n_files)
			b = s->files[u->file].boot;
		if (u->kind == DRIVE_DISK && !first)
			first = b;
		if (b && b->ways)
			return b;
	}
	return first;
}

static const char *file_path(const struct model *m, const struct guest_storage *s, const char *href)
{
	for (size_t i = 0; *href && s->files && i < m->n_files && i < s->n_files; i++)
		if (strcmp(m->files[i].href, href) == 0 && s->files[i].path)
			return s->files[i].path;
	return "";
}

static int set_kernel(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
		      struct err *e)
{
	bool own = g->start == GUEST_START_KERNEL;
	const char *kernel = g->start == GUEST_START_FIRMWARE ? ""
			     : own		  ? file_path(in->model, s, in->machine->kernel)
			     : g->type == VIRT_PV ? PVGRUB_PV
						  : PVGRUB_PVH;

	g->kernel = strdup(kernel);
	g->ramdisk = strdup(own ? file_path(in->model, s, in->machine->ramdisk) : "");
	g->cmdline = strdup(own ? in->machine->cmdline : "");
	if (!g->kernel || !g->ramdisk || !g->cmdline)
		return err_sys(e, -ENOMEM, "kernel");
	return 0;
}

static int set_machine(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
		       struct err *e)
{
	const struct guest_answers *a = in->answers;
	uint64_t memory = a->memory ? a->memory : in->machine->memory;
	struct choice c = choose(in);

	if (memory > UINT64_C(1) << 46)
		return err_set(e, -EINVAL, "memory: more than 64 TiB");
	g->type = c.type;
	g->firmware = c.firmware;
	g->start = c.start;
	g->why = strdup(c.why);
	g->cpus = a->cpus ? a->cpus : in->machine->cpus ? in->machine->cpus : 1;
	g->memory = memory ? (memory + (1 << 20) - 1) >> 20 << 20 : (uint64_t)DEFAULT_MIB << 20;
	g->viridian = g->type == VIRT_HVM && in->os.family == OS_WINDOWS;
	for (size_t i = 0; i < in->machine->n_drives; i++)
		g->ahci |= g->type == VIRT_HVM && in->machine->drives[i].bus == BUS_SATA &&
			   in->machine->drives[i].kind == DRIVE_DISK;
	if (!g->why)
		return err_sys(e, -ENOMEM, "guest");
	return set_kernel(in, s, g, e);
}

/* "Oracle Linux 8.4, from http://h/ol8.ova": one line, whatever the package says. */
static char *origin_of(const struct model_machine *m, const struct guest_answers *a)
{
	struct buf text = BUF_INIT;

	if (*m->product)
		buf_addf(&text, "%s%s%s", m->product, *m->version ? " " : "", m->version);
	if (a->source)
		buf_addf(&text, "%sfrom %s", text.len ? ", " : "", a->source);
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.s[i] < 0x20 || text.s[i] == 0x7f)
			text.s[i] = ' ';
	return buf_take(&text);
}

static json_t *optional(const char *s)
{
	return s ? json_string(s) : json_null();
}

/* Whether a key means a property of another machine of the package, and of this one none. */
static bool is_of_another(const struct choose_in *in, const char *key)
{
	size_t count;

	property_find(in->machine, key, &count);
	if (count)
		return false;
	for (size_t i = 0; i < in->model->n_machines && !count; i++)
		property_find(&in->model->machines[i], key, &count);
	return count;
}

/* The answers are for all machines of the package: each takes those that are its own. */
static int set_values(const struct choose_in *in, struct guest *g, struct err *e)
{
	const struct guest_answers *a = in->answers;
	_cleanup_free_ struct guest_pair *own = calloc(a->n_properties + 1, sizeof(*own));
	size_t n = 0;

	if (!own)
		return err_sys(e, -ENOMEM, "properties");
	for (size_t i = 0; i < a->n_properties; i++)
		if (!is_of_another(in, a->properties[i].key))
			own[n++] = a->properties[i];
	return properties_values(in->machine, own, n, &g->values, e);
}

static int set_seed(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
		    struct err *e)
{
	const struct model_machine *m = in->machine;
	const struct guest_answers *a = in->answers;
	int ret = set_values(in, g, e);

	if (ret < 0)
		return ret;
	g->secret = json_array();
	for (size_t i = 0; i < m->n_properties; i++)
		if (m->properties[i].password)
			json_array_append_new(g->secret, json_string(m->properties[i].key));
	g->cloud = json_pack("{s:o, s:o, s:o}", "hostname", optional(a->hostname), "ssh_keys",
			     optional(a->ssh_keys), "user_data", optional(a->user_data));
	if (!g->cloud)
		return err_set(e, -EINVAL, "user-data or keys are no UTF-8");
	if (!seed_needed(g, m->transport))
		g->seed = strdup("");
	else if (asprintf(&g->seed, "%s/seed.iso", s->dir ? s->dir : "") < 0)
		g->seed = NULL;
	return g->seed ? 0 : err_sys(e, -ENOMEM, "seed");
}

static int plan(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
		struct err *e)
{
	const struct guest_answers *a = in->answers;
	size_t index = (size_t)(in->machine - in->model->machines);
	int ret;

	g->name = a->name ? strdup(a->name) : guest_name_of(in->model, index);
	g->origin = origin_of(in->machine, a);
	if (!g->name || !g->origin)
		return err_sys(e, -ENOMEM, "guest");
	ret = guest_name_check(g->name, e);
	if (ret < 0)
		return ret;
	guest_uuid(a, g->name, g->uuid);
	ret = set_machine(in, s, g, e);
	if (ret == 0)
		ret = set_seed(in, s, g, e);
	if (ret == 0)
		ret = disks_add(in, s, g, e);
	if (ret == 0)
		ret = nics_add(in, g, e);
	return ret < 0 ? ret : problems_add(in, g, e);
}

int guest_plan(const struct model *m, size_t machine, const struct guest_answers *a,
	       const struct guest_storage *s, struct guest **g, struct err *e)
{
	struct guest *new = calloc(1, sizeof(*new));
	struct choose_in in;
	int ret;

	*g = NULL;
	if (!new)
		return err_sys(e, -ENOMEM, "guest");
	if (machine >= m->n_machines) {
		guest_free(new);
		return err_set(e, -EINVAL, "the package has no machine number %zu", machine + 1);
	}
	in = (struct choose_in){
		.model = m,
		.machine = &m->machines[machine],
		.answers = a,
		.boot = boot_of(&m->machines[machine], s),
		.os = os_of(&m->machines[machine]),
		.kernel = *file_path(m, s, m->machines[machine].kernel),
	};
	ret = plan(&in, s, new, e);
	if (ret < 0) {
		guest_free(new);
		return ret;
	}
	*g = new;
	return 0;
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	for (size_t i = 0; i < g->n_disks; i++)
		free(g->disks[i].path);
	for (size_t i = 0; i < g->n_nics; i++)
		free(g->nics[i].bridge);
	for (size_t i = 0; i < g->n_problems; i++)
		free(g->problems[i].text);
	json_decref(g->values);
	json_decref(g->secret);
	json_decref(g->cloud);
	free(g->disks), free(g->nics), free(g->problems);
	free(g->name), free(g->why), free(g->origin), free(g->seed);
	free(g->kernel), free(g->ramdisk), free(g->cmdline);
	free(g);
}

const struct guest_problem *guest_fatal(const struct guest *g)
{
	for (size_t i = 0; i < g->n_problems; i++)
		if (g->problems[i].severity == GUEST_FATAL)
			return &g->problems[i];
	return NULL;
}
