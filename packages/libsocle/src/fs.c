/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/fs.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "socle/cleanup.h"

static int read_all(int fd, const char *path, size_t max, struct buf *out, struct err *e)
{
	char chunk[16384];
	size_t total = 0;
	ssize_t n;

	while ((n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "%s", path);
		total += (size_t)n;
		if (total > max)
			return err_set(e, -EFBIG, "%s: larger than %zu bytes", path, max);
		buf_add(out, chunk, (size_t)n);
	}
	if (!buf_ok(out))
		return err_sys(e, -ENOMEM, "%s", path);
	return 0;
}

int fs_read(const char *path, size_t max, struct buf *out, struct err *e)
{
	_cleanup_close_ int fd = -1;

	fd = strcmp(path, "-") == 0 ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	return read_all(fd, path, max, out, e);
}

int fs_read_regular_fd(int fd, const char *path, size_t max, struct buf *out, struct err *e)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not a regular file", path);
	return read_all(fd, path, max, out, e);
}

int fs_read_regular(const char *path, size_t max, struct buf *out, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	return fs_read_regular_fd(fd, path, max, out, e);
}

int fs_pwrite(int fd, const void *data, size_t len, uint64_t offset, struct err *e)
{
	const char *p = data;
	ssize_t n;

	while (len) {
		n = pwrite(fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(e, n < 0 ? -errno : -ENOSPC, "write at byte %ju",
				       (uintmax_t)offset);
		p += n;
		len -= (size_t)n;
		offset += (uint64_t)n;
	}
	return 0;
}

int fs_sync_folder_of(const char *path, struct err *e)
{
	_cleanup_free_ char *copy = strdup(path);
	_cleanup_close_ int fd = -1;

	if (!copy)
		return err_sys(e, -ENOMEM, "%s", path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return err_sys(e, -errno, "%s: its folder", path);
	return 0;
}

/* Write a new file and see it on the disk. */
static int write_new(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	_cleanup_close_ int fd = -1;
	int ret;

	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, mode);
	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	ret = fs_pwrite(fd, data, len, 0, e);
	if (ret < 0)
		return err_wrap(e, "%s", path);
	/* The mode asked for, whatever the umask; FAT has no modes to set. */
	if ((fchmod(fd, mode) < 0 && errno != EPERM) || fsync(fd) < 0)
		return err_sys(e, -errno, "%s", path);
	return 0;
}

int fs_write(const char *path, const void *data, size_t len, mode_t mode, struct err *e)
{
	_cleanup_free_ char *tmp = NULL;
	int ret;

	if (asprintf(&tmp, "%s.new", path) < 0)
		return err_sys(e, -ENOMEM, "%s", path);
	ret = write_new(tmp, data, len, mode, e);
	if (ret == 0 && rename(tmp, path) < 0)
		ret = err_sys(e, -errno, "%s", path);
	if (ret < 0) {
		unlink(tmp);
		return ret;
	}
	return fs_sync_folder_of(path, e);
}

int fs_mkdirs(const char *path, mode_t mode, struct err *e)
{
	_cleanup_free_ char *copy = strdup(path);

	if (!copy)
		return err_sys(e, -ENOMEM, "%s", path);
	for (char *p = copy + 1; *p; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		if (mkdir(copy, mode) < 0 && errno != EEXIST)
			return err_sys(e, -errno, "%s", copy);
		*p = '/';
	}
	if (mkdir(copy, mode) < 0 && errno != EEXIST)
		return err_sys(e, -errno, "%s", path);
	return 0;
}

const char *size_text(uint64_t bytes, char *buffer, size_t len)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	unsigned int u = 0;
	uint64_t unit = 1;

	while (u + 1 < sizeof(units) / sizeof(units[0]) && bytes / unit >= 1024) {
		unit *= 1024;
		u++;
	}
	/* The remainder is below 2^60, so ten times it fits. */
	if (u && bytes % unit * 10 / unit)
		snprintf(buffer, len, "%ju.%ju %s", (uintmax_t)(bytes / unit),
			 (uintmax_t)(bytes % unit * 10 / unit), units[u]);
	else
		snprintf(buffer, len, "%ju %s", (uintmax_t)(bytes / unit), units[u]);
	return buffer;
}

int size_parse(const char *text, uint64_t *bytes, struct err *e)
{
	static const char units[] = "KMGTPE";
	const char *unit = NULL;
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (end != text && *end == ' ')
		end++;
	if (*end)
		unit = strchr(units, toupper((unsigned char)*end));
	if (errno || !isdigit((unsigned char)*text) || !n || !unit ||
	    (end[1] && strcasecmp(end + 1, "B") != 0 && strcasecmp(end + 1, "iB") != 0) ||
	    __builtin_mul_overflow(n, UINT64_C(1) << (10 * (unit - units + 1)), bytes))
		return err_set(e, -EINVAL, "%.64s is no size such as 512M or 20G", text);
	return 0;
}
