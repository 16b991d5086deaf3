/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a bundle goes.
 */
#ifndef INSTALLER_BUNDLE_PLACE_H
#define INSTALLER_BUNDLE_PLACE_H

#include "bundle.h"

/* Bring the file to its target; where is filled also after an error. */
int bundle_bring(const char *path, const struct bundle_target *target,
		 const struct send_names *names, char where[PATH_MAX], struct err *e) __must_check;

#endif
