/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The decoding process: decode.c takes the package apart, decode_open.c opens a disk of it,
 * decode_target.c brings the disk to where it goes, decode_talk.c speaks with the parent.
 */
#ifndef APPLIANCE_DECODE_PRIVATE_H
#define APPLIANCE_DECODE_PRIVATE_H

#include <pthread.h>

#include "appliance/convert.h"
#include "decode.h"
#include "input/streams.h"

/* A part of a disk in several files, on the target's storage. */
struct kept {
	char *name; /* of the member */
	int fd;
	uint64_t size; /* bytes; a block device has more */
};

struct decoder {
	const struct decode *o;
	struct input_dir dir; /* the parent opens what it is asked for */
	int channel;
	pthread_mutex_t lock; /* of the channel */
	struct package *p;
	bool *wanted, *seen; /* by file; NULL before the model */
	char **early;	     /* names of disks that came before the model, by volume */
	int *volumes;
	size_t n_early;
	struct kept *kept;
	size_t n_kept;
	struct input_dir kept_dir; /* the kept ones beside kept_for */
	const char *kept_for;
	int64_t told;
};

/* A message that is not answered. */
int decoder_tell(struct decoder *d, json_t *message, struct err *e);

/* A question.  fd: of what came with the answer; NULL when nothing does. */
int decoder_ask(struct decoder *d, json_t *question, json_t **reply, int *fd, struct err *e);

struct input *decoder_dir_open(struct input_dir *dir, const char *name, struct err *e);
void decoder_progress(void *ctx, uint64_t done, uint64_t total, uint64_t read);

/* A disk on its way: the image, and what reads the part's bytes for their sum meanwhile. */
struct disk {
	const struct package_part *part;
	struct image *img; /* NULL when it was kept */
	bool by_sum;	   /* a thread reads part->in to its end */
	pthread_t summer;
	int sum_result;
	struct err sum_error;
};

/* The model's disk in a file of it, or NULL. */
const struct model_disk *decoder_disk_of(const struct decoder *d, size_t file);

/* Whether a name ends in that, in any case. */
bool disk_named(const char *name, const char *suffix);

/* What the descriptor says is raw stays raw, whatever the guest has written into it. */
const struct image_format *disk_pinned(const struct decoder *d, size_t file, const char *name);

/* In order where the format allows it, so that what is decoded is what was summed. */
int disk_open(struct decoder *d, struct disk *k, struct err *e);
int disk_open_at_random(struct decoder *d, const struct package_part *part,
			const struct image_format *pin, struct image **img, struct err *e);
/* A part that no machine has, for those that may be differences to it. */
int disk_keep(struct decoder *d, const struct package_part *part, struct err *e);
int disk_end_sum(struct disk *k, struct err *e);

/* What is read at random and comes in order goes to the storage of the target; *fd: there. */
int disk_spool(struct decoder *d, const char *name, struct input *in, int *fd, struct err *e);

/* Whether a member is a part of a disk in several files, by its name or by its first bytes. */
bool kept_by_name(const char *name);
bool kept_as_parent(const char *name);
bool kept_by_contents(struct input *in);
int kept_add(struct decoder *d, const char *name, struct input *in, struct err *e);

/* A file of the model that was kept: 1 when it was opened, 0 when it was not kept. */
int kept_open(struct decoder *d, size_t file, struct image **img, struct err *e);
void kept_clear(struct decoder *d);

/* All of an open disk to where it goes. */
int disk_import(struct decoder *d, struct disk *k, struct err *e);
int disk_tell(struct decoder *d, const struct disk *k, json_int_t volume, const struct boot *b,
	      struct err *e);

#endif
