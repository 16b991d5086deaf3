/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "installer/facts.h"
#include "schema.h"
#include "socle/cleanup.h"

/* Larger sizes than any disk has, but far from where sums could overflow. */
#define SIZE_MAX_BYTES (1ULL << 60)

/* 0, or no program: a number is written with all its 64 bits. */
#define NOT_UINT64(t, m)                                                                    \
	(0 * sizeof(struct {                                                                \
		 _Static_assert(_Generic(((struct t *)0)->m, uint64_t: 1, default: 0), #m); \
	 }))

#define FIELD(t, k, m) .key = #k, .offset = offsetof(struct t, m)
#define STRING(t, m)   { FIELD(t, m, m), .type = FIELD_STRING }
#define BOOL(t, m)     { FIELD(t, m, m), .type = FIELD_BOOL }
#define UINT(t, m, x)  { FIELD(t, m, m), .type = FIELD_UINT, .max = (x) + NOT_UINT64(t, m) }
#define STRINGS(t, m)  { FIELD(t, m, m), .type = FIELD_STRINGS, .max = FACTS_NAMES_MAX }

static const struct field content_fields[] = {
	UINT(fact_content, number, 1024),
	STRING(fact_content, type),
	STRING(fact_content, label),
	STRING(fact_content, uuid),
	STRING(fact_content, member),
	STRING(fact_content, part_type),
	STRING(fact_content, part_name),
	STRING(fact_content, part_uuid),
	UINT(fact_content, start, SIZE_MAX_BYTES),
	UINT(fact_content, size, SIZE_MAX_BYTES),
	{ 0 },
};

static const struct field installed_fields[] = {
	STRING(fact_installed, intent),	 STRING(fact_installed, plan),
	STRING(fact_installed, time),	 STRING(fact_installed, hostname),
	STRING(fact_installed, version), { 0 },
};

static const struct field disk_fields[] = {
	{ FIELD(fact_disk, name, name), .type = FIELD_STRING, .required = true },
	{ FIELD(fact_disk, path, path), .type = FIELD_STRING, .required = true },
	{ FIELD(fact_disk, size, size), .type = FIELD_UINT, .required = true,
	  .max = SIZE_MAX_BYTES },
	{ FIELD(fact_disk, sector, sector), .type = FIELD_UINT, .required = true, .max = 4096 },
	{ FIELD(fact_disk, physical, physical), .type = FIELD_UINT, .required = true,
	  .max = 1 << 20 },
	STRING(fact_disk, model),
	STRING(fact_disk, vendor),
	STRING(fact_disk, serial),
	STRING(fact_disk, wwn),
	STRING(fact_disk, transport),
	BOOL(fact_disk, rotational),
	BOOL(fact_disk, removable),
	BOOL(fact_disk, read_only),
	/* Not told is not "no": whoever forgets it must not have the medium wiped. */
	{ FIELD(fact_disk, boot_medium, boot_medium), .type = FIELD_BOOL, .required = true },
	STRINGS(fact_disk, paths),
	STRINGS(fact_disk, links),
	STRINGS(fact_disk, holders),
	STRINGS(fact_disk, mounts),
	STRING(fact_disk, table),
	{
		FIELD(fact_disk, contents, contents),
		.type = FIELD_LIST,
		.required = true,
		.max = FACTS_CONTENTS_MAX,
		.of = content_fields,
		.item_size = sizeof(struct fact_content),
		.count_offset = offsetof(struct fact_disk, content_count),
	},
	{ FIELD(fact_disk, installed, installed), .type = FIELD_OBJECT, .of = installed_fields },
	STRING(fact_disk, iscsi_target),
	STRING(fact_disk, iscsi_portal),
	UINT(fact_disk, iscsi_lun, UINT32_MAX),
	BOOL(fact_disk, ibft),
	STRING(fact_disk, health),
	STRING(fact_disk, health_why),
	{ 0 },
};

static const struct field volume_fields[] = {
	{ FIELD(fact_volume, id, id), .type = FIELD_STRING, .required = true },
	{ FIELD(fact_volume, kind, kind), .type = FIELD_STRING, .required = true },
	STRING(fact_volume, name),
	STRING(fact_volume, uuid),
	STRING(fact_volume, level),
	STRING(fact_volume, metadata),
	STRING(fact_volume, device),
	STRING(fact_volume, type),
	STRING(fact_volume, label),
	BOOL(fact_volume, active),
	BOOL(fact_volume, degraded),
	UINT(fact_volume, size, SIZE_MAX_BYTES),
	UINT(fact_volume, members, 1 << 20),
	STRINGS(fact_volume, on),
	STRINGS(fact_volume, in_sync),
	STRINGS(fact_volume, mounts),
	{ 0 },
};

static const struct field nic_fields[] = {
	{ FIELD(fact_nic, name, name), .type = FIELD_STRING, .required = true },
	{ FIELD(fact_nic, mac, mac), .type = FIELD_STRING, .required = true },
	BOOL(fact_nic, permanent),
	STRING(fact_nic, driver),
	STRING(fact_nic, bus),
	UINT(fact_nic, speed, 1000000000),
	BOOL(fact_nic, carrier),
	BOOL(fact_nic, boot),
	STRING(fact_nic, model),
	STRINGS(fact_nic, addresses),
	STRING(fact_nic, lldp_system),
	STRING(fact_nic, lldp_chassis),
	STRING(fact_nic, lldp_port),
	STRING(fact_nic, lldp_description),
	UINT(fact_nic, lldp_vlan, 4095),
	{ 0 },
};

static const struct field ibft_fields[] = {
	STRING(fact_ibft, target),
	STRING(fact_ibft, portal),
	STRING(fact_ibft, mac),
	BOOL(fact_ibft, dhcp),
	{ 0 },
};

#define MACHINE(m)                                                                             \
	{                                                                                      \
		.key = #m,                                                                     \
		.type = FIELD_STRING,                                                          \
		.offset = offsetof(struct facts, machine.m) - offsetof(struct facts, machine), \
	}

static const struct field machine_fields[] = {
	MACHINE(vendor), MACHINE(product), MACHINE(serial), MACHINE(uuid), { 0 },
};

static const struct field facts_fields[] = {
	{ FIELD(facts, machine, machine), .type = FIELD_OBJECT, .of = machine_fields },
	{ FIELD(facts, firmware, firmware), .type = FIELD_STRING, .required = true },
	{ FIELD(facts, memory, memory), .type = FIELD_UINT, .required = true,
	  .max = SIZE_MAX_BYTES },
	UINT(facts, cpus, 1 << 20),
	{ FIELD(facts, ibft, ibft), .type = FIELD_OBJECT, .of = ibft_fields },
	BOOL(facts, vmx),
	BOOL(facts, svm),
	BOOL(facts, virtualization_off),
	BOOL(facts, secure_boot),
	UINT(facts, clock, 1ULL << 40),
	{
		FIELD(facts, disks, disks),
		.type = FIELD_LIST,
		.required = true,
		.max = FACTS_DISKS_MAX,
		.of = disk_fields,
		.item_size = sizeof(struct fact_disk),
		.count_offset = offsetof(struct facts, disk_count),
	},
	{
		FIELD(facts, volumes, volumes),
		.type = FIELD_LIST,
		.max = FACTS_VOLUMES_MAX,
		.of = volume_fields,
		.item_size = sizeof(struct fact_volume),
		.count_offset = offsetof(struct facts, volume_count),
	},
	{
		FIELD(facts, nics, nics),
		.type = FIELD_LIST,
		.required = true,
		.max = FACTS_NICS_MAX,
		.of = nic_fields,
		.item_size = sizeof(struct fact_nic),
		.count_offset = offsetof(struct facts, nic_count),
	},
	{ 0 },
};

void facts_clear(struct facts *f)
{
	schema_clear(facts_fields, f);
	*f = FACTS_INIT;
}

static bool power_of_two(uint64_t n)
{
	return n && !(n & (n - 1));
}

/* A kernel name goes into paths and commands. */
static bool name_ok(const char *name)
{
	return *name && strlen(name) < 64 && !strchr(name, '/') && *name != '.' && *name != '-';
}

static int check_disk(const struct fact_disk *d, size_t i, struct err *e)
{
	const char *folder = d->paths.count ? "/dev/mapper/" : "/dev/";
	size_t len = strlen(folder);

	if (!name_ok(d->name))
		return err_set(e, -EINVAL, "disks[%zu].name: not a kernel name", i);
	if (strncmp(d->path, folder, len) != 0 || strcmp(d->path + len, d->name) != 0)
		return err_set(e, -EINVAL, "disks[%zu].path: not %s%s", i, folder, d->name);
	if (!power_of_two(d->sector) || d->sector < 512)
		return err_set(e, -EINVAL, "disks[%zu].sector: neither 512 nor 4096", i);
	if (!power_of_two(d->physical) || d->physical < d->sector)
		return err_set(e, -EINVAL, "disks[%zu].physical: not a multiple of the sector", i);
	if (d->size % d->sector)
		return err_set(e, -EINVAL, "disks[%zu].size: not a multiple of the sector", i);
	return 0;
}

static bool mac_ok(const char *mac)
{
	for (int i = 0; i < 17; i++)
		if (i % 3 == 2 ? mac[i] != ':' : !mac[i] || !strchr("0123456789abcdef", mac[i]))
			return false;
	return !mac[17];
}

static int check_nic(const struct fact_nic *n, size_t i, struct err *e)
{
	if (!name_ok(n->name))
		return err_set(e, -EINVAL, "nics[%zu].name: not a kernel name", i);
	if (!mac_ok(n->mac))
		return err_set(e, -EINVAL, "nics[%zu].mac: not as 52:54:00:12:34:56", i);
	return 0;
}

/* What the types of the fields cannot say. */
static int facts_check(const struct facts *f, struct err *e)
{
	int ret = 0;

	if (strcmp(f->firmware, "bios") != 0 && strcmp(f->firmware, "uefi") != 0)
		return err_set(e, -EINVAL, "firmware: neither \"bios\" nor \"uefi\"");
	for (size_t i = 0; i < f->disk_count && !ret; i++) {
		ret = check_disk(&f->disks[i], i, e);
		for (size_t j = 0; j < i && !ret; j++)
			if (strcmp(f->disks[i].name, f->disks[j].name) == 0)
				ret = err_set(e, -EINVAL, "disks[%zu].name: twice", i);
	}
	for (size_t i = 0; i < f->nic_count && !ret; i++)
		ret = check_nic(&f->nics[i], i, e);
	return ret;
}

int facts_from_json(const json_t *json, struct facts *f, struct err *e)
{
	const json_t *version = json_object_get(json, "facts");
	int ret;

	if (!json_is_integer(version))
		return err_set(e, -EINVAL, "facts: missing, this is no file of facts");
	if (json_integer_value(version) != FACTS_VERSION)
		return err_set(e, -EINVAL, "facts: version %lld, this program knows %d",
			       (long long)json_integer_value(version), FACTS_VERSION);
	ret = schema_parse(json, facts_fields, f, e);
	return ret < 0 ? ret : facts_check(f, e);
}

int facts_parse(const char *text, size_t len, struct facts *f, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;

	if (len > FACTS_FILE_MAX)
		return err_set(e, -EFBIG, "facts: larger than %d bytes", FACTS_FILE_MAX);
	json = schema_load(text, len, e);
	return json ? facts_from_json(json, f, e) : -EINVAL;
}
