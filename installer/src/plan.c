/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/plan.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "installed.h"
#include "preflight.h"

int refuse(struct err *e, struct ks_pos pos, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0)
		return err_sys(e, -ENOMEM, "plan");
	if (pos.line && pos.file)
		err_set(e, -EPERM, "kickstart line %u of %.256s: %s", pos.line, pos.file, text);
	else if (pos.line)
		err_set(e, -EPERM, "kickstart line %u: %s", pos.line, text);
	else
		err_set(e, -EPERM, "%s", text);
	free(text);
	return -EPERM;
}

int draft_warn(struct draft *d, const char *fmt, ...)
{
	struct fact_strings *w = &d->plan->warnings;
	char **more = realloc(w->item, (w->count + 1) * sizeof(*more));
	va_list ap;
	int n;

	if (!more)
		return -ENOMEM;
	w->item = more;
	va_start(ap, fmt);
	n = vasprintf(&w->item[w->count], fmt, ap);
	va_end(ap);
	if (n < 0)
		return -ENOMEM;
	w->count++;
	return 0;
}

static int op_add(struct draft *d, enum op op, json_t *args)
{
	struct plan *p = d->plan;
	struct plan_op *o = realloc(p->ops, (p->op_count + 1) * sizeof(*o));
	struct buf sentence = BUF_INIT;

	if (o)
		p->ops = o;
	if (!o || !args) {
		json_decref(args);
		return -ENOMEM;
	}
	o += p->op_count;
	o->kind = &op_kinds[op];
	o->args = args;
	p->op_count++;
	o->kind->describe(args, &sentence);
	o->sentence = buf_take(&sentence);
	return o->sentence ? 0 : -ENOMEM;
}

static json_t *file_ref(const struct draft *d, const char *name)
{
	const struct image_file *f = image_find(d->image, name);

	return json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)(f ? f->size : 0),
			 "sha256", f ? f->sha256 : "");
}

static json_t *image_files(const struct draft *d)
{
	json_t *files = json_array();

	for (size_t i = 0; i < d->image->file_count; i++)
		json_array_append_new(files, file_ref(d, d->image->files[i].name));
	return files;
}

static json_t *with(json_t *object, const char *key, json_t *value)
{
	json_object_set_new(object, key, value);
	return object;
}

static int clear_disk(struct draft *d, size_t i)
{
	const struct fact_disk *disk = d->plan->disks[i];

	return op_add(d, OP_CLEAR_DISK,
		      json_pack("{s:s, s:o, s:o}", "disk", disk->path, "destroys",
				stack_tree(d->facts, d->plan, disk), "stops",
				stack_stops(d->facts, d->plan, disk)));
}

/* Of a disk for data alone all partitions are one's own. */
static int partition_disk(struct draft *d, size_t i)
{
	const struct fact_disk *disk = d->plan->disks[i];
	bool system = i < d->plan->system_count;
	json_t *list = system ? layout_partitions(d, i) : json_array();
	char guid[UUID_TEXT];

	if (system) {
		snprintf(guid, sizeof(guid), "%s", i ? d->twin.disk : d->ids.disk);
	} else {
		custom_partitions(d, i, list);
		ids_named(d->facts, disk, "data-disk", guid);
	}
	return op_add(d, OP_PARTITION_TABLE,
		      json_pack("{s:s, s:I, s:s, s:o}", "disk", disk->path, "sector",
				(json_int_t)disk->sector, "guid", guid, "partitions", list));
}

static int add_volume_ops(struct draft *d)
{
	const struct layout *l = &d->layout;
	json_t *volumes = json_pack("{s:s, s:I, s:I, s:I, s:I}", "group", VG_NAME, "state",
				    (json_int_t)l->state, "pool", (json_int_t)l->pool,
				    "pool_metadata", (json_int_t)l->pool_metadata, "pool_chunk",
				    (json_int_t)l->pool_chunk);
	json_t *on = layout_on_part(d, PART_DATA);

	json_object_update(volumes, on);
	json_decref(on);
	return op_add(d, OP_MAKE_VOLUMES, volumes);
}

