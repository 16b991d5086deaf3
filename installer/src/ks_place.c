/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ks_place.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "socle/url.h"

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

const char *ks_source_name(const char *source, char *buffer, size_t len)
{
	url_show(source, buffer, len);
	return buffer;
}

bool ks_source_is_url(const char *source)
{
	return begins(source, "http://") || begins(source, "https://") || begins(source, "ftp://");
}

/* A word with a colon is a scheme, unless it has a slash before. */
static bool is_path(const char *text)
{
	return strcspn(text, "/") < strcspn(text, ":") || !strchr(text, ':');
}

char *ks_source_beside(const char *base, const char *name)
{
	const char *scheme = strstr(base, "://"), *path = scheme ? scheme + 3 : base;
	size_t len = strcspn(path, "?");
	const char *slash = memrchr(path, '/', len);
	char *source = NULL;

	if (*name == '/' || !is_path(name) || (!slash && !scheme))
		return strdup(name);
	/* http://host is http://host/ */
	len = slash ? (size_t)(slash - path) : len;
	if (asprintf(&source, "%.*s/%s", (int)(path + len - base), base, name) < 0)
		return NULL;
	return source;
}

static int take(char **dest, const char *text, size_t len, struct err *e)
{
	*dest = strndup(text, len);
	return *dest ? 0 : err_sys(e, -ENOMEM, "kickstart");
}

static int take_path(struct ks_place *s, const char *path, struct err *e)
{
	size_t len = strlen(path);

	if (*path != '/')
		return err_set(e, -EINVAL, "the path must begin with \"/\"");
	if (path[len - 1] == '/')
		return err_set(e, -EINVAL, "a file must be named, not a folder");
	/* file:///ks.cfg is file:/ks.cfg */
	while (path[1] == '/')
		path++;
	return take(&s->path, path, strlen(path), e);
}

/* curl takes a name such as "a..b" for a host, but it looks at the rest. */
static int parse_url(struct ks_place *s, const char *text, struct err *e)
{
	CURLU *url = curl_url();
	CURLUcode code;

	if (!url)
		return err_sys(e, -ENOMEM, "kickstart");
	code = curl_url_set(url, CURLUPART_URL, text, 0);
	curl_url_cleanup(url);
	if (code != CURLUE_OK)
		return err_set(e, -EINVAL, "%s", curl_url_strerror(code));
	return take(&s->url, text, strlen(text), e);
}

static int parse_post(struct ks_place *s, const char *text, struct err *e)
{
	if (!begins(text, "http://") && !begins(text, "https://"))
		return err_set(e, -EINVAL, "http:// or https:// must follow \"post:\"");
	return parse_url(s, text, e);
}

static int take_server(struct ks_place *s, const char *text, size_t len, struct err *e)
{
	/* Behind it mount(8) would see an option, or another server. */
	if (!len || *text == '-' || memchr(text, ',', len) || memchr(text, '/', len))
		return err_set(e, -EINVAL, "the server is missing or malformed");
	return take(&s->server, text, len, e);
}

/* nfs://SERVER[:PORT]/PATH, RFC 2224 */
static int parse_nfs_url(struct ks_place *s, const char *text, struct err *e)
{
	size_t server = strcspn(text, "/"), host = server;
	const char *port = memrchr(text, ':', server);
	char option[16];
	int ret;

	if (port && !memchr(port, ']', server - (size_t)(port - text))) {
		size_t digits = strspn(port + 1, "0123456789");

		host = (size_t)(port - text);
		if (!digits || digits > 5 || port + 1 + digits != text + server)
			return err_set(e, -EINVAL, "the port is malformed");
		snprintf(option, sizeof(option), "port=%.*s", (int)digits, port + 1);
		ret = take(&s->options, option, strlen(option), e);
		if (ret < 0)
			return ret;
	}
	ret = take_server(s, text, host, e);
	return ret < 0 ? ret : take_path(s, text + server, e);
}

