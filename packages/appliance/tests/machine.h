/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A package of one machine for tests, made by hand: a Linux with a disk on SCSI
 * and a card.  Tests change what they are about.
 */
#ifndef TESTS_MACHINE_H
#define TESTS_MACHINE_H

#include "appliance/guest.h"

#include "../../libsocle/tests/test.h"

enum { DRIVES = 32 };

struct package {
	struct model model;
	struct model_machine machine;
	struct model_file files[2];
	struct model_disk disks[DRIVES];
	struct model_network network;
	struct model_drive_use drives[DRIVES];
	struct model_nic nic;
	struct model_property properties[16];
	struct guest_volume volumes[DRIVES], media[2];
	struct guest_storage storage;
	struct guest_answers answers;
	struct boot boot;
	char paths[DRIVES][32];
};

/* A disk on the next unit of a bus. */
static inline void package_add_disk(struct package *p, enum model_bus bus)
{
	size_t n = p->machine.n_drives++, d = p->model.n_disks++;

	p->disks[d] = (struct model_disk){
		.id = "d", .format = "vmdk", .file = MODEL_NONE, .parent = MODEL_NONE
	};
	p->drives[n] = (struct model_drive_use){ .kind = DRIVE_DISK,
						 .bus = bus,
						 .controller = "",
						 .unit = (unsigned int)n,
						 .disk = d,
						 .file = MODEL_NONE };
	snprintf(p->paths[d], sizeof(p->paths[d]), "/disks/%zu", d);
	p->volumes[d] = (struct guest_volume){ p->paths[d], "raw", d ? NULL : &p->boot };
	p->storage.n_disks = p->model.n_disks;
}

static inline void package_add_cd(struct package *p, size_t file)
{
	p->drives[p->machine.n_drives++] = (struct model_drive_use){ .kind = DRIVE_CDROM,
								     .bus = BUS_IDE,
								     .controller = "",
								     .disk = MODEL_NONE,
								     .file = file };
}

static inline void package_add_property(struct package *p, const char *key, const char *type,
					const char *value)
{
	p->properties[p->machine.n_properties++] = (struct model_property){
		.key = (char *)key,
		.type = (char *)type,
		.value = (char *)value,
		.label = "",
		.description = "",
		.category = "",
		.qualifiers = "",
		.has_value = *value,
		.user_configurable = true,
	};
}

static inline void package_init(struct package *p)
{
	memset(p, 0, sizeof(*p));
	p->network = (struct model_network){ "VM Network", "" };
	p->nic = (struct model_nic){ "eth0", "VmxNet3", "", 0 };
	p->machine = (struct model_machine){
		.id = "vm",
		.name = "web",
		.product = "",
		.vendor = "",
		.version = "",
		.annotation = "",
		.os = "Debian GNU/Linux (64-bit)",
		.os_id = 96,
		.hardware = "vmx-13",
		.cpus = 2,
		.memory = UINT64_C(2) << 30,
		.drives = p->drives,
		.nics = &p->nic,
		.n_nics = 1,
		.properties = p->properties,
		.transport = "",
		.kernel = "",
		.ramdisk = "",
		.cmdline = "",
	};
	p->model = (struct model){ .kind = MODEL_OVF,
				   .version = "1.1",
				   .name = "web",
				   .files = p->files,
				   .disks = p->disks,
				   .networks = &p->network,
				   .n_networks = 1,
				   .machines = &p->machine,
				   .n_machines = 1 };
	p->storage = (struct guest_storage){ .disks = p->volumes,
					     .files = p->media,
					     .dir = "/state/web" };
	p->boot.ways = BOOT_BIOS;
	package_add_disk(p, BUS_SCSI);
}

static inline struct guest *package_plan(struct package *p)
{
	struct err e = { 0 };
	struct guest *g;

	if (guest_plan(&p->model, 0, &p->answers, &p->storage, &g, &e) != 0)
		fail_msg("%s", err_text(&e));
	return g;
}

static inline bool has_problem(const struct guest *g, const char *id)
{
	for (size_t i = 0; i < g->n_problems; i++)
		if (strcmp(g->problems[i].id, id) == 0)
			return true;
	return false;
}

#endif