static int add_arrays(struct draft *d)
{
	json_t *list = d->layout.mirror ? layout_arrays(d) : json_array();

	custom_arrays(d, list);
	if (json_array_size(list))
		return op_add(d, OP_MAKE_ARRAYS, json_pack("{s:o}", "arrays", list));
	json_decref(list);
	return 0;
}

/* Groups and file systems of one's own. */
static int add_custom_ops(struct draft *d)
{
	json_t *groups = custom_groups(d), *filesystems = custom_filesystems(d);
	int ret = 0;

	if (json_array_size(groups))
		ret = op_add(d, OP_MAKE_GROUPS, json_pack("{s:O}", "groups", groups));
	if (ret == 0 && json_array_size(filesystems))
		ret = op_add(d, OP_MAKE_FILESYSTEMS,
			     json_pack("{s:O}", "filesystems", filesystems));
	json_decref(groups);
	json_decref(filesystems);
	return ret;
}

/* Everything anew. */
static int add_new_ops(struct draft *d)
{
	int ret = 0;

	/* All are clear before anything new is made: an array may lie on several. */
	for (size_t i = 0; i < d->plan->disk_count && ret == 0; i++)
		ret = clear_disk(d, i);
	for (size_t i = 0; i < d->plan->disk_count && ret == 0; i++)
		ret = partition_disk(d, i);
	return ret < 0 ? ret : add_arrays(d);
}

/* On what is there. */
static int add_keep_ops(struct draft *d)
{
	const json_t *keeps = json_object_get(d->plan->head, "keeps");
	int ret = 0;

	if (d->layout.mirror)
		ret = op_add(d, OP_USE_ARRAYS, json_pack("{s:o}", "arrays", layout_arrays(d)));
	if (ret == 0)
		ret = op_add(
			d, OP_KEEP_VOLUMES,
			with(with(with(layout_on_part(d, PART_DATA), "group", json_string(VG_NAME)),
				  "renews", json_string("state")),
			     "keeps", json_deep_copy(keeps)));
	return ret;
}

/* Of the state volume; with the ESP by way of which guests' configurations are kept. */
static json_t *state_args(const struct draft *d)
{
	json_t *args = json_pack("{s:s, s:s, s:s}", "device", STATE_DEVICE, "uuid", d->ids.state,
				 "label", "socle-state");

	if (d->answers->guests.keep)
		json_object_set_new(args, "esp", layout_on_part(d, PART_ESP));
	return args;
}

static int add_disk_ops(struct draft *d)
{
	bool keep = d->answers->guests.keep;
	int ret = op_add(d, OP_VERIFY_IMAGE, json_pack("{s:o}", "files", image_files(d)));

	if (ret == 0)
		ret = keep ? add_keep_ops(d) : add_new_ops(d);
	if (ret == 0 && keep)
		ret = op_add(d, OP_SAVE_GUESTS, state_args(d));
	if (ret == 0)
		ret = op_add(d, OP_MAKE_ESP,
			     with(with(layout_on_part(d, PART_ESP), "id", json_string(d->ids.esp)),
				  "label", json_string("SOCLE-ESP")));
	if (ret == 0 && !keep)
		ret = add_volume_ops(d);
	if (ret == 0)
		ret = op_add(d, OP_MAKE_STATE, state_args(d));
	return ret < 0 ? ret : add_custom_ops(d);
}

static json_t *system_disks(const struct plan *p)
{
	json_t *list = json_array();

	for (size_t i = 0; i < p->system_count; i++)
		json_array_append_new(list, json_string(p->disks[i]->path));
	return list;
}

static json_t *grub_args(const struct draft *d)
{
	json_t *args = layout_on_part(d, PART_ESP);

	json_object_set_new(args, "disks", system_disks(d->plan));
	json_object_set_new(args, "bios_start",
			    json_integer((json_int_t)d->layout.part[PART_BIOS].start));
	json_object_set_new(args, "bios_size",
			    json_integer((json_int_t)d->layout.part[PART_BIOS].size));
	json_object_set_new(args, "bios", file_ref(d, IMAGE_GRUB_BIOS));
	json_object_set_new(args, "efi", file_ref(d, IMAGE_GRUB_EFI));
	return args;
}

