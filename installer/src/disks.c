/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which disk to install to.  The answers must leave exactly one, or two of a
 * mirror; whatever makes a disk unfit is told for each, so that a refusal shows
 * what there is.
 */
#include <ctype.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

static bool is_glob(const char *name)
{
	return strpbrk(name, "*?[|") != NULL;
}

static const char *without_dev(const char *path)
{
	return strncmp(path, "/dev/", 5) == 0 ? path + 5 : path;
}

static bool matches_one(const struct fact_disk *disk, const char *pattern)
{
	if (fnmatch(pattern, disk->name, 0) == 0)
		return true;
	for (size_t i = 0; i < disk->links.count; i++) {
		const char *link = without_dev(disk->links.item[i]);
		const char *base = strrchr(link, '/');

		if (fnmatch(pattern, link, FNM_PATHNAME) == 0 ||
		    (base && !is_glob(pattern) && strcmp(pattern, base + 1) == 0))
			return true;
	}
	return false;
}

/* A kernel name, a glob or a link, or several of them with "|" between (pykickstart). */
static bool matches(const struct fact_disk *disk, const char *name)
{
	char one[FACTS_STRING_MAX];

	while (*name) {
		size_t len = strcspn(name, "|");

		snprintf(one, sizeof(one), "%.*s", (int)len, name);
		if (matches_one(disk, without_dev(one)))
			return true;
		name += len + (name[len] == '|');
	}
	return false;
}

static bool listed(const struct fact_disk *disk, const struct ks_strings *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (matches(disk, names->item[i]))
			return true;
	return false;
}

/* Called by its own name, not caught by a glob. */
static bool named(const struct fact_disk *disk, const struct ks_strings *names)
{
	for (size_t i = 0; i < names->count; i++)
		if (!is_glob(names->item[i]) && matches(disk, names->item[i]))
			return true;
	return false;
}

static bool contains(const struct fact_disk *disk, const char *type)
{
	for (size_t i = 0; i < disk->content_count; i++)
		if (strcmp(disk->contents[i].type, type) == 0)
			return true;
	return false;
}

/* Another way to the same disk: writing to one path behind multipath's back is no good idea. */
static const struct fact_disk *twin(const struct facts *f, const struct fact_disk *disk)
{
	for (size_t i = 0; i < f->disk_count; i++) {
		const struct fact_disk *o = &f->disks[i];

		if (o != disk && *disk->wwn && strcmp(o->wwn, disk->wwn) == 0 &&
		    strcmp(o->serial, disk->serial) == 0 && o->size == disk->size)
			return o;
	}
	return NULL;
}

static bool one_of(const char *s, const char *const *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcasecmp(s, list[i]) == 0)
			return true;
	return false;
}

/*
 * Disks that may be this machine's only for now, or those of another one: when
 * its own disk has died, the last one left must not be somebody's data.  The one
 * that the firmware boots by is this machine's, whatever leads to it.
 */
static bool is_foreign(const struct fact_disk *disk)
{
	static const char *const transports[] = { "usb", "mmc", "fc", "iscsi", "nvmf" };

	return !disk->ibft &&
	       (disk->removable || one_of(disk->transport, transports, ARRAY_SIZE(transports)));
}

/* The "disk" line that a disk is all of, or NULL. */
static const struct ks_disk *said_by(const struct answers *a, const struct fact_disk *disk)
{
	for (size_t i = 0; i < a->disk_count; i++)
		if (disk_matches(&a->disks[i], disk))
			return &a->disks[i];
	return NULL;
}

static bool is_named(const struct answers *a, const struct fact_disk *disk)
{
	for (size_t i = 0; i < a->disk_count; i++)
		if (disk_is_named(&a->disks[i], disk))
			return true;
	return named(disk, &a->only_use);
}

const char *disk_mount(const struct fact_disk *disk)
{
	for (size_t i = 0; i < disk->mounts.count; i++)
		if (strcmp(disk->mounts.item[i], "swap") != 0)
			return disk->mounts.item[i];
	return NULL;
}

const char *disk_unfit(const struct draft *d, const struct fact_disk *disk, char *buffer,
		       size_t len)
{
	const struct fact_disk *other = twin(d->facts, disk);

	if (disk->boot_medium)
		return "this system was booted from it";
	if (disk->read_only)
		return "it is read-only";
	if (contains(disk, FACT_UNREADABLE))
		return "it cannot be read";
	if (disk_mount(disk)) {
		snprintf(buffer, len, "in use: %s", disk_mount(disk));
		return buffer;
	}
	if (other) {
		snprintf(buffer, len, "another path to %s, and multipath has not joined them",
			 other->name);
		return buffer;
	}
	if (!listed(disk, &d->answers->ignore))
		return NULL;
	snprintf(buffer, len, "ignored by line %u", d->answers->ignore_pos.line);
	return buffer;
}

