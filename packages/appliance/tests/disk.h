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

/* The files of the working folder. */
static struct folder here = { .dir.open = folder_open, .path = "" };

/* Bytes of a file become others; offsets below 0 are from its end. */
static inline void patch(const char *name, off_t at, const void *data, size_t len)
{
	int fd = open(name, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	if (at < 0)
		at += lseek(fd, 0, SEEK_END);
	assert_int_equal(pwrite(fd, data, len, at), len);
	close(fd);
}

static inline void peek(const char *name, off_t at, void *data, size_t len)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, data, len, at), len);
	close(fd);
}

static inline void put_file(const char *name, const void *data, size_t len)
{
	assert_int_equal(fs_write(name, data, len, 0600, NULL), 0);
}

/* Run a program that must succeed. */
#define run(...)                                               \
	do {                                                   \
		struct err run_err = { 0 };                    \
		if (proc_cmd(&run_err, __VA_ARGS__, NULL) < 0) \
			fail_msg("%s", err_text(&run_err));    \
	} while (0)

/* The contents of a disk are those of a raw file. */
static inline void same_as(const char *name, const char *raw)
{
	struct err e = { 0 };
	struct image *img = disk_open(&here, name, &e), *want = disk_open_as(&here, raw, "raw", &e);
	char *data = img ? disk_read(img, &e) : NULL, *bytes = want ? disk_read(want, &e) : NULL;

	if (!data || !bytes) {
		fail_msg("%s", err_text(&e));
		return;
	}
	assert_int_equal(img->info.size, want->info.size);
	assert_memory_equal(data, bytes, want->info.size);
	free(data);
	free(bytes);
	image_free(img);
	image_free(want);
}

/* An image is refused, or damaged somewhere, and the message is this one. */
static inline void refused(const char *name, const char *message)
{
	struct err e = { 0 };
	struct image *img = disk_open(&here, name, &e);
	char *data = img ? disk_read(img, &e) : NULL;

	image_free(img);
	if (data || !strstr(err_text(&e), message))
		fail_msg("%s: \"%s\" is not \"%s\"", name, err_text(&e), message);
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