static int add_boot_ops(struct draft *d)
{
	json_t *files = json_array();
	int ret;

	json_array_append_new(files, file_ref(d, IMAGE_XEN));
	json_array_append_new(files, file_ref(d, IMAGE_LINUX));
	json_array_append_new(files, file_ref(d, IMAGE_INITRD));
	ret = op_add(d, OP_WRITE_IMAGE,
		     with(layout_on_part(d, PART_SYSTEM_A), "file", file_ref(d, IMAGE_SYSTEM)));
	if (ret == 0)
		ret = op_add(d, OP_COPY_BOOT_FILES,
			     with(with(layout_on_part(d, PART_ESP), "files", json_incref(files)),
				  "slot", json_string("a")));
	if (ret == 0)
		ret = op_add(d, OP_INSTALL_GRUB, grub_args(d));
	json_decref(files);
	return ret;
}

static int add_boot_menu(struct draft *d)
{
	struct buf menu = BUF_INIT;
	int ret;

	bootmenu_text(d, &menu);
	ret = op_add(d, OP_BOOT_MENU,
		     with(with(layout_on_part(d, PART_ESP), "text", json_string(menu.s)), "slot",
			  json_string("a")));
	buf_clear(&menu);
	return ret;
}

/* On the new system's image and state volume. */
static json_t *on_system(const struct draft *d)
{
	return with(layout_on_part(d, PART_SYSTEM_A), "state", json_string(STATE_DEVICE));
}

static int add_scripts(struct draft *d, enum op op, enum ks_when when, json_t *args)
{
	int ret = 0;

	if (hooks_any(d->answers, when))
		ret = op_add(d, op,
			     with(json_incref(args), "scripts", hooks_list(d->answers, when)));
	json_decref(args);
	return ret;
}

static int add_system_ops(struct draft *d, json_t *files)
{
	const json_t *login = json_object_get(d->plan->head, "login");
	int ret = add_scripts(d, OP_RUN_PRE_INSTALL, KS_PRE_INSTALL, on_system(d));

	if (ret == 0)
		ret = op_add(d, OP_SEED_STATE,
			     with(with(on_system(d), "files", json_incref(files)), "password_line",
				  json_incref(json_object_get(login, "password_line"))));
	if (ret == 0 && accounts_any(d->answers))
		ret = op_add(d, OP_ACCOUNTS, accounts_args(d->answers));
	if (ret == 0 && (d->answers->services_on.count || d->answers->services_off.count))
		ret = op_add(d, OP_SERVICES, services_args(d->answers));
	if (ret == 0)
		ret = add_scripts(d, OP_FIRST_BOOT, KS_FIRST_BOOT, json_object());
	if (ret == 0)
		ret = add_scripts(d, OP_RUN_SCRIPTS, KS_POST, json_object());
	if (ret == 0)
		ret = add_boot_menu(d);
	if (ret == 0 && strcmp(d->facts->firmware, "uefi") == 0)
		ret = op_add(d, OP_BOOT_ENTRY, boot_entry_args(d));
	if (ret == 0)
		ret = op_add(d, OP_FINISH,
			     with(layout_on_part(d, PART_ESP), "group", json_string(VG_NAME)));
	return ret;
}

static int head_make(struct draft *d, struct err *e)
{
	static const char *const finish[] = {
		[KS_FINISH_UNSAID] = "reboot",
		[KS_FINISH_REBOOT] = "reboot",
		[KS_FINISH_POWEROFF] = "poweroff",
		[KS_FINISH_HALT] = "halt",
	};
	const struct facts *f = d->facts;
	const struct image *i = d->image;

	d->plan->head = json_pack(
		"{s:i, s:s, s:{s:s, s:s, s:s}, s:{s:s, s:s, s:s, s:s}, s:s, s:s}", "plan",
		PLAN_VERSION, "kickstart", d->answers->sha256, "image", "version",
		i->version ? i->version : "", "xen", i->xen ? i->xen : "", "linux",
		i->kernel ? i->kernel : "", "machine", "vendor", f->machine.vendor, "product",
		f->machine.product, "serial", f->machine.serial, "uuid", f->machine.uuid,
		"firmware", f->firmware, "finish", finish[d->answers->finish]);
	if (d->plan->head && d->answers->eject)
		json_object_set_new(d->plan->head, "eject", json_true());
	return d->plan->head ? 0 : err_sys(e, -ENOMEM, "plan");
}

