/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { CHUNK = 1 << 20 };

static void to_hex(const unsigned char *digest, char hex[SHA256_HEX])
{
	static const char digits[] = "0123456789abcdef";

	for (int i = 0; i < 32; i++) {
		hex[2 * i] = digits[digest[i] >> 4];
		hex[2 * i + 1] = digits[digest[i] & 15];
	}
	hex[64] = '\0';
}

void sha256_mem(const void *data, size_t len, char hex[SHA256_HEX])
{
	unsigned char digest[EVP_MAX_MD_SIZE];

	/* Only fails when OpenSSL has no SHA-256 at all: nothing is worth doing then. */
	if (EVP_Digest(data, len, digest, NULL, EVP_sha256(), NULL) != 1)
		abort();
	to_hex(digest, hex);
}

static void cleanup_md(EVP_MD_CTX **md)
{
	EVP_MD_CTX_free(*md);
}

int sha256_fd(int fd, uint64_t len, bool (*progress)(void *ctx, uint64_t done), void *ctx,
	      char hex[SHA256_HEX], struct err *e)
{
	__attribute__((cleanup(cleanup_md))) EVP_MD_CTX *md = EVP_MD_CTX_new();
	_cleanup_free_ unsigned char *chunk = malloc(CHUNK);
	unsigned char digest[EVP_MAX_MD_SIZE];
	uint64_t done = 0;

	if (!md || !chunk || EVP_DigestInit_ex(md, EVP_sha256(), NULL) != 1)
		return err_sys(e, -ENOMEM, "SHA-256");
	while (done < len) {
		size_t want = len - done < CHUNK ? (size_t)(len - done) : CHUNK;
		ssize_t n = pread(fd, chunk, want, (off_t)done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(e, -errno, "read at byte %ju", (uintmax_t)done);
		if (n == 0)
			break;
		EVP_DigestUpdate(md, chunk, (size_t)n);
		done += (uint64_t)n;
		if (progress && !progress(ctx, done))
			return err_set(e, -ECANCELED, "cancelled");
	}
	if (len != UINT64_MAX && done < len)
		return err_set(e, -EIO, "ends at byte %ju, %ju were expected", (uintmax_t)done,
			       (uintmax_t)len);
	EVP_DigestFinal_ex(md, digest, NULL);
	to_hex(digest, hex);
	return 0;
}
