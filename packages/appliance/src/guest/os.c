/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os.h"

#include <string.h>

static const struct {
	unsigned int id;
	enum os_family family;
	unsigned int bits;
} ids[] = {
	{ 29, OS_SOLARIS, 0 },	 { 30, OS_SOLARIS, 0 },	 { 36, OS_LINUX, 0 },
	{ 41, OS_BSD, 0 },	 { 42, OS_BSD, 32 },	 { 43, OS_BSD, 0 },
	{ 58, OS_WINDOWS, 32 },	 { 67, OS_WINDOWS, 32 }, { 69, OS_WINDOWS, 32 },
	{ 70, OS_WINDOWS, 64 },	 { 71, OS_WINDOWS, 64 }, { 72, OS_WINDOWS, 32 },
	{ 73, OS_WINDOWS, 32 },	 { 74, OS_WINDOWS, 64 }, { 76, OS_WINDOWS, 32 },
	{ 77, OS_WINDOWS, 64 },	 { 78, OS_BSD, 64 },	 { 79, OS_LINUX, 32 },
	{ 80, OS_LINUX, 64 },	 { 81, OS_SOLARIS, 64 }, { 82, OS_LINUX, 32 },
	{ 83, OS_LINUX, 64 },	 { 84, OS_LINUX, 32 },	 { 85, OS_LINUX, 64 },
	{ 89, OS_LINUX, 32 },	 { 90, OS_LINUX, 64 },	 { 93, OS_LINUX, 32 },
	{ 94, OS_LINUX, 64 },	 { 95, OS_LINUX, 32 },	 { 96, OS_LINUX, 64 },
	{ 97, OS_LINUX, 32 },	 { 98, OS_LINUX, 64 },	 { 99, OS_LINUX, 32 },
	{ 100, OS_LINUX, 64 },	 { 101, OS_LINUX, 64 },	 { 102, OS_UNKNOWN, 64 },
	{ 103, OS_WINDOWS, 64 }, { 105, OS_WINDOWS, 0 }, { 106, OS_LINUX, 32 },
	{ 107, OS_LINUX, 64 },	 { 108, OS_LINUX, 32 },	 { 109, OS_LINUX, 64 },
};

static const struct {
	const char *text;
	enum os_family family;
	bool grub2_folder;
} names[] = {
	{ "windows", OS_WINDOWS, false }, { "win2k", OS_WINDOWS, false },
	{ "freebsd", OS_BSD, false },	  { "netbsd", OS_BSD, false },
	{ "openbsd", OS_BSD, false },	  { "solaris", OS_SOLARIS, false },
	{ "ubuntu", OS_LINUX, false },	  { "debian", OS_LINUX, false },
	{ "alpine", OS_LINUX, false },	  { "centos", OS_LINUX, true },
	{ "rhel", OS_LINUX, true },	  { "red hat", OS_LINUX, true },
	{ "redhat", OS_LINUX, true },	  { "oracle", OS_LINUX, true },
	{ "rocky", OS_LINUX, true },	  { "alma", OS_LINUX, true },
	{ "fedora", OS_LINUX, true },	  { "suse", OS_LINUX, true },
	{ "sles", OS_LINUX, true },	  { "photon", OS_LINUX, false },
	{ "linux", OS_LINUX, false },
};

static void by_text(const char *text, struct os *os)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcasestr(text, names[i].text))
			continue;
		if (os->family == OS_UNKNOWN)
			os->family = names[i].family;
		os->grub2_folder = os->family == OS_LINUX && names[i].grub2_folder;
		break;
	}
	os->arm = strcasestr(text, "aarch64") || strcasestr(text, "arm64") ||
		  strcasestr(text, "armv");
	if (!os->bits)
		os->bits = strstr(text, "64")				    ? 64
			   : strstr(text, "i386") || strstr(text, "32-bit") ? 32
									    : 0;
}

struct os os_of(const struct model_machine *m)
{
	struct os os = { 0 };

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		if (m->os_id != ids[i].id)
			continue;
		os.family = ids[i].family;
		os.bits = ids[i].bits;
	}
	by_text(m->os, &os);
	os.no_pv = m->os_id == 97 || m->os_id == 98 || strcasestr(m->os, "2.4");
	/* Oracle VM says it in the type of its hardware only. */
	if (os.family == OS_UNKNOWN)
		by_text(m->hardware, &os);
	return os;
}
