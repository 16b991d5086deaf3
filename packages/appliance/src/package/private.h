/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of package.h share.
 */
#ifndef APPLIANCE_PACKAGE_PRIVATE_H
#define APPLIANCE_PACKAGE_PRIVATE_H

#include "appliance/manifest.h"
#include "appliance/package.h"
#include "container.h"
#include "input/streams.h"

enum { CHUNK_DIGITS = 9, PACKAGE_NAMES_MAX = 4096 };

/* A text that was read whole. */
struct text {
	char *name;
	struct buf text;
};

struct member {
	char *name;
	struct digests sums;
};

struct package {
	struct container *c;
	char *name;		   /* for messages */
	struct input_dir *outside; /* given at open */
	struct input_dir dir;	   /* given out by package_dir() */
	char *option;
	enum model_compression packing;
	struct model *model;
	struct text descriptor, manifest, cert;
	struct manifest *sums;	 /* the manifest, read; also ahead of its turn */
	char *folder;		 /* of the descriptor within the package: "" or "x/" */
	struct member **members; /* as they were read */
	size_t n_members;
	/* The member that comes next, when it was fetched already. */
	char *next_name;
	struct input *next_in;
	bool ended;
	bool lone_disk; /* the last member that came before a descriptor can be a disk */
	/* The part that is out. */
	struct input *part_in;
	char *part_name, *part_href;
};

/* The next member, hashed: 1, 0 at the end.  name stays the package's. */
int package_member(struct package *p, const char **name, struct input **in, struct err *e);
void package_unread(struct package *p, const char *name, struct input *in);

/* The file of the model with that href, or with that one as a chunk. MODEL_NONE. */
size_t package_file_named(const struct package *p, const char *name, unsigned long *chunk);

/*
 * References that are URIs ("my%20disk.vmdk") are called as their files are: when the
 * descriptor has been read, by what is there; later, by what comes.
 */
int package_settle_hrefs(struct package *p, struct err *e);
int package_meet(struct package *p, const char *name, struct err *e);

/* "disk.vmdk.000000003": 3 and the length before the dot; false for other names. */
bool package_chunk_of(const char *name, size_t *len, unsigned long *no);

/* The rest of a chunked file, the first chunk being open: an input of all in order.  Owns in. */
struct input *package_chain(struct package *p, const char *name, struct input *in, struct err *e);

/* The part of a member's name that the descriptor and the manifest use. */
const char *package_href(const struct package *p, const char *name);

/* Whether a member is a chunk of the XVA's disk of that reference. */
bool package_xva_file(const char *href, const char *name);

/* All of such a disk, "in" being the member "name" of it, which was fetched last.  Owns in. */
struct input *package_xva_disk(struct package *p, const char *href, uint64_t size, const char *name,
			       struct input *in, struct err *e);

/* The model of a disk alone: one file of that name, one disk and one machine. */
int package_model_of_disk(struct package *p, const char *name, struct err *e);

/* Read the descriptor of that kind. */
int package_read_descriptor(struct package *p, const char *name, enum model_kind kind,
			    struct input *in, struct err *e);
bool package_descriptor_kind(const char *name, enum model_kind *kind);

#endif
