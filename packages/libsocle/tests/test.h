/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every test of libsocle includes: cmocka and what it wants, and a folder
 * of its own to write to.
 */
#ifndef SOCLE_TEST_H
#define SOCLE_TEST_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "socle/proc.h"

/* Group set-up: a new folder becomes the working one; *state is its name. */
static inline int enter_folder(void **state)
{
	char name[] = "/tmp/socle-test-XXXXXX";

	if (!mkdtemp(name) || chdir(name) < 0)
		return -1;
	*state = strdup(name);
	return *state ? 0 : -1;
}

static inline int leave_folder(void **state)
{
	int ret = proc_cmd(NULL, "rm", "-rf", *state, NULL);

	free(*state);
	return ret;
}

#endif
