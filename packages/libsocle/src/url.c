/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/url.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Whether HOST or HOST:PORT is all there is up to the path; an IPv6 address has brackets. */
static bool is_plain(const char *authority, size_t len)
{
	const char *bracket = *authority == '[' ? memchr(authority, ']', len) : NULL;
	const char *from = bracket ? bracket : authority;
	const char *colon = memchr(from, ':', len - (size_t)(from - authority));

	return !colon || colon + 1 + strspn(colon + 1, "0123456789") == authority + len;
}

/* What follows user and password; authority is what follows "://". */
static const char *without_user(const char *authority)
{
	size_t len = strcspn(authority, "/?#"), before = strcspn(authority, "?");
	const char *at = memrchr(authority, '@', len);

	/* "http://a,http://u:p@b" */
	if (!is_plain(authority, len) || memmem(authority, before, "://", 3)) {
		at = memrchr(authority, '@', before);
		at = at ? at : strrchr(authority, '@');
	}
	return at ? at + 1 : authority;
}

size_t url_show(const char *text, char *buffer, size_t size)
{
	const char *scheme = strstr(text, "://");
	const char *host = scheme ? scheme + 3 : text;
	const char *rest = scheme ? without_user(host) : text;
	size_t len = scheme ? strcspn(rest, "?") : strlen(rest);

	return (size_t)snprintf(buffer, size, "%.*s%.*s%s", (int)(host - text), text, (int)len,
				rest, rest[len] ? "?..." : "");
}
