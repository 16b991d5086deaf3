/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/fstab of the new system.  Of the system's own places only the ESP of a
 * pair, or of a disk with several paths, has to be in it: that of a single disk
 * is found by its partition type.
 */
#include <ctype.h>
#include <string.h>

#include "draft.h"

/* FAT shows the identifier it was made with as "1234-ABCD". */
static void add_source(const json_t *fs, struct buf *t)
{
	const char *uuid = arg_string(fs, "uuid");

	if (strcmp(arg_string(fs, "type"), "vfat") != 0) {
		buf_addf(t, "UUID=%s", uuid);
		return;
	}
	buf_adds(t, "UUID=");
	for (int i = 0; i < 8; i++)
		buf_addf(t, "%s%c", i == 4 ? "-" : "", toupper((unsigned char)uuid[i]));
}

/* A host is reached to be mended also when a disk for data is gone: nofail. */
static void add_own(const struct draft *d, struct buf *t)
{
	json_t *list = custom_filesystems(d), *fs;
	size_t i;

	json_array_foreach(list, i, fs)
	{
		const char *mount = arg_string(fs, "mount"), *options = arg_string(fs, "options");
		bool swap = *mount != '/';

		add_source(fs, t);
		buf_addf(t, " %s %s %s 0 %d\n", swap ? "none" : mount, arg_string(fs, "type"),
			 *options ? options : "nofail", swap ? 0 : 2);
	}
	json_decref(list);
}

void fstab_files(const struct draft *d, json_t *files)
{
	struct buf t = BUF_INIT;

	if (d->layout.mirror || d->plan->disk->paths.count)
		buf_addf(&t,
			 "UUID=%.4s-%.4s /boot vfat "
			 "umask=0077,noauto,x-systemd.automount,x-systemd.idle-timeout=2min 0 0\n",
			 d->ids.esp, d->ids.esp + 4);
	add_own(d, &t);
	if (t.len)
		files_add(files, "etc/fstab", 0644, t.s);
	buf_clear(&t);
}
