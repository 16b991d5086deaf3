/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * part, raid, volgroup and logvol: what of them is made, and on which disks.
 *
 * The kickstarts that data centres have say "/", "/boot" and swap, too.  The system
 * has its own, so those lines are passed over, and with them what they alone need:
 * a group of nothing but such volumes, its arrays and partitions.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

static bool is_swap(const char *mount)
{
	return strcmp(mount, "swap") == 0;
}

static bool has(const struct ks_strings *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

static bool is_ours(const char *mount)
{
	return ks_where_of(mount) == KS_WHERE_OURS;
}

/* Whether the array or group that a member is for is gone; *used: there is one at all. */
static bool user_gone(const struct draft *d, const char *member, size_t *used)
{
	const struct answers *a = d->answers;
	bool gone = false;

	*used = 0;
	for (size_t i = 0; i < a->volgroup_count; i++)
		if (has(&a->volgroups[i].members, member))
			(*used)++, gone = d->custom.group_gone[i];
	for (size_t i = 0; i < a->raid_count; i++)
		if (has(&a->raids[i].members, member))
			(*used)++, gone = d->custom.raid_gone[i];
	return gone;
}

/* A group that had volumes of the system, and of one's own at most swap, was the system's. */
static bool was_systems(const struct answers *a, const char *group)
{
	bool system = false, own = false;

	for (size_t i = 0; i < a->logvol_count; i++) {
		const struct ks_logvol *v = &a->logvols[i];

		if (strcmp(v->group, group) != 0)
			continue;
		if (is_ours(v->mount))
			system = true;
		else if (!is_swap(v->mount))
			own = true;
	}
	return system && !own;
}

static void pass_over(struct draft *d)
{
	const struct answers *a = d->answers;
	struct custom *c = &d->custom;
	size_t used;

	for (size_t i = 0; i < a->volgroup_count; i++)
		c->group_gone[i] = was_systems(a, a->volgroups[i].name);
	for (size_t i = 0; i < a->logvol_count; i++)
		c->volume_gone[i] = is_ours(a->logvols[i].mount) ||
				    was_systems(a, a->logvols[i].group);
	for (size_t i = 0; i < a->raid_count; i++)
		c->raid_gone[i] = is_ours(a->raids[i].mount) ||
				  user_gone(d, a->raids[i].mount, &used);
	for (size_t i = 0; i < a->part_count; i++)
		c->part[i].gone = is_ours(a->parts[i].mount) ||
				  user_gone(d, a->parts[i].mount, &used);
}

static bool name_ok(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || (s[n] && strchr("_.+-", s[n])))
		n++;
	return n && !s[n] && n < 64 && *s != '-' && strcmp(s, ".") != 0 && strcmp(s, "..") != 0;
}

static int check_filesystem(const struct ks_filesystem *fs, const char *mount, struct ks_pos pos,
			    struct err *e)
{
	static const char *const types[] = { "ext4", "ext3", "ext2", "xfs", "vfat", "swap" };

	if (fs->options && strpbrk(fs->options, " \t\n"))
		return refuse(e, pos, "--fsoptions: a list with commas has no blanks");
	if (!fs->type || *mount != '/')
		return 0;
	for (size_t i = 0; i + 1 < ARRAY_SIZE(types); i++)
		if (strcmp(fs->type, types[i]) == 0)
			return 0;
	return refuse(e, pos, "--fstype: \"%.32s\" cannot be made; there is ext4, xfs and vfat",
		      fs->type);
}

/* A member has exactly one use, and a place is had once. */
static int check_mount(const struct draft *d, const char *mount, struct ks_pos pos, struct err *e)
{
	const struct answers *a = d->answers;
	bool member = strncmp(mount, "pv.", 3) == 0 || strncmp(mount, "raid.", 5) == 0;
	size_t used, same = 0;

	user_gone(d, mount, &used);
	if (member && used != 1)
		return refuse(e, pos, "%s is used %zu times, by %s; once is needed", mount, used,
			      *mount == 'p' ? "volgroup" : "raid");
	for (size_t i = 0; i < a->part_count; i++)
		same += strcmp(a->parts[i].mount, mount) == 0;
	for (size_t i = 0; i < a->raid_count; i++)
		same += strcmp(a->raids[i].mount, mount) == 0;
	for (size_t i = 0; i < a->logvol_count; i++)
		same += strcmp(a->logvols[i].mount, mount) == 0;
	if (same > 1 && !is_swap(mount))
		return refuse(e, pos, "%s is said %zu times", mount, same);
	return 0;
}

