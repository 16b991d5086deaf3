/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks, volumes, file systems, and how large they are.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "types.h"
#include "types_parts.h"

/* "sda", "/dev/sda", "nvme*", "disk/by-id/…"; file-system labels and the like are no disks. */
static bool valid_disk(const char *s)
{
	size_t n = strlen(s);

	if (strncmp(s, "/dev/", 5) == 0)
		s += 5, n -= 5;
	return n && n < 256 && s[0] != '/' && s[n - 1] != '/' && !has_dotdot(s) &&
	       text_only(s, ALNUM "._:+-@=/*?[]!");
}

static bool valid_part(const char *s)
{
	return valid_percent(s) && atoi(s) < 100;
}

static bool valid_scheme(const char *s)
{
	static const char *const schemes[] = { "lvm", "thinp", "plain", "partition", "btrfs" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
		if (strcasecmp(s, schemes[i]) == 0)
			return true;
	return false;
}

/* The disk of a boot loader: one. */
static bool valid_one(const char *s)
{
	return !strchr(s, ',');
}

/* "VG/LV" */
static bool valid_volume(const char *s)
{
	const char *slash = strchr(s, '/');

	return slash && slash != s && slash[1] && !strchr(slash + 1, '/');
}

static bool valid_mount(const char *s)
{
	return *s == '/' || strcmp(s, "swap") == 0 || strcmp(s, "none") == 0 || strcmp(s, "-") == 0;
}

static bool valid_level(const char *s)
{
	if (strncasecmp(s, "raid", 4) == 0)
		s += 4;
	return strcmp(s, "0") == 0 || strcmp(s, "1") == 0 || strcmp(s, "4") == 0 ||
	       strcmp(s, "5") == 0 || strcmp(s, "6") == 0 || strcmp(s, "10") == 0 ||
	       strcasecmp(s, "linear") == 0;
}

static bool valid_not_btrfs(const char *s)
{
	return strcmp(s, "btrfs") != 0;
}

/* A number of bytes with a unit; the rest of the text is behind it. */
static const char *behind_size(const char *s)
{
	size_t n = strspn(s, DIGITS);

	if (!n || n > 9)
		return NULL;
	s += n;
	return *s && strchr("KMGT", *s) ? s + 1 : s;
}

static bool valid_memory(const char *s)
{
	const char *end = behind_size(s);

	return end && !*end && strchr("MG", end[-1]) && atoi(s) > 0;
}

/*
 * A size with a unit, in bytes, above 0 and such that 5 percent more of it can be
 * counted; returns what is behind it, NULL when it is none.
 */
static const char *take_bytes(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	const char *end = behind_size(s);

	if (!end || !strchr(units, end[-1]))
		return NULL;
	*bytes = strtoull(s, NULL, 10);
	for (const char *u = units; u <= strchr(units, end[-1]); u++)
		if (__builtin_mul_overflow(*bytes, (uint64_t)1000, bytes))
			return NULL;
	return *bytes && *bytes <= UINT64_MAX / 105 ? end : NULL;
}

/* "480G", "400G-500G", "400G-", "-2T" */
static bool valid_range(const char *s)
{
	uint64_t low = 0, high = UINT64_MAX;

	if (*s != '-' && (!(s = take_bytes(s, &low)) || !*s))
		return s;
	if (*s++ != '-')
		return false;
	if (!*s)
		return low;
	return (s = take_bytes(s, &high)) && !*s && low <= high;
}

/* "all", "80%", "200G" */
static bool valid_share(const char *s)
{
	size_t n = strspn(s, DIGITS);

	if (strcmp(s, "all") == 0)
		return true;
	if (n && n < 4 && strcmp(s + n, "%") == 0)
		return atoi(s) > 0 && atoi(s) <= 100;
	return (s = behind_size(s)) && !*s;
}

const struct ks_type
	type_scheme = { "one of lvm, thinp, plain and btrfs", "lvm|thinp|plain|btrfs", NULL,
			valid_scheme, true },
	type_part = { "a number from 1 to 99", "PERCENT", NULL, valid_part, true },
	type_size = { "a number of MiB without a unit", "MIB", NULL, valid_integer, true },
	type_level = { "a RAID level such as 1 or RAID1", "LEVEL", NULL, valid_level, true },
	type_fstype = { "a file system that can be made; btrfs is not supported", "TYPE", NULL,
			valid_not_btrfs, true },
	type_disk = { "a disk such as sda or disk/by-id/NAME", "DISK", NULL, valid_disk, false },
	type_one_disk = { "one disk", "DISK", NULL, valid_one, true },
	type_disks = { "a disk such as sda or disk/by-id/NAME", "DISK,...", ",|", valid_disk,
		       false },
	type_volume = { "a volume such as GROUP/VOLUME", "GROUP/VOLUME", NULL, valid_volume, true },
	type_mount = { "a mount point, swap or none", "MOUNTPOINT", NULL, valid_mount, true },
	type_memory = { "a size such as 4G or 4096M", "SIZE", NULL, valid_memory, true },
	type_range = { "a size such as 480G, or a range such as 400G-500G", "SIZE[-SIZE]", NULL,
		       valid_range, true },
	type_share = { "a size such as 200G or 80%, or all", "SIZE", NULL, valid_share, true };
