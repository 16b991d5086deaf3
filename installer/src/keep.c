/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guests --keep: a Socle that is there is made anew around the volumes of its
 * guests.  Its partitions stay as they are, to the byte, and of its volume group
 * only the file system on "state" is replaced.  Anything that is not quite that
 * layout is refused: what is unknown cannot be kept.
 */
#include <stdio.h>
#include <string.h>

#include "draft.h"

static const struct fact_content *partition(const struct fact_disk *disk, uint64_t number)
{
	for (size_t i = 0; i < disk->content_count; i++)
		if (disk->contents[i].number == number)
			return &disk->contents[i];
	return NULL;
}

static int not_ours(const struct draft *d, const struct fact_disk *disk, const char *why,
		    struct err *e)
{
	return refuse(e, d->answers->guests.pos, "guests --keep: %s has no layout of Socle's: %s",
		      disk->name, why);
}

static void copy_uuid(const char *from, char to[UUID_TEXT])
{
	snprintf(to, UUID_TEXT, "%s", from);
}

/* One partition of the index'th disk, as it is there. */
static int take_partition(struct draft *d, size_t index, enum part part, struct err *e)
{
	const struct fact_disk *disk = d->plan->disks[index];
	const struct fact_content *c = partition(disk, part + 1);
	struct ids *ids = index ? &d->twin : &d->ids;
	bool half = c && strcmp(c->type, "linux_raid_member") == 0;
	char why[160];

	if (!c || strcmp(c->part_name, layout_part_name(part)) != 0) {
		snprintf(why, sizeof(why), "partition %d is not \"%s\"", part + 1,
			 layout_part_name(part));
		return not_ours(d, disk, why, e);
	}
	if (part != PART_BIOS && half != d->layout.mirror) {
		snprintf(why, sizeof(why), "\"%s\" is %s a mirror", c->part_name,
			 half ? "half of" : "no half of");
		return not_ours(d, disk, why, e);
	}
	if (index &&
	    (c->start != d->layout.part[part].start || c->size != d->layout.part[part].size))
		return not_ours(d, disk, "it is not like the other half of the mirror", e);
	if (index && half && strcasecmp(c->uuid, d->ids.array[part]) != 0)
		return not_ours(d, disk, "it is half of another mirror", e);
	d->layout.part[part].start = c->start;
	d->layout.part[part].size = c->size;
	copy_uuid(c->part_uuid, ids->part[part]);
	if (half)
		copy_uuid(c->uuid, ids->array[part]);
	return 0;
}

static int take_disk(struct draft *d, size_t index, struct err *e)
{
	const struct fact_disk *disk = d->plan->disks[index];
	int ret = 0;

	if (strcmp(disk->table, "gpt") != 0)
		return not_ours(d, disk, "it has no GPT", e);
	for (int i = 0; i < PART_COUNT && ret == 0; i++)
		ret = take_partition(d, index, i, e);
	return ret;
}

static bool lies_on(const struct fact_volume *v, const char *id)
{
	for (size_t i = 0; i < v->on.count; i++)
		if (strcmp(v->on.item[i], id) == 0)
			return true;
	return false;
}

/* What the group lies on, as facts name it. */
static void group_base(const struct draft *d, char out[DEVICE_PATH])
{
	char path[DEVICE_PATH];

	if (d->layout.mirror) {
		snprintf(out, DEVICE_PATH, "md:%s", d->ids.array[PART_DATA]);
		return;
	}
	device_partition(d->plan->disk->path, PART_DATA + 1, path);
	snprintf(out, DEVICE_PATH, "%s", path + strlen("/dev/"));
}

/* Nobody looks into an array that is stopped, as an install leaves its own. */
static bool is_stopped(const struct facts *f, const char *id)
{
	for (size_t i = 0; i < f->volume_count; i++)
		if (strcmp(f->volumes[i].id, id) == 0)
			return !f->volumes[i].active;
	return false;
}

static int find_group(const struct draft *d, const struct fact_volume **group, struct err *e)
{
	char base[DEVICE_PATH];

	group_base(d, base);
	*group = NULL;
	for (size_t i = 0; i < d->facts->volume_count; i++) {
		const struct fact_volume *v = &d->facts->volumes[i];

		if (strcmp(v->kind, "group") != 0 || strcmp(v->name, VG_NAME) != 0)
			continue;
		if (!lies_on(v, base))
			return refuse(e, d->answers->guests.pos,
				      "guests --keep: another disk has a volume group \"" VG_NAME
				      "\" too; remove or rename it first");
		*group = v;
	}
	if (!*group && is_stopped(d->facts, base))
		return refuse(e, d->answers->guests.pos,
			      "guests --keep: the arrays of %s are stopped; start them with "
			      "\"mdadm --assemble --scan\"",
			      d->plan->disk->name);
	if (!*group)
		return not_ours(d, d->plan->disk, "there is no volume group \"" VG_NAME "\"", e);
	if ((*group)->degraded || (*group)->members != 1)
		return refuse(e, d->answers->guests.pos,
			      "guests --keep: the volume group \"" VG_NAME "\" %s",
			      (*group)->degraded
				      ? "lacks a disk"
				      : "lies on other disks too, which is not supported");
	return 0;
}

/* Whether a volume lies in the group, itself or in a pool that does. */
static bool in_group(const struct facts *f, const struct fact_volume *v,
		     const struct fact_volume *group)
{
	if (lies_on(v, group->id))
		return true;
	for (size_t i = 0; i < f->volume_count; i++)
		if (lies_on(v, f->volumes[i].id) && lies_on(&f->volumes[i], group->id))
			return true;
	return false;
}

/* The names of what is kept, and that it is all there. */
static int take_volumes(struct draft *d, const struct fact_volume *group, struct err *e)
{
	json_t *keeps = json_array();
	bool pool = false;

	for (size_t i = 0; i < d->facts->volume_count; i++) {
		const struct fact_volume *v = &d->facts->volumes[i];
		char size[32];

		if (strcmp(v->kind, "volume") != 0 || !in_group(d->facts, v, group))
			continue;
		if (strcmp(v->name, "state") == 0) {
			d->layout.state = v->size;
			continue;
		}
		pool = pool || strcmp(v->name, "guests") == 0;
		json_array_append_new(keeps, json_sprintf("%s, %s", v->name,
							  size_text(v->size, size, sizeof(size))));
	}
	json_object_set_new(d->plan->head, "keeps", keeps);
	if (d->layout.state < 4 * GIB)
		return not_ours(d, d->plan->disk, "it has no volume \"state\" of 4 GiB or more", e);
	return pool ? 0 : not_ours(d, d->plan->disk, "it has no volume \"guests\"", e);
}

int keep_make(struct draft *d, struct err *e)
{
	const struct fact_volume *group = NULL;
	int ret = 0;

	d->layout.mirror = d->answers->mirror.pos.line;
	for (size_t i = 0; i < d->plan->system_count && ret == 0; i++)
		ret = take_disk(d, i, e);
	if (ret == 0)
		ret = find_group(d, &group, e);
	return ret < 0 ? ret : take_volumes(d, group, e);
}
