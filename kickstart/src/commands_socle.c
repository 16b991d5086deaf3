/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disk, mirror, dom0, guests, bridge, preflight, reinstall, appliance: what Anaconda has no
 * words for.
 */
#include <stdlib.h>
#include <string.h>

#include "parser.h"
#include "socle/buf.h"
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
	  .help = "install anew over the Socle that is there and keep its guests, their volumes "
		  "and configurations; "
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
#define MEDIUM		       "/run/initramfs/live"
#define APPLIANCES	       "/var/lib/socle/appliances"

const struct ks_option appliance_options[] = {
	{ "name", .type = &type_hostname, APPLIANCE(KS_STRING, name), .help = "name of the guest" },
	{ "type", .type = &type_text, .choices = "pv|pvh|hvm", APPLIANCE(KS_STRING, type),
	  .help = "kind of the guest; what fits its disk if not given" },
	{ "property", .type = &type_property, .many = true, .secret = true,
	  .help = "a property of the appliance; may be given again" },
	{ "accept-eula", APPLIANCE(KS_TRUE, accept_eula), .help = "accept the licences in it" },
	{ "sha256", .type = &type_sha256, APPLIANCE(KS_STRING, sha256),
	  .help = "what the file must be" },
	{ "start", .needs = "name", APPLIANCE(KS_TRUE, start), .help = "start the guest then" },
	{ 0 },
};

/* Text that the shell takes as it is. */
static void add_quoted(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	buf_addc(out, '\'');
}

static void add_option(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_addf(out, " --%s ", name);
	add_quoted(out, value);
}

/* Every --property of the line; the arguments hold the last one only. */
static void add_properties(struct parser *p, struct buf *out)
{
	static const char name[] = "--property";
	const struct ks_words *w = &p->words;
	const size_t len = strlen(name);

	for (size_t i = 1; i < w->count; i++) {
		const char *text = w->word[i].text;

		if (strncmp(text, name, len) != 0)
			continue;
		if (text[len] == '=')
			add_option(out, "property", text + len + 1);
		else if (!text[len] && i + 1 < w->count)
			add_option(out, "property", w->word[++i].text);
	}
}

static void add_script(struct parser *p, enum ks_when when, struct buf *body)
{
	struct answers *a = p->a;
	struct ks_script *s = parser_grow(p, &a->scripts, &a->script_count, sizeof(*s));

	if (s) {
		s->pos = p->pos;
		s->when = when;
		s->nochroot = s->error_on_fail = when == KS_POST;
		s->body = buf_take(body);
		p->out_of_memory |= !s->body;
	}
	buf_clear(body);
}

/* The medium is gone at the first boot: what lies on it is brought along. */
static void bring_along(struct parser *p, const char *source, const char *name)
{
	struct buf body = BUF_INIT;

	buf_adds(&body, "set -e\nmkdir -p /mnt/sysroot" APPLIANCES "\ncp " MEDIUM);
	add_quoted(&body, source);
	buf_adds(&body, " /mnt/sysroot" APPLIANCES);
	add_quoted(&body, name);
	buf_addc(&body, '\n');
	add_script(p, KS_POST, &body);
}

/* What is done is done by scripts, as if the file had them: that is all there is to it. */
static void apply_appliance(struct parser *p, const struct ks_args *args)
{
	const char *source = args->operand[0].text, *file = strrchr(source, '/');
	struct answers *a = p->a;
	struct ks_appliance *one = parser_grow(p, &a->appliances, &a->appliance_count,
					       sizeof(*one));
	struct buf body = BUF_INIT;

	if (!one)
		return;
	one->pos = p->pos;
	parser_set(p, &one->source, source);
	args_fill(p, appliance_options, args, one);
	buf_adds(&body, "set -e\nsocle appliance import");
	add_option(&body, "name", one->name);
	add_option(&body, "type", one->type);
	add_option(&body, "sha256", one->sha256);
	add_properties(p, &body);
	if (one->accept_eula)
		buf_adds(&body, " --accept-eula");
	if (*source == '/') {
		bring_along(p, source, file);
		buf_adds(&body, " " APPLIANCES);
		add_quoted(&body, file);
		buf_adds(&body, "\nrm -f " APPLIANCES);
		add_quoted(&body, file);
	} else {
		buf_addc(&body, ' ');
		add_quoted(&body, source);
	}
	buf_addc(&body, '\n');
	if (one->start) {
		buf_adds(&body, "socle vm start ");
		add_quoted(&body, one->name);
		buf_addc(&body, '\n');
	}
	add_script(p, KS_FIRST_BOOT, &body);
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
	{ "appliance", .dialect = KS_SOCLE, .repeat = KS_MANY, .operand = "URL|FILE", .least = 1,
	  .operand_type = &type_source, .options = appliance_options, .apply = apply_appliance,
	  .help = "an appliance that is imported at the first boot; a file is one of the "
		  "installation medium, such as /appliances/web-1.0.ova" },
	{ 0 },
};
