/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * File systems and volumes.  Every LVM command is confined to our partition by
 * --devices, so that it can neither see nor change any other disk.
 */
#include <stdio.h>

#include "draft.h"
#include "exec.h"

enum { LVM_TIMEOUT = 120, MKFS_TIMEOUT = 300 };

void make_esp_describe(const json_t *args, struct buf *out)
{
	char device[DEVICE_PATH];

	arg_device(args, device);
	buf_addf(out, "FAT32 on %s, label %s", device, arg_string(args, "label"));
}

int make_esp_execute(struct exec *x, const json_t *args, struct err *e)
{
	char device[DEVICE_PATH];
	int ret = exec_partition(x, args, device, e);

	if (ret == 0)
		ret = exec_cmd(x, MKFS_TIMEOUT, e, "mkfs.vfat", "-F", "32", "-i",
			       arg_string(args, "id"), "-n", arg_string(args, "label"), device);
	return ret;
}

void make_volumes_describe(const json_t *args, struct buf *out)
{
	char device[DEVICE_PATH], state[32], pool[32];

	arg_device(args, device);
	buf_addf(out, "LVM group %s on %s: state %s, thin pool guests %s",
		 arg_string(args, "group"), device,
		 size_text(arg_uint(args, "state"), state, sizeof(state)),
		 size_text(arg_uint(args, "pool"), pool, sizeof(pool)));
}

/* A size in bytes as LVM takes it. */
static const char *bytes(const json_t *args, const char *key, char out[32])
{
	snprintf(out, 32, "%llub", (unsigned long long)arg_uint(args, key));
	return out;
}

int make_volumes_execute(struct exec *x, const json_t *args, struct err *e)
{
	const char *group = arg_string(args, "group");
	char device[DEVICE_PATH], state[32], pool[32], metadata[32], chunk[32];
	int ret = exec_partition(x, args, device, e);

	if (ret == 0)
		ret = exec_cmd(x, LVM_TIMEOUT, e, "vgcreate", "--devices", device, "-y", group,
			       device);
	if (ret < 0)
		return ret;
	x->volumes_active = true;
	ret = exec_cmd(x, LVM_TIMEOUT, e, "lvcreate", "--devices", device, "-y", "-W", "y", "-Z",
		       "y", "-L", bytes(args, "state", state), "-n", "state", group);
	/* The pool stays inactive: nothing here needs it, and each change of state checks it. */
	if (ret == 0)
		ret = exec_cmd(x, LVM_TIMEOUT, e, "lvcreate", "--devices", device, "-y", "--type",
			       "thin-pool", "-a", "n", "-L", bytes(args, "pool", pool),
			       "--poolmetadatasize", bytes(args, "pool_metadata", metadata),
			       "--chunksize", bytes(args, "pool_chunk", chunk), "-n", "guests",
			       group);
	return ret;
}

void keep_volumes_describe(const json_t *args, struct buf *out)
{
	const json_t *keeps = json_object_get(args, "keeps");

	buf_addf(out, "keep the partitions and %zu volumes of the group %s; only \"%s\" is renewed",
		 json_array_size(keeps), arg_string(args, "group"), arg_string(args, "renews"));
}

/* None of the volumes that are kept is active while the system around them is made. */
int keep_volumes_execute(struct exec *x, const json_t *args, struct err *e)
{
	const char *group = arg_string(args, "group");
	char device[DEVICE_PATH], volume[160];
	/* Verifying the image took a while. */
	int ret = exec_check_disk(x, NULL, e);

	if (ret == 0)
		ret = exec_lock_all(x, e);
	if (ret == 0)
		ret = exec_partition(x, args, device, e);
	if (ret == 0)
		ret = exec_cmd(x, LVM_TIMEOUT, e, "vgchange", "--devices", device, "-an", group);
	if (ret < 0)
		return ret;
	snprintf(volume, sizeof(volume), "%.64s/%.64s", group, arg_string(args, "renews"));
	x->result->wrote = true;
	x->volumes_active = true;
	return exec_cmd(x, LVM_TIMEOUT, e, "lvchange", "--devices", device, "-ay", volume);
}

void make_state_describe(const json_t *args, struct buf *out)
{
	buf_addf(out, "ext4 on %s, label %s%s", arg_string(args, "device"),
		 arg_string(args, "label"),
		 json_object_get(args, "esp") ? ", with the guests' configurations" : "");
}

int make_state_execute(struct exec *x, const json_t *args, struct err *e)
{
	return json_object_get(args, "esp") ? exec_keep_guests(x, args, e)
					    : exec_format_state(x, args, e);
}

int exec_format_state(struct exec *x, const json_t *args, struct err *e)
{
	/* What mkfs leaves for later, the kernel does in the background of the first boot. */
	return exec_cmd(x, MKFS_TIMEOUT, e, "mkfs.ext4", "-q", "-F", "-E",
			"lazy_itable_init=1,lazy_journal_init=1", "-L", arg_string(args, "label"),
			"-U", arg_string(args, "uuid"), arg_string(args, "device"));
}
