/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/landlock.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "socle/cleanup.h"

static const uint64_t read_rights = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
		      write_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG |
				     LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
				     LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_TRUNCATE;

/* What each version of Landlock knows; newer than the headers that this is compiled with. */
struct handled {
	uint64_t fs, net, scoped;
};

static size_t handled_of(long abi, bool alone, struct handled *h)
{
	static const unsigned int bits[] = { 0, 13, 14, 15, 15, 16 };
	size_t known = sizeof(bits) / sizeof(bits[0]);

	h->fs = (UINT64_C(1) << bits[(size_t)abi < known ? (size_t)abi : known - 1]) - 1;
	h->net = 3;		   /* TCP: bind and connect */
	h->scoped = alone ? 3 : 0; /* abstract sockets and signals */
	return abi >= 6	  ? sizeof(*h)
	       : abi >= 4 ? offsetof(struct handled, scoped)
			  : offsetof(struct handled, net);
}

static int allow(int ruleset, const struct landlock_folder *f, uint64_t handled, struct err *e)
{
	_cleanup_close_ int fd = -1;
	struct landlock_path_beneath_attr rule = { 0 };

	if (!f->path)
		return 0;
	rule.allowed_access = (f->write ? read_rights | write_rights : read_rights) & handled;
	rule.parent_fd = fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 ||
	    syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) < 0)
		return err_sys(e, -errno, "Landlock: %s", f->path);
	return 0;
}

int landlock_limit(const struct landlock_folder *folder, size_t n, bool alone, bool *done,
		   struct err *e)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	_cleanup_close_ int ruleset = -1;
	struct handled handled;
	size_t size;
	int ret = 0;

	*done = false;
	if (abi < 1)
		return 0;
	size = handled_of(abi, alone, &handled);
	ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, size, 0);
	if (ruleset < 0)
		return err_sys(e, -errno, "Landlock");
	for (size_t i = 0; ret == 0 && i < n; i++)
		ret = allow(ruleset, &folder[i], handled.fs, e);
	if (ret == 0 && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
		ret = err_sys(e, -errno, "Landlock");
	*done = ret == 0;
	return ret;
}
