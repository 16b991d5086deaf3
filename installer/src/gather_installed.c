/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The markers of finished installations (installed.h), from the ESPs of disks
 * whose partitions have our names.  FAT has no journal: mounted read-only, not a
 * byte of it changes.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "exec.h"
#include "gather.h"
#include "installed.h"
#include "schema.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

#define LOOK_AT EXEC_WORK "/look"

static const char *const marker_keys[] = { "intent", "plan", "time", "hostname", "version" };

/* The number of the partition of that name, or 0. */
static unsigned int named(const json_t *disk, const char *name)
{
	const json_t *list = json_object_get(disk, "contents"), *c;
	size_t i;

	for (i = 0; i < json_array_size(list) && (c = json_array_get(list, i)); i++)
		if (strcmp(arg_string(c, "part_name"), name) == 0)
			return (unsigned int)arg_uint(c, "number");
	return 0;
}

/* What was written on the ESP is input from outside. */
static void read_marker(json_t *disk)
{
	_cleanup_json_ json_t *said = NULL;
	struct buf text = BUF_INIT;
	json_t *marker;

	if (fs_read_regular(LOOK_AT "/" INSTALLED_FILE, INSTALLED_MAX, &text, NULL) == 0)
		said = schema_load(text.s, text.len, NULL);
	buf_clear(&text);
	if (!json_is_object(said))
		return;
	marker = json_object();
	for (size_t i = 0; i < ARRAY_SIZE(marker_keys); i++)
		json_object_set_new(marker, marker_keys[i],
				    gather_text(arg_string(said, marker_keys[i])));
	json_object_set_new(disk, "installed", marker);
}

static bool look_at(json_t *disk, const char *device)
{
	if (mount(device, LOOK_AT, "vfat", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
		return false;
	read_marker(disk);
	umount2(LOOK_AT, UMOUNT_NOFOLLOW | MNT_DETACH);
	return true;
}

void facts_gather_installed(json_t *facts)
{
	json_t *disks = json_object_get(facts, "disks"), *disk;
	size_t i, k;

	if (fs_mkdirs(LOOK_AT, 0700, NULL) < 0)
		return;
	for (i = 0; i < json_array_size(disks) && (disk = json_array_get(disks, i)); i++) {
		unsigned int esp = named(disk, "system-a") ? named(disk, "esp") : 0;
		const json_t *holders = json_object_get(disk, "holders");
		char device[DEVICE_PATH];

		if (!esp)
			continue;
		device_partition(arg_string(disk, "path"), esp, device);
		if (look_at(disk, device))
			continue;
		/* Half of an array that runs: one of those that hold the disk. */
		for (k = 0; k < json_array_size(holders); k++) {
			snprintf(device, sizeof(device), "/dev/%.64s",
				 json_string_value(json_array_get(holders, k)));
			if (strncmp(device, "/dev/md", 7) == 0 && look_at(disk, device))
				break;
		}
	}
}
