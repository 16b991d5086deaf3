/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan: everything an installation will do, before it does any of it.
 *
 * plan_make() is a pure function of facts, answers and image: no I/O, no clock,
 * no random numbers.  Whatever looks random (GUIDs, UUIDs, volume numbers) is
 * derived from the identity of the machine and of the disk, so the same inputs
 * give the same plan, and the same hash, on any machine.
 *
 * A plan is an ordered list of operations.  Each has a name, a sentence for
 * people, and typed arguments as JSON, which are all the executor gets; only
 * secrets (passwords, scripts) stay in the answers and are referred to by their
 * line.  What determines them in the hash is the kickstart file's SHA-256.
 *
 * A plan that cannot be made safely is refused: exactly one disk must be left
 * by the answers, or two of which a mirror was asked for, none may be the boot
 * medium, and what lies on them must have been given up expressly.
 */
#ifndef INSTALLER_PLAN_H
#define INSTALLER_PLAN_H

#include <jansson.h>
#include <stddef.h>

#include "installer/facts.h"
#include "installer/image.h"
#include "kickstart/answers.h"
#include "socle/buf.h"
#include "socle/err.h"
#include "socle/fs.h"

enum { PLAN_VERSION = 1, PLAN_DISKS_MAX = 64 /* that one install writes to */ };

/* The smallest disk, in bytes; one of exactly this size will do. */
#define PLAN_DISK_MIN (16ULL << 30)

struct op_kind; /* one row of the table of operations, see src/op.h */

struct plan_op {
	const struct op_kind *kind;
	char *sentence;
	json_t *args;
};

/* A disk that was considered; why is NULL when it could be taken. */
struct plan_candidate {
	const struct fact_disk *disk;
	char *why;
};

struct plan {
	const struct fact_disk *disk; /* the one to be installed to, or the first of a pair */
	/* All that are written to: that one, the other of a pair, then those for data alone. */
	const struct fact_disk *disks[PLAN_DISKS_MAX];
	size_t disk_count;
	size_t system_count; /* how many of them the system is on: 1, or 2 of a pair */
	json_t *head;	     /* all but the operations: versions, machine, disk, layout */
	struct plan_op *ops;
	size_t op_count;
	struct fact_strings warnings;
	/* All disks of the facts; also there when the plan was refused. */
	struct plan_candidate *candidates;
	size_t candidate_count;
	char hash[SHA256_HEX];
	/*
	 * What is wanted, without what the machine has on its disks, as a SHA-256; and
	 * the installation on one of the disks in which exactly that was done, or NULL.
	 * Neither is in the plan's hash.
	 */
	char intent[SHA256_HEX];
	const struct fact_installed *done;
};

#define PLAN_INIT ((struct plan){ 0 })

void plan_clear(struct plan *p); /* idempotent */

/*
 * Make the plan.  p: initialised by the caller, who clears it, also after an
 * error; it points into facts, which must outlive it.
 *
 * An image without files is accepted, for a look at the plan where there is no
 * medium: the plan says so, and its hash is not that of the server.
 *
 * Returns 0; -EPERM when it is refused, e says why in one line, starting with
 * the kickstart line concerned ("line 12: …") if there is one; another negative
 * errno when it could not be made.
 */
int plan_make(const struct facts *facts, const struct answers *answers, const struct image *image,
	      struct plan *p, struct err *e) __must_check;

/* Text of at most 80 columns for people: the disk, what is lost, the steps. */
void plan_print(const struct plan *p, struct buf *out);

/* The disks that are written to: "/dev/sda", "/dev/sda and /dev/sdb". */
void plan_disks(const struct plan *p, struct buf *out);

/* One sentence on the state of the disks after a failed install that has written to them. */
void plan_print_broken(const struct plan *p, struct buf *out);

/* "REFUSED: …", the table of disks with why each cannot be taken, "No disk was changed." */
void plan_print_refusal(const struct plan *p, const struct err *why, struct buf *out);

/* The same: {"refused", "disks": [{"name", "path", …, "why"}]}, why is "" of what could be taken.
 */
json_t *plan_refusal_json(const struct plan *p, const struct err *why);

/* All of the plan, with its hash; a new reference, NULL when memory is exhausted. */
json_t *plan_json(const struct plan *p);

/*
 * SHA-256 in hexadecimal of the plan's canonical JSON (compact, keys sorted,
 * without the hash itself).  People compare its first 16 digits.
 */
const char *plan_hash(const struct plan *p);

#endif
