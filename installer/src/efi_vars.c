/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "efi.h"
#include "socle/cleanup.h"
#include "socle/fs.h"

#define GLOBAL "-8be4df61-93ca-11d2-aa0d-00e098032b8c"

enum {
	ATTRIBUTES = 4,
	NV_BS_RT = 7, /* kept, and seen before and after the system starts */
};

static void path_of(const char *folder, const char *name, char path[PATH_MAX])
{
	snprintf(path, PATH_MAX, "%.2048s/%.64s" GLOBAL, folder, name);
}

int efi_read(const char *folder, const char *name, struct buf *out, struct err *e)
{
	struct buf all = BUF_INIT;
	char path[PATH_MAX];
	int ret;

	path_of(folder, name, path);
	ret = fs_read(path, EFI_DATA_MAX, &all, e);
	if (ret == 0 && all.len < ATTRIBUTES)
		ret = err_set(e, -EBADMSG, "%s: shorter than its attributes", name);
	if (ret == 0)
		buf_add(out, all.s + ATTRIBUTES, all.len - ATTRIBUTES);
	buf_clear(&all);
	return ret;
}

/* A variable is replaced by one write(): firmware takes all of it or nothing. */
int efi_write(const char *folder, const char *name, const void *data, size_t len, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct buf all = BUF_INIT;
	char path[PATH_MAX];
	int ret = 0;

	path_of(folder, name, path);
	buf_add(&all, (const char[]){ NV_BS_RT, 0, 0, 0 }, ATTRIBUTES);
	buf_add(&all, data, len);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0 || write(fd, all.s, all.len) != (ssize_t)all.len)
		ret = err_sys(e, errno ? -errno : -EIO, "write the firmware's variable %s", name);
	buf_clear(&all);
	return ret;
}

int efi_delete(const char *folder, const char *name, struct err *e)
{
	char path[PATH_MAX];

	path_of(folder, name, path);
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "remove the firmware's variable %s", name);
	return 0;
}

void efi_boot_name(uint16_t number, char name[EFI_NAME_MAX])
{
	snprintf(name, EFI_NAME_MAX, "Boot%04X", number);
}

static int ascending(const void *a, const void *b)
{
	return *(const uint16_t *)a - *(const uint16_t *)b;
}

int efi_numbers(const char *folder, struct efi_order *numbers, struct err *e)
{
	DIR *dir = opendir(folder);
	struct dirent *d;

	numbers->count = 0;
	if (!dir)
		return err_sys(e, -errno, "%s", folder);
	while ((d = readdir(dir)) && numbers->count < EFI_ENTRIES_MAX)
		if (strncmp(d->d_name, "Boot", 4) == 0 &&
		    strspn(d->d_name + 4, "0123456789ABCDEF") == 4 &&
		    strcmp(d->d_name + 8, GLOBAL) == 0)
			numbers->number[numbers->count++] = (uint16_t)strtoul(d->d_name + 4, NULL,
									      16);
	closedir(dir);
	qsort(numbers->number, numbers->count, sizeof(numbers->number[0]), ascending);
	return 0;
}

int efi_read_order(const char *folder, const char *name, struct efi_order *order, struct err *e)
{
	struct buf data = BUF_INIT;
	struct err ours = { 0 };
	int ret = efi_read(folder, name, &data, &ours);

	order->count = 0;
	for (size_t i = 0; i + 2 <= data.len && order->count < EFI_ENTRIES_MAX; i += 2)
		order->number[order->count++] = (uint16_t)((unsigned char)data.s[i] |
							   (unsigned char)data.s[i + 1] << 8);
	buf_clear(&data);
	if (ret == 0 || ret == -ENOENT)
		return 0;
	return err_set(e, ret, "%s", err_text(&ours));
}

int efi_write_order(const char *folder, const char *name, const struct efi_order *order,
		    struct err *e)
{
	unsigned char data[2 * EFI_ENTRIES_MAX] = { 0 };

	for (size_t i = 0; i < order->count; i++) {
		data[2 * i] = (unsigned char)(order->number[i] & 0xff);
		data[2 * i + 1] = (unsigned char)(order->number[i] >> 8);
	}
	return efi_write(folder, name, data, 2 * order->count, e);
}

bool efi_secure_boot(const char *folder)
{
	struct buf data = BUF_INIT;
	bool on = efi_read(folder, "SecureBoot", &data, NULL) == 0 && data.len == 1 && data.s[0];

	buf_clear(&data);
	return on;
}
