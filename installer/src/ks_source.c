/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks_source.h"

#include <curl/curl.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "kickstart/kickstart.h"
#include "socle/fs.h"

#define MEDIUM_MOUNT "/run/initramfs/live"

char *ks_source_find(const char *cmdline)
{
	static const char *const keys[] = { "socle.ks=", "inst.ks=", "ks=" };
	const char *found = NULL;
	size_t found_len = 0;

	while (*cmdline) {
		size_t len = strcspn(cmdline, " \t\n");

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
			size_t key = strlen(keys[i]);

			if (len > key && strncmp(cmdline, keys[i], key) == 0) {
				found = cmdline + key;
				found_len = len - key;
			}
		}
		cmdline += len;
		cmdline += strspn(cmdline, " \t\n");
	}
	return found ? strndup(found, found_len) : NULL;
}

const char *ks_source_name(const char *source, char *buffer, size_t len)
{
	const char *scheme = strstr(source, "://"), *host = scheme ? scheme + 3 : source;
	size_t authority = scheme ? strcspn(host, "/?#") : 0;
	const char *at = memrchr(host, '@', authority);

	/* RFC 3986, 3.2, and like curl the last '@': a password may have one that is not encoded.
	 */
	snprintf(buffer, len, "%.*s%s", (int)(host - source), source, at ? at + 1 : host);
	return buffer;
}

static size_t fetch_write(char *data, size_t one, size_t n, void *ctx)
{
	struct buf *out = ctx;

	if (out->len + one * n > KS_FILE_MAX)
		return 0;
	buf_add(out, data, one * n);
	return buf_ok(out) ? n : 0;
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
	case CURLE_TOO_MANY_REDIRECTS:
		return false;
	default:
		return true;
	}
}

/* One try.  -EAGAIN when another may help. */
static int fetch_once(const char *url, long seconds, struct buf *out, struct err *e)
{
	char text[CURL_ERROR_SIZE] = "";
	CURL *curl = curl_easy_init();
	CURLcode code;
	long status = 0;

	if (!curl)
		return err_sys(e, -ENOMEM, "curl");
	buf_clear(out);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 5L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, seconds);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "socle-install/" SOCLE_VERSION);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, fetch_write);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, out);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, text);
	code = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(curl);
	if (code == CURLE_OK)
		return 0;
	return err_set(e, may_help(code, status) ? -EAGAIN : -EIO, "%s",
		       *text ? text : curl_easy_strerror(code));
}

static long seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec;
}

static int fetch(const char *url, void (*note)(const char *text), struct buf *out, struct err *e)
{
	unsigned int pause = 1;
	struct timespec start;
	char line[400];
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		long left = KS_FETCH_SECONDS - seconds_since(&start);

		ret = fetch_once(url, left > 0 ? left : 1, out, e);
		left = KS_FETCH_SECONDS - seconds_since(&start);
		if (ret != -EAGAIN || left <= (long)pause)
			return ret;
		snprintf(line, sizeof(line), "%.300s; next try in %u s", err_text(e), pause);
		if (note)
			note(line);
		sleep(pause);
		pause = pause * 2 > KS_FETCH_PAUSE_MAX ? KS_FETCH_PAUSE_MAX : pause * 2;
	}
}

static int read_under(const char *folder, const char *path, struct buf *out, struct err *e)
{
	char full[PATH_MAX];

	/* file:///ks.cfg is file:/ks.cfg */
	while (path[0] == '/' && path[1] == '/')
		path++;
	snprintf(full, sizeof(full), "%s%s%s", folder, *folder && *path != '/' ? "/" : "", path);
	return fs_read(full, KS_FILE_MAX, out, e);
}

int ks_source_read(const char *source, void (*note)(const char *text), struct buf *out,
		   struct err *e)
{
	char name[512];
	int ret;

	if (strncmp(source, "http://", 7) == 0 || strncmp(source, "https://", 8) == 0) {
		ret = fetch(source, note, out, e);
		return ret < 0 ? err_wrap(e, "%s", ks_source_name(source, name, sizeof(name))) : 0;
	}
	if (strncmp(source, "cdrom:", 6) == 0)
		return read_under(MEDIUM_MOUNT, source + 6, out, e);
	if (strncmp(source, "file:", 5) == 0)
		return read_under("", source + 5, out, e);
	if (strchr(source, ':') && *source != '/' && access(source, F_OK) < 0)
		return err_set(e, -EINVAL,
			       "%s: a kickstart comes by http://, https://, cdrom: or file:",
			       ks_source_name(source, name, sizeof(name)));
	return fs_read(source, KS_FILE_MAX, out, e);
}
