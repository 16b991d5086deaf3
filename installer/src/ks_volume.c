/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kickstart files on disks, sticks and CDs.
 */
#include <blkid/blkid.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ks_place.h"
#include "socle/cleanup.h"

#define MEDIUM_MOUNT  "/run/initramfs/live"
#define FILE_ON_LABEL "/ks.cfg"

enum { DRIVES_MAX = 8, WAIT_SECONDS = 30 };

/* To mount read-only is not enough: these would write their journal's contents first. */
static const char *no_replay(const char *type)
{
	static const char *const data[][2] = {
		{ "ext3", "noload" },
		{ "ext4", "noload" },
		{ "xfs", "norecovery" },
		{ "btrfs", "rescue=nologreplay" },
	};

	for (size_t i = 0; i < sizeof(data) / sizeof(data[0]); i++)
		if (strcmp(type, data[i][0]) == 0)
			return data[i][1];
	return NULL;
}

static int read_device(const char *device, const char *path, struct buf *out, struct err *e)
{
	_cleanup_free_ char *type = NULL;
	struct ks_mount m = { .device = device };

	if (access(device, F_OK) < 0)
		return err_set(e, -EAGAIN, "there is no %s", device);
	type = blkid_get_tag_value(NULL, "TYPE", device);
	if (!type)
		return err_set(e, -EINVAL, "%s has no file system", device);
	m.type = type;
	m.data = no_replay(type);
	return ks_mount_read(&m, path, out, e);
}

/* The devices with a tag, as strings; at most max of them.  Returns how many, or -ENOMEM. */
static int find_tagged(const char *tag, const char *value, char **device, int max)
{
	blkid_dev_iterate iter;
	blkid_cache cache;
	blkid_dev dev;
	int n = 0;

	/* Not the cache of last time, which may tell of devices that are gone. */
	if (blkid_get_cache(&cache, "/dev/null") < 0)
		return -ENOMEM;
	blkid_probe_all(cache);
	iter = blkid_dev_iterate_begin(cache);
	if (iter)
		blkid_dev_set_search(iter, tag, value);
	while (iter && n < max && blkid_dev_next(iter, &dev) == 0) {
		dev = blkid_verify(cache, dev);
		if (dev && (device[n] = strdup(blkid_dev_devname(dev))))
			n++;
	}
	if (iter)
		blkid_dev_iterate_end(iter);
	blkid_put_cache(cache);
	return n;
}

static void free_all(char **device, int n)
{
	for (int i = 0; i < n; i++)
		free(device[i]);
}

static int read_tagged(const char *tagged, const char *path, struct buf *out, struct err *e)
{
	const char *equals = strchr(tagged, '=');
	char tag[16], *device[2] = { 0 };
	int n, ret;

	snprintf(tag, sizeof(tag), "%.*s", (int)(equals - tagged), tagged);
	n = find_tagged(tag, equals + 1, device, 2);
	if (n < 0)
		return err_sys(e, n, "blkid");
	if (n == 0)
		ret = err_set(e, -EAGAIN, "there is no device with %s", tagged);
	else if (n > 1)
		ret = err_set(e, -EEXIST, "%s is on %s and on %s", tagged, device[0], device[1]);
	else
		ret = read_device(device[0], path, out, e);
	free_all(device, n);
	return ret;
}

struct volume {
	const struct ks_place *s;
	struct buf *out;
};

static int try_volume(void *ctx, unsigned int left, struct err *e)
{
	const struct volume *v = ctx;

	(void)left;
	if (strchr(v->s->device, '='))
		return read_tagged(v->s->device, v->s->path, v->out, e);
	return read_device(v->s->device, v->s->path, v->out, e);
}

int ks_volume_read(const struct ks_request *r, const struct ks_place *s, struct buf *out,
		   struct err *e)
{
	struct ks_request shorter = *r;
	struct volume v = { s, out };

	/* Sticks and disks of an array come late, but not as late as a network. */
	if (shorter.seconds > WAIT_SECONDS)
		shorter.seconds = WAIT_SECONDS;
	return ks_retry(&shorter, try_volume, &v, e);
}

int ks_medium_read(const struct ks_place *s, struct buf *out, struct err *e)
{
	struct err drive_error = { 0 };
	int ret = ks_read_under(MEDIUM_MOUNT, s->path, out, e);
	char drive[32];

	/* Booted over the network, the file may lie on a CD all the same. */
	for (int i = 0; ret == -ENOENT && i < DRIVES_MAX; i++) {
		snprintf(drive, sizeof(drive), "/dev/sr%d", i);
		if (access(drive, F_OK) == 0 && read_device(drive, s->path, out, &drive_error) == 0)
			return 0;
	}
	return ret;
}

/* How often the file is there; found and out are of the last one that has it. */
static int read_each(char **device, int n, char **found, struct buf *out, struct err *e)
{
	int have = 0;

	for (int i = 0; i < n; i++) {
		struct buf text = BUF_INIT;
		int ret = read_device(device[i], FILE_ON_LABEL, &text, e);

		if (ret == 0 && have++) {
			ret = err_set(e, -EEXIST, "%s is on %s and on %s", FILE_ON_LABEL, *found,
				      device[i]);
		} else if (ret == 0) {
			buf_add(out, text.s, text.len);
			*found = strdup(device[i]);
			ret = *found ? 0 : err_sys(e, -ENOMEM, "kickstart");
		}
		buf_clear(&text);
		/* Such a volume may be there for drivers only. */
		if (ret < 0 && ret != -ENOENT)
			return ret;
	}
	return have ? 0
		    : err_set(e, -ENOENT, "no volume labelled OEMDRV or SOCLE-KS has %s",
			      FILE_ON_LABEL);
}

int ks_labelled_read(char **found, struct buf *out, struct err *e)
{
	_cleanup_free_ char *name = NULL;
	char *device[DRIVES_MAX] = { 0 };
	int n = find_tagged("LABEL", "OEMDRV", device, DRIVES_MAX), more, ret;

	if (n < 0)
		return err_sys(e, n, "blkid");
	more = find_tagged("LABEL", "SOCLE-KS", device + n, DRIVES_MAX - n);
	n += more > 0 ? more : 0;
	ret = read_each(device, n, &name, out, e);
	if (ret == 0 && asprintf(found, "hd:%s:%s", name, FILE_ON_LABEL) < 0)
		ret = err_sys(e, -ENOMEM, "kickstart");
	free_all(device, n);
	return ret;
}
