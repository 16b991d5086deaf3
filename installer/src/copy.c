/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The image's files: verified once by SHA-256, then copied.
 *
 * Verifying also takes a quick sum of every piece, and copying compares the
 * pieces with it before it writes them.  So what is written is what was
 * verified, even when a tired DVD reads differently the second time, no file
 * that was not verified can be written, and SHA-256, which on older processors
 * is slower than the disk, is computed once.
 *
 * Written pages are handed to the disk at once (sync_file_range) and dropped
 * when they are there, so that the disk is busy while the next piece is read,
 * a machine of 1 GiB does not fill with dirty pages, and the final fsync has
 * little left to do.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "exec.h"
#include "socle/cleanup.h"

enum { CHUNK = 4 << 20 };

struct copy {
	struct exec *x;
	int in, out;
	char *chunk;
	EVP_MD_CTX *md;		/* when verifying */
	struct exec_sums *sums; /* filled when verifying, compared when copying */
	uint64_t at, size, before, total;
};

/* Tells apart pieces that differ by accident; it is not meant for malice. */
static uint64_t quick_sum(const char *data, size_t len)
{
	uint64_t sum = len, word;

	for (size_t i = 0; i < len; i += sizeof(word)) {
		word = 0;
		memcpy(&word, data + i, len - i < sizeof(word) ? len - i : sizeof(word));
		sum = ((sum ^ word) << 29 | (sum ^ word) >> 35) * 0x9e3779b97f4a7c15ULL;
	}
	return sum;
}

static int chunk_read(struct copy *c, size_t *len, struct err *e)
{
	ssize_t n;

	for (*len = 0; *len < CHUNK; *len += (size_t)n) {
		n = read(c->in, c->chunk + *len, CHUNK - *len);
		if (n < 0 && errno == EINTR) {
			n = 0;
			continue;
		}
		if (n < 0)
			return err_sys(e, -errno, "read at byte %llu", (unsigned long long)c->at);
		if (n == 0)
			break;
	}
	/* Never more than was planned for. */
	if (c->at + *len > c->size)
		return err_set(e, -EFBIG, "larger than the %llu bytes of the plan",
			       (unsigned long long)c->size);
	return 0;
}

static int chunk_verify(struct copy *c, size_t len, struct err *e)
{
	if (!EVP_DigestUpdate(c->md, c->chunk, len))
		return err_sys(e, -ENOMEM, "SHA-256");
	c->sums->sum[c->at / CHUNK] = quick_sum(c->chunk, len);
	return 0;
}

static int chunk_write(struct copy *c, size_t len, struct err *e)
{
	int ret;

	if (c->sums->sum[c->at / CHUNK] != quick_sum(c->chunk, len))
		return err_set(e, -EBADMSG, "byte %llu and on are not what was verified before",
			       (unsigned long long)c->at);
	ret = fs_pwrite(c->out, c->chunk, len, c->at, e);
	if (ret < 0)
		return ret;
	sync_file_range(c->out, (off_t)c->at, (off_t)len, SYNC_FILE_RANGE_WRITE);
	if (c->at < 2 * CHUNK)
		return 0;
	/* A write error shows at the fsync; here it is only about keeping memory free. */
	sync_file_range(c->out, (off_t)(c->at - 2 * CHUNK), CHUNK,
			SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE |
				SYNC_FILE_RANGE_WAIT_AFTER);
	posix_fadvise(c->out, (off_t)(c->at - 2 * CHUNK), CHUNK, POSIX_FADV_DONTNEED);
	return 0;
}

static int stream(struct copy *c, struct err *e)
{
	size_t len = 1;
	int ret = 0;

	while (len && ret == 0) {
		ret = exec_stopped(c->x, e);
		if (ret == 0)
			ret = chunk_read(c, &len, e);
		if (ret == 0 && len)
			ret = c->out < 0 ? chunk_verify(c, len, e) : chunk_write(c, len, e);
		if (ret < 0)
			return ret;
		c->at += len;
		if (len)
			exec_progress(c->x, c->before + c->at, c->total);
	}
	if (c->at != c->size)
		return err_set(e, -EIO, "ends after %llu of %llu bytes", (unsigned long long)c->at,
			       (unsigned long long)c->size);
	return 0;
}

