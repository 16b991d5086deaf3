/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "disk" of a kickstart: whether a disk is all that was said of it.  What tells
 * disks of one kind apart, serial number and WWN, has to be the same to the
 * letter; what people read from a label, model and size, is taken as such.
 */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"

static const char *without(const char *prefix, const char *text)
{
	size_t len = strlen(prefix);

	return strncasecmp(text, prefix, len) == 0 ? text + len : text;
}

/*
 * "0x5000c500a1b2c3d4", "naa.5000c500a1b2c3d4", "5000C500A1B2C3D4" and the
 * "wwn-0x5000c500a1b2c3d4" of /dev/disk/by-id are one.
 */
static bool same_wwn(const char *a, const char *b)
{
	static const char *const prefixes[] = { "wwn-", "naa.", "eui.", "0x" };

	for (size_t i = 0; i < ARRAY_SIZE(prefixes); i++) {
		a = without(prefixes[i], a);
		b = without(prefixes[i], b);
	}
	return *a && strcasecmp(a, b) == 0;
}

/* The most there is, where it is more. */
static uint64_t times(uint64_t n, uint64_t factor)
{
	uint64_t product;

	return __builtin_mul_overflow(n, factor, &product) ? UINT64_MAX : product;
}

/* Makers sell powers of 1000. */
static uint64_t bytes(const char *text, char **end)
{
	static const char units[] = "KMGT";
	uint64_t n = strtoull(text, end, 10);
	const char *unit = **end ? strchr(units, **end) : NULL;

	if (!unit)
		return n;
	(*end)++;
	for (const char *u = units; u <= unit; u++)
		n = times(n, 1000);
	return n;
}

/* "480G" within 5 percent, which is what disks of one class differ by; "400G-500G", "1T-". */
static bool in_range(uint64_t size, const char *text)
{
	uint64_t low = 0, high = UINT64_MAX;
	char *end = (char *)text;

	if (*text != '-')
		low = bytes(text, &end);
	if (*end != '-') {
		high = times(low / 100, 105);
		low = low / 100 * 95;
	} else if (end[1]) {
		high = bytes(end + 1, &end);
	}
	return size >= low && size <= high;
}

static bool has_path(const struct fact_disk *disk, const char *path)
{
	path = without("/dev/", path);
	if (fnmatch(path, disk->name, 0) == 0)
		return true;
	for (size_t i = 0; i < disk->links.count; i++)
		if (fnmatch(path, without("/dev/", disk->links.item[i]), FNM_PATHNAME) == 0)
			return true;
	return false;
}

bool disk_matches(const struct ks_disk *said, const struct fact_disk *disk)
{
	if (said->serial && strcmp(said->serial, disk->serial) != 0)
		return false;
	if (said->wwn && !same_wwn(said->wwn, disk->wwn))
		return false;
	if (said->model && fnmatch(said->model, disk->model, FNM_CASEFOLD) != 0)
		return false;
	if (said->path && !has_path(disk, said->path))
		return false;
	if (said->transport && strcmp(said->transport, disk->transport) != 0)
		return false;
	return !said->size || in_range(disk->size, said->size);
}

bool disk_is_named(const struct ks_disk *said, const struct fact_disk *disk)
{
	return (said->serial || said->wwn || said->transport ||
		(said->path && !strpbrk(said->path, "*?["))) &&
	       disk_matches(said, disk);
}
