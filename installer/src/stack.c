/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies on a disk, as the facts tell it: the tree of what is destroyed, the
 * order in which it is stopped, and whether any of it lies on a disk that is
 * not the plan's.
 *
 * Half of a mirror may be given up: when the array is a RAID1 that is running,
 * is not mounted, and has all its data on a disk that stays, only its half here
 * goes.  All else that a plan's disk shares with another one is refused.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

enum { DEPTH_MAX = 16 };

static bool is_kind(const struct fact_volume *v, const char *kind)
{
	return strcmp(v->kind, kind) == 0;
}

static bool in_list(const struct fact_strings *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->item[i], name) == 0)
			return true;
	return false;
}

/* "sda" and "sda1" of sda, "nvme0n1p2" of nvme0n1, "WWID-part2" of a multipath disk. */
static bool is_of_disk(const char *name, const struct fact_disk *disk)
{
	size_t len = strlen(disk->name);
	const char *rest = name + len;

	if (strncmp(name, disk->name, len) != 0)
		return false;
	if (strncmp(rest, "-part", 5) == 0)
		rest += 5;
	else if (isdigit((unsigned char)disk->name[len - 1]) && *rest)
		rest += *rest == 'p' ? 1 : strlen(rest) + 1;
	return rest <= name + strlen(name) && !rest[strspn(rest, "0123456789")];
}

static bool is_chosen(const struct plan *p, const struct fact_disk *disk)
{
	for (size_t i = 0; p && i < p->disk_count; i++)
		if (strcmp(p->disks[i]->name, disk->name) == 0)
			return true;
	return false;
}

/* A disk of the facts, by the name of it or of a partition; NULL: a volume, or unknown. */
static const struct fact_disk *disk_of(const struct facts *f, const char *name)
{
	for (size_t i = 0; i < f->disk_count; i++)
		if (is_of_disk(name, &f->disks[i]))
			return &f->disks[i];
	return NULL;
}

/* What is known of each volume, when all are; those under it come before it in the facts. */
struct spot {
	const char *ours, *other; /* what it lies on: of a disk of the plan, of one that stays */
	const char *half;	  /* the member that keeps the data when the plan's disks go */
	bool used;		  /* it is mounted, or what lies on it is */
	bool on_disk;		  /* it lies on the disk in question, however far up */
	bool running;		  /* one of the volumes that are parts of it is active */
	bool seen;
};

struct stack {
	const struct facts *facts;
	const struct plan *plan;
	struct spot *spots;
};

/* The volume under number i that an entry of its "on" means, or NULL. */
static struct spot *below(const struct stack *s, size_t i, const char *id)
{
	for (size_t j = 0; j < i; j++)
		if (strcmp(s->facts->volumes[j].id, id) == 0)
			return &s->spots[j];
	return NULL;
}

/* What is so of a volume is so of all that it lies on. */
static void mark_down(struct stack *s)
{
	for (size_t i = s->facts->volume_count; i > 0; i--) {
		const struct fact_volume *v = &s->facts->volumes[i - 1];
		struct spot *spot = &s->spots[i - 1];

		spot->used = spot->used || v->mounts.count;
		for (size_t k = 0; k < v->on.count; k++) {
			struct spot *under = below(s, i - 1, v->on.item[k]);

			if (!under)
				continue;
			under->used = under->used || spot->used;
			under->running = under->running || spot->running ||
					 (v->active && is_kind(v, "volume"));
		}
	}
}

/* The members of a container are whole disks that it has written its own on. */
static void find_half(const struct stack *s, const struct fact_volume *v, struct spot *spot)
{
	if (!is_kind(v, "array") || strcmp(v->level, "raid1") != 0 || !v->active || spot->used)
		return;
	for (size_t i = 0; i < v->in_sync.count; i++) {
		const struct fact_disk *disk = disk_of(s->facts, v->in_sync.item[i]);

		if (disk && !is_chosen(s->plan, disk) && in_list(&v->on, v->in_sync.item[i]))
			spot->half = v->in_sync.item[i];
	}
}

static void find_feet(const struct stack *s, size_t i)
{
	const struct fact_volume *v = &s->facts->volumes[i];
	struct spot *spot = &s->spots[i];

	for (size_t k = 0; k < v->on.count; k++) {
		const struct spot *under = below(s, i, v->on.item[k]);
		const struct fact_disk *disk = under ? NULL : disk_of(s->facts, v->on.item[k]);

		/* What lies on a mirror of which a half stays, stays with it. */
		if (under && !under->half) {
			spot->ours = under->ours ? under->ours : spot->ours;
			spot->other = under->other ? under->other : spot->other;
		} else if (disk && is_chosen(s->plan, disk)) {
			spot->ours = v->on.item[k];
		} else if (disk) {
			spot->other = v->on.item[k];
		}
	}
	find_half(s, v, spot);
	if (!spot->ours)
		spot->half = NULL;
}

