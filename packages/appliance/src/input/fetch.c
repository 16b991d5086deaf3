/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HTTP, HTTPS and FTP by libcurl.  A connection that drops is taken up again where it
 * ended (RFC 9110, 14.2), when the server says that the file is still the same one.
 */
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "pump.h"

enum {
	TRIES = 8, /* in a row without a new byte */
	CONNECT_SECONDS = 20,
	STALL_SECONDS = 30,
	REDIRECTS_MAX = 10,
	BACKOFF_MAX = 16, /* seconds */
	VALIDATOR_MAX = 256,
};

struct fetch {
	struct pump *p;
	CURL *curl;
	bool http;
	char validator[VALIDATOR_MAX]; /* a strong ETag or a date, of the first answer; "" */
	uint64_t size;		       /* of the whole, 0: unknown */
	/* Of this answer. */
	bool first_bytes;
	char etag[VALIDATOR_MAX], date[VALIDATOR_MAX];
	uint64_t range_start, range_size;
	uint64_t skip; /* bytes that were had already */
	int failed;    /* of a callback */
	struct err err;
};

static bool header(const char *line, size_t len, const char *name, char *value, size_t size)
{
	size_t n = strlen(name);

	if (len <= n || strncasecmp(line, name, n) != 0 || line[n] != ':')
		return false;
	line += n + 1, len -= n + 1;
	while (len && (*line == ' ' || *line == '\t'))
		line++, len--;
	while (len && strchr("\r\n \t", line[len - 1]))
		len--;
	if (len < size) {
		memcpy(value, line, len);
		value[len] = '\0';
	}
	return true;
}

static size_t on_header(char *line, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	char range[VALIDATOR_MAX];
	size_t len = one * n;

	/* Each answer of a chain of redirections begins anew. */
	if (len > 5 && strncmp(line, "HTTP/", 5) == 0) {
		*f->etag = *f->date = '\0';
		f->range_start = f->range_size = 0;
	}
	if (header(line, len, "ETag", f->etag, sizeof(f->etag)) ||
	    header(line, len, "Last-Modified", f->date, sizeof(f->date)))
		return len;
	if (header(line, len, "Content-Range", range, sizeof(range)))
		if (sscanf(range, "bytes %" SCNu64 "-%*u/%" SCNu64, &f->range_start,
			   &f->range_size) < 1)
			f->range_start = UINT64_MAX;
	return len;
}

static int changed(struct fetch *f)
{
	return f->failed = err_set(
		       &f->err, -ESTALE,
		       "%s: byte %" PRIu64
		       ": the connection dropped, and the file on the server is another one now",
		       f->p->name, f->p->at);
}

static const char *validator_of(const struct fetch *f)
{
	/* A weak one (W/"...") says nothing about bytes. */
	return *f->etag == '"' ? f->etag : f->date;
}

/* The first answer tells what the file is; those after it must be of the same one. */
static int begin_answer(struct fetch *f)
{
	curl_off_t length = -1;
	long status = 0;
	uint64_t size;

	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(f->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	size = length > 0 ? (uint64_t)length : 0;
	f->skip = 0;
	if (!f->http)
		size = size && f->p->at ? size + f->p->at : size;
	if (f->http && status == 206) {
		if (f->range_start != f->p->at)
			return f->failed =
				       err_set(&f->err, -EPROTO,
					       "%s: byte %" PRIu64
					       ": the server gives another part than was asked for",
					       f->p->name, f->p->at);
		size = f->range_size;
	} else if (f->http) {
		f->skip = f->p->at; /* all from the start: it has no parts, or another file */
	}
	if (f->p->at &&
	    ((f->size && size && size != f->size) ||
	     (*f->validator && *validator_of(f) && strcmp(f->validator, validator_of(f)) != 0)))
		return changed(f);
	if (f->p->at && f->skip && !*f->validator && !f->size)
		return changed(f);
	if (!f->p->at) {
		snprintf(f->validator, sizeof(f->validator), "%s", validator_of(f));
		f->size = size;
		atomic_store(&f->p->total, size);
	}
	return 0;
}

static size_t on_data(char *data, size_t one, size_t n, void *ctx)
{
	struct fetch *f = ctx;
	size_t len = one * n, past;

	if (f->first_bytes) {
		f->first_bytes = false;
		if (begin_answer(f) < 0)
			return CURL_WRITEFUNC_ERROR;
	}
	past = f->skip < len ? (size_t)f->skip : len;
	f->skip -= past;
	if (len > past)
		f->failed = pump_put(f->p, data + past, len - past, &f->err);
	return f->failed < 0 ? CURL_WRITEFUNC_ERROR : len;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	(void)a, (void)b, (void)c, (void)d;
	return atomic_load(&((struct fetch *)ctx)->p->stop);
}

/* Whether another try may.  A server that was never there is more likely a wrong name. */
static bool may_help(const struct fetch *f, CURLcode code, long status)
{
	switch (code) {
	case CURLE_HTTP_RETURNED_ERROR:
		return status == 408 || status == 425 || status == 429 || status >= 500;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
		return f->p->at > 0;
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_SSL_CONNECT_ERROR:
		return true;
	default:
		return false;
	}
}

static struct curl_slist *ask_for_rest(struct fetch *f)
{
	char text[VALIDATOR_MAX + 32];
	struct curl_slist *headers = NULL;

	/* Nothing between must be decoded: offsets are those of the file. */
	headers = curl_slist_append(headers, "Accept-Encoding: identity");
	if (!f->p->at)
		return headers;
	if (!f->http) {
		curl_easy_setopt(f->curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)f->p->at);
		return headers;
	}
	snprintf(text, sizeof(text), "%" PRIu64 "-", f->p->at);
	curl_easy_setopt(f->curl, CURLOPT_RANGE, text);
	if (!*f->validator)
		return headers;
	snprintf(text, sizeof(text), "If-Range: %s", f->validator);
	return curl_slist_append(headers, text);
}

