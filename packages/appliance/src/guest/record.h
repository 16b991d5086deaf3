/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of a guest, and its record NAME/guest.json: what the configuration
 * cannot hold.  Its members: name, uuid, origin, owned (paths that go when the
 * guest is destroyed), properties with their values, secret (keys of those that
 * are passwords), cloud, and parent (the guest whose disks lie under its own).
 */
#ifndef GUEST_RECORD_H
#define GUEST_RECORD_H

#include "appliance/guest.h"

struct guest_paths {
	char *config, *dir, *record, *seed;
};

int guest_paths(const struct guest_dirs *d, const char *name, struct guest_paths *p,
		struct err *e) __must_check;
void guest_paths_clear(struct guest_paths *p);
#define _cleanup_paths_ __attribute__((cleanup(guest_paths_clear)))

int record_write(const struct guest_paths *p, const json_t *record, struct err *e) __must_check;

/* The record of a guest; NULL when it has none, or none that can be read. */
json_t *record_read(const struct guest_paths *p);

/* guest_commit() with a configuration and a record that are there already. */
int guest_commit_text(const struct guest *g, const struct guest_dirs *d, const char *text,
		      const json_t *record, struct err *e) __must_check;

/* Take away what guest_commit() has written. */
void guest_forget(const struct guest_paths *p);

#endif
