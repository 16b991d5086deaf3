/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every file of a folder to the fuzz target that is included before.
 */
#ifndef INSTALLER_TESTS_REPLAY_H
#define INSTALLER_TESTS_REPLAY_H

#include <dirent.h>

#include "helper.h"

static inline size_t replay(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *d;
	size_t n = 0;

	assert_non_null(dir);
	while ((d = readdir(dir))) {
		struct buf data = BUF_INIT;
		char path[512];

		if (d->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, d->d_name);
		assert_int_equal(fs_read(path, 1 << 20, &data, NULL), 0);
		LLVMFuzzerTestOneInput((const uint8_t *)data.s, data.len);
		buf_clear(&data);
		n++;
	}
	closedir(dir);
	return n;
}

#endif
