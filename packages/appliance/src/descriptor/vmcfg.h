/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that read a vm.cfg share.
 */
#ifndef VMCFG_H
#define VMCFG_H

#include "appliance/model.h"
#include "vmcfg_parse.h"

struct cfg {
	const char *name;
	struct vmcfg *keys;
	struct model *m;
	struct model_machine *vm;
	unsigned int line; /* of the key that is read */
	struct err *e;
};

/* Why something is dropped: "…, it REASON". */
#define PROGRAM	 "would run a program of this host"
#define HOSTFILE "would open a file of this host"
#define DEVICE	 "would give the guest a device of this host"
#define PASSWORD "is a password that others know"

/* The file's name of a path. */
const char *vmcfg_last_part(const char *path);

/* vmcfg_drop.c: a part of a disk or a vif is dropped, which is told. */
void vmcfg_drop(struct cfg *c, const char *what, const char *key, const char *value,
		const char *reason);

/* The same of a whole key, if nothing is done with it. */
void vmcfg_drop_key(struct cfg *c, const struct vmcfg_key *key);

/* vmcfg_disk.c: one entry of disk=[…]. */
int vmcfg_read_disk(struct cfg *c, const char *entry);

#endif
