/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disk of an XVA: members "Ref:7/00000000", "Ref:7/00000001", ... of one MiB each,
 * those that are all zeros left out, each followed by its sum: ".checksum" (SHA-1) or
 * ".xxhash" (XXH64), both in hexadecimal digits.
 */
#define XXH_INLINE_ALL
#include <errno.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "private.h"
#include "socle/cleanup.h"

enum { CHUNK = 1 << 20, SUM_MAX = 128 };

struct xva_input {
	struct input in; /* in.name is the disk's: "Ref:7" */
	struct package *p;
	char *prefix; /* "Ref:7/", with the descriptor's folder */
	char *chunk;
	uint64_t no; /* of the chunk that is held */
	size_t len;  /* of it; 0 when there is none any more */
	bool first;
};

/* "Ref:7/00000012": 12. */
static bool chunk_number(const struct xva_input *x, const char *name, uint64_t *no)
{
	size_t n = strlen(x->prefix);
	char *end;

	if (strncmp(name, x->prefix, n) != 0 || !strchr("0123456789", name[n]) || !name[n])
		return false;
	*no = strtoull(name + n, &end, 10);
	return !*end;
}

static void sum_text(const struct xva_input *x, bool sha1, char text[SUM_MAX])
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	*text = '\0';
	if (!sha1)
		snprintf(text, SUM_MAX, "%016" PRIx64, XXH64(x->chunk, x->len, 0));
	else if (EVP_Digest(x->chunk, x->len, sum, &len, EVP_sha1(), NULL))
		for (unsigned int i = 0; i < len; i++)
			sprintf(text + 2 * i, "%02x", sum[i]);
}

static int compare_sum(const struct xva_input *x, struct input *in, bool sha1, struct err *e)
{
	char want[SUM_MAX] = "", got[SUM_MAX];
	size_t len = 0;
	ssize_t n;

	while (len < sizeof(want) - 1 &&
	       (n = input_read(in, want + len, sizeof(want) - 1 - len, e)) != 0) {
		if (n < 0)
			return (int)n;
		len += (size_t)n;
	}
	want[strcspn(want, " \r\n")] = '\0';
	sum_text(x, sha1, got);
	if (strcasecmp(want, got) == 0)
		return 0;
	return err_set(e, -EBADMSG, "%s%08" PRIu64 ": its %s is %s, and should be %s", x->prefix,
		       x->no, sha1 ? "SHA-1" : "XXH64", got, want);
}

/* The member after a chunk, when it is its sum. */
static int check_sum(struct xva_input *x, struct err *e)
{
	_cleanup_free_ char *sha1 = NULL, *xxh = NULL;
	const char *name;
	struct input *in;
	int r = package_member(x->p, &name, &in, e);

	if (r <= 0)
		return r;
	if (asprintf(&sha1, "%s%08" PRIu64 ".checksum", x->prefix, x->no) < 0)
		sha1 = NULL;
	if (asprintf(&xxh, "%s%08" PRIu64 ".xxhash", x->prefix, x->no) < 0)
		xxh = NULL;
	if (!sha1 || !xxh) {
		input_free(in);
		return err_sys(e, -ENOMEM, "%s", x->in.name);
	}
	if (strcmp(name, sha1) != 0 && strcmp(name, xxh) != 0) {
		package_unread(x->p, name, in);
		return err_set(e, -EBADMSG, "%s%08" PRIu64 ": has no sum", x->prefix, x->no);
	}
	r = compare_sum(x, in, strcmp(name, sha1) == 0, e);
	input_free(in);
	return r;
}

static int load(struct xva_input *x, struct input *in, struct err *e)
{
	uint64_t at = x->no * CHUNK, left = at < x->in.size ? x->in.size - at : 0;
	size_t want = left < CHUNK ? (size_t)left : CHUNK;
	int r = 0;

	if (in->size != INPUT_UNKNOWN && in->size != want)
		r = err_set(e, -EBADMSG, "%s%08" PRIu64 ": %" PRIu64 " bytes instead of %zu",
			    x->prefix, x->no, in->size, want);
	if (r == 0)
		r = input_read_full(in, x->chunk, want, e);
	x->len = want;
	return r;
}

