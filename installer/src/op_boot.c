/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes the disk boot, beside GRUB itself (op_grub.c): the slot's files and
 * the menu.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"

enum { GRUBENV_SIZE = 1024 /* GRUB never changes its size */ };

static int flush(const char *path, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 || syncfs(fd) < 0)
		return err_sys(e, -errno, "flush %s", path);
	return 0;
}

void copy_boot_files_describe(const json_t *args, struct buf *out)
{
	const json_t *files = json_object_get(args, "files"), *file;
	size_t i;

	buf_addf(out, "copy to /%s of the ESP:", arg_string(args, "slot"));
	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++)
		buf_addf(out, "%s %s", i ? "," : "", arg_string(file, "name"));
}

int copy_boot_files_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *files = json_object_get(args, "files"), *file;
	uint64_t total = files_size(files), before = 0;
	char source[PATH_MAX], target[PATH_MAX], folder[64];
	int ret = exec_mount_esp(x, args, e);
	size_t i;

	snprintf(folder, sizeof(folder), EXEC_ESP "/%.8s", arg_string(args, "slot"));
	if (ret == 0)
		ret = fs_mkdirs(folder, 0700, e);
	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++) {
		if (ret == 0)
			ret = exec_medium_path(x, arg_string(file, "name"), source, e);
		if (ret < 0)
			return ret;
		snprintf(target, sizeof(target), "%s/%.255s", folder, arg_string(file, "name"));
		ret = copy_file(x, source, target, file, before, total, e);
		before += arg_uint(file, "size");
	}
	return ret < 0 ? ret : flush(EXEC_ESP, e);
}

void boot_menu_describe(const json_t *args, struct buf *out)
{
	buf_addf(out, "write grub.cfg, %zu bytes, and boot slot %s by default",
		 strlen(arg_string(args, "text")), arg_string(args, "slot"));
}

static int write_grubenv(const char *slot, struct err *e)
{
	char env[GRUBENV_SIZE];
	int n;

	memset(env, '#', sizeof(env));
	n = snprintf(env, sizeof(env), "# GRUB Environment Block\nslot=%.8s\n", slot);
	env[n] = '#';
	return fs_write(EXEC_ESP "/grub/grubenv", env, sizeof(env), 0600, e);
}

int boot_menu_execute(struct exec *x, const json_t *args, struct err *e)
{
	const char *text = arg_string(args, "text");
	int ret = exec_mount_esp(x, args, e);

	if (ret == 0)
		ret = fs_mkdirs(EXEC_ESP "/grub", 0700, e);
	if (ret == 0)
		ret = write_grubenv(arg_string(args, "slot"), e);
	if (ret == 0)
		ret = fs_write(EXEC_ESP "/grub/grub.cfg", text, strlen(text), 0600, e);
	return ret < 0 ? ret : flush(EXEC_ESP, e);
}