/* [OPTIONS:]SERVER:/PATH; an IPv6 address has brackets. */
static int parse_nfs(struct ks_place *s, const char *text, struct err *e)
{
	const char *path = strstr(text, ":/"), *server = text;
	const char *bracket, *colon;
	int ret = 0;

	if (begins(text, "//"))
		return parse_nfs_url(s, text + 2, e);
	if (!path)
		return err_set(e, -EINVAL, "it is written nfs:[OPTIONS:]SERVER:/PATH");
	bracket = memchr(text, '[', (size_t)(path - text));
	colon = memrchr(text, ':', (size_t)((bracket ? bracket : path) - text));
	if (colon) {
		server = colon + 1;
		ret = take(&s->options, text, (size_t)(colon - text), e);
	}
	if (ret == 0)
		ret = take_server(s, server, (size_t)(path - server), e);
	return ret < 0 ? ret : take_path(s, path + 1, e);
}

/* sda1 is /dev/sda1. */
static int take_device(struct ks_place *s, const char *text, size_t len, struct err *e)
{
	static const char *const tags[] = { "LABEL=", "UUID=", "PARTLABEL=", "PARTUUID=" };

	for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
		if (begins(text, tags[i]) && len > strlen(tags[i]))
			return take(&s->device, text, len, e);
	if (!len || memchr(text, '=', len) || *text == '-')
		return err_set(e, -EINVAL, "the device is sda1, /dev/..., LABEL=... or UUID=...");
	if (asprintf(&s->device, "%s%.*s", *text == '/' ? "" : "/dev/", (int)len, text) < 0) {
		s->device = NULL;
		return err_sys(e, -ENOMEM, "kickstart");
	}
	return 0;
}

/* DEVICE:/PATH; names below /dev/disk/by-path have colons too, but no ":/". */
static int parse_volume(struct ks_place *s, const char *text, struct err *e)
{
	const char *path = strstr(text, ":/");
	int ret;

	if (!path)
		return err_set(e, -EINVAL, "it is written hd:DEVICE:/PATH");
	ret = take_device(s, text, (size_t)(path - text), e);
	return ret < 0 ? ret : take_path(s, path + 1, e);
}

static int parse_path(struct ks_place *s, const char *text, struct err *e)
{
	return take(&s->path, text, strlen(text), e);
}

static const struct prefix {
	const char *text;
	size_t skip; /* how much of it is not for the parser */
	enum ks_scheme scheme;
	int (*parse)(struct ks_place *s, const char *text, struct err *e);
} prefixes[] = {
	{ "http://", 0, KS_FROM_URL, parse_url },   { "https://", 0, KS_FROM_URL, parse_url },
	{ "ftp://", 0, KS_FROM_URL, parse_url },    { "post:", 5, KS_FROM_POST, parse_post },
	{ "nfs:", 4, KS_FROM_NFS, parse_nfs },	    { "hd:", 3, KS_FROM_VOLUME, parse_volume },
	{ "cdrom:", 6, KS_FROM_MEDIUM, take_path }, { "file:", 5, KS_FROM_FILE, take_path },
	{ "/", 0, KS_FROM_FILE, parse_path },
};

static int parse_any(struct ks_place *s, const char *text, struct err *e)
{
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		const struct prefix *p = &prefixes[i];

		if (begins(text, p->text)) {
			s->scheme = p->scheme;
			return p->parse(s, text + p->skip, e);
		}
	}
	s->scheme = KS_FROM_FILE;
	if (*text && is_path(text))
		return parse_path(s, text, e);
	return err_set(e, -EINVAL,
		       "a kickstart comes by http://, https://, ftp://, post:, nfs:, hd:, cdrom: "
		       "or file:");
}

int ks_place_parse(const char *text, struct ks_place *s, struct err *e)
{
	char name[512];
	int ret;

	*s = (struct ks_place){ 0 };
	if (strlen(text) > KS_SOURCE_MAX)
		ret = err_set(e, -EINVAL, "more than %d bytes", KS_SOURCE_MAX);
	else
		ret = parse_any(s, text, e);
	if (ret == 0)
		return 0;
	ks_place_clear(s);
	return err_wrap(e, "%s", ks_source_name(text, name, sizeof(name)));
}

void ks_place_clear(struct ks_place *s)
{
	/* It may have a password. */
	if (s->url)
		explicit_bzero(s->url, strlen(s->url));
	free(s->url);
	free(s->server);
	free(s->options);
	free(s->device);
	free(s->path);
	*s = (struct ks_place){ 0 };
}
