/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/rescue.h"

#include <errno.h>
#include <string.h>

/* The first partition of that name, or NULL. */
static const struct fact_content *part_of(const struct fact_disk *disk, const char *name)
{
	for (size_t i = 0; i < disk->content_count; i++)
		if (disk->contents[i].number && strcmp(disk->contents[i].part_name, name) == 0)
			return &disk->contents[i];
	return NULL;
}

static unsigned int number_of(const struct fact_disk *disk, const char *name)
{
	const struct fact_content *part = part_of(disk, name);

	return part ? (unsigned int)part->number : 0;
}

static bool system_of(const struct fact_disk *disk, struct rescue_system *s)
{
	const struct fact_content *data = part_of(disk, "data");

	*s = (struct rescue_system){
		.disks = { disk },
		.disk_count = 1,
		.mirror = data && strcmp(data->type, "linux_raid_member") == 0,
		.bios = number_of(disk, "bios"),
		.esp = number_of(disk, "esp"),
		.slots = { number_of(disk, "system-a"), number_of(disk, "system-b") },
		.data = number_of(disk, "data"),
	};
	return s->esp && s->slots[0] && s->slots[1] && s->data;
}

/* The other half of a mirror: the array with "data" has the same UUID. */
static bool is_twin(const struct rescue_system *a, const struct rescue_system *b)
{
	const struct fact_content *one, *other;

	if (!a->mirror || !b->mirror || a->disk_count != 1)
		return false;
	one = part_of(a->disks[0], "data");
	other = part_of(b->disks[0], "data");
	return one && other && *one->uuid && strcmp(one->uuid, other->uuid) == 0;
}

void rescue_find(const struct facts *f, struct rescue_systems *all)
{
	all->count = 0;
	for (size_t i = 0; i < f->disk_count && all->count < RESCUE_SYSTEMS_MAX; i++) {
		struct rescue_system s;
		bool joined = false;

		if (!system_of(&f->disks[i], &s))
			continue;
		for (size_t k = 0; k < all->count && !joined; k++) {
			struct rescue_system *other = &all->item[k];

			joined = is_twin(other, &s);
			if (joined)
				other->disks[other->disk_count++] = s.disks[0];
		}
		if (!joined)
			all->item[all->count++] = s;
	}
}

void rescue_name(const struct rescue_system *s, struct buf *out)
{
	for (size_t i = 0; i < s->disk_count; i++)
		buf_addf(out, "%s%s", i ? " and " : "", s->disks[i]->path);
}

static bool is_called(const struct fact_disk *disk, const char *name)
{
	if (strcmp(disk->name, name) == 0 || strcmp(disk->path, name) == 0)
		return true;
	for (size_t i = 0; i < disk->links.count; i++)
		if (strcmp(disk->links.item[i], name) == 0)
			return true;
	return false;
}

int rescue_choose(const struct rescue_systems *all, const char *disk,
		  const struct rescue_system **one, struct err *e)
{
	struct buf names = BUF_INIT;
	size_t found = 0;

	for (size_t i = 0; i < all->count; i++) {
		const struct rescue_system *s = &all->item[i];

		buf_adds(&names, i ? ", " : "");
		rescue_name(s, &names);
		for (size_t k = 0; k < s->disk_count; k++)
			if (!disk ? k == 0 : is_called(s->disks[k], disk)) {
				*one = s;
				found++;
			}
	}
	if (!all->count)
		err_set(e, -ENOENT, "no system of ours is on the disks of this machine");
	else if (!found)
		err_set(e, -ENOENT, "no system of ours is on %.64s, but on %s", disk, names.s);
	else if (found > 1)
		err_set(e, -ENOTUNIQ, "several systems are installed: %s; choose one by --disk",
			names.s);
	buf_clear(&names);
	return found == 1 ? 0 : found ? -ENOTUNIQ : -ENOENT;
}
