/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of ks_request_read(): a source taken apart, and who reads which.
 */
#ifndef KS_PLACE_H
#define KS_PLACE_H

#include "installer/ks_source.h"

enum ks_scheme {
	KS_FROM_URL,
	KS_FROM_POST,
	KS_FROM_NFS,
	KS_FROM_VOLUME,
	KS_FROM_MEDIUM,
	KS_FROM_FILE,
};

/* What is not of the scheme is NULL. */
struct ks_place {
	enum ks_scheme scheme;
	char *url;     /* KS_FROM_URL, KS_FROM_POST */
	char *server;  /* KS_FROM_NFS: a name or an address, an IPv6 one in brackets */
	char *options; /* KS_FROM_NFS: for mount, or NULL */
	char *device;  /* KS_FROM_VOLUME: a path, or TAG=VALUE */
	char *path;    /* of the file there; absolute but for KS_FROM_FILE */
};

/* Take a source apart; s needs no initialising.  -EINVAL with what is wrong. */
int ks_place_parse(const char *text, struct ks_place *s, struct err *e) __must_check;
void ks_place_clear(struct ks_place *s); /* idempotent */

/*
 * Repeat until it returns something else than -EAGAIN or the request's time is
 * over (-ETIMEDOUT).  try gets the seconds that are left, at least 1.
 */
typedef int ks_try(void *ctx, unsigned int left, struct err *e);
int ks_retry(const struct ks_request *r, ks_try *try, void *ctx, struct err *e) __must_check;

/* Tell the one who waits. */
void ks_note(const struct ks_request *r, const char *fmt, ...) __format(2, 3);

/* ks_fetch.c: KS_FROM_URL and KS_FROM_POST. */
int ks_fetch(const struct ks_request *r, const struct ks_place *s, struct buf *out,
	     struct err *e) __must_check;

/* ks_nfs.c: KS_FROM_NFS. */
int ks_nfs_read(const struct ks_request *r, const struct ks_place *s, struct buf *out,
		struct err *e) __must_check;

/* ks_volume.c: KS_FROM_VOLUME, KS_FROM_MEDIUM. */
int ks_volume_read(const struct ks_request *r, const struct ks_place *s, struct buf *out,
		   struct err *e) __must_check;
int ks_medium_read(const struct ks_place *s, struct buf *out, struct err *e) __must_check;

/*
 * /ks.cfg of the one volume labelled OEMDRV or SOCLE-KS that has it; -ENOENT
 * when none does.  found becomes its source, "hd:/dev/sdb1:/ks.cfg".
 */
int ks_labelled_read(char **found, struct buf *out, struct err *e) __must_check;

/* ks_mount.c: read a file of a file system that is mounted for that time only. */
struct ks_mount {
	const char *device, *type, *data;
	/* The program that mounts the type, with the options data; NULL: the kernel does. */
	const char *helper;
	unsigned int seconds; /* for the helper */
};
int ks_mount_read(const struct ks_mount *m, const char *path, struct buf *out,
		  struct err *e) __must_check;

/* A regular file below a folder, links resolved as if the folder were the root. */
int ks_read_under(const char *folder, const char *path, struct buf *out,
		  struct err *e) __must_check;

/* ks_dhcp.c: the source that DHCP names; -ENOENT when it answers without one. */
int ks_dhcp_ask(const struct ks_request *r, char **source, struct err *e) __must_check;

#endif
