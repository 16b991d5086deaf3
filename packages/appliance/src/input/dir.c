/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "streams.h"

bool input_name_ok(const char *name)
{
	for (const char *part = name;; part = strchr(part, '/') + 1) {
		size_t len = strcspn(part, "/");

		if (!len || (len == 1 && part[0] == '.') || strncmp(part, "../", 3) == 0 ||
		    strcmp(part, "..") == 0)
			return false;
		for (size_t i = 0; i < len; i++)
			if ((unsigned char)part[i] < ' ' || part[i] == 0x7f)
				return false;
		if (!part[len])
			return strlen(name) < 1024;
	}
}

struct folder {
	struct input_dir dir;
	int fd;
};

/* Kernels before 5.6 have no openat2(): then only plain names are opened. */
static int open_beneath(int folder, const char *name)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	int fd = (int)syscall(SYS_openat2, folder, name, &how, sizeof(how));

	if (fd < 0 && errno == ENOSYS && !strchr(name, '/'))
		fd = openat(folder, name, (int)how.flags);
	return fd;
}

int input_dir_open(int folder, const char *name, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct stat st;

	if (!input_name_ok(name))
		return err_set(e, -EPERM, "%s: only names inside the package are opened", name);
	fd = open_beneath(folder, name);
	if (fd < 0 && (errno == ELOOP || errno == EXDEV))
		return err_set(e, -EPERM, "%s: links are not followed", name);
	if (fd < 0 || fstat(fd, &st) < 0)
		return err_sys(e, -errno, "%s", name);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s: not a regular file", name);
	return take_fd(fd);
}

static struct input *folder_open(struct input_dir *dir, const char *name, struct err *e)
{
	int fd = input_dir_open(((struct folder *)dir)->fd, name, e);

	return fd < 0 ? NULL : input_fd(fd, name, 0, INPUT_UNKNOWN, e);
}

struct input_dir *input_dir_fd(int fd, struct err *e)
{
	struct folder *f = calloc(1, sizeof(*f));

	if (!f) {
		close(fd);
		err_sys(e, -ENOMEM, "folder");
		return NULL;
	}
	f->dir.open = folder_open;
	f->fd = fd;
	return &f->dir;
}

void input_dir_free(struct input_dir *dir)
{
	if (!dir)
		return;
	close(((struct folder *)dir)->fd);
	free(dir);
}
