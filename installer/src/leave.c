/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "leave.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/cdrom.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"
#include "socle/proc.h"

enum { MOUNTINFO_MAX = 1 << 20 };

static const struct {
	const char *how;
	int command;
} ways[] = {
	{ "reboot", RB_AUTOBOOT },
	{ "poweroff", RB_POWER_OFF },
	{ "halt", RB_HALT_SYSTEM },
};

/* The optical drive the running system lives on, opened, or -1. */
static int open_drive(void)
{
	struct buf mounts = BUF_INIT;
	char device[64] = "";
	const char *at;
	int fd = -1;

	if (fs_read("/proc/self/mountinfo", MOUNTINFO_MAX, &mounts, NULL) == 0) {
		at = strstr(mounts.s, " /run/initramfs/live ");
		/* "… /run/initramfs/live ro,relatime shared:3 - iso9660 /dev/sr0 ro,…" */
		at = at ? strstr(at, " - iso9660 ") : NULL;
		if (at && sscanf(at, " - iso9660 %63s", device) == 1 &&
		    strncmp(device, "/dev/sr", 7) == 0)
			fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	}
	buf_clear(&mounts);
	return fd;
}

/* All this needs is in memory before the disc goes; nothing can be read after. */
static int leave_without_disc(int drive, int command, struct err *e)
{
	sync();
	if (mlockall(MCL_CURRENT) < 0)
		return err_sys(e, -errno, "eject");
	ioctl(drive, CDROM_LOCKDOOR, 0);
	ioctl(drive, CDROMEJECT, 0);
	reboot(command);
	return err_sys(e, -errno, "reboot");
}

bool leave_has_disc(void)
{
	_cleanup_close_ int drive = open_drive();

	return drive >= 0;
}

int leave(const char *how, bool eject, struct err *e)
{
	_cleanup_close_ int drive = eject ? open_drive() : -1;

	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (drive >= 0 && strcmp(ways[i].how, how) == 0)
			return leave_without_disc(drive, ways[i].command, e);
	return proc_cmd(e, "systemctl", "--no-block", how, (char *)NULL);
}