/* Members are partitions, or for a group arrays, too. */
static int check_members(const struct answers *a, const struct ks_strings *members, bool arrays,
			 struct ks_pos pos, struct err *e)
{
	for (size_t i = 0; i < members->count; i++) {
		const char *name = members->item[i];
		bool found = false;

		for (size_t j = 0; j < a->part_count; j++)
			found = found || strcmp(a->parts[j].mount, name) == 0;
		for (size_t j = 0; arrays && j < a->raid_count; j++)
			found = found || strcmp(a->raids[j].mount, name) == 0;
		if (!found || ks_where_of(name) != KS_WHERE_DATA)
			return refuse(e, pos, "there is no partition %.64s", name);
	}
	return 0;
}

const char *custom_level(const struct ks_raid *r)
{
	return r->level + strcspn(r->level, "0123456789");
}

static int check_raid(const struct draft *d, const struct ks_raid *r, struct err *e)
{
	static const struct {
		const char *level;
		size_t least;
	} levels[] = { { "0", 2 }, { "1", 2 }, { "4", 3 }, { "5", 3 }, { "6", 4 }, { "10", 2 } };
	size_t i = 0;
	int ret;

	while (i < ARRAY_SIZE(levels) && strcmp(custom_level(r), levels[i].level) != 0)
		i++;
	if (i == ARRAY_SIZE(levels))
		return refuse(e, r->pos, "raid: level \"%.16s\" cannot be made", r->level);
	if (r->members.count < levels[i].least || r->members.count > CUSTOM_MAX)
		return refuse(e, r->pos, "raid: level %s needs at least %zu members",
			      levels[i].level, levels[i].least);
	if (!name_ok(r->device) || strncmp(r->device, "socle-", 6) == 0)
		return refuse(e, r->pos, "raid: \"%.64s\" is no name for an array", r->device);
	ret = check_members(d->answers, &r->members, false, r->pos, e);
	if (ret == 0)
		ret = check_mount(d, r->mount, r->pos, e);
	return ret < 0 ? ret : check_filesystem(&r->fs, r->mount, r->pos, e);
}

static int check_group(const struct draft *d, size_t index, struct err *e)
{
	const struct answers *a = d->answers;
	const struct ks_volgroup *g = &a->volgroups[index];

	if (strcmp(g->name, VG_NAME) == 0)
		return refuse(e, g->pos,
			      "volgroup: " VG_NAME " is the system's own; a logvol can be made in "
			      "it without saying it");
	if (!name_ok(g->name))
		return refuse(e, g->pos, "volgroup: \"%.64s\" is no name for a group", g->name);
	for (size_t i = 0; i < index; i++)
		if (strcmp(a->volgroups[i].name, g->name) == 0)
			return refuse(e, g->pos, "volgroup: %s is said in line %u, too", g->name,
				      a->volgroups[i].pos.line);
	return check_members(a, &g->members, true, g->pos, e);
}

static int check_volume(const struct draft *d, size_t index, struct err *e)
{
	const struct answers *a = d->answers;
	const struct ks_logvol *v = &a->logvols[index];
	bool own = strcmp(v->group, VG_NAME) == 0, found = own;
	int ret;

	for (size_t i = 0; i < a->volgroup_count; i++)
		found = found || strcmp(a->volgroups[i].name, v->group) == 0;
	if (!found)
		return refuse(e, v->pos, "logvol: there is no volgroup %.64s", v->group);
	if (!name_ok(v->name) ||
	    (own && (strcmp(v->name, "state") == 0 || strcmp(v->name, "guests") == 0)))
		return refuse(e, v->pos, "logvol: \"%.64s\" is no name for a volume", v->name);
	for (size_t i = 0; i < index; i++)
		if (strcmp(a->logvols[i].name, v->name) == 0 &&
		    strcmp(a->logvols[i].group, v->group) == 0)
			return refuse(e, v->pos, "logvol: %s is said in line %u, too", v->name,
				      a->logvols[i].pos.line);
	if (own && (!v->size || v->grow || v->percent))
		return refuse(e, v->pos,
			      "logvol: in " VG_NAME
			      " what is left is the guests'; say --size alone");
	if (!v->size && !v->percent && !v->grow)
		return refuse(e, v->pos, "logvol: --size, --percent or --grow is needed");
	ret = check_mount(d, v->mount, v->pos, e);
	return ret < 0 ? ret : check_filesystem(&v->fs, v->mount, v->pos, e);
}

