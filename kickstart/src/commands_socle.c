/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk, mirror, dom0, guests, bridge, preflight, reinstall, appliance: what Anaconda has no
 * words for.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "types.h"

#define DISK(field) .filled = true, .store = KS_STRING, .to = offsetof(struct ks_disk, field)

const struct ks_option disk_options[] = {
	{ "serial", .type = &type_text, DISK(serial), .help = "serial number" },
	{ "wwn", .type = &type_text, DISK(wwn), .help = "World Wide Name, with or without 0x" },
	{ "model", .type = &type_text, DISK(model), .help = "model, which may be a glob" },
	{ "path", .type = &type_disk, DISK(path),
	  .help = "name, link below /dev/disk, or a glob of either" },
	{ "size", .type = &type_range, DISK(size),
	  .help = "size within 5 percent, or a range; K, M, G and T are powers of 1000" },
	{ "transport", .type = &type_text,
	  .choices = "sata|sas|scsi|nvme|usb|virtio|xen|mmc|fc|iscsi", DISK(transport),
	  .help = "what the disk is connected by" },
	{ 0 },
};

static void apply_disk(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_disk *d;

	if (a->disk_count == 2) {
		parser_refuse(p, args->column, "two disks are said already; a mirror has no more");
		return;
	}
	d = parser_grow(p, &a->disks, &a->disk_count, sizeof(*d));
	if (!d)
		return;
	d->pos = p->pos;
	args_fill(p, disk_options, args, d);
}

const struct ks_option mirror_options[] = {
	{ "missing", KS_TO(KS_TRUE, struct ks_mirror, missing),
	  .help = "with one disk now; the other is added later" },
	{ 0 },
};

static void apply_mirror(struct parser *p, const struct ks_args *args)
{
	p->a->mirror.pos = p->pos;
	args_fill(p, mirror_options, args, &p->a->mirror);
}

enum { DOM0_MEMORY, DOM0_VCPUS };

const struct ks_option dom0_options[] = {
	[DOM0_MEMORY] = { "memory", .type = &type_memory,
			  .help = "memory; the rest is for guests" },
	[DOM0_VCPUS] = { "vcpus", .type = &type_positive, KS_TO(KS_NUMBER, struct ks_dom0, vcpus),
			 .help = "number of virtual processors" },
	{ 0 },
};

static void apply_dom0(struct parser *p, const struct ks_args *args)
{
	const struct ks_arg *memory = &args->option[DOM0_MEMORY];
	struct ks_dom0 *d = &p->a->dom0;

	d->pos = p->pos;
	args_fill(p, dom0_options, args, d);
	if (memory->given)
		d->memory = strtoll(memory->text, NULL, 10) *
			    (strchr(memory->text, 'G') ? 1024 : 1);
}

const struct ks_option guests_options[] = {
	{ "type", .type = &type_text, .choices = "thin", KS_TO(KS_STRING, struct ks_guests, type),
	  .help = "a thin pool of LVM (the default)" },
	{ "size", .type = &type_share, KS_TO(KS_STRING, struct ks_guests, size),
	  .help = "how much of the disk it gets; all that is left if not given" },
	{ "keep", .conflicts = "type|size", KS_TO(KS_TRUE, struct ks_guests, keep),
	  .help = "install anew over the Socle that is there and keep the volumes of its guests; "
		  "refused where the layout is another one" },
	{ 0 },
};

static void apply_guests(struct parser *p, const struct ks_args *args)
{
	p->a->guests.pos = p->pos;
	args_fill(p, guests_options, args, &p->a->guests);
}

enum { BRIDGE_NAME };

const struct ks_option bridge_options[] = {
	[BRIDGE_NAME] = { "name", .type = &type_bridge, .required = true,
			  KS_TO(KS_STRING, struct ks_bridge, name),
			  .help = "its name; xenbr0 without this command" },
	{ 0 },
};

static void apply_bridge(struct parser *p, const struct ks_args *args)
{
	p->a->bridge.pos = p->pos;
	args_fill(p, bridge_options, args, &p->a->bridge);
}

const struct ks_option preflight_options[] = {
	{ "skip", .type = &type_checks, .required = true,
	  KS_TO(KS_STRINGS, struct ks_preflight, skip),
	  .help = "what is not looked at: " KS_CHECKS },
	{ 0 },
};

static void apply_preflight(struct parser *p, const struct ks_args *args)
{
	p->a->preflight.pos = p->pos;
	args_fill(p, preflight_options, args, &p->a->preflight);
}

static void apply_reinstall(struct parser *p, const struct ks_args *args)
{
	(void)args;
	p->a->reinstall = true;
}

#define APPLIANCE(kind, field) KS_TO(kind, struct ks_appliance, field)

const struct ks_option appliance_options[] = {
	{ "name", .type = &type_hostname, APPLIANCE(KS_STRING, name), .help = "name of the guest" },
	{ "sha256", .type = &type_sha256, APPLIANCE(KS_STRING, sha256),
	  .help = "what the file must be" },
	{ "start", APPLIANCE(KS_TRUE, start), .help = "start the guest then" },
	{ 0 },
};

static void apply_appliance(struct parser *p, const struct ks_args *args)
{
	struct answers *a = p->a;
	struct ks_appliance *one = parser_grow(p, &a->appliances, &a->appliance_count,
					       sizeof(*one));

	if (!one)
		return;
	one->pos = p->pos;
	parser_set(p, &one->source, args->operand[0].text);
	args_fill(p, appliance_options, args, one);
}

const struct ks_command commands_socle[] = {
	{ "disk", .dialect = KS_SOCLE, .repeat = KS_MANY, .options = disk_options,
	  .some_of = "serial|wwn|model|path|size|transport", .apply = apply_disk,
	  .help = "the disk to install to: exactly one must be all that is said of it; for a "
		  "mirror two such lines, or one that fits exactly two disks" },
	{ "mirror", .dialect = KS_SOCLE, .repeat = KS_ONCE, .options = mirror_options,
	  .apply = apply_mirror,
	  .help = "install to a pair of disks (RAID 1), either of which boots by itself" },
	{ "dom0", .dialect = KS_SOCLE, .options = dom0_options, .some_of = "memory|vcpus",
	  .apply = apply_dom0, .help = "what dom0 gets of the machine" },
	{ "guests", .dialect = KS_SOCLE, .options = guests_options, .some_of = "type|size|keep",
	  .apply = apply_guests, .help = "where the disks of guests are kept" },
	{ "bridge", .dialect = KS_SOCLE, .options = bridge_options, .apply = apply_bridge,
	  .help = "the bridge of the management network" },
	{ "preflight", .dialect = KS_SOCLE, .options = preflight_options, .apply = apply_preflight,
	  .help = "what is looked at before the machine is installed" },
	{ "reinstall", .dialect = KS_SOCLE, .apply = apply_reinstall,
	  .help = "install also where this very file and image were installed already, as at each "
		  "start from the network; without it the installed disk is started instead" },
	{ "appliance", .dialect = KS_SOCLE, .repeat = KS_MANY, .status = KS_LATER,
	  .operand = "URL|FILE", .least = 1, .operand_type = &type_source,
	  .options = appliance_options, .apply = apply_appliance,
	  .help = "an appliance that is imported at the first boot",
	  .why = "appliances are not imported at the first boot yet" },
	{ 0 },
};
