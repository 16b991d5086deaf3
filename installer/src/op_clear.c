/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clear a disk: stop what is active on it (teardown.c), then remove every
 * signature, so that neither udev nor LVM nor mdadm find an old one at the same
 * place in the new layout.
 */
#include <blkid.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"
#include "teardown.h"

enum { SIGNATURES_MAX = 256 };

/* All that is in a list of trees. */
static size_t count(const json_t *list)
{
	size_t n = json_array_size(list), sum = n;

	for (size_t i = 0; i < n; i++)
		sum += count(json_object_get(json_array_get(list, i), "holds"));
	return sum;
}

void clear_disk_describe(const json_t *args, struct buf *out)
{
	size_t n = count(json_object_get(args, "destroys"));

	if (n)
		buf_addf(out, "stop and erase all that is on %s (%zu things found)",
			 arg_string(args, "disk"), n);
	else
		buf_addf(out, "make sure that %s is clear", arg_string(args, "disk"));
}

static int zero(int fd, uint64_t offset, uint64_t len, struct err *e)
{
	static const char zeros[MIB];

	return fs_pwrite(fd, zeros, len < MIB ? (size_t)len : MIB, offset, e);
}

/* Both ends of a range: superblocks and RAID metadata lie there, GPT too. */
static int zero_ends(int fd, uint64_t start, uint64_t size, struct err *e)
{
	int ret = zero(fd, start, size, e);

	if (ret == 0 && size > MIB)
		ret = zero(fd, start + size - MIB, MIB, e);
	return ret;
}

/* Remove what libblkid finds in a range, wherever its magic lies. */
static int wipe_signatures(int fd, uint64_t start, uint64_t size, struct err *e)
{
	blkid_probe pr = blkid_new_probe();
	int ret = 0;

	if (!pr || blkid_probe_set_device(pr, fd, (blkid_loff_t)start, (blkid_loff_t)size) < 0) {
		ret = err_set(e, -EIO, "cannot look for signatures");
		goto out;
	}
	blkid_probe_enable_superblocks(pr, true);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_MAGIC | BLKID_SUBLKS_TYPE |
						      BLKID_SUBLKS_BADCSUM);
	for (int i = 0; i < SIGNATURES_MAX && blkid_do_probe(pr) == 0; i++) {
		if (blkid_do_wipe(pr, false) < 0) {
			ret = err_set(e, -EIO, "a signature cannot be removed");
			break;
		}
		blkid_probe_step_back(pr);
	}
out:
	blkid_free_probe(pr);
	return ret;
}

static int wipe_range(int fd, uint64_t start, uint64_t size, struct err *e)
{
	int ret = wipe_signatures(fd, start, size, e);

	return ret < 0 ? ret : zero_ends(fd, start, size, e);
}

/* The partitions there were, innermost first (logical ones come after the extended one). */
static int wipe_partitions(int fd, uint64_t size, struct err *e)
{
	blkid_probe pr = blkid_new_probe();
	blkid_partlist list;
	int ret = 0;

	if (!pr || blkid_probe_set_device(pr, fd, 0, 0) < 0) {
		ret = err_set(e, -EIO, "cannot read the partition table");
		goto out;
	}
	blkid_probe_enable_partitions(pr, true);
	list = blkid_probe_get_partitions(pr);
	for (int i = list ? blkid_partlist_numof_partitions(list) : 0; i > 0 && ret == 0; i--) {
		blkid_partition part = blkid_partlist_get_partition(list, i - 1);
		uint64_t start = (uint64_t)blkid_partition_get_start(part) * 512;
		uint64_t len = (uint64_t)blkid_partition_get_size(part) * 512;

		/* A damaged table may point past the end. */
		if (start && start < size && len && len <= size - start)
			ret = wipe_range(fd, start, len, e);
	}
out:
	blkid_free_probe(pr);
	return ret;
}

/* What was opened by its path, to the byte the disk of the plan. */
static int check_size(int fd, const struct fact_disk *disk, struct err *e)
{
	uint64_t size = 0;
	int sector = 0;

	if (ioctl(fd, BLKGETSIZE64, &size) < 0 || ioctl(fd, BLKSSZGET, &sector) < 0)
		return err_sys(e, -errno, "%s: its size", disk->path);
	if (size != disk->size || (uint64_t)sector != disk->sector)
		return err_set(e, -ESTALE, "%s is no longer the disk of the plan", disk->path);
	return 0;
}

/* udev may still be looking at one of the partitions, so "busy" gets a few more tries. */
static int forget_partitions(int fd, const char *disk, struct err *e)
{
	for (int i = 0; i < 50; i++) {
		if (ioctl(fd, BLKRRPART) == 0 || errno == EINVAL)
			return 0;
		if (errno != EBUSY)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return err_sys(e, -errno, "%s: have its partitions forgotten", disk);
}

/* The kernel's last word: this fails while anything on the disk is in use. */
static int open_unused(const char *disk, int *fd, struct err *e)
{
	for (int i = 0; i < 50; i++) {
		*fd = open(disk, O_RDWR | O_EXCL | O_CLOEXEC);
		if (*fd >= 0)
			return 0;
		if (errno != EBUSY)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return err_sys(e, -errno, "%s", disk);
}

int clear_disk_execute(struct exec *x, const json_t *args, struct err *e)
{
	const struct fact_disk *of = exec_disk(x, args);
	const char *disk = arg_string(args, "disk");
	_cleanup_close_ int fd = -1;
	int ret;

	if (!of)
		return err_set(e, -EINVAL, "%s is no disk of the plan", disk);
	/* Verifying the image took a while. */
	ret = exec_check_disk(x, of, e);
	/* From here on nobody assembles again what is stopped. */
	if (ret == 0)
		ret = exec_lock(x, disk, e);
	if (ret == 0)
		ret = teardown(x, disk, json_object_get(args, "stops"), e);
	if (ret == 0)
		ret = open_unused(disk, &fd, e);
	if (ret == 0)
		ret = check_size(fd, of, e);
	if (ret < 0)
		return ret;
	x->result->wrote = true;
	ret = wipe_partitions(fd, of->size, e);
	if (ret == 0)
		ret = wipe_range(fd, 0, of->size, e);
	if (ret < 0)
		return err_wrap(e, "%s", disk);
	if (fsync(fd) < 0)
		return err_sys(e, -errno, "%s", disk);
	return forget_partitions(fd, disk, e);
}

/* udev may still show a name as that of the array which had it before, and is stopped. */
static int open_array(const char *device, uint64_t *size, struct err *e)
{
	int ret = -ENODEV;

	for (int i = 0; i < 100; i++) {
		int fd = open(device, O_RDWR | O_CLOEXEC);

		if (fd >= 0 && ioctl(fd, BLKGETSIZE64, size) == 0 && *size)
			return fd;
		ret = fd < 0 ? -errno : -ENODEV;
		if (fd >= 0)
			close(fd);
		if (ret != -ENODEV && ret != -ENXIO && ret != -ENOENT)
			break;
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
	}
	return err_sys(e, ret, "%s", device);
}

/*
 * A member's data begins behind its superblock, where clearing a disk does not look: an
 * array that lies as the last one did would begin with the last one's group or file system.
 */
int exec_wipe_array(const char *device, struct err *e)
{
	uint64_t size = 0;
	_cleanup_close_ int fd = open_array(device, &size, e);
	int ret;

	if (fd < 0)
		return fd;
	ret = wipe_range(fd, 0, size, e);
	if (ret < 0)
		return err_wrap(e, "%s", device);
	return fsync(fd) < 0 ? err_sys(e, -errno, "%s", device) : 0;
}
