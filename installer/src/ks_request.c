/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's command line to a request for a kickstart file.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ks_place.h"

enum { PIN_BYTES = 32, PIN_BASE64 = 44 };

static int base64_pin(struct ks_request *r, const char *text, struct err *e)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	if (strlen(text) != PIN_BASE64 || strspn(text, digits) != PIN_BASE64 - 1 ||
	    text[PIN_BASE64 - 1] != '=')
		return err_set(e, -EINVAL, "44 digits of base64 must follow \"sha256//\"");
	strcpy(r->pin, "sha256//");
	strcat(r->pin, text);
	return 0;
}

/* 32 bytes in base64 (RFC 4648, 4). */
static void encode_pin(struct ks_request *r, const unsigned char byte[PIN_BYTES])
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = stpcpy(r->pin, "sha256//");

	for (size_t i = 0; i < PIN_BYTES; i += 3) {
		unsigned int n = (unsigned int)byte[i] << 16;

		n |= i + 1 < PIN_BYTES ? (unsigned int)byte[i + 1] << 8 : 0;
		n |= i + 2 < PIN_BYTES ? byte[i + 2] : 0;
		*out++ = digits[n >> 18];
		*out++ = digits[n >> 12 & 63];
		*out++ = digits[n >> 6 & 63];
		*out++ = i + 2 < PIN_BYTES ? digits[n & 63] : '=';
	}
	*out = '\0';
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

int ks_request_pin(struct ks_request *r, const char *text, struct err *e)
{
	unsigned char byte[PIN_BYTES];
	const char *p = text;

	if (strncmp(text, "sha256//", 8) == 0)
		return base64_pin(r, text + 8, e);
	for (size_t i = 0; i < PIN_BYTES; i++) {
		int high = hex_digit(p[0]), low = high < 0 ? -1 : hex_digit(p[1]);

		if (low < 0)
			return err_set(e, -EINVAL,
				       "not a SHA-256: 64 hexadecimal digits, or \"sha256//\" and "
				       "base64");
		byte[i] = (unsigned char)(high << 4 | low);
		p += 2;
		p += *p == ':' && i < PIN_BYTES - 1;
	}
	if (*p)
		return err_set(e, -EINVAL, "more than the 64 digits of a SHA-256");
	encode_pin(r, byte);
	return 0;
}

/* Looked at once it is known to be the last. */
static int take_source(struct ks_request *r, const char *value, struct err *e)
{
	free(r->source);
	r->source = strdup(value);
	return r->source ? 0 : err_sys(e, -ENOMEM, "kickstart");
}

static int check_source(const struct ks_request *r, struct err *e)
{
	struct ks_place s = { 0 };
	int ret = 0;

	if (!r->source || !*r->source)
		return 0;
	ret = ks_place_parse(r->source, &s, e);
	if (ret == 0 && s.scheme == KS_FROM_FILE && *s.path != '/')
		ret = err_set(e, -EINVAL, "%s: the path must begin with \"/\"", r->source);
	ks_place_clear(&s);
	return ret < 0 ? err_wrap(e, "socle.ks=") : 0;
}

static int take_seconds(struct ks_request *r, const char *value, struct err *e)
{
	size_t digits = strspn(value, "0123456789");
	unsigned long n = digits && digits < 9 ? strtoul(value, NULL, 10) : 0;

	if (value[digits] || !n || n > KS_SECONDS_MAX)
		return err_set(e, -EINVAL, "seconds from 1 to %d", KS_SECONDS_MAX);
	r->seconds = (unsigned int)n;
	return 0;
}

static int take_flag(bool *flag, const char *value, struct err *e)
{
	static const char *const words[] = { "", "1", "yes", "on", "0", "no", "off" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(value, words[i]) == 0) {
			*flag = i < 4;
			return 0;
		}
	}
	return err_set(e, -EINVAL, "yes or no");
}

static int take_webhook(struct ks_request *r, const char *value, struct err *e)
{
	if (strncmp(value, "http://", 7) != 0 && strncmp(value, "https://", 8) != 0)
		return err_set(e, -EINVAL, "a URL of http or https");
	free(r->webhook);
	r->webhook = strdup(value);
	return r->webhook ? 0 : err_sys(e, -ENOMEM, "webhook");
}

static int take_webhook_token(struct ks_request *r, const char *value, struct err *e)
{
	free(r->webhook_token);
	r->webhook_token = strdup(value);
	return r->webhook_token ? 0 : err_sys(e, -ENOMEM, "webhook");
}

static int take_webhook_pin(struct ks_request *r, const char *value, struct err *e)
{
	struct ks_request other = KS_REQUEST_INIT;
	int ret = ks_request_pin(&other, value, e);

	if (ret == 0)
		strcpy(r->webhook_pin, other.pin);
	return ret;
}

static int take_mac(struct ks_request *r, const char *value, struct err *e)
{
	return take_flag(&r->send_mac, value, e);
}

static int take_serial(struct ks_request *r, const char *value, struct err *e)
{
	return take_flag(&r->send_serial, value, e);
}

static const struct param {
	const char *name;
	int (*take)(struct ks_request *r, const char *value, struct err *e);
} params[] = {
	{ "socle.ks", take_source },
	{ "inst.ks", take_source },
	{ "ks", take_source },
	{ "socle.ks.fingerprint", ks_request_pin },
	{ "socle.ks.timeout", take_seconds },
	{ "socle.ks.sendmac", take_mac },
	{ "inst.ks.sendmac", take_mac },
	{ "kssendmac", take_mac },
	{ "socle.ks.sendsn", take_serial },
	{ "inst.ks.sendsn", take_serial },
	{ "kssendsn", take_serial },
	{ "socle.webhook", take_webhook },
	{ "socle.webhook.token", take_webhook_token },
	{ "socle.webhook.fingerprint", take_webhook_pin },
};

static int take_word(struct ks_request *r, char *word, struct err *e)
{
	char *value = strchr(word, '=');

	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < sizeof(params) / sizeof(params[0]); i++) {
		if (strcmp(word, params[i].name) != 0)
			continue;
		if (params[i].take(r, value ? value : "", e) < 0)
			return err_wrap(e, "%s=", word);
	}
	return 0;
}

/*
 * The next word, its quotes taken away: as the kernel has it, "…" keeps blanks
 * together, wherever in a word it begins.  Words are cut out in place.
 */
static char *next_word(char **at)
{
	char *from = *at + strspn(*at, " \t\r\n"), *word = from, *to = from;
	bool quoted = false;

	for (; *from && (quoted || !strchr(" \t\r\n", *from)); from++) {
		if (*from == '"')
			quoted = !quoted;
		else
			*to++ = *from;
	}
	*at = *from ? from + 1 : from;
	*to = '\0';
	return word < from ? word : NULL;
}

int ks_request_parse(const char *cmdline, struct ks_request *r, struct err *e)
{
	char *copy = strdup(cmdline), *at = copy, *word;
	int ret = copy ? 0 : err_sys(e, -ENOMEM, "kickstart");

	while (ret == 0 && (word = next_word(&at)))
		ret = take_word(r, word, e);
	free(copy);
	return ret < 0 ? ret : check_source(r, e);
}

void ks_request_clear(struct ks_request *r)
{
	if (r->source)
		explicit_bzero(r->source, strlen(r->source));
	if (r->webhook_token)
		explicit_bzero(r->webhook_token, strlen(r->webhook_token));
	free(r->source);
	free(r->webhook);
	free(r->webhook_token);
	*r = KS_REQUEST_INIT;
}
