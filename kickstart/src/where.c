/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mount points of one's own.  The root of a host is an image that is only read;
 * what can be written, and so have new folders, lies on the state volume.
 */
#include <string.h>

#include "kickstart/answers.h"

/* In the slots, on the ESP or on the state volume. */
static const char *const ours[] = {
	"/",	     "/boot",	 "/boot/efi",  "/efi",		 "biosboot", "prepboot",
	"appleboot", "/usr",	 "/usr/local", "/etc",		 "/root",    "/tmp",
	"/var",	     "/var/tmp", "/var/log",   "/var/log/audit",
};

static const char *const parents[] = { "/srv", "/opt", "/home", "/var" };

static bool is_name(const char *mount)
{
	return strcmp(mount, "swap") == 0 || strcmp(mount, "none") == 0 ||
	       strncmp(mount, "pv.", 3) == 0 || strncmp(mount, "raid.", 5) == 0;
}

/* No "..", no white space, which fstab would have to escape. */
static bool is_clean(const char *mount)
{
	return !strstr(mount, "/.") && !strstr(mount, "//") && !strpbrk(mount, " \t\n\\\"'") &&
	       mount[strlen(mount) - 1] != '/' && strlen(mount) < 200;
}

enum ks_where ks_where_of(const char *mount)
{
	if (is_name(mount))
		return KS_WHERE_DATA;
	for (size_t i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (strcmp(mount, ours[i]) == 0)
			return KS_WHERE_OURS;
	for (size_t i = 0; i < sizeof(parents) / sizeof(parents[0]); i++) {
		size_t len = strlen(parents[i]);

		if (strncmp(mount, parents[i], len) == 0 && (!mount[len] || mount[len] == '/') &&
		    is_clean(mount))
			return KS_WHERE_DATA;
	}
	return KS_WHERE_NONE;
}