static int check_part(const struct draft *d, const struct ks_part *p, struct err *e)
{
	int ret = check_mount(d, p->mount, p->pos, e);

	if (ret == 0 && !p->size && !p->grow && !p->recommended)
		ret = refuse(e, p->pos, "part: --size or --grow is needed");
	return ret < 0 ? ret : check_filesystem(&p->fs, p->mount, p->pos, e);
}

int custom_read(struct draft *d, struct err *e)
{
	const struct answers *a = d->answers;
	struct custom *c = &d->custom;
	int ret = 0;

	if (a->part_count > CUSTOM_MAX || a->raid_count > CUSTOM_MAX ||
	    a->volgroup_count > CUSTOM_MAX || a->logvol_count > CUSTOM_MAX)
		return refuse(e, (struct ks_pos){ 0 },
			      "more than %d part, raid, volgroup or logvol", CUSTOM_MAX);
	if (a->guests.keep && (a->part_count || a->logvol_count))
		return refuse(e, a->guests.pos,
			      "guests --keep: the layout stays as it is; say no part or logvol");
	pass_over(d);
	for (size_t i = 0; i < a->part_count && ret == 0; i++)
		ret = c->part[i].gone ? 0 : check_part(d, &a->parts[i], e);
	for (size_t i = 0; i < a->raid_count && ret == 0; i++)
		ret = c->raid_gone[i] ? 0 : check_raid(d, &a->raids[i], e);
	for (size_t i = 0; i < a->volgroup_count && ret == 0; i++)
		ret = c->group_gone[i] ? 0 : check_group(d, i, e);
	for (size_t i = 0; i < a->logvol_count && ret == 0; i++)
		ret = c->volume_gone[i] ? 0 : check_volume(d, i, e);
	return ret;
}

/* The disk of a line among those that are written to, where it is put if it has to be. */
static int add_disk(struct draft *d, const struct ks_part *said, size_t *index, struct err *e)
{
	struct plan *p = d->plan;
	size_t count;
	const struct fact_disk *disk = disk_called(d->facts, said->disk, &count);
	char buffer[160];
	const char *why;

	if (count != 1)
		return refuse(e, said->pos,
			      "part: --ondisk: %zu disks of this machine are \"%.200s\"", count,
			      said->disk);
	for (*index = 0; *index < p->disk_count; (*index)++)
		if (p->disks[*index] == disk)
			return 0;
	why = disk_unfit(d, disk, buffer, sizeof(buffer));
	if (why)
		return refuse(e, said->pos, "part: %s cannot be taken: %s", disk->name, why);
	if (p->disk_count == PLAN_DISKS_MAX)
		return refuse(e, said->pos, "part: more than %d disks", PLAN_DISKS_MAX);
	p->disks[p->disk_count++] = disk;
	return 0;
}

int custom_disks(struct draft *d, struct err *e)
{
	const struct answers *a = d->answers;
	int ret = 0;

	for (size_t i = 0; i < a->part_count && ret == 0; i++) {
		size_t *index = &d->custom.part[i].disk;

		*index = 0;
		if (d->custom.part[i].gone)
			continue;
		if (a->parts[i].disk)
			ret = add_disk(d, &a->parts[i], index, e);
		else if (a->mirror.pos.line)
			ret = refuse(e, a->parts[i].pos,
				     "part: with a mirror say --ondisk=, or a logvol of the "
				     "group " VG_NAME ", which lies on both disks");
	}
	for (size_t i = 0; i < a->volgroup_count && ret == 0; i++)
		if (!d->custom.group_gone[i])
			ret = stack_name_free(d->facts, d->plan, a->volgroups[i].name, e);
	return ret;
}