/* Why the system cannot be on a disk, or NULL; buffer may be used for the text. */
static const char *why_not(const struct draft *d, const struct fact_disk *disk, char *buffer,
			   size_t len)
{
	const struct answers *a = d->answers;
	const char *why = disk_unfit(d, disk, buffer, len);

	if (why)
		return why;
	if (disk->size < PLAN_DISK_MIN)
		return "it is smaller than 16 GiB";
	if (a->only_use.count && !listed(disk, &a->only_use))
		snprintf(buffer, len, "not named by line %u", a->only_use_pos.line);
	else if (a->disk_count == 1 && !said_by(a, disk))
		snprintf(buffer, len, "not what line %u says", a->disks[0].pos.line);
	else if (a->disk_count && !said_by(a, disk))
		snprintf(buffer, len, "neither what line %u nor what line %u says",
			 a->disks[0].pos.line, a->disks[1].pos.line);
	else if (is_foreign(disk) && !is_named(a, disk))
		snprintf(buffer, len, "removable, USB or on a network: taken only by name");
	else
		return NULL;
	return buffer;
}

static int candidates_make(struct draft *d, struct err *e)
{
	struct plan *p = d->plan;

	p->candidates = calloc(d->facts->disk_count + 1, sizeof(*p->candidates));
	if (!p->candidates)
		return err_sys(e, -ENOMEM, "plan");
	for (size_t i = 0; i < d->facts->disk_count; i++) {
		struct plan_candidate *c = &p->candidates[p->candidate_count++];
		char buffer[160];
		const char *why;

		c->disk = &d->facts->disks[i];
		why = why_not(d, c->disk, buffer, sizeof(buffer));
		c->why = why ? strdup(why) : NULL;
		if (why && !c->why)
			return err_sys(e, -ENOMEM, "plan");
	}
	return 0;
}

/*
 * A name that fits no disk is a mistake, even where another disk is left: a
 * disk that should have been spared would be wiped.  A glob to ignore may fit none.
 */
static int names_known(const struct draft *d, const struct ks_strings *names, struct ks_pos pos,
		       bool globs_too, struct err *e)
{
	for (size_t i = 0; i < names->count; i++) {
		bool found = !globs_too && is_glob(names->item[i]);

		for (size_t j = 0; j < d->facts->disk_count && !found; j++)
			found = matches(&d->facts->disks[j], names->item[i]);
		if (!found)
			return refuse(e, pos, "no disk of this machine is \"%.200s\"",
				      names->item[i]);
	}
	return 0;
}

static int none_left(const struct draft *d, struct err *e)
{
	const struct answers *a = d->answers;
	const struct plan *p = d->plan;

	if (p->candidate_count == 0 && *d->facts->ibft.target)
		return refuse(e, (struct ks_pos){ 0 },
			      "this machine has no disk, and %s at %s, which its firmware tells of "
			      "(iBFT), cannot be reached; see: journalctl -u socle-ibft",
			      d->facts->ibft.target, d->facts->ibft.portal);
	if (p->candidate_count == 0)
		return refuse(e, (struct ks_pos){ 0 }, "this machine has no disk");
	for (size_t i = 0; i < p->candidate_count; i++)
		if (listed(p->candidates[i].disk, &a->only_use))
			return refuse(e, a->only_use_pos, "%s cannot be taken: %s",
				      p->candidates[i].disk->name, p->candidates[i].why);
	if (a->disk_count)
		return refuse(e, a->disks[0].pos,
			      "no disk of this machine is all that \"disk\" says");
	return refuse(e, (struct ks_pos){ 0 }, "no disk of this machine can be taken");
}

/* How many disks the answers want. */
static size_t wanted(const struct answers *a)
{
	return a->mirror.pos.line && !a->mirror.missing ? 2 : 1;
}

/* Of two lines each must fit exactly one disk of those that are left, and not the same. */
static int by_lines(const struct draft *d, const struct fact_disk *left[2], struct err *e)
{
	const struct answers *a = d->answers;

	for (size_t i = 0; i < 2; i++) {
		size_t fit = 0;

		for (size_t j = 0; j < d->plan->candidate_count; j++) {
			const struct plan_candidate *c = &d->plan->candidates[j];

			if (c->why || !disk_matches(&a->disks[i], c->disk))
				continue;
			left[i] = c->disk;
			fit++;
		}
		if (fit != 1)
			return refuse(e, a->disks[i].pos, "%zu disks are all that \"disk\" says",
				      fit);
	}
	if (left[0] == left[1])
		return refuse(e, a->disks[1].pos, "\"disk\" says %s, as line %u does",
			      left[0]->name, a->disks[0].pos.line);
	return 0;
}

