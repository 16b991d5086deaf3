/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader of included files (kickstart.h) for programs that run where the
 * kickstart file is, such as a checker: files of this machine, and no others.
 *
 *	struct ks_reader reader = ks_file_reader("/srv/ks/host1.ks");
 *
 * A relative name is looked up next to the file that includes it.  URLs are
 * -EPROTONOSUPPORT: who fetches those, wraps this reader.
 */
#ifndef KICKSTART_READER_H
#define KICKSTART_READER_H

#include "kickstart/kickstart.h"

/* path: of the kickstart file itself, "-" when it has none; it must outlive the reader. */
struct ks_reader ks_file_reader(const char *path);

#endif
