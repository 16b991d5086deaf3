/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "socle/cleanup.h"
#include "streams.h"

static const struct {
	enum hash bit;
	const EVP_MD *(*md)(void);
	size_t hex; /* where in struct digests */
} hashes[] = {
	{ HASH_SHA1, EVP_sha1, offsetof(struct digests, sha1) },
	{ HASH_SHA256, EVP_sha256, offsetof(struct digests, sha256) },
	{ HASH_SHA512, EVP_sha512, offsetof(struct digests, sha512) },
};

enum { HASHES = sizeof(hashes) / sizeof(hashes[0]) };

struct hash_input {
	struct input in;
	struct input *below;
	unsigned int which;
	EVP_MD_CTX *ctx[HASHES];
	struct digests *out;
	bool done;
};

static void to_hex(const unsigned char *sum, unsigned int len, char *hex)
{
	for (unsigned int i = 0; i < len; i++)
		sprintf(hex + 2 * i, "%02x", sum[i]);
}

static void finish(struct hash_input *h)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned int len;

	for (size_t i = 0; i < HASHES; i++)
		if (h->ctx[i] && EVP_DigestFinal_ex(h->ctx[i], sum, &len))
			to_hex(sum, len, (char *)h->out + hashes[i].hex);
	h->out->have = h->which;
	h->out->size = h->in.at;
	h->done = true;
}

static ssize_t hash_read(struct input *in, void *data, size_t len, struct err *e)
{
	struct hash_input *h = (struct hash_input *)in;
	ssize_t n = input_read(h->below, data, len, e);

	if (n == 0 && len && !h->done)
		finish(h);
	for (size_t i = 0; n > 0 && i < HASHES; i++)
		if (h->ctx[i] && !EVP_DigestUpdate(h->ctx[i], data, (size_t)n))
			return err_sys(e, -ENOMEM, "%s", in->name);
	return n;
}

static void hash_close(struct input *in)
{
	struct hash_input *h = (struct hash_input *)in;

	for (size_t i = 0; i < HASHES; i++)
		EVP_MD_CTX_free(h->ctx[i]);
	input_free(h->below);
}

static const struct input_ops hash_ops = { hash_read, NULL, hash_close };

static bool start(struct hash_input *h)
{
	for (size_t i = 0; i < HASHES; i++) {
		if (!(h->which & hashes[i].bit))
			continue;
		h->ctx[i] = EVP_MD_CTX_new();
		if (!h->ctx[i] || !EVP_DigestInit_ex(h->ctx[i], hashes[i].md(), NULL))
			return false;
	}
	return true;
}

struct input *input_hash(struct input *below, unsigned int which, struct digests *out,
			 struct err *e)
{
	struct hash_input *h = calloc(1, sizeof(*h));

	if (!h || !(h->in.name = strdup(below->name))) {
		free(h);
		input_free(below);
		err_sys(e, -ENOMEM, "hash");
		return NULL;
	}
	h->in.ops = &hash_ops;
	h->in.size = below->size;
	h->below = below;
	h->which = which;
	h->out = out;
	if (!start(h)) {
		err_sys(e, -ENOMEM, "%s: hash", below->name);
		input_free(&h->in);
		return NULL;
	}
	return &h->in;
}

int input_drain(struct input *in, struct err *e)
{
	static const size_t step = 256 << 10;
	_cleanup_free_ char *waste = malloc(step);
	ssize_t n = 1;

	if (!waste)
		return err_sys(e, -ENOMEM, "%s", in->name);
	while (n > 0)
		n = input_read(in, waste, step, e);
	return (int)n;
}
