/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "send.h"

#include <curl/curl.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "installer/ks_source.h"
#include "socle/buf.h"

enum { CONNECT_SECONDS = 5 };

int send_pin(const char *fingerprint, char pin[SEND_PIN_MAX], struct err *e)
{
	struct ks_request r = KS_REQUEST_INIT;
	int ret = 0;

	_Static_assert((int)SEND_PIN_MAX >= (int)KS_PIN_MAX, "a pin must fit");
	*pin = '\0';
	if (fingerprint && *fingerprint)
		ret = ks_request_pin(&r, fingerprint, e);
	if (ret == 0)
		strcpy(pin, r.pin);
	return ret;
}

static const struct {
	const char *name;
	size_t at;
} names[] = {
	{ "{mac}", offsetof(struct send_names, mac) },
	{ "{serial}", offsetof(struct send_names, serial) },
	{ "{uuid}", offsetof(struct send_names, uuid) },
	{ "{hostname}", offsetof(struct send_names, hostname) },
	{ "{event}", offsetof(struct send_names, event) },
};

static void add_value(struct buf *out, const char *value, bool path)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~:";

	if (!value || !*value)
		value = "unknown";
	for (; *value; value++) {
		if (strchr(plain, *value))
			buf_addc(out, *value);
		else if (path)
			buf_addc(out, '_');
		else
			buf_addf(out, "%%%02X", (unsigned char)*value);
	}
}

char *send_expand(const char *template, const struct send_names *values, bool path)
{
	struct buf out = BUF_INIT;

	while (*template) {
		size_t i = 0, count = sizeof(names) / sizeof(names[0]);

		while (i < count && strncmp(template, names[i].name, strlen(names[i].name)) != 0)
			i++;
		if (i == count) {
			buf_addc(&out, *template ++);
			continue;
		}
		add_value(&out,
			  *(const char *const *)(const void *)((const char *)values + names[i].at),
			  path);
		template += strlen(names[i].name);
	}
	return buf_take(&out);
}

static size_t drop(char *data, size_t one, size_t n, void *ctx)
{
	(void)data, (void)ctx;
	return one * n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct send *s = ctx;

	(void)a, (void)b, (void)c, (void)d;
	return s->give_up && s->give_up(s->ctx);
}

static bool add_header(struct curl_slist **list, const char *line)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (more)
		*list = more;
	return more;
}

static bool make_headers(const struct send *s, struct curl_slist **list)
{
	struct buf token = BUF_INIT, type = BUF_INIT;
	bool ok;

	buf_addf(&type, "Content-Type: %s", s->type);
	if (s->token)
		buf_addf(&token, "Authorization: Bearer %s", s->token);
	/* No "Expect: 100-continue": small servers do not know it. */
	ok = buf_ok(&type) && buf_ok(&token) && add_header(list, type.s) &&
	     add_header(list, "Expect:") && (!s->token || add_header(list, token.s));
	explicit_bzero(token.s, token.len);
	buf_clear(&token);
	buf_clear(&type);
	return ok;
}

static void set_contents(CURL *curl, const struct send *s)
{
	if (s->file) {
		rewind(s->file);
		curl_easy_setopt(curl, CURLOPT_READDATA, s->file);
		curl_easy_setopt(curl, s->put ? CURLOPT_UPLOAD : CURLOPT_POST, 1L);
		curl_easy_setopt(curl,
				 s->put ? CURLOPT_INFILESIZE_LARGE : CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)s->size);
	} else {
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, s->text);
		if (s->put)
			curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, "PUT");
	}
}

static void set_trust(CURL *curl, const struct send *s)
{
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	if (!s->pin || !*s->pin)
		return;
	curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, s->pin);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static bool may_help(CURLcode code)
{
	switch (code) {
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return false;
	default:
		return true;
	}
}

static int outcome(CURLcode code, long status, const char *text, struct err *e)
{
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return err_set(e, -ECANCELED, "given up");
	if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return err_set(e, -EIO, "this is not the server with the given fingerprint");
	if (code != CURLE_OK)
		return err_set(e, may_help(code) ? -EAGAIN : -EIO, "%s",
			       *text ? text : curl_easy_strerror(code));
	if (status >= 200 && status < 300)
		return 0;
	return err_set(e, status == 408 || status == 429 || status >= 500 ? -EAGAIN : -EIO,
		       "the server answers %ld", status);
}

int send_once(const struct send *s, struct err *e)
{
	char text[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURL *curl = curl_easy_init();
	long status = 0;
	CURLcode code;

	if (!curl || !make_headers(s, &headers)) {
		curl_slist_free_all(headers);
		curl_easy_cleanup(curl);
		return err_sys(e, -ENOMEM, "curl");
	}
	curl_easy_setopt(curl, CURLOPT_URL, s->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "socle-install/" SOCLE_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	set_contents(curl, s);
	set_trust(curl, s);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)s->seconds);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, drop);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, (void *)s);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	curl_slist_free_all(headers);
	return outcome(code, status, text, e);
}
