/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where something comes from or goes to, and what it must be.
 */
#include <string.h>

#include "types.h"
#include "types_parts.h"

/* "busybox" is what ESXi calls its shell. */
static bool valid_program(const char *s)
{
	return (valid_path(s) && !strchr(s, ' ')) || strcmp(s, "busybox") == 0;
}

static bool has_scheme(const char *s, const char *const *schemes)
{
	for (; *schemes; schemes++)
		if (strncasecmp(s, *schemes, strlen(*schemes)) == 0 && s[strlen(*schemes)])
			return true;
	return false;
}

static bool valid_url(const char *s)
{
	static const char *const schemes[] = { "http://",  "https://", "ftp://", "nfs:",
					       "file:///", "nfs://",   NULL };

	return has_scheme(s, schemes) && valid_word(s);
}

static bool valid_web(const char *s)
{
	static const char *const schemes[] = { "http://", "https://", "file:///", NULL };

	return has_scheme(s, schemes);
}

static bool valid_source(const char *s)
{
	return valid_path(s) || valid_url(s);
}

static bool valid_sha256(const char *s)
{
	return strlen(s) == 64 && text_only(s, DIGITS "abcdefABCDEF");
}

/* "64 digits", with colons or without, or as curl writes it. */
static bool valid_pin(const char *s)
{
	size_t digits = 0;

	if (strncmp(s, "sha256//", 8) == 0)
		return strlen(s) == 52 && text_only(s + 8, ALNUM "+/=");
	for (; *s; s++)
		if (*s != ':' || !digits || digits % 2 || s[-1] == ':')
			digits += strchr(DIGITS "abcdefABCDEF", *s) ? 1 : 1000;
	return digits == 64;
}

/* What may be in braces in it. */
static bool valid_template(const char *s)
{
	static const char *const names[] = { "{mac}", "{serial}", "{uuid}", "{hostname}",
					     "{event}" };

	for (s = strchr(s, '{'); s; s = strchr(s + 1, '{')) {
		bool known = false;

		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
			known |= strncmp(s, names[i], strlen(names[i])) == 0;
		if (!known)
			return false;
	}
	return true;
}

static bool valid_webhook(const char *s)
{
	size_t n = strncmp(s, "http://", 7) == 0 ? 7 : strncmp(s, "https://", 8) == 0 ? 8 : 0;

	return n && s[n] && s[n] != '/' && strlen(s) < 2048 && valid_word(s) && !strchr(s, ' ') &&
	       valid_template(s);
}

static bool valid_event(const char *s)
{
	static const char *const names[] = { "start", "planned", "step",  "progress",
					     "done",  "failed",	 "bundle" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(s, names[i]) == 0)
			return true;
	return false;
}

/* A URL, "post:URL", "hd:DEVICE:/FOLDER/" or a path. */
static bool valid_bundle(const char *s)
{
	if (strncmp(s, "post:", 5) == 0)
		return valid_webhook(s + 5);
	if (strncmp(s, "hd:", 3) == 0) {
		const char *path = strstr(s, ":/");

		return path && path > s + 3 && valid_word(s) && !has_dotdot(path) &&
		       valid_template(s);
	}
	return valid_webhook(s) || (valid_path(s) && valid_template(s));
}

const struct ks_type
	type_program = { "the absolute path of a program", "PROGRAM", NULL, valid_program, false },
	type_url = { "a URL", "URL", NULL, valid_url, false },
	type_web = { "a URL of http, https or file", "URL", NULL, valid_web, true },
	type_source = { "a URL or an absolute path", "URL|FILE", NULL, valid_source, true },
	type_pin = { "a SHA-256 of 64 hexadecimal digits, or sha256// and base64", "SHA256", NULL,
		     valid_pin, true },
	type_webhook = { "a URL of http or https, in which {mac}, {serial}, {uuid}, {hostname} and "
			 "{event} may stand",
			 "URL", NULL, valid_webhook, true },
	type_events = { "start, planned, step, progress, done, failed or bundle", "EVENT,...", ",",
			valid_event, true },
	type_bundle = { "a URL, post:URL, hd:DEVICE:/FOLDER/ or an absolute path", "PLACE", NULL,
			valid_bundle, true },
	type_sha256 = { "a SHA-256 of 64 digits", "SHA256", NULL, valid_sha256, true };