/* Sectors of two sizes would make the file system on the ESP unreadable from one of them. */
static int pair_fits(const struct draft *d, struct err *e)
{
	const struct fact_disk *one = d->plan->disks[0], *two = d->plan->disks[1];

	if (one->sector == two->sector)
		return 0;
	return refuse(e, d->answers->mirror.pos,
		      "a mirror needs equal sectors: those of %s have %llu bytes, of %s %llu",
		      one->name, (unsigned long long)one->sector, two->name,
		      (unsigned long long)two->sector);
}

static int wrong_number(const struct draft *d, size_t left, struct err *e)
{
	const struct answers *a = d->answers;
	struct ks_pos pos = a->disk_count ? a->disks[0].pos : a->only_use_pos;

	if (left == 0)
		return none_left(d, e);
	if (wanted(a) == 2 && left == 1)
		return refuse(e, a->mirror.pos,
			      "a mirror needs two disks, and one could be taken; "
			      "say mirror --missing to add the other later");
	if (wanted(a) == 2)
		return refuse(e, a->mirror.pos,
			      "%zu disks could be taken; name two, as in: ignoredisk "
			      "--only-use=/dev/disk/by-id/...,/dev/disk/by-id/...",
			      left);
	return refuse(e, pos, "%zu disks could be taken; name one, as in: ignoredisk --only-use=%s",
		      left, "/dev/disk/by-id/...");
}

const struct fact_disk *disk_called(const struct facts *f, const char *name, size_t *count)
{
	const struct fact_disk *found = NULL;

	*count = 0;
	for (size_t i = 0; i < f->disk_count; i++)
		if (matches(&f->disks[i], name))
			found = &f->disks[i], (*count)++;
	return found;
}

/* Whether a line says a partition of this place on a disk. */
static bool has_part(const struct answers *a, const struct fact_disk *disk, enum ks_where where)
{
	for (size_t i = 0; i < a->part_count; i++)
		if (a->parts[i].disk && matches(disk, a->parts[i].disk) &&
		    ks_where_of(a->parts[i].mount) == where)
			return true;
	return false;
}

/*
 * Of several disks the system is on those where "part" has "/", "/boot" and the
 * like, or else on those that are not said to be for data.
 */
static size_t narrow_by_parts(const struct draft *d, const struct fact_disk *chosen[2])
{
	const struct answers *a = d->answers;
	const struct plan *p = d->plan;
	bool said = false;
	size_t left = 0;

	for (size_t i = 0; i < p->candidate_count; i++)
		said = said ||
		       (!p->candidates[i].why && has_part(a, p->candidates[i].disk, KS_WHERE_OURS));
	for (size_t i = 0; i < p->candidate_count; i++) {
		const struct fact_disk *disk = p->candidates[i].disk;

		if (p->candidates[i].why ||
		    (said ? !has_part(a, disk, KS_WHERE_OURS) : has_part(a, disk, KS_WHERE_DATA)))
			continue;
		if (left < 2)
			chosen[left] = disk;
		left++;
	}
	return left;
}

int disks_choose(struct draft *d, struct err *e)
{
	const struct answers *a = d->answers;
	const struct fact_disk *chosen[2] = { NULL };
	struct plan *p = d->plan;
	size_t left = 0;
	int ret = candidates_make(d, e);

	if (ret == 0)
		ret = names_known(d, &a->only_use, a->only_use_pos, true, e);
	if (ret == 0)
		ret = names_known(d, &a->ignore, a->ignore_pos, false, e);
	if (ret == 0 && a->disk_count == 2 && wanted(a) == 1)
		ret = refuse(
			e, a->disks[1].pos,
			"a second disk is one of a mirror, which nothing asks for; say mirror");
	if (ret < 0)
		return ret;
	for (size_t i = 0; i < p->candidate_count; i++) {
		if (p->candidates[i].why)
			continue;
		if (left < 2)
			chosen[left] = p->candidates[i].disk;
		left++;
	}
	if (left > wanted(a) && a->disk_count < 2) {
		size_t fewer = narrow_by_parts(d, chosen);

		left = fewer ? fewer : left;
	}
	if (left && a->disk_count == 2)
		ret = by_lines(d, chosen, e);
	else if (left != wanted(a))
		ret = wrong_number(d, left, e);
	if (ret < 0)
		return ret;
	p->disk = chosen[0];
	p->system_count = p->disk_count = wanted(a);
	memcpy(p->disks, chosen, p->disk_count * sizeof(*chosen));
	return p->disk_count == 2 ? pair_fits(d, e) : 0;
}

