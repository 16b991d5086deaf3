/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every file of a corpus to its fuzz target, under the sanitizers.  Include cmocka before.
 */
#ifndef SOCLE_TEST_REPLAY_H
#define SOCLE_TEST_REPLAY_H

#include <dirent.h>
#include <stdio.h>

#include "socle/buf.h"
#include "socle/fs.h"

/* How many there were. */
static inline size_t replay(const char *folder, int (*target)(const uint8_t *data, size_t len))
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
		target((const uint8_t *)data.s, data.len);
		buf_clear(&data);
		n++;
	}
	closedir(dir);
	return n;
}

#endif
