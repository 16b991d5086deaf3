/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on the image's files: verify them all, write the system.
 */
#include "draft.h"
#include "exec.h"

void verify_image_describe(const json_t *args, struct buf *out)
{
	const json_t *files = json_object_get(args, "files");
	char size[32];

	if (json_array_size(files))
		buf_addf(out, "check the SHA-256 of the medium's %zu files, %s",
			 json_array_size(files), size_text(files_size(files), size, sizeof(size)));
	else
		buf_adds(out, "check the medium's files (unknown here)");
}

int verify_image_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *files = json_object_get(args, "files"), *file;
	uint64_t total = files_size(files), before = 0;
	char path[PATH_MAX];
	size_t i;
	int ret;

	/* It may be done again. */
	sums_clear(x);
	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++) {
		ret = exec_medium_path(x, arg_string(file, "name"), path, e);
		if (ret == 0)
			ret = verify_file(x, path, file, before, total, e);
		if (ret < 0)
			return ret;
		before += arg_uint(file, "size");
	}
	return 0;
}

void write_image_describe(const json_t *args, struct buf *out)
{
	const json_t *file = json_object_get(args, "file");
	char device[DEVICE_PATH], size[32];

	arg_device(args, device);
	buf_addf(out, "write %s", arg_string(file, "name"));
	/* Planned without a medium, the image is unknown. */
	if (arg_uint(file, "size"))
		buf_addf(out, ", %s,", size_text(arg_uint(file, "size"), size, sizeof(size)));
	buf_addf(out, " to %s (slot a)", device);
}

int write_image_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *file = json_object_get(args, "file");
	char source[PATH_MAX], device[DEVICE_PATH];
	int ret = exec_medium_path(x, arg_string(file, "name"), source, e);

	if (ret == 0)
		ret = exec_partition(x, args, device, e);
	if (ret == 0)
		ret = copy_file(x, source, device, file, 0, arg_uint(file, "size"), e);
	return ret;
}