const struct fact_disk *disk_by_ibft(const struct draft *d)
{
	for (size_t i = 0; i < d->plan->disk_count; i++)
		if (d->plan->disks[i]->ibft)
			return d->plan->disks[i];
	return NULL;
}

bool disk_is_empty(const struct fact_disk *disk)
{
	return !disk->content_count && !*disk->table && !disk->holders.count;
}

void content_name(const struct fact_disk *disk, const struct fact_content *c, struct buf *out)
{
	size_t len = strlen(disk->name);
	bool digit = len && isdigit((unsigned char)disk->name[len - 1]);

	buf_adds(out, disk->name);
	if (c->number)
		buf_addf(out, "%s%llu",
			 disk->paths.count ? "-part"
			 : digit	   ? "p"
					   : "",
			 (unsigned long long)c->number);
}

void content_text(const struct fact_content *c, struct buf *out)
{
	char size[32];

	buf_addf(out, "%s", *c->type ? c->type : "unknown contents");
	if (*c->label || *c->part_name)
		buf_addf(out, " \"%s\"", *c->label ? c->label : c->part_name);
	if (c->size)
		buf_addf(out, ", %s", size_text(c->size, size, sizeof(size)));
}

json_t *disk_identity(const struct fact_disk *disk)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:s}", "path", disk->path, "size",
			 (json_int_t)disk->size, "sector", (json_int_t)disk->sector, "model",
			 disk->model, "vendor", disk->vendor, "serial", disk->serial, "wwn",
			 disk->wwn, "transport", disk->transport);
}

/* What clearpart --linux may remove, by libblkid's name or by partition type. */
static const char *const linux_types[] = {
	"ext2",	       "ext3",	     "ext4", "xfs",	 "btrfs",	"f2fs",
	"jfs",	       "reiserfs",   "swap", "squashfs", "LVM2_member", "linux_raid_member",
	"crypto_LUKS", "zfs_member",
};

static const char *const linux_part_types[] = {
	"0x82",
	"0x83",
	"0x8e",
	"0xfd",
	"0fc63daf-8483-4772-8e79-3d69d8477de4", /* Linux file system */
	"0657fd6d-a4ab-43c4-84e5-0933c84b4f4f", /* swap */
	"e6d6d379-f507-44c2-a23c-238f2a3df928", /* LVM */
	"a19d880f-05fc-4d3b-a006-743f0f84911e", /* RAID */
	"21686148-6449-6e6f-744e-656564454649", /* BIOS boot */
	"c12a7328-f81f-11d2-ba4b-00a0c93ec93b", /* EFI; with Windows beside it, that one refuses */
};

static bool is_linux(const struct fact_content *c)
{
	if (one_of(c->type, linux_types, ARRAY_SIZE(linux_types)))
		return true;
	return (!*c->type || strcmp(c->type, "vfat") == 0) &&
	       one_of(c->part_type, linux_part_types, ARRAY_SIZE(linux_part_types));
}

static int all_linux(const struct draft *d, const struct fact_disk *disk, struct err *e)
{
	for (size_t i = 0; i < disk->content_count; i++) {
		struct buf what = BUF_INIT;
		int ret;

		if (is_linux(&disk->contents[i]))
			continue;
		content_name(disk, &disk->contents[i], &what);
		buf_adds(&what, ": ");
		content_text(&disk->contents[i], &what);
		ret = refuse(e, d->answers->clear_pos,
			     "clearpart --linux does not give up what else is there (%s)", what.s);
		buf_clear(&what);
		return ret;
	}
	return 0;
}

static int disk_permitted(const struct draft *d, const struct fact_disk *disk, struct err *e)
{
	const struct answers *a = d->answers;

	/* What is kept, and that it is all, is for keep_make() to find out. */
	if (disk_is_empty(disk) || a->clear == KS_CLEAR_ALL || a->guests.keep)
		return 0;
	if (a->clear == KS_CLEAR_LINUX)
		return all_linux(d, disk, e);
	/* pykickstart: "destroys all of the contents of disks with invalid partition tables" */
	if (a->zerombr && !disk->holders.count &&
	    (!disk->content_count || contains(disk, FACT_UNRECOGNIZED)))
		return 0;
	return refuse(e, a->clear_pos,
		      "%s is not empty and nothing gives up what is on it; "
		      "say clearpart --all to erase it",
		      disk->name);
}

int disks_permitted(const struct draft *d, struct err *e)
{
	const struct plan *p = d->plan;
	int ret = stack_unshared(d->facts, p, d->answers->clear_pos, e);

	for (size_t i = 0; i < p->disk_count && ret == 0; i++)
		ret = disk_permitted(d, p->disks[i], e);
	return ret < 0 ? ret : stack_names_free(d->facts, p, e);
}
