/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "exec.h"
#include "socle/cleanup.h"

bool device_is_map(const char *disk)
{
	return strncmp(disk, "/dev/mapper/", 12) == 0;
}

/*
 * The kernel puts a "p" between a name that ends in a digit and the number;
 * the rules of multipath-tools have kpartx put "-part" there.
 */
void device_partition(const char *disk, unsigned int number, char path[DEVICE_PATH])
{
	size_t len = strlen(disk);
	bool digit = len && isdigit((unsigned char)disk[len - 1]);

	snprintf(path, DEVICE_PATH, "%.96s%s%u", disk,
		 device_is_map(disk) ? "-part"
		 : digit	     ? "p"
				     : "",
		 number);
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

/* udev lets go of a disk as soon as it has looked at it. */
static int lock_wait(const struct exec *x, int fd, struct err *e)
{
	int ret;

	for (int i = 0; i < 300; i++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, -errno, "lock");
		ret = exec_stopped(x, e);
		if (ret < 0)
			return ret;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return err_set(e, -EBUSY, "another program has had it locked for 30 s");
}

int exec_lock(struct exec *x, const char *disk, struct err *e)
{
	_cleanup_close_ int fd = open(disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int ret;

	if (fd < 0)
		return err_sys(e, -errno, "%s", disk);
	ret = lock_wait(x, fd, e);
	if (ret < 0)
		return err_wrap(e, "%s", disk);
	if (x->lock_count == PLAN_DISKS_MAX)
		return err_set(e, -EMFILE, "%s: too many disks", disk);
	x->locks[x->lock_count++] = take_fd(fd);
	return 0;
}

int exec_lock_all(struct exec *x, struct err *e)
{
	const struct plan *p = x->plan;
	int ret = 0;

	for (size_t i = 0; i < p->disk_count && x->lock_count <= i && ret == 0; i++)
		ret = exec_lock(x, p->disks[i]->path, e);
	return ret;
}

void exec_unlock_all(struct exec *x)
{
	while (x->lock_count)
		close(x->locks[--x->lock_count]);
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