static int stack_make(struct stack *s, const struct facts *f, const struct plan *p, struct err *e)
{
	*s = (struct stack){ .facts = f, .plan = p };
	s->spots = calloc(f->volume_count + 1, sizeof(*s->spots));
	if (!s->spots)
		return err_sys(e, -ENOMEM, "plan");
	mark_down(s);
	for (size_t i = 0; i < f->volume_count; i++)
		find_feet(s, i);
	return 0;
}

static void volume_text(const struct fact_volume *v, struct buf *out)
{
	char size[32];

	if (is_kind(v, "array"))
		buf_addf(out, "%s%sarray", v->level, *v->level ? " " : "RAID ");
	else if (is_kind(v, "container"))
		buf_addf(out, "%s container", *v->metadata ? v->metadata : "RAID");
	else if (is_kind(v, "group"))
		buf_adds(out, "LVM group");
	else if (is_kind(v, "crypt"))
		buf_adds(out, "encrypted volume");
	else if (is_kind(v, "pool"))
		buf_addf(out, "%s", strncmp(v->id, "zfs:", 4) == 0 ? "ZFS pool" : "btrfs");
	else
		buf_adds(out, v->kind);
	if (*v->name)
		buf_addf(out, " \"%s\"", v->name);
	else if (*v->uuid)
		buf_addf(out, " %s", v->uuid);
	if (v->size && !is_kind(v, "group"))
		buf_addf(out, ", %s", size_text(v->size, size, sizeof(size)));
	if (*v->type)
		buf_addf(out, ", %s", v->type);
	if (*v->label)
		buf_addf(out, " \"%s\"", v->label);
	if (v->degraded)
		buf_adds(out, ", incomplete");
}

static int refuse_shared(const struct facts *f, const struct fact_volume *v,
			 const struct spot *spot, struct ks_pos pos, struct err *e)
{
	const struct fact_disk *other = disk_of(f, spot->other);
	struct buf what = BUF_INIT;
	int ret;

	volume_text(v, &what);
	ret = refuse(e, pos,
		     "%s lies on %s and on %s, and nothing gives up %s%s%s; name that disk too, "
		     "or take it off there first",
		     what.s, spot->ours, spot->other, other->path,
		     *other->serial ? ", serial " : "", other->serial);
	buf_clear(&what);
	return ret;
}

/* Whether the facts tell of the holder more than its name. */
static bool is_told(const struct facts *f, const char *holder)
{
	for (size_t i = 0; i < f->volume_count; i++) {
		const char *base = strrchr(f->volumes[i].device, '/');

		if (base && strcmp(base + 1, holder) == 0)
			return true;
	}
	return false;
}

static int holders_unshared(const struct facts *f, const struct plan *p,
			    const struct fact_disk *disk, struct ks_pos pos, struct err *e)
{
	for (size_t i = 0; i < disk->holders.count; i++)
		for (size_t j = 0; j < f->disk_count && !is_told(f, disk->holders.item[i]); j++)
			if (!is_chosen(p, &f->disks[j]) &&
			    in_list(&f->disks[j].holders, disk->holders.item[i]))
				return refuse(e, pos,
					      "%s lies on %s and on %s, which nothing gives up; "
					      "remove it first",
					      disk->holders.item[i], disk->name, f->disks[j].name);
	return 0;
}

int stack_unshared(const struct facts *f, const struct plan *p, struct ks_pos pos, struct err *e)
{
	struct stack s;
	int ret = stack_make(&s, f, p, e);

	for (size_t i = 0; i < f->volume_count && ret == 0; i++)
		if (!s.spots[i].half && s.spots[i].ours && s.spots[i].other)
			ret = refuse_shared(f, &f->volumes[i], &s.spots[i], pos, e);
	for (size_t i = 0; i < f->disk_count && ret == 0; i++)
		if (is_chosen(p, &f->disks[i]))
			ret = holders_unshared(f, p, &f->disks[i], pos, e);
	free(s.spots);
	return ret;
}

int stack_name_free(const struct facts *f, const struct plan *p, const char *name, struct err *e)
{
	struct stack s;
	int ret = stack_make(&s, f, p, e);

	for (size_t i = 0; i < f->volume_count && ret == 0; i++) {
		const struct fact_volume *v = &f->volumes[i];

		if (is_kind(v, "group") && strcmp(v->name, name) == 0 && !s.spots[i].ours)
			ret = refuse(e, (struct ks_pos){ 0 },
				     "%s has an LVM group \"%s\", which is what this "
				     "host's will be called; rename that one: vgrename %s NEWNAME",
				     s.spots[i].other ? s.spots[i].other : "another disk", name,
				     v->uuid);
	}
	free(s.spots);
	return ret;
}

int stack_names_free(const struct facts *f, const struct plan *p, struct err *e)
{
	return stack_name_free(f, p, VG_NAME, e);
}

static json_t *volumes_on(struct stack *s, const char *id, int depth);

static json_t *node(const char *name, const char *what, json_t *holds)
{
	json_t *o = json_pack("{s:s, s:s}", "name", name, "what", what);

	if (json_array_size(holds))
		json_object_set(o, "holds", holds);
	json_decref(holds);
	return o;
}

