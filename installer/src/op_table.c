/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <libfdisk.h>
#include <stdlib.h>
#include <string.h>

#include "draft.h"
#include "exec.h"

enum { KPARTX_TIMEOUT = 60 };

void partition_table_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "partitions"), *part;
	char size[32];
	size_t i;

	buf_addf(out, "GPT on %s:", arg_string(args, "disk"));
	for (i = 0; i < json_array_size(list) && (part = json_array_get(list, i)); i++)
		buf_addf(out, "%s %s %s", i ? "," : "", arg_string(part, "name"),
			 size_text(arg_uint(part, "size"), size, sizeof(size)));
}

static int add_partition(struct fdisk_context *cxt, const json_t *part, uint64_t sector,
			 struct err *e)
{
	struct fdisk_label *label = fdisk_get_label(cxt, NULL);
	struct fdisk_parttype *type =
		fdisk_label_get_parttype_from_string(label, arg_string(part, "type"));
	struct fdisk_partition *pa = fdisk_new_partition();
	int ret = pa && type ? 0 : -ENOMEM;

	if (ret == 0)
		ret = fdisk_partition_set_partno(pa, arg_uint(part, "number") - 1);
	if (ret == 0)
		ret = fdisk_partition_set_start(pa, arg_uint(part, "start") / sector);
	if (ret == 0)
		ret = fdisk_partition_set_size(pa, arg_uint(part, "size") / sector);
	if (ret == 0)
		ret = fdisk_partition_size_explicit(pa, 1);
	if (ret == 0)
		ret = fdisk_partition_set_type(pa, type);
	if (ret == 0)
		ret = fdisk_partition_set_name(pa, arg_string(part, "name"));
	if (ret == 0)
		ret = fdisk_partition_set_uuid(pa, arg_string(part, "uuid"));
	if (ret == 0)
		ret = fdisk_add_partition(cxt, pa, NULL);
	fdisk_unref_partition(pa);
	fdisk_unref_parttype(type);
	return ret < 0 ? err_sys(e, ret, "partition %s", arg_string(part, "name")) : 0;
}

static int fill(struct fdisk_context *cxt, const json_t *args, struct err *e)
{
	uint64_t sector = arg_uint(args, "sector");
	const json_t *list = json_object_get(args, "partitions"), *part;
	size_t i;
	int ret;

	if (fdisk_get_sector_size(cxt) != sector)
		return err_set(e, -ESTALE, "its sectors have %lu bytes, the plan says %llu",
			       fdisk_get_sector_size(cxt), (unsigned long long)sector);
	ret = fdisk_create_disklabel(cxt, "gpt");
	if (ret == 0)
		ret = fdisk_set_disklabel_id_from_string(cxt, arg_string(args, "guid"));
	if (ret < 0)
		return err_sys(e, ret, "new GPT");
	for (i = 0; i < json_array_size(list) && (part = json_array_get(list, i)); i++) {
		ret = add_partition(cxt, part, sector, e);
		if (ret < 0)
			return ret;
	}
	ret = fdisk_write_disklabel(cxt);
	if (ret < 0)
		return err_sys(e, ret, "write the GPT");
	/* A file, as in tests, has no partitions in the kernel; those of a map are maps. */
	ret = device_is_map(arg_string(args, "disk")) ? 0 : fdisk_reread_partition_table(cxt);
	return ret < 0 ? err_sys(e, ret, "have the kernel read the GPT") : 0;
}

int partition_table_execute(struct exec *x, const json_t *args, struct err *e)
{
	const char *disk = arg_string(args, "disk");
	struct fdisk_context *cxt = fdisk_new_context();
	int ret;

	if (!cxt)
		return err_sys(e, -ENOMEM, "%s", disk);
	fdisk_disable_dialogs(cxt, 1);
	ret = fdisk_assign_device(cxt, disk, 0);
	if (ret < 0) {
		err_sys(e, ret, "%s", disk);
	} else {
		ret = fill(cxt, args, e);
		if (ret < 0)
			err_wrap(e, "%s", disk);
		if (fdisk_deassign_device(cxt, 0) < 0 && ret == 0)
			ret = err_set(e, -EIO, "%s: flush", disk);
	}
	fdisk_unref_context(cxt);
	/* udev has kpartx do the same; two at a time would stumble over each other. */
	if (ret == 0 && device_is_map(disk))
		ret = exec_cmd(x, KPARTX_TIMEOUT, e, "udevadm", "settle", "--timeout=30");
	if (ret == 0 && device_is_map(disk))
		ret = exec_cmd(x, KPARTX_TIMEOUT, e, "kpartx", "-u", "-s", "-p", "-part", disk);
	return ret;
}
