/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kickstart file by HTTP, HTTPS or FTP.
 */
#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kickstart/kickstart.h"
#include "ks_place.h"
#include "socle/cleanup.h"

enum { CONNECT_SECONDS = 10, REDIRECTS_MAX = 5 };

struct fetch {
	const struct ks_request *r;
	const struct ks_place *s;
	struct curl_slist *headers;
	char *body; /* of a POST */
	struct buf *out;
	bool too_large;
};

static size_t on_data(char *data, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;

	if (f->out->len + one * n > KS_FILE_MAX) {
		f->too_large = true;
		return 0;
	}
	buf_add(f->out, data, one * n);
	return buf_ok(f->out) ? n : 0;
}

/* Whether another try may help: not when the server has given its answer. */
static bool may_help(CURLcode code, long status)
{
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		return status == 408 || status == 429 || status >= 500;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_URL_MALFORMAT:
	case CURLE_WRITE_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
	case CURLE_TOO_MANY_REDIRECTS:
	case CURLE_REMOTE_FILE_NOT_FOUND:
	case CURLE_REMOTE_ACCESS_DENIED:
	case CURLE_LOGIN_DENIED:
		return false;
	default:
		return true;
	}
}

static const char *reason(const struct fetch *f, CURLcode code, const char *text)
{
	if (f->too_large)
		return "the file is larger than 16 MiB";
	if (code == CURLE_SSL_PINNEDPUBKEYNOTMATCH)
		return "this is not the server with the given fingerprint, the SHA-256 of its "
		       "public key";
	return *text ? text : curl_easy_strerror(code);
}

/*
 * A pinned key is all that is asked of the server then: it is known better by
 * its key than by any authority.  Nobody leads from https to plain http.
 */
static void set_trust(CURL *curl, const struct fetch *f)
{
	bool https = strncmp(f->s->url, "https://", 8) == 0;

	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https,ftp");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
	if (!*f->r->pin)
		return;
	curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, f->r->pin);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static void set_request(CURL *curl, struct fetch *f)
{
	curl_easy_setopt(curl, CURLOPT_URL, f->s->url);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "socle-install/" SOCLE_VERSION);
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, f->headers);
	if (!f->body)
		return;
	curl_easy_setopt(curl, CURLOPT_POSTFIELDS, f->body);
	curl_easy_setopt(curl, CURLOPT_POSTREDIR, (long)CURL_REDIR_POST_ALL);
}

/* One try.  -EAGAIN when another may help. */
static int fetch_once(void *ctx, unsigned int left, struct err *e)
{
	char text[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	struct fetch *f = ctx;
	CURLcode code;
	long status = 0;

	if (!curl)
		return err_sys(e, -ENOMEM, "curl");
	buf_clear(f->out);
	set_request(curl, f);
	set_trust(curl, f);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)left);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (code == CURLE_OK)
		return 0;
	return err_set(e, may_help(code, status) ? -EAGAIN : -EIO, "%s", reason(f, code, text));
}

static int add_header(struct fetch *f, const char *line, struct err *e)
{
	struct curl_slist *more = curl_slist_append(f->headers, line);

	if (!more)
		return err_sys(e, -ENOMEM, "kickstart");
	f->headers = more;
	return 0;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* As Anaconda sends them; facts have no line ends. */
static int add_macs(struct fetch *f, const json_t *facts, struct err *e)
{
	const json_t *nic;
	char line[256];
	int ret = 0;
	size_t i;

	json_array_foreach(json_object_get(facts, "nics"), i, nic)
	{
		snprintf(line, sizeof(line), "X-RHN-Provisioning-MAC-%zu: %s %s", i,
			 text_of(nic, "name"), text_of(nic, "mac"));
		ret = add_header(f, line, e);
		if (ret < 0)
			break;
	}
	return ret;
}

static int add_serial(struct fetch *f, const json_t *facts, struct err *e)
{
	const char *serial = text_of(json_object_get(facts, "machine"), "serial");
	char line[600];

	/* Without a value curl would send no such header at all. */
	snprintf(line, sizeof(line), "X-System-Serial-Number%c %s", *serial ? ':' : ';', serial);
	return add_header(f, line, e);
}

static int add_body(struct fetch *f, const json_t *facts, struct err *e)
{
	f->body = json_dumps(facts, JSON_COMPACT);
	return f->body ? add_header(f, "Content-Type: application/json", e)
		       : err_sys(e, -ENOMEM, "facts");
}

/* What the server wants to know of this machine. */
static int add_facts(struct fetch *f, struct err *e)
{
	_cleanup_json_ json_t *facts = NULL;
	bool post = f->s->scheme == KS_FROM_POST;
	int ret;

	if (!post && !f->r->send_mac && !f->r->send_serial)
		return 0;
	if (!f->r->facts)
		return err_set(e, -EINVAL, "only the installer sends the facts of a machine");
	ret = f->r->facts(&facts, e);
	if (ret < 0)
		return err_wrap(e, "facts of this machine");
	if (f->r->send_mac)
		ret = add_macs(f, facts, e);
	if (ret == 0 && f->r->send_serial)
		ret = add_serial(f, facts, e);
	if (ret == 0 && post)
		ret = add_body(f, facts, e);
	return ret;
}

int ks_fetch(const struct ks_request *r, const struct ks_place *s, struct buf *out, struct err *e)
{
	struct fetch f = { .r = r, .s = s, .out = out };
	int ret = add_facts(&f, e);

	if (ret == 0)
		ret = ks_retry(r, fetch_once, &f, e);
	curl_slist_free_all(f.headers);
	free(f.body);
	return ret;
}
