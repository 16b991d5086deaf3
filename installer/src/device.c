/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "exec.h"

/*
 * The kernel puts a "p" between a name that ends in a digit and the number;
 * the rules of multipath-tools have kpartx put "-part" there.
 */
void device_partition(const char *disk, unsigned int number, char path[DEVICE_PATH])
{
	size_t len = strlen(disk);
	bool digit = len && isdigit((unsigned char)disk[len - 1]);
	bool map = strncmp(disk, "/dev/mapper/", 12) == 0;

	snprintf(path, DEVICE_PATH, "%.96s%s%u", disk, map ? "-part" : digit ? "p" : "", number);
}

void arg_device(const json_t *args, char path[DEVICE_PATH])
{
	const char *device = arg_string(args, "device");

	if (*device)
		snprintf(path, DEVICE_PATH, "%.127s", device);
	else
		device_partition(arg_string(args, "disk"),
				 (unsigned int)arg_uint(args, "partition"), path);
}

int exec_settle(struct exec *x, struct err *e)
{
	return exec_cmd(x, 40, e, "udevadm", "settle", "--timeout=30");
}

int exec_partition(struct exec *x, const json_t *args, char path[DEVICE_PATH], struct err *e)
{
	struct stat st;

	(void)x;
	arg_device(args, path);
	for (int i = 0; i < 100; i++) {
		if (stat(path, &st) == 0 && S_ISBLK(st.st_mode))
			return 0;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return err_set(e, -ENODEV, "%s did not appear within 10 s", path);
}
