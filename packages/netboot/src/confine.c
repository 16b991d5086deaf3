/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socle/cleanup.h"

/* Rights of files that each version of Landlock knows: all of them are handled. */
static uint64_t file_rights(long abi)
{
	static const unsigned int bits[] = { 0, 13, 14, 15, 15, 16 };
	size_t known = sizeof(bits) / sizeof(bits[0]);

	return (UINT64_C(1) << bits[(size_t)abi < known ? (size_t)abi : known - 1]) - 1;
}

static int allow(int ruleset, const char *folder, uint64_t rights, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct landlock_path_beneath_attr rule = { .allowed_access = rights };

	if (!folder)
		return 0;
	rule.parent_fd = fd = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 ||
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(e, -errno, "Landlock: %s", folder);
	return 0;
}

static int limit_files(const char *writable, const char *const readable[], size_t n, struct err *e)
{
	const uint64_t read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		       write = read | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
			       LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
			       LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_TRUNCATE;
	struct {
		uint64_t fs, net;
	} attr = { 0 };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	_cleanup_close_ int ruleset = -1;
	int ret;

	if (abi < 1)
		return 0;
	attr.fs = file_rights(abi);
	attr.net = 3; /* TCP: bind and connect; the socket that listens is there already */
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr,
			       abi >= 4 ? sizeof(attr) : sizeof(attr.fs), 0);
	if (ruleset < 0)
		return err_sys(e, -errno, "Landlock");
	ret = allow(ruleset, writable, write & attr.fs, e);
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = allow(ruleset, readable[i], read, e);
	if (ret == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		ret = err_sys(e, -errno, "Landlock");
	return ret;
}

/* Files of others: an operator's kickstarts, which only he may read. */
static int drop_capabilities(struct err *e)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct keep[2] = { 0 };

	keep[0].effective = keep[0].permitted = 1U << CAP_DAC_READ_SEARCH;
	for (int cap = 0; cap <= CAP_LAST_CAP; cap++)
		if (cap != CAP_DAC_READ_SEARCH && prctl(PR_CAPBSET_DROP, cap) < 0 &&
		    errno != EINVAL)
			return err_sys(e, -errno, "giving up privileges");
	if (syscall(SYS_capset, &head, keep) < 0)
		return err_sys(e, -errno, "giving up privileges");
	return 0;
}

int netboot_confine(const char *writable, const char *const readable[], size_t n, struct err *e)
{
	int ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, -errno, "giving up privileges");
	ret = limit_files(writable, readable, n, e);
	return ret < 0 ? ret : drop_capabilities(e);
}