static int warnings_make(struct draft *d)
{
	int ret = 0;

	if (!d->image->file_count)
		ret = draft_warn(d, "planned without a medium: the hash is not the server's");
	if (ret == 0 && strcmp(d->facts->firmware, "bios") == 0 && d->plan->disk->sector != 512)
		ret = draft_warn(d,
				 "%s has sectors of %llu bytes, from which no BIOS starts: set the "
				 "firmware to UEFI",
				 d->plan->disk->name, (unsigned long long)d->plan->disk->sector);
	return ret;
}

static int hash_make(struct plan *p, struct err *e)
{
	json_t *json = plan_json(p);
	char *text;

	json_object_del(json, "hash");
	text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS);
	json_decref(json);
	if (!text)
		return err_sys(e, -ENOMEM, "plan");
	sha256_mem(text, strlen(text), p->hash);
	free(text);
	return 0;
}

/* Whether the image fits into a slot. */
static int image_fits(const struct draft *d, struct err *e)
{
	const struct image_file *system = image_find(d->image, IMAGE_SYSTEM);
	uint64_t boot = 0;

	for (size_t i = 0; i < d->image->file_count; i++)
		if (&d->image->files[i] != system)
			boot += d->image->files[i].size;
	if (system && system->size > d->layout.part[PART_SYSTEM_A].size)
		return refuse(e, (struct ks_pos){ 0 }, "%s is larger than a slot", IMAGE_SYSTEM);
	/* Two slots and GRUB share the ESP. */
	if (boot > d->layout.part[PART_ESP].size * 2 / 5)
		return refuse(e, (struct ks_pos){ 0 }, "the boot files are too large for the ESP");
	return 0;
}

static int ops_make(struct draft *d, struct err *e)
{
	json_t *files = json_array();
	int ret;

	ret = files ? system_files(d, files, e) : err_sys(e, -ENOMEM, "plan");
	if (ret == 0) {
		fstab_files(d, files);
		ret = add_disk_ops(d);
		if (ret == 0)
			ret = add_boot_ops(d);
		if (ret == 0)
			ret = add_system_ops(d, files);
		if (ret == 0)
			ret = hooks_make(d);
		if (ret == 0)
			ret = warnings_make(d);
		if (ret < 0)
			err_sys(e, ret, "plan");
	}
	json_decref(files);
	return ret;
}

