/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An empty qcow2 version 3 over another image (docs/interop/qcow2.rst of QEMU):
 *
 *	cluster 0	header, the extension that names the base's format, the base's path
 *	cluster 1	refcount table: one entry
 *	cluster 2	refcount block
 *	cluster 3...	L1 table, empty: everything is read from the base
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"
#include "vm_disk.h"

enum {
	CLUSTER_BITS = 16,
	CLUSTER = 1 << CLUSTER_BITS,
	HEADER = 104,
	EXT_FORMAT = 0xe2792aca,
	PATH_AT = 512,
	L1_AT = 3,
	REFS = CLUSTER / 2, /* entries of a refcount block, of 16 bits */
};

static void be(uint8_t *p, uint64_t n, int bytes)
{
	while (bytes--) {
		p[bytes] = (uint8_t)n;
		n >>= 8;
	}
}

static uint64_t get_be(const uint8_t *p, int bytes)
{
	uint64_t n = 0;

	while (bytes--)
		n = n << 8 | *p++;
	return n;
}

/* Each entry of L1 stands for a cluster of L2, 8 bytes for each cluster of the disk. */
static uint64_t l1_entries(uint64_t bytes)
{
	const uint64_t each = (uint64_t)CLUSTER / 8 * CLUSTER;

	return (bytes + each - 1) / each;
}

static void fill(uint8_t *image, const char *base, const char *base_format, uint64_t bytes,
		 uint64_t clusters)
{
	uint8_t *ext = image + HEADER;

	be(image, 0x514649fb, 4);
	be(image + 4, 3, 4);
	be(image + 8, PATH_AT, 8);
	be(image + 16, strlen(base), 4);
	be(image + 20, CLUSTER_BITS, 4);
	be(image + 24, bytes, 8);
	be(image + 36, l1_entries(bytes), 4);
	be(image + 40, (uint64_t)L1_AT * CLUSTER, 8);
	be(image + 48, CLUSTER, 8); /* refcount table */
	be(image + 56, 1, 4);
	be(image + 96, 4, 4); /* refcounts of 2^4 bits */
	be(image + 100, HEADER, 4);
	be(ext, (uint32_t)EXT_FORMAT, 4);
	be(ext + 4, strlen(base_format), 4);
	memcpy(ext + 8, base_format, strlen(base_format));
	memcpy(image + PATH_AT, base, strlen(base));
	be(image + CLUSTER, 2 * CLUSTER, 8);
	for (uint64_t i = 0; i < clusters; i++)
		be(image + 2 * CLUSTER + 2 * i, 1, 2);
}

int overlay_new(const char *path, const char *base, const char *base_format, uint64_t bytes,
		struct err *e)
{
	uint64_t clusters = L1_AT + (l1_entries(bytes) * 8 + CLUSTER - 1) / CLUSTER;
	_cleanup_free_ uint8_t *image = NULL;
	_cleanup_close_ int fd = -1;
	int ret;

	if (strlen(base) > 1023 || clusters > REFS || strlen(base_format) > 16)
		return err_set(e, -EINVAL, "%s: cannot lie over %s", path, base);
	image = calloc(L1_AT, CLUSTER);
	if (!image)
		return err_sys(e, -ENOMEM, "%s", path);
	fill(image, base, base_format, bytes, clusters);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_sys(e, -errno, "%s", path);
	ret = fs_pwrite(fd, image, (size_t)L1_AT * CLUSTER, 0, e);
	if (ret == 0 && (ftruncate(fd, (off_t)(clusters * CLUSTER)) < 0 || fsync(fd) < 0))
		ret = err_sys(e, -errno, "new");
	if (ret < 0)
		unlink(path);
	return ret < 0 ? err_wrap(e, "%s", path) : 0;
}

int disk_size(const char *path, const char *format, uint64_t *bytes, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	uint8_t head[32] = { 0 };
	off_t end;

	if (fd < 0 || (end = lseek(fd, 0, SEEK_END)) < 0)
		return err_sys(e, -errno, "%s", path);
	*bytes = (uint64_t)end;
	if (strcmp(format, "qcow2") != 0)
		return 0;
	if (pread(fd, head, sizeof(head), 0) != sizeof(head) || get_be(head, 4) != 0x514649fb)
		return err_set(e, -EINVAL, "%s: is no qcow2 file", path);
	*bytes = get_be(head + 24, 8);
	return 0;
}
