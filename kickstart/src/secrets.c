/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The look of password hashes and of public keys.
 */
#include <stdint.h>
#include <string.h>

#include "types.h"

#define HASH64 "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

/* crypt(5): $id$, fields parted by $, and the digest as the last of them. */
static const struct method {
	const char *prefix;
	size_t fields; /* between prefix and digest, as parameters and salt */
	size_t digest; /* digits of the digest; bcrypt's has the salt in it */
	size_t salt;   /* the field is of up to so many of any bytes but "$:\n"; 0: of digits */
	bool rounds;   /* one more field, "rounds=N", may come first */
	bool weak;
} methods[] = {
	{ "$y$", 2, 43, 0, false, false },   /* yescrypt */
	{ "$gy$", 2, 43, 0, false, false },  /* gost-yescrypt */
	{ "$7$", 1, 43, 0, false, false },   /* scrypt */
	{ "$6$", 1, 86, 16, true, false },   /* SHA-512 */
	{ "$5$", 1, 43, 16, true, false },   /* SHA-256 */
	{ "$2b$", 1, 53, 0, false, false },  /* bcrypt */
	{ "$2y$", 1, 53, 0, false, false },  /* bcrypt */
	{ "$2a$", 1, 53, 0, false, false },  /* bcrypt */
	{ "$sha1$", 2, 28, 0, false, true }, /* SHA-1 */
	{ "$1$", 1, 22, 8, false, true },    /* MD5 */
};

static const struct method *method_of(const char *text)
{
	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (strncmp(text, methods[i].prefix, strlen(methods[i].prefix)) == 0)
			return &methods[i];
	return NULL;
}

/* What is behind a field and its "$", NULL when it is malformed. */
static const char *behind_field(const struct method *m, const char *text)
{
	size_t n = m->salt ? strcspn(text, "$:\n") : strspn(text, HASH64);

	if (m->salt && (!n || n > m->salt))
		return NULL;
	return text[n] == '$' ? text + n + 1 : NULL;
}

bool is_crypt_hash(const char *text, bool *weak)
{
	const struct method *m = method_of(text);

	if (!m || strlen(text) >= 384)
		return false;
	*weak = m->weak;
	text += strlen(m->prefix);
	if (m->rounds && strncmp(text, "rounds=", 7) == 0) {
		text += 7 + strspn(text + 7, "0123456789");
		if (*text++ != '$')
			return false;
	}
	for (size_t i = 0; i < m->fields; i++)
		if (!(text = behind_field(m, text)))
			return false;
	return strlen(text) == m->digest && strspn(text, HASH64) == m->digest;
}

static const char *const key_types[] = {
	"ssh-ed25519",
	"ssh-rsa",
	"ecdsa-sha2-nistp256",
	"ecdsa-sha2-nistp384",
	"ecdsa-sha2-nistp521",
	"sk-ssh-ed25519@openssh.com",
	"sk-ecdsa-sha2-nistp256@openssh.com",
};

static int base64_digit(char c)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *p = c ? strchr(digits, c) : NULL;

	return p ? (int)(p - digits) : -1;
}

/* The bytes of len base64 digits and padding (RFC 4648, 4); 0 when malformed or too many. */
static size_t base64_decode(const char *s, size_t len, unsigned char *out, size_t max)
{
	size_t n = 0, digits = len;
	uint32_t bits = 0;

	while (digits && len - digits < 2 && s[digits - 1] == '=')
		digits--;
	if (len % 4 || digits / 4 * 3 + 2 > max)
		return 0;
	for (size_t i = 0; i < digits; i++) {
		int d = base64_digit(s[i]);

		if (d < 0)
			return 0;
		bits = bits << 6 | (uint32_t)d;
		if (i % 4)
			out[n++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	return n;
}

/* RFC 4253, 6.6: the blob is a row of strings with lengths, the first of them the type. */
static bool is_key_blob(const unsigned char *blob, size_t len, const char *type, size_t type_len)
{
	size_t at = 0, fields = 0;

	while (len - at >= 4) {
		size_t n = (size_t)blob[at] << 24 | (size_t)blob[at + 1] << 16 |
			   (size_t)blob[at + 2] << 8 | blob[at + 3];

		at += 4;
		if (n > len - at)
			return false;
		if (!fields && (n != type_len || memcmp(blob + at, type, n) != 0))
			return false;
		at += n;
		fields++;
	}
	return at == len && fields >= 2;
}

static bool known_type(const char *s, size_t len)
{
	for (size_t i = 0; i < sizeof(key_types) / sizeof(key_types[0]); i++)
		if (strlen(key_types[i]) == len && strncmp(key_types[i], s, len) == 0)
			return true;
	return false;
}

bool is_ssh_key(const char *text, const char **why)
{
	size_t type = strcspn(text, " "), base64, len;
	unsigned char blob[4096];
	const char *key;

	*why = "the key does not begin with a type such as ssh-ed25519";
	if (!known_type(text, type))
		return false;
	key = text + type + strspn(text + type, " ");
	base64 = strcspn(key, " ");
	*why = "the key is damaged or not complete";
	for (const char *s = text; *s; s++)
		if ((unsigned char)*s < ' ')
			return false;
	len = base64_decode(key, base64, blob, sizeof(blob));
	return is_key_blob(blob, len, text, type);
}
