/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For tests of disk images: files opened as images, all of a disk by lookups and
 * by the stream, programs of others.
 */
#ifndef APPLIANCE_TESTS_DISK_H
#define APPLIANCE_TESTS_DISK_H

#include <fcntl.h>
#include <sys/stat.h>

#include "appliance/image.h"
#include "socle/fs.h"

#include "../../libsocle/tests/test.h"

/* The files of one folder, as those of a package. */
struct folder {
	struct input_dir dir;
	const char *path; /* with a "/" at the end */
};

static inline struct input *folder_open(struct input_dir *dir, const char *name, struct err *e)
{
	char path[512];
	int fd;

	if (strchr(name, '/')) {
		err_set(e, -EPERM, "%s: is outside the package", name);
		return NULL;
	}
	snprintf(path, sizeof(path), "%s%s", ((struct folder *)dir)->path, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		err_sys(e, -errno, "%s", name);
		return NULL;
	}
	return input_fd(fd, name, 0, INPUT_UNKNOWN, e);
}

static inline struct image *disk_open_as(struct folder *f, const char *name, const char *format,
					 struct err *e)
{
	struct input *in = folder_open(&f->dir, name, e);
	struct image *img = NULL;

	if (!in)
		return NULL;
	if (image_open(in, format ? image_format_by_name(format) : NULL, &f->dir, &img, e) < 0)
		input_free(in);
	return img;
}

static inline struct image *disk_open(struct folder *f, const char *name, struct err *e)
{
	return disk_open_as(f, name, NULL, e);
}

/* The whole disk by lookups, in reads that keep to no boundary; the caller frees it. */
static inline char *disk_read(struct image *img, struct err *e)
{
	size_t size = (size_t)img->info.size, step = 99991;
	char *data = malloc(size + 1);

	for (size_t at = 0; at < size; at += step)
		if (image_pread(img, data + at, size - at < step ? size - at : step, at, e) < 0) {
			free(data);
			return NULL;
		}
	return data;
}

static inline int disk_emit(void *data, const struct extent *x, const void *stored)
{
	return extent_unpack(x, stored, (char *)data + x->offset, NULL);
}

/* The whole disk by its stream. */
static inline char *disk_stream(struct folder *f, const char *name, struct err *e)
{
	struct input *in = folder_open(&f->dir, name, e);
	struct image *img = NULL;
	char *data = NULL;

	if (!in)
		return NULL;
	if (image_open_stream(in, NULL, &img, e) < 0) {
		input_free(in);
		return NULL;
	}
	data = calloc(1, (size_t)img->info.size + 1);
	if (image_stream(img, disk_emit, data, e) < 0) {
		free(data);
		data = NULL;
	}
	image_free(img);
	return data;
}

#endif