static int compare(EVP_MD_CTX *md, const char *want, struct err *e)
{
	unsigned char raw[EVP_MAX_MD_SIZE];
	char hex[2 * EVP_MAX_MD_SIZE + 1] = "";
	unsigned int len = 0;

	if (!EVP_DigestFinal_ex(md, raw, &len))
		return err_sys(e, -ENOMEM, "SHA-256");
	for (unsigned int i = 0; i < len; i++)
		snprintf(hex + 2 * i, 3, "%02x", raw[i]);
	if (strcmp(hex, want) != 0)
		return err_set(e, -EBADMSG, "SHA-256 is %.16s..., the manifest says %.16s...", hex,
			       want);
	return 0;
}

static int open_source(struct copy *c, const char *source, struct err *e)
{
	c->in = open(source, O_RDONLY | O_CLOEXEC);
	if (c->in < 0)
		return err_sys(e, -errno, "%s", source);
	posix_fadvise(c->in, 0, 0, POSIX_FADV_SEQUENTIAL);
	c->chunk = malloc(CHUNK);
	return c->chunk ? 0 : err_sys(e, -ENOMEM, "%s", source);
}

static int open_target(struct copy *c, const char *target, struct err *e)
{
	int flags = O_WRONLY | O_CLOEXEC;
	struct stat st;

	/* A device must be there, and nobody else may be using it. */
	flags |= stat(target, &st) == 0 && S_ISBLK(st.st_mode) ? O_EXCL : O_CREAT | O_TRUNC;
	c->out = open(target, flags, 0644);
	return c->out < 0 ? err_sys(e, -errno, "%s", target) : 0;
}

static void copy_close(struct copy *c)
{
	if (c->in >= 0)
		close(c->in);
	free(c->chunk);
	EVP_MD_CTX_free(c->md);
}

static struct exec_sums *sums_find(struct exec *x, const char *sha256)
{
	for (size_t i = 0; i < x->sums_count; i++)
		if (strcmp(x->sums[i].sha256, sha256) == 0)
			return &x->sums[i];
	return NULL;
}

/* A place for the sums of a file; it counts only once the file is verified. */
static struct exec_sums *sums_new(struct exec *x, const json_t *file)
{
	struct exec_sums *s = &x->sums[x->sums_count];

	if (x->sums_count == IMAGE_FILES_MAX)
		return NULL;
	snprintf(s->sha256, sizeof(s->sha256), "%s", arg_string(file, "sha256"));
	free(s->sum);
	s->sum = calloc(arg_uint(file, "size") / CHUNK + 1, sizeof(*s->sum));
	return s->sum ? s : NULL;
}

void sums_clear(struct exec *x)
{
	for (size_t i = 0; i < IMAGE_FILES_MAX; i++) {
		free(x->sums[i].sum);
		x->sums[i].sum = NULL;
	}
	x->sums_count = 0;
}

int verify_file(struct exec *x, const char *source, const json_t *file, uint64_t before,
		uint64_t total, struct err *e)
{
	struct copy c = { .x = x, .in = -1, .out = -1, .before = before, .total = total };
	int ret;

	c.size = arg_uint(file, "size");
	c.sums = sums_new(x, file);
	c.md = EVP_MD_CTX_new();
	if (!c.sums || !c.md || !EVP_DigestInit_ex(c.md, EVP_sha256(), NULL))
		ret = err_sys(e, -ENOMEM, "verify");
	else
		ret = open_source(&c, source, e);
	if (ret == 0)
		ret = stream(&c, e);
	if (ret == 0)
		ret = compare(c.md, arg_string(file, "sha256"), e);
	if (ret == 0)
		x->sums_count++;
	copy_close(&c);
	return ret < 0 ? err_wrap(e, "%s", arg_string(file, "name")) : 0;
}

int copy_file(struct exec *x, const char *source, const char *target, const json_t *file,
	      uint64_t before, uint64_t total, struct err *e)
{
	struct copy c = { .x = x, .in = -1, .out = -1, .before = before, .total = total };
	int ret;

	c.size = arg_uint(file, "size");
	c.sums = sums_find(x, arg_string(file, "sha256"));
	if (!c.sums)
		return err_set(e, -EPERM, "%s: not verified", arg_string(file, "name"));
	ret = open_source(&c, source, e);
	if (ret == 0)
		ret = open_target(&c, target, e);
	if (ret == 0)
		ret = stream(&c, e);
	if (ret == 0 && fsync(c.out) < 0)
		ret = err_sys(e, -errno, "flush %s", target);
	if (c.out >= 0 && close(c.out) < 0 && ret == 0)
		ret = err_sys(e, -errno, "%s", target);
	copy_close(&c);
	return ret < 0 ? err_wrap(e, "%s", arg_string(file, "name")) : 0;
}

uint64_t files_size(const json_t *files)
{
	const json_t *file;
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++)
		sum += arg_uint(file, "size");
	return sum;
}
