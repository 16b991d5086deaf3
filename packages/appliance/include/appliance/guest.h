/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A machine of a package as a guest of this host.
 *
 * guest_plan() is a pure function: the model, what was found on the disks and
 * the administrator's answers give a struct guest, with the reason of each
 * decision and what stands in the way of its start.  It can be printed
 * (guest_json(), guest_xl()) before anything is imported.  guest_commit() makes
 * it real: seed ISO, record, and last the configuration, which makes the guest
 * visible.
 *
 * Of the values of properties only those that are no passwords are ever in
 * JSON, messages or the configuration.
 */
#ifndef APPLIANCE_GUEST_H
#define APPLIANCE_GUEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "appliance/boot.h"
#include "appliance/model.h"
#include "socle/buf.h"
#include "socle/err.h"

enum { GUEST_NAME_MAX = 63 };

struct guest_pair { /* both sides outlive the answers */
	const char *key, *value;
};

/* What the administrator says.  All zeros: everything by the package and the rules. */
struct guest_answers {
	const char *name;		   /* NULL: from the package */
	enum model_virt type;		   /* VIRT_UNKNOWN: by the rules */
	enum model_firmware firmware;	   /* FIRMWARE_UNKNOWN: by the rules */
	unsigned int cpus;		   /* 0: from the package */
	uint64_t memory;		   /* bytes; 0: from the package */
	const char *bridge;		   /* of networks that are not mapped; NULL: "xenbr0" */
	const struct guest_pair *networks; /* network's name in the package -> bridge */
	size_t n_networks;
	const struct guest_pair *properties; /* key -> value, see properties.h */
	size_t n_properties;
	bool keep_mac;	       /* the package's addresses; else made from name and host */
	const char *host;      /* what tells this host from others: its machine-id; NULL: "" */
	const char *source;    /* where the package came from, without credentials, for a comment */
	const char *hostname;  /* for cloud-init; NULL: the property's, or the name */
	const char *ssh_keys;  /* lines of public keys for cloud-init, NULL */
	const char *user_data; /* cloud-init's user-data, NULL: made from the properties */
};

/* Where the contents of a disk or a medium are, or will be, on this host. */
struct guest_volume {
	const char *path;   /* absolute; NULL: this one is not imported, the machine lacks it */
	const char *format; /* "raw" or "qcow2": pinned, never probed */
	const struct boot *boot; /* what was found on it, NULL when nobody has looked */
};

struct guest_storage {
	const struct guest_volume *disks; /* one for each of model.disks */
	size_t n_disks;
	const struct guest_volume
		*files; /* one for each of model.files, of media and kernels; or NULL */
	size_t n_files;
	const char *dir; /* guest_dirs.state/NAME, where its seed ISO is put; absolute */
};

enum guest_start {
	GUEST_START_FIRMWARE, /* by its disk's boot loader */
	GUEST_START_KERNEL,   /* kernel and ramdisk are files of dom0 */
	GUEST_START_PVGRUB,   /* GRUB, run inside the guest, reads the guest's grub.cfg */
};

enum guest_severity { GUEST_NOTE, GUEST_WARNING, GUEST_FATAL }; /* fatal: it will not start */

struct guest_problem {
	enum guest_severity severity;
	const char *id; /* stable, for scripts: "no-boot-loader" */
	char *text;
};

struct guest_disk {
	char vdev[8]; /* "xvda", "hda" */
	char *path;   /* "" for an empty drive */
	char format[8];
	bool cdrom, readonly;
	size_t disk; /* of the model, MODEL_NONE for media */
};

struct guest_nic {
	char mac[18];
	char *bridge;
	char model[20]; /* what is emulated for HVM: "e1000", "rtl8139" */
	size_t network; /* of the model, MODEL_NONE */
};

struct guest {
	char *name;
	char uuid[37];
	enum model_virt type;	      /* never VIRT_UNKNOWN */
	enum model_firmware firmware; /* of HVM */
	enum guest_start start;
	char *why; /* of type, firmware and start, a sentence */
	char *kernel, *ramdisk, *cmdline;
	unsigned int cpus;
	uint64_t memory; /* bytes, whole MiB */
	bool ahci;	 /* HVM: disks hang on AHCI instead of IDE */
	bool viridian;	 /* HVM: Windows */
	struct guest_disk *disks;
	size_t n_disks;
	struct guest_nic *nics;
	size_t n_nics;
	struct guest_problem *problems;
	size_t n_problems;
	char *origin;	/* "Oracle Linux 8.4, from http://h/ol8.ova", for a comment */
	json_t *values; /* key -> value of all properties, passwords too: never printed */
	json_t *secret; /* keys whose values are passwords */
	json_t *cloud;	/* hostname, ssh_keys, user_data as answered */
	char *seed;	/* path of the seed ISO, "" when the guest needs none */
};

/*
 * machine: index of m->machines.  -EINVAL names the answer that is wrong (a
 * property's value, an unknown network); what only keeps the guest from starting
 * is a problem of the plan instead.
 */
int guest_plan(const struct model *m, size_t machine, const struct guest_answers *a,
	       const struct guest_storage *s, struct guest **g, struct err *e) __must_check;

void guest_free(struct guest *g); /* NULL is fine */

/* The plan for people's programs, without passwords: a new reference. */
json_t *guest_json(const struct guest *g);

/* The configuration in xl.cfg(5)'s language, byte by byte the same for the same plan. */
int guest_xl(const struct guest *g, struct buf *out, struct err *e) __must_check;

/* The first fatal problem, or NULL. */
const struct guest_problem *guest_fatal(const struct guest *g);

/* Folders of a host's guests. */
struct guest_dirs {
	const char *config; /* NAME.cfg: "/etc/xen" */
	const char *state;  /* NAME/: seed and record; "/var/lib/socle/guests" */
};

extern const struct guest_dirs guest_dirs_host;

/* Whether a name is free and well-formed; -EEXIST, -EINVAL with the reason. */
int guest_name_free(const struct guest_dirs *d, const char *name, struct err *e) __must_check;

/* A name for a machine from the package, made of what names may have; the caller frees it. */
char *guest_name_of(const struct model *m, size_t machine);

/*
 * Write the seed ISO, the record NAME/guest.json and last NAME.cfg.  owned: paths
 * that go with the guest when it is destroyed, NULL-terminated.  A guest of that
 * name is -EEXIST; on any failure nothing stays behind.
 */
int guest_commit(const struct guest *g, const struct guest_dirs *d, const char *const *owned,
		 struct err *e) __must_check;

#endif
