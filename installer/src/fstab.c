/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * /etc/fstab of the new system.  Of the system's own places only the ESP of a
 * pair, or of a disk with several paths, has to be in it: that of a single disk
 * is found by its partition type.
 */
#include "draft.h"

void fstab_files(const struct draft *d, json_t *files)
{
	struct buf t = BUF_INIT;

	if (d->layout.mirror || d->plan->disk->paths.count)
		buf_addf(&t,
			 "UUID=%.4s-%.4s /boot vfat "
			 "umask=0077,noauto,x-systemd.automount,x-systemd.idle-timeout=2min 0 0\n",
			 d->ids.esp, d->ids.esp + 4);
	if (t.len)
		files_add(files, "etc/fstab", 0644, t.s);
	buf_clear(&t);
}
