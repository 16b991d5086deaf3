/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies on a disk, by libblkid: the partition table, its partitions, and
 * the signature of each and of the whole disk.
 */
#include <blkid.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "gather.h"
#include "socle/cleanup.h"

static void set_value(json_t *o, const char *key, blkid_probe pr, const char *name)
{
	const char *value;

	if (blkid_probe_lookup_value(pr, name, &value, NULL) == 0)
		json_object_set_new(o, key, gather_text(value));
}

/*
 * The superblock in a range as "type", "label", "uuid".  1: something is there,
 * 0: nothing, -1: it cannot be read.
 */
static int probe_range(int fd, uint64_t start, uint64_t size, json_t *o)
{
	blkid_probe pr = blkid_new_probe();
	int ret = -1;

	if (pr && blkid_probe_set_device(pr, fd, (blkid_loff_t)start, (blkid_loff_t)size) == 0) {
		blkid_probe_enable_superblocks(pr, true);
		blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_LABEL |
							      BLKID_SUBLKS_UUID);
		ret = blkid_do_safeprobe(pr);
		/* -2: several that contradict each other, so it is surely not empty. */
		if (ret == -2)
			json_object_set_new(o, "type", json_string("ambiguous"));
		if (ret == 0) {
			set_value(o, "type", pr, "TYPE");
			set_value(o, "label", pr, "LABEL");
			set_value(o, "uuid", pr, "UUID");
			set_value(o, "member", pr, "UUID_SUB");
		}
		ret = ret == 0 || ret == -2 ? 1 : ret == 1 ? 0 : -1;
	}
	blkid_free_probe(pr);
	return ret;
}

static json_t *partition_json(int fd, blkid_partition part, uint64_t disk_size)
{
	uint64_t start = (uint64_t)blkid_partition_get_start(part) * 512;
	uint64_t size = (uint64_t)blkid_partition_get_size(part) * 512;
	const char *name = blkid_partition_get_name(part);
	const char *type = blkid_partition_get_type_string(part);
	const char *uuid = blkid_partition_get_uuid(part);
	json_t *o = json_pack("{s:i, s:I, s:I}", "number", blkid_partition_get_partno(part),
			      "start", (json_int_t)start, "size", (json_int_t)size);
	char number[16];

	snprintf(number, sizeof(number), "0x%02x", (unsigned int)blkid_partition_get_type(part));
	json_object_set_new(o, "part_type", gather_text(type ? type : number));
	if (name)
		json_object_set_new(o, "part_name", gather_text(name));
	if (uuid)
		json_object_set_new(o, "part_uuid", gather_text(uuid));
	if (start < disk_size && size && size <= disk_size - start &&
	    !blkid_partition_is_extended(part))
		probe_range(fd, start, size, o);
	return o;
}

static void probe_table(int fd, uint64_t disk_size, json_t *disk, json_t *contents)
{
	blkid_probe pr = blkid_new_probe();
	blkid_partlist list = NULL;
	blkid_parttable table;

	if (pr && blkid_probe_set_device(pr, fd, 0, 0) == 0) {
		blkid_probe_enable_partitions(pr, true);
		list = blkid_probe_get_partitions(pr);
	}
	table = list ? blkid_partlist_get_table(list) : NULL;
	if (table)
		json_object_set_new(disk, "table", gather_text(blkid_parttable_get_type(table)));
	for (int i = 0; list && i < blkid_partlist_numof_partitions(list); i++)
		if (json_array_size(contents) < FACTS_CONTENTS_MAX)
			json_array_append_new(
				contents, partition_json(fd, blkid_partlist_get_partition(list, i),
							 disk_size));
	blkid_free_probe(pr);
}

/* Whether the beginning of a disk is anything but zeros; -1: it cannot be read. */
static int probe_data(int fd)
{
	static char data[1 << 20];
	ssize_t n = pread(fd, data, sizeof(data), 0);

	for (ssize_t i = 0; i < n; i++)
		if (data[i])
			return 1;
	return n < 0 ? -1 : 0;
}

/*
 * Whether the last sector has the header of a GPT (UEFI 2.10, 5.3.2) that the
 * start of the disk knows nothing of: partitioners offer to bring it back.
 */
static bool has_gpt_copy(int fd, uint64_t size, uint64_t sector)
{
	char magic[8];

	return size > sector &&
	       pread(fd, magic, sizeof(magic), (off_t)(size - sector)) == sizeof(magic) &&
	       memcmp(magic, "EFI PART", sizeof(magic)) == 0;
}

/* An entry for the whole disk: a signature, or what is the matter with it. */
static void add_whole(json_t *contents, const char *type)
{
	json_array_append_new(contents, json_pack("{s:i, s:s}", "number", 0, "type", type));
}

void gather_contents(const char *path, json_t *disk)
{
	uint64_t size = (uint64_t)json_integer_value(json_object_get(disk, "size"));
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	json_t *contents = json_array(), *whole = json_pack("{s:i}", "number", 0);
	int found = fd >= 0 ? probe_range(fd, 0, size, whole) : -1;

	if (found > 0)
		json_array_append(contents, whole);
	json_decref(whole);
	if (found >= 0)
		probe_table(fd, size, disk, contents);
	if (found == 0 && !json_object_get(disk, "table") &&
	    has_gpt_copy(fd, size, (uint64_t)json_integer_value(json_object_get(disk, "sector"))))
		add_whole(contents, FACT_GPT_COPY);
	/* The data of a database, or of a file system that is damaged, is data all the same. */
	if (found == 0 && !json_array_size(contents) && !json_object_get(disk, "table")) {
		found = probe_data(fd);
		if (found > 0)
			add_whole(contents, FACT_UNRECOGNIZED);
	}
	if (found < 0)
		add_whole(contents, FACT_UNREADABLE);
	json_object_set_new(disk, "contents", contents);
}