static json_t *volume_node(struct stack *s, size_t i, int depth)
{
	const struct fact_volume *v = &s->facts->volumes[i];
	struct spot *spot = &s->spots[i];
	struct buf what = BUF_INIT;
	json_t *o;

	volume_text(v, &what);
	if (spot->half)
		buf_addf(&what, ": its half here; %s keeps the data", spot->half);
	else if (spot->seen)
		buf_adds(&what, ", as above");
	o = node(v->id, what.s, spot->half || spot->seen ? NULL : volumes_on(s, v->id, depth + 1));
	spot->seen = true;
	buf_clear(&what);
	return o;
}

static json_t *volumes_on(struct stack *s, const char *id, int depth)
{
	json_t *list = json_array();

	for (size_t i = 0; i < s->facts->volume_count && depth < DEPTH_MAX; i++) {
		const struct fact_volume *v = &s->facts->volumes[i];

		if (in_list(&v->on, id) && !is_kind(v, "internal"))
			json_array_append_new(list, volume_node(s, i, depth));
	}
	return list;
}

static json_t *content_node(struct stack *s, const struct fact_disk *disk,
			    const struct fact_content *c)
{
	struct buf name = BUF_INIT, what = BUF_INIT;
	json_t *o;

	content_name(disk, c, &name);
	content_text(c, &what);
	o = node(name.s, what.s, volumes_on(s, name.s, 0));
	buf_clear(&name);
	buf_clear(&what);
	return o;
}

json_t *stack_tree(const struct facts *f, const struct plan *p, const struct fact_disk *disk)
{
	json_t *list = json_array();
	struct stack s;

	if (stack_make(&s, f, p, NULL) < 0)
		return list;
	for (size_t i = 0; i < disk->content_count; i++)
		json_array_append_new(list, content_node(&s, disk, &disk->contents[i]));
	if (!disk->content_count && *disk->table)
		json_array_append_new(list, node(disk->name, "an empty partition table", NULL));
	for (size_t i = 0; i < disk->holders.count; i++) {
		struct buf what = BUF_INIT;

		buf_addf(&what, "in active use by %s", disk->holders.item[i]);
		if (!is_told(f, disk->holders.item[i]))
			json_array_append_new(list, node(disk->name, what.s, NULL));
		buf_clear(&what);
	}
	free(s.spots);
	return list;
}

static void add_lines(const json_t *trees, size_t indent, json_t *lines)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)trees, i, item)
	{
		json_array_append_new(
			lines,
			indent ? json_sprintf("%*s%s", (int)indent, "", arg_string(item, "what"))
			       : json_sprintf("%s: %s", arg_string(item, "name"),
					      arg_string(item, "what")));
		add_lines(json_object_get(item, "holds"), indent + 2, lines);
	}
}

json_t *disk_contents(const struct facts *f, const struct fact_disk *disk)
{
	json_t *trees = stack_tree(f, NULL, disk), *lines = json_array();

	add_lines(trees, 0, lines);
	json_decref(trees);
	return lines;
}

/* Also on a mirror of which a half stays: that is stopped with all that is on it. */
static void mark_disk(struct stack *s, const struct fact_disk *disk)
{
	for (size_t i = 0; i < s->facts->volume_count; i++) {
		const struct fact_volume *v = &s->facts->volumes[i];

		for (size_t k = 0; k < v->on.count; k++) {
			const struct spot *under = below(s, i, v->on.item[k]);

			if (under ? under->on_disk : is_of_disk(v->on.item[k], disk))
				s->spots[i].on_disk = true;
		}
	}
}

/* How a volume is stopped, by its kind; NULL when it goes with another, or is not active. */
static const char *how_to_stop(const struct fact_volume *v, const struct spot *spot)
{
	static const struct {
		const char *kind, *how;
	} kinds[] = {
		{ "array", "array" },
		{ "container", "array" },
		{ "crypt", "map" },
		{ "map", "map" },
	};

	if (is_kind(v, "group"))
		return spot->running ? "group" : NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds) && *v->device; i++)
		if (is_kind(v, kinds[i].kind))
			return kinds[i].how;
	return NULL;
}

json_t *stack_stops(const struct facts *f, const struct plan *p, const struct fact_disk *disk)
{
	json_t *list = json_array();
	struct stack s;

	if (stack_make(&s, f, p, NULL) < 0)
		return list;
	mark_disk(&s, disk);
	/* Each volume comes after those that it lies on, so the last are the topmost. */
	for (size_t i = f->volume_count; i > 0; i--) {
		const struct fact_volume *v = &f->volumes[i - 1];
		const char *how = how_to_stop(v, &s.spots[i - 1]);

		if (how && s.spots[i - 1].on_disk)
			json_array_append_new(list,
					      json_pack("{s:s, s:s, s:s, s:s}", "stop", how, "id",
							v->id, "name", v->name, "uuid", v->uuid));
	}
	free(s.spots);
	return list;
}