static void set_options(struct fetch *f, char *error)
{
	CURL *c = f->curl;
	bool https = strncasecmp(f->p->url, "https:", 6) == 0;

	curl_easy_setopt(c, CURLOPT_URL, f->p->url);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "socle/" SOCLE_VERSION);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https,ftp,ftps");
	curl_easy_setopt(c, CURLOPT_REDIR_PROTOCOLS_STR, https ? "https" : "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(c, CURLOPT_MAXREDIRS, (long)REDIRECTS_MAX);
	curl_easy_setopt(c, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_SECONDS);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS);
	curl_easy_setopt(c, CURLOPT_BUFFERSIZE, 512L << 10);
	curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(c, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_data);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_XFERINFODATA, f);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, error);
}

static bool is_missing(CURLcode code, long status)
{
	return code == CURLE_REMOTE_FILE_NOT_FOUND ||
	       (code == CURLE_HTTP_RETURNED_ERROR && (status == 404 || status == 410));
}

/* 0: all is there; -EAGAIN: another try may bring more; -ENOENT: there is none. */
static int fetch_once(struct fetch *f, struct err *e)
{
	char error[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers;
	CURLcode code;
	long status = 0;

	curl_easy_reset(f->curl);
	set_options(f, error);
	headers = ask_for_rest(f);
	curl_easy_setopt(f->curl, CURLOPT_HTTPHEADER, headers);
	f->first_bytes = true;
	code = curl_easy_perform(f->curl);
	curl_slist_free_all(headers);
	curl_easy_getinfo(f->curl, CURLINFO_RESPONSE_CODE, &status);
	if (f->failed < 0)
		return err_set(e, f->failed, "%s", err_text(&f->err));
	if (code == CURLE_ABORTED_BY_CALLBACK)
		return -EPIPE;
	/* Dropped right at the end: there is no more to ask for. */
	if (f->size && f->p->at == f->size)
		return 0;
	if (code == CURLE_OK && !(f->size && f->p->at < f->size))
		return 0;
	err_set(e, is_missing(code, status) ? -ENOENT : -EIO, "%s: byte %" PRIu64 ": %s",
		f->p->name, f->p->at,
		code == CURLE_OK ? "the connection ended too early"
		: *error	 ? error
				 : curl_easy_strerror(code));
	if (is_missing(code, status))
		return -ENOENT;
	return code == CURLE_OK || may_help(f, code, status) ? -EAGAIN : -EIO;
}

static void wait_a_little(struct fetch *f, int try)
{
	int seconds = 1 << (try < 4 ? try : 4);

	if (seconds > BACKOFF_MAX)
		seconds = BACKOFF_MAX;
	for (int i = 0; i < seconds * 10 && !atomic_load(&f->p->stop); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 100000000 }, NULL);
}

int fetch_url(struct pump *p, struct err *e)
{
	struct fetch f = { .p = p, .http = strncasecmp(p->url, "http", 4) == 0 };
	int r = -EAGAIN;

	f.curl = curl_easy_init();
	if (!f.curl)
		return err_sys(e, -ENOMEM, "%s", p->name);
	for (int try = 0; r == -EAGAIN && try < TRIES; try++) {
		uint64_t before = p->at;

		if (try)
			wait_a_little(&f, try - 1);
		if (atomic_load(&p->stop))
			r = -EPIPE;
		else
			r = fetch_once(&f, e);
		if (p->at != before)
			try = 0;
	}
	curl_easy_cleanup(f.curl);
	if (r == -EAGAIN)
		return err_set(e, -EIO, "%s (after %d tries)", e ? e->text : "", TRIES);
	return r;
}