/* Nothing is installed while there is a line that cannot be honoured. */
static int answers_met(const struct answers *a, struct err *e)
{
	char more[64] = "";

	if (!a->unmet_count)
		return 0;
	if (a->unmet_count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", a->unmet_count - 1);
	return refuse(e, a->unmet[0].pos, "%s%s", a->unmet[0].text, more);
}

/* dom0 needs some memory, and Xen and guests some, too. */
static int dom0_possible(const struct draft *d, struct err *e)
{
	const struct ks_dom0 *said = &d->answers->dom0;
	uint64_t all = d->facts->memory / MIB;

	if (!said->memory)
		return 0;
	if (said->memory < 512)
		return refuse(e, said->pos, "dom0 needs at least 512 MiB");
	if ((uint64_t)said->memory > all / 10 * 9)
		return refuse(e, said->pos, "dom0 cannot have %lld of this machine's %llu MiB",
			      said->memory, (unsigned long long)all);
	return 0;
}

/* Where everything lies, on both of a pair alike, and what it is called. */
static int layout_plan(struct draft *d, struct err *e)
{
	const struct plan *p = d->plan;
	bool mirror = d->answers->mirror.pos.line;
	uint64_t end, own = custom_own(d);
	int ret = custom_sizes(d, &end, e);

	if (ret < 0)
		return ret;
	ids_make(d->facts, p->disk, 0, &d->ids);
	if (p->system_count == 2)
		ids_make(d->facts, p->disks[1], 1, &d->twin);
	if (mirror)
		json_object_set_new(p->head, "mirror",
				    p->system_count == 2 ? disk_identity(p->disks[1])
							 : json_string("missing"));
	layout_make(end, mirror, own, 0, &d->layout);
	layout_make(end, mirror, own, custom_pool(d), &d->layout);
	return d->answers->guests.keep ? keep_make(d, e) : 0;
}

int plan_make(const struct facts *facts, const struct answers *answers, const struct image *image,
	      struct plan *p, struct err *e)
{
	struct draft d = { .facts = facts, .answers = answers, .image = image, .plan = p };
	int ret = head_make(&d, e);

	if (ret == 0)
		ret = answers_met(answers, e);
	if (ret == 0)
		ret = disks_choose(&d, e);
	/* The screens ask for the layout; a file has to say it. */
	if (ret == 0 && *answers->sha256 && !answers->autopart && !answers->part_count &&
	    !answers->logvol_count && !answers->guests.keep)
		ret = refuse(e, (struct ks_pos){ 0 },
			     "the layout is missing: say autopart, or part for one of your own");
	if (ret == 0)
		ret = custom_read(&d, e);
	if (ret == 0)
		ret = custom_disks(&d, e);
	if (ret == 0)
		ret = disks_permitted(&d, e);
	if (ret == 0)
		ret = preflight_check(&d, e);
	if (ret == 0)
		ret = dom0_possible(&d, e);
	if (ret < 0)
		return ret;
	json_object_set_new(p->head, "disk", disk_identity(p->disk));
	ret = layout_plan(&d, e);
	dom0_memory(&d);
	json_object_set_new(p->head, "dom0_memory", json_integer((json_int_t)d.dom0_memory));
	if (ret == 0)
		ret = intent_make(&d, e);
	if (ret == 0)
		ret = image_fits(&d, e);
	if (ret == 0)
		ret = ops_make(&d, e);
	return ret < 0 ? ret : hash_make(p, e);
}

json_t *plan_json(const struct plan *p)
{
	json_t *all = json_copy(p->head), *ops = json_array(), *warnings = json_array();

	for (size_t i = 0; i < p->op_count; i++)
		json_array_append_new(ops, json_pack("{s:s, s:s, s:O}", "op", p->ops[i].kind->name,
						     "says", p->ops[i].sentence, "args",
						     p->ops[i].args));
	for (size_t i = 0; i < p->warnings.count; i++)
		json_array_append_new(warnings, json_string(p->warnings.item[i]));
	json_object_set_new(all, "operations", ops);
	json_object_set_new(all, "warnings", warnings);
	json_object_set_new(all, "hash", json_string(p->hash));
	return all;
}

json_t *plan_refusal_json(const struct plan *p, const struct err *why)
{
	json_t *disks = json_array();

	for (size_t i = 0; i < p->candidate_count; i++) {
		const struct plan_candidate *c = &p->candidates[i];
		json_t *d = disk_identity(c->disk);

		json_object_set_new(d, "name", json_string(c->disk->name));
		json_object_set_new(d, "why", json_string(c->why ? c->why : ""));
		json_object_set_new(d, "empty", json_boolean(disk_is_empty(c->disk)));
		json_array_append_new(disks, d);
	}
	return json_pack("{s:s, s:o}", "refused", err_text(why), "disks", disks);
}

const char *plan_hash(const struct plan *p)
{
	return p->hash;
}

void plan_clear(struct plan *p)
{
	for (size_t i = 0; i < p->op_count; i++) {
		free(p->ops[i].sentence);
		json_decref(p->ops[i].args);
	}
	for (size_t i = 0; i < p->candidate_count; i++)
		free(p->candidates[i].why);
	for (size_t i = 0; i < p->warnings.count; i++)
		free(p->warnings.item[i]);
	free(p->warnings.item);
	free(p->candidates);
	free(p->ops);
	json_decref(p->head);
	*p = PLAN_INIT;
}
