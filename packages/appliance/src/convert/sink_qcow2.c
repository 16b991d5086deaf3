/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qcow2 version 3 (QEMU docs/interop/qcow2.txt): header, L1 table, then data
 * clusters and L2 tables in the order in which they are first needed, and the
 * reference counts, all of which are 1, at the end.
 *
 * Of the tables only L1 is in memory; the entries of L2 are read and written
 * where they are, which the page cache makes cheap, so that memory does not grow
 * with the disk.
 */
#include <endian.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "appliance/image.h"
#include "convert/file_sink.h"

enum {
	CLUSTER = 64 << 10,
	L2_ENTRIES = CLUSTER / 8,
	REFCOUNTS = CLUSTER / 2, /* 16 bits each */
	HEADER = 104,
};
#define L2_SPAN ((uint64_t)L2_ENTRIES * CLUSTER) /* guest bytes of an L2 table */
#define COPIED	(UINT64_C(1) << 63)		 /* its reference count is 1 */

struct qcow2_sink {
	struct file_sink f;
	uint64_t *l1; /* as in the file; 0 where there is no L2 table yet */
	size_t l1_count;
	uint64_t clusters; /* of the file so far */
};

struct qcow2_header {
	uint32_t magic, version;
	uint64_t backing_offset;
	uint32_t backing_size, cluster_bits;
	uint64_t size;
	uint32_t crypt, l1_size;
	uint64_t l1_offset, refcount_offset;
	uint32_t refcount_clusters, snapshots;
	uint64_t snapshots_offset, incompatible, compatible, autoclear;
	uint32_t refcount_order, header_length;
} __attribute__((packed));

_Static_assert(sizeof(struct qcow2_header) == HEADER, "the header of version 3");

static uint64_t clusters_of(uint64_t bytes)
{
	return (bytes + CLUSTER - 1) / CLUSTER;
}

static int read_entries(struct qcow2_sink *q, uint64_t *entries, size_t n, uint64_t at,
			struct err *e)
{
	ssize_t got = pread(q->f.fd, entries, n * sizeof(*entries), (off_t)at);

	if (got < 0)
		return err_sys(e, -errno, "%s: read at byte %" PRIu64, q->f.sink.name, at);
	/* Beyond the file's end so far there is nothing but zeros. */
	memset((char *)entries + got, 0, n * sizeof(*entries) - (size_t)got);
	return 0;
}

enum { RUN = 64 }; /* clusters looked up at once */

/* Where the n clusters from the first one on are stored, all of one L2 table; the lock is held. */
static int allocate(struct qcow2_sink *q, uint64_t first, size_t n, uint64_t *entries,
		    struct err *e)
{
	uint64_t *l1 = &q->l1[first / L2_ENTRIES], at;
	bool new = false;
	int ret;

	if (!*l1)
		*l1 = htobe64(q->clusters++ * CLUSTER | COPIED);
	at = (be64toh(*l1) & ~COPIED) + first % L2_ENTRIES * sizeof(*entries);
	ret = read_entries(q, entries, n, at, e);
	for (size_t i = 0; ret == 0 && i < n; i++) {
		if (entries[i])
			continue;
		entries[i] = htobe64(q->clusters++ * CLUSTER | COPIED);
		new = true;
	}
	return ret == 0 && new ? file_sink_pwrite(&q->f, entries, n * sizeof(*entries), at, e)
			       : ret;
}

/* Write within at most RUN clusters of one L2 table, neighbours at once. */
static int write_run(struct qcow2_sink *q, const char *data, size_t len, uint64_t offset,
		     struct err *e)
{
	uint64_t entries[RUN], first = offset / CLUSTER;
	size_t n = (size_t)((offset + len - 1) / CLUSTER - first + 1), done = 0;
	int ret;

	pthread_mutex_lock(&q->f.lock);
	ret = allocate(q, first, n, entries, e);
	pthread_mutex_unlock(&q->f.lock);
	for (size_t i = 0, next; ret == 0 && i < n; i = next) {
		uint64_t at = (be64toh(entries[i]) & ~COPIED) + (offset + done) % CLUSTER;
		size_t part;

		for (next = i + 1; next < n; next++)
			if (be64toh(entries[next]) != be64toh(entries[next - 1]) + CLUSTER)
				break;
		part = (size_t)((first + next) * CLUSTER - (offset + done));
		if (part > len - done)
			part = len - done;
		ret = file_sink_pwrite(&q->f, data + done, part, at, e);
		done += part;
	}
	return ret;
}