/* The first and the last chunk are there whatever they hold: it ends before its end otherwise. */
static int check_end(const struct xva_input *x, struct err *e)
{
	uint64_t last = x->in.size ? (x->in.size - 1) / CHUNK : 0;

	if (x->no >= last)
		return 0;
	return err_set(e, -ENODATA, "%s: ends after chunk %" PRIu64 " of %" PRIu64, x->in.name,
		       x->no, last);
}

/* The next chunk, or none after the last one. */
static int next_chunk(struct xva_input *x, struct err *e)
{
	const char *name;
	struct input *in;
	uint64_t no;
	int r = package_member(x->p, &name, &in, e);

	x->len = 0;
	if (r == 0)
		return check_end(x, e);
	if (r < 0)
		return r;
	if (!chunk_number(x, name, &no)) {
		package_unread(x->p, name, in);
		return check_end(x, e);
	}
	if (!x->first && no <= x->no) {
		r = err_set(e, -EINVAL, "%s: chunk %" PRIu64 " comes after %" PRIu64, x->in.name,
			    no, x->no);
	} else if (no > x->in.size / CHUNK) {
		r = err_set(e, -EFBIG,
			    "%s: is behind the end of the disk, which has %" PRIu64 " bytes", name,
			    x->in.size);
	} else {
		x->first = false;
		x->no = no;
		r = load(x, in, e);
	}
	input_free(in);
	return r < 0 ? r : check_sum(x, e);
}

static ssize_t xva_read_bytes(struct input *in, void *data, size_t len, struct err *e)
{
	struct xva_input *x = (struct xva_input *)in;
	uint64_t start = x->no * CHUNK;

	if (in->at >= in->size)
		return 0;
	if (len > in->size - in->at)
		len = (size_t)(in->size - in->at);
	if (x->len && in->at >= start + x->len) {
		int r = next_chunk(x, e);

		if (r < 0)
			return r;
		start = x->no * CHUNK;
	}
	if (x->len && in->at >= start) {
		size_t from = (size_t)(in->at - start);

		if (len > x->len - from)
			len = x->len - from;
		memcpy(data, x->chunk + from, len);
		return (ssize_t)len;
	}
	if (x->len && len > start - in->at)
		len = (size_t)(start - in->at);
	memset(data, 0, len);
	return (ssize_t)len;
}

static void xva_close(struct input *in)
{
	struct xva_input *x = (struct xva_input *)in;

	free(x->prefix);
	free(x->chunk);
}

static const struct input_ops xva_ops = { xva_read_bytes, NULL, xva_close };

bool package_xva_file(const char *href, const char *name)
{
	size_t n = strlen(href);

	return strncmp(href, name, n) == 0 && name[n] == '/' && name[n + 1] &&
	       strspn(name + n + 1, "0123456789") == strlen(name + n + 1);
}

static struct xva_input *xva_new(struct package *p, const char *href, uint64_t size, struct err *e)
{
	struct xva_input *x = calloc(1, sizeof(*x));

	if (!x)
		goto fail;
	if (asprintf(&x->prefix, "%s%s/", p->folder ? p->folder : "", href) < 0)
		x->prefix = NULL;
	x->in.name = strdup(href);
	x->chunk = malloc(CHUNK);
	if (!x->prefix || !x->in.name || !x->chunk)
		goto fail;
	x->in.ops = &xva_ops;
	x->in.size = size;
	x->p = p;
	x->first = true;
	return x;
fail:
	if (x)
		input_free(&x->in);
	err_sys(e, -ENOMEM, "%s", href);
	return NULL;
}

struct input *package_xva_disk(struct package *p, const char *href, uint64_t size, const char *name,
			       struct input *in, struct err *e)
{
	struct xva_input *x = xva_new(p, href, size, e);
	int r;

	package_unread(p, name, in);
	if (!x)
		return NULL;
	r = next_chunk(x, e);
	if (r == 0)
		return &x->in;
	input_free(&x->in);
	return NULL;
}
