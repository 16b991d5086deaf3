/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where partitions of one's own lie: at the end of a disk of the system, from the
 * start of any other.  What lines with --grow share is what the others leave; the
 * partition of the guests is one of them unless its size was said.
 */
#include <stdlib.h>
#include <string.h>

#include "draft.h"

#define DATA_MIN (8 * GIB) /* the state volume, and a pool for a small guest */

uint64_t custom_own(const struct draft *d)
{
	const struct answers *a = d->answers;
	uint64_t own = 0;

	for (size_t i = 0; i < a->logvol_count; i++)
		if (!d->custom.volume_gone[i] && strcmp(a->logvols[i].group, VG_NAME) == 0)
			own += ((uint64_t)a->logvols[i].size + 3) / 4 * 4 * MIB;
	return own;
}

/* "200G"; a percentage is known once there is a layout. */
uint64_t custom_pool(const struct draft *d)
{
	const char *said = d->answers->guests.size;
	char *unit;
	uint64_t n;

	if (!said || strcmp(said, "all") == 0)
		return 0;
	n = strtoull(said, &unit, 10);
	switch (*unit) {
	case '%':
		return n < 100 ? d->layout.pool / 100 * n : 0;
	case 'T':
		return n << 40;
	case 'G':
		return n << 30;
	default:
		return n << 20;
	}
}

bool custom_sized(const struct draft *d)
{
	const char *said = d->answers->guests.size;

	return said && strcmp(said, "all") != 0 && !strchr(said, '%');
}

static uint64_t least(const struct ks_part *p)
{
	/* Swap of the installer's choice: dom0 is not to need it. */
	return (p->size ? (uint64_t)p->size : p->recommended ? 1024 : 1) * MIB;
}

static bool is_on(const struct draft *d, size_t i, size_t disk)
{
	return !d->custom.part[i].gone && d->custom.part[i].disk == disk;
}

/* What all lines of a disk need at least, and how many of them grow. */
static uint64_t sum(const struct draft *d, size_t disk, size_t *growing)
{
	const struct answers *a = d->answers;
	uint64_t all = 0;

	*growing = 0;
	for (size_t i = 0; i < a->part_count; i++) {
		if (!is_on(d, i, disk))
			continue;
		all += least(&a->parts[i]);
		*growing += a->parts[i].grow;
	}
	return all;
}

/* Share what is left among the lines that grow, as far as each may. */
static void grow(struct draft *d, size_t disk, uint64_t left)
{
	const struct answers *a = d->answers;
	bool more = true;

	while (more) {
		size_t n = 0;

		for (size_t i = 0; i < a->part_count; i++) {
			uint64_t most = (uint64_t)a->parts[i].max_size * MIB;

			n += is_on(d, i, disk) && a->parts[i].grow &&
			     (!most || d->custom.part[i].size < most);
		}
		more = false;
		for (size_t i = 0; n && i < a->part_count; i++) {
			uint64_t share = left / n / MIB * MIB;
			uint64_t most = (uint64_t)a->parts[i].max_size * MIB;
			uint64_t *size = &d->custom.part[i].size;

			if (!is_on(d, i, disk) || !a->parts[i].grow || (most && *size >= most))
				continue;
			if (most && share > most - *size)
				share = most - *size;
			*size += share;
			left -= share;
			n--;
			more = more || share;
		}
		if (left < MIB)
			break;
	}
}

/* Put the lines of a disk one after the other. */
static void place(struct draft *d, size_t disk, uint64_t at, uint64_t end, unsigned int number)
{
	const struct answers *a = d->answers;
	size_t growing;
	uint64_t need = sum(d, disk, &growing);

	for (size_t i = 0; i < a->part_count; i++)
		if (is_on(d, i, disk))
			d->custom.part[i].size = least(&a->parts[i]);
	if (growing)
		grow(d, disk, end - at - need);
	for (size_t i = 0; i < a->part_count; i++) {
		if (!is_on(d, i, disk))
			continue;
		d->custom.part[i].number = number++;
		d->custom.part[i].start = at;
		at += d->custom.part[i].size;
	}
}

static struct ks_pos first_line(const struct draft *d, size_t disk)
{
	for (size_t i = 0; i < d->answers->part_count; i++)
		if (is_on(d, i, disk))
			return d->answers->parts[i].pos;
	return d->answers->guests.pos;
}

static int no_room(const struct draft *d, size_t disk, uint64_t need, uint64_t room, struct err *e)
{
	char wants[32], has[32];

	return refuse(e, first_line(d, disk), "%s has %s for partitions, and %s are asked for",
		      d->plan->disks[disk]->name, size_text(room, has, sizeof(has)),
		      size_text(need, wants, sizeof(wants)));
}

/* Where "data" may end on a disk of the system. */
static int find_data_end(const struct draft *d, size_t disk, uint64_t *data_end, struct err *e)
{
	bool mirror = d->answers->mirror.pos.line;
	uint64_t start = layout_data_start(), end = layout_end(d->plan->disks[disk]);
	uint64_t data = DATA_MIN + custom_own(d), need, left;
	size_t growing;

	if (custom_sized(d))
		data = layout_data_size(mirror, custom_own(d), custom_pool(d));
	need = sum(d, disk, &growing);
	if (start + data + need > end)
		return no_room(d, disk, data + need, end - start, e);
	left = end - start - data - need;
	/* Without a size the guests have their share, too. */
	if (!growing)
		data += left;
	else if (!custom_sized(d))
		data += left / (growing + 1) / MIB * MIB;
	*data_end = start + data;
	return 0;
}

int custom_sizes(struct draft *d, uint64_t *data_end, struct err *e)
{
	const struct plan *p = d->plan;
	size_t growing;
	int ret = 0;

	*data_end = UINT64_MAX;
	for (size_t i = 0; i < p->system_count && ret == 0; i++) {
		uint64_t end = 0;

		ret = find_data_end(d, i, &end, e);
		if (ret == 0 && end < *data_end)
			*data_end = end;
	}
	for (size_t i = 0; i < p->disk_count && ret == 0; i++) {
		bool system = i < p->system_count;
		uint64_t start = system ? *data_end : MIB, end = layout_end(p->disks[i]);

		if (start + sum(d, i, &growing) > end)
			ret = no_room(d, i, sum(d, i, &growing), end - start, e);
		else
			place(d, i, start, end, system ? PART_COUNT + 1 : 1);
	}
	return ret;
}
