/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confine.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

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

int netboot_confine(const struct landlock_folder *folder, size_t n, struct err *e)
{
	bool done;
	int ret;

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return err_sys(e, -errno, "giving up privileges");
	ret = landlock_limit(folder, n, false, &done, e);
	return ret < 0 ? ret : drop_capabilities(e);
}