static int qcow2_write(struct sink *s, const void *data, size_t len, uint64_t offset, struct err *e)
{
	static const uint64_t span = (uint64_t)RUN * CLUSTER; /* divides L2_SPAN */
	int ret = 0;

	for (size_t i = 0, n; ret == 0 && i < len; i += n) {
		uint64_t left = span - (offset + i) % span;

		n = left < len - i ? (size_t)left : len - i;
		ret = write_run((struct qcow2_sink *)s, (const char *)data + i, n, offset + i, e);
	}
	return ret;
}

/* The reference counts of all clusters, their own included; sets where the table is. */
static int write_refcounts(struct qcow2_sink *q, uint64_t *table_at, uint64_t *table_clusters,
			   struct err *e)
{
	uint64_t blocks = 0, tables = 0, total = q->clusters, entries[512];
	uint16_t ones[CLUSTER / 2];
	int ret = 0;

	for (uint64_t before = 0; total != before;) {
		before = total;
		blocks = (total + REFCOUNTS - 1) / REFCOUNTS;
		tables = clusters_of(blocks * 8);
		total = q->clusters + blocks + tables;
	}
	for (size_t i = 0; i < REFCOUNTS; i++)
		ones[i] = htobe16(1);
	for (uint64_t i = 0; ret == 0 && i < blocks; i++) {
		uint64_t left = total - i * REFCOUNTS;
		size_t n = left < REFCOUNTS ? (size_t)left : REFCOUNTS;

		ret = file_sink_pwrite(&q->f, ones, n * 2, (q->clusters + i) * CLUSTER, e);
	}
	*table_at = (q->clusters + blocks) * CLUSTER;
	*table_clusters = tables;
	for (uint64_t i = 0, n; ret == 0 && i < blocks; i += n) {
		for (n = 0; n < 512 && i + n < blocks; n++)
			entries[n] = htobe64((q->clusters + i + n) * CLUSTER);
		ret = file_sink_pwrite(&q->f, entries, (size_t)n * 8, *table_at + i * 8, e);
	}
	if (ret == 0 && ftruncate(q->f.fd, (off_t)(total * CLUSTER)) < 0)
		ret = err_sys(e, -errno, "%s", q->f.sink.name);
	return ret;
}

static int qcow2_finish(struct sink *s, struct err *e)
{
	struct qcow2_sink *q = (struct qcow2_sink *)s;
	struct qcow2_header h = {
		.magic = htobe32(0x514649fb), /* "QFI\xfb" */
		.version = htobe32(3),
		.cluster_bits = htobe32(16),
		.size = htobe64((s->size + 511) / 512 * 512),
		.l1_size = htobe32((uint32_t)q->l1_count),
		.l1_offset = htobe64(CLUSTER),
		.refcount_order = htobe32(4),
		.header_length = htobe32(HEADER),
	};
	uint64_t at, clusters;
	int ret = write_refcounts(q, &at, &clusters, e);

	if (ret == 0)
		ret = file_sink_pwrite(&q->f, q->l1, q->l1_count * 8, CLUSTER, e);
	if (ret == 0) {
		h.refcount_offset = htobe64(at);
		h.refcount_clusters = htobe32((uint32_t)clusters);
		ret = file_sink_pwrite(&q->f, &h, sizeof(h), 0, e);
	}
	return ret < 0 ? ret : file_sink_sync(&q->f, e);
}

static void qcow2_free(struct sink *s)
{
	free(((struct qcow2_sink *)s)->l1);
	file_sink_free(s);
}

static const struct sink_ops qcow2_ops = { qcow2_write, qcow2_finish, qcow2_free };

int sink_qcow2(int fd, const char *name, uint64_t size, struct sink **s, struct err *e)
{
	struct qcow2_sink *q = file_sink_new(sizeof(*q), &qcow2_ops, fd, name, size, e);
	int ret;

	if (!q)
		return -ENOMEM;
	if (size > IMAGE_SIZE_MAX) {
		ret = err_set(e, -EFBIG, "%s: a disk of %" PRIu64 " bytes", name, size);
	} else {
		q->l1_count = (size_t)((size + L2_SPAN - 1) / L2_SPAN);
		q->clusters = 1 + clusters_of(q->l1_count * 8);
		q->l1 = calloc(q->l1_count + 1, sizeof(*q->l1));
		ret = q->l1 ? file_sink_empty(&q->f, e) : err_sys(e, -ENOMEM, "%s", name);
	}
	if (ret < 0) {
		sink_free(&q->f.sink);
		return ret;
	}
	q->f.sink.in_order = true;
	*s = &q->f.sink;
	return 0;
}
