/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "appliance/input.h"
#include "socle/cleanup.h"
#include "socle/fs.h"
#include "store_private.h"

#define HIDDEN ".import-"
#define LOCK   ".import.lock"

const struct store_pool store_pool_host = {
	.group = "socle",
	.pool = "guests",
	.devices = "/dev/socle",
	.state = "/var/lib/socle/appliance",
	.dirs = { .config = "/etc/xen", .state = "/var/lib/socle/guests" },
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path) == 0 || errno == ENOENT ? 0 : -1;
}

int store_remove_tree(const char *path, struct err *e)
{
	if (nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
		return 0;
	return err_sys(e, -errno, "%s", path);
}

static void clear_volumes(struct store *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->volumes[i].guest);
		free(s->volumes[i].what);
		free(s->volumes[i].format);
		free(s->volumes[i].path);
		free(s->volumes[i].hidden);
	}
	free(s->volumes);
	s->volumes = NULL;
	s->n = 0;
}

/* A lock that ends with the process; -EBUSY when another one has it. */
static int lock_file(const char *folder, const char *name, bool wait, int *fd, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	_cleanup_close_ int own = -1;

	if (asprintf(&path, "%s/%s", folder, name) < 0) {
		path = NULL;
		return err_sys(e, -ENOMEM, "%s", folder);
	}
	own = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (own < 0)
		return err_sys(e, -errno, "%s", path);
	if (flock(own, LOCK_EX | (wait ? 0 : LOCK_NB)) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : err_sys(e, -errno, "%s", path);
	*fd = take_fd(own);
	return 0;
}

static void lock_name(const struct store *s, char path[4096])
{
	snprintf(path, 4096, "%s/" LOCK, s->dir);
}

/*
 * One at a time begins or cleans in this storage.  The lock's file goes with the lock, as in
 * a folder of guests there should be nothing else: who waited for one that is gone tries again.
 */
static int be_alone(const struct store *s, int *fd, struct err *e)
{
	struct stat own, now;
	char path[4096];

	lock_name(s, path);
	for (;;) {
		int r = lock_file(s->dir, LOCK, true, fd, e);

		if (r < 0)
			return r;
		if (fstat(*fd, &own) == 0 && stat(path, &now) == 0 && own.st_ino == now.st_ino)
			return 0;
		close(*fd);
	}
}

static void not_alone(const struct store *s, int fd)
{
	char path[4096];

	lock_name(s, path);
	unlink(path);
	close(fd);
}

/* What a guest's name and a volume's may be: a file's and an LVM volume's alike. */
static bool plain(const char *name)
{
	return *name && *name != '.' && *name != '-' && strlen(name) <= GUEST_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-+") ==
		       strlen(name);
}

struct volume *store_new_volume(struct store *s, const char *guest, const char *what,
				const char *format, struct err *e)
{
	struct volume *more = NULL, *v;

	if (!plain(guest) || !plain(what))
		err_set(e, -EINVAL, "%s: %s: not a name for a volume", guest, what);
	else if (s->n == STORE_VOLUMES_MAX)
		err_set(e, -E2BIG, "more than %d volumes", (int)STORE_VOLUMES_MAX);
	else if (!(more = realloc(s->volumes, (s->n + 1) * sizeof(*more))))
		err_sys(e, -ENOMEM, "%s", guest);
	if (!more)
		return NULL;
	s->volumes = more;
	v = &s->volumes[s->n++];
	*v = (struct volume){ .guest = strdup(guest),
			      .what = strdup(what),
			      .format = strdup(format) };
	if (v->guest && v->what && v->format && s->kind->names(s, v) == 0)
		return v;
	err_sys(e, -ENOMEM, "%s", guest);
	return NULL;
}

/* Everything that the import has made, in quarantine or out of it; the last first. */
static int undo(struct store *s, struct err *e)
{
	int r = 0;

	for (size_t i = s->n; r == 0 && i-- > 0;)
		if (!s->volumes[i].dropped)
			r = s->kind->remove(s, &s->volumes[i], e);
	return r == 0 ? store_remove_tree(s->journal, e) : r;
}

static int set_import(struct store *s, const char *name, struct err *e)
{
	s->name = strdup(name);
	if (!s->name || asprintf(&s->journal, "%s/" HIDDEN "%s", s->dir, name) < 0) {
		s->journal = NULL;
		return err_sys(e, -ENOMEM, "%s", name);
	}
	return 0;
}

static void forget_import(struct store *s)
{
	clear_volumes(s);
	if (s->lock >= 0)
		close(s->lock);
	s->lock = -1;
	free(take_ptr(s->name));
	free(take_ptr(s->journal));
	s->spools = 0;
}

/* The remains of an import whose process is gone. */
static int clean_one(struct store *s, const char *name, struct buf *removed, struct err *e)
{
	int r = set_import(s, name, e);

	if (r == 0)
		r = lock_file(s->journal, "lock", false, &s->lock, e);
	if (r == -EBUSY) {
		forget_import(s);
		return 0;
	}
	if (r == 0)
		r = store_load_journal(s, e);
	if (r == 0)
		r = undo(s, e);
	if (r == 0 && removed)
		buf_addf(removed, "%s%s", removed->len ? ", " : "", name);
	forget_import(s);
	return r < 0 ? err_wrap(e, "remains of the import of %s", name) : 0;
}

static int clean(struct store *s, struct buf *removed, struct err *e)
{
	struct dirent **list;
	int n = scandir(s->dir, &list, NULL, alphasort), r = 0;

	if (n < 0)
		return err_sys(e, -errno, "%s", s->dir);
	for (int i = 0; i < n; i++) {
		const char *name = list[i]->d_name;

		if (r == 0 && strncmp(name, HIDDEN, strlen(HIDDEN)) == 0 &&
		    plain(name + strlen(HIDDEN)))
			r = clean_one(s, name + strlen(HIDDEN), removed, e);
		free(list[i]);
	}
	free(list);
	return r;
}

/* While nobody begins: a folder without its lock yet would look abandoned. */
static int clean_alone(struct store *s, struct buf *removed, struct err *e)
{
	int all, r = be_alone(s, &all, e);

	if (r < 0)
		return r;
	r = clean(s, removed, e);
	not_alone(s, all);
	return r;
}

int store_open(const char *dir, const struct store_pool *pool, struct buf *removed,
	       struct store **out, struct err *e)
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_sys(e, -ENOMEM, "storage");
	s->lock = -1;
	s->pool = dir ? NULL : pool;
	s->kind = dir ? &store_kind_folder : &store_kind_pool;
	r = fs_mkdirs(dir ? dir : pool->state, dir ? 0755 : 0700, e);
	s->dir = realpath(dir ? dir : pool->state, NULL);
	if (r == 0 && !s->dir)
		r = err_sys(e, -errno, "%s", dir ? dir : pool->state);
	if (r == 0) {
		s->dirs = dir ? (struct guest_dirs){ s->dir, s->dir } : pool->dirs;
		r = clean_alone(s, removed, e);
	}
	if (r < 0) {
		store_free(s);
		return r;
	}
	*out = s;
	return 0;
}

void store_free(struct store *s)
{
	if (!s)
		return;
	if (s->name && undo(s, NULL) < 0) {
		/* The next run tries again: the journal is there still. */
	}
	forget_import(s);
	free(s->dir);
	free(s);
}

char *store_folder(const char *dir)
{
	char *there = realpath(dir, NULL), *path;
	_cleanup_free_ char *here = NULL;

	if (there)
		return there;
	if (*dir == '/')
		return strdup(dir);
	here = getcwd(NULL, 0);
	return here && asprintf(&path, "%s/%s", here, dir) >= 0 ? path : NULL;
}

char *store_place(const char *dir, const struct store_pool *pool, const char *guest,
		  const char *what, const char *format)
{
	_cleanup_free_ char *folder = dir ? store_folder(dir) : NULL;
	char *path;
	int n;

	if (dir)
		n = folder ? asprintf(&path, "%s/%s/%s.%s", folder, guest, what, format) : -1;
	else
		n = asprintf(&path, "%s/%s.%s", pool->devices, guest, what);
	return n < 0 ? NULL : path;
}

const struct guest_dirs *store_dirs(const struct store *s)
{
	return &s->dirs;
}

static int make_id(struct store *s, struct err *e)
{
	uint64_t n;

	if (getrandom(&n, sizeof(n), 0) != sizeof(n))
		return err_sys(e, -errno, "a random number");
	snprintf(s->id, sizeof(s->id), "%016" PRIx64, n);
	return 0;
}

static int begin(struct store *s, const char *name, struct err *e)
{
	int r = make_id(s, e);

	if (r == 0)
		r = set_import(s, name, e);
	if (r < 0)
		return r;
	if (mkdir(s->journal, 0700) < 0) {
		r = errno == EEXIST ? err_set(e, -EBUSY, "another import of %s is going on", name)
				    : err_sys(e, -errno, "%s", s->journal);
		forget_import(s);
		return r;
	}
	return lock_file(s->journal, "lock", false, &s->lock, e);
}

int store_begin(struct store *s, const char *name, struct err *e)
{
	int all, r;

	if (!plain(name))
		return err_set(e, -EINVAL, "%s: not a name for a guest", name);
	r = be_alone(s, &all, e);
	if (r < 0)
		return r;
	r = begin(s, name, e);
	not_alone(s, all);
	return r;
}

int store_space(struct store *s, uint64_t *bytes, struct err *e)
{
	return s->kind->space(s, bytes, e);
}

int store_chunk(struct store *s, uint64_t *bytes, struct err *e)
{
	return s->kind->chunk(s, bytes, e);
}

int store_add(struct store *s, const char *guest, const char *what, const char *format,
	      uint64_t size, int *volume, int *fd, struct err *e)
{
	struct volume *v = store_new_volume(s, guest, what, format, e);
	int r;

	if (!v)
		return e ? e->code : -EINVAL;
	r = store_write_journal(s, e);
	if (r == 0)
		r = s->kind->make(s, v, size, fd, e);
	*volume = (int)(v - s->volumes);
	return r;
}

int store_copy(struct store *s, int from, const char *guest, const char *what, int *volume,
	       struct err *e)
{
	struct volume *v = store_new_volume(s, guest, what, s->volumes[from].format, e);
	int r;

	if (!v)
		return e ? e->code : -EINVAL;
	r = store_write_journal(s, e);
	if (r == 0)
		r = s->kind->copy(s, &s->volumes[from], v, e);
	*volume = (int)(v - s->volumes);
	return r;
}

int store_grow(struct store *s, int volume, uint64_t size, struct err *e)
{
	return s->kind->grow(s, &s->volumes[volume], size, e);
}

int store_drop(struct store *s, int volume, struct err *e)
{
	int r = s->kind->remove(s, &s->volumes[volume], e);

	s->volumes[volume].dropped = r == 0;
	return r;
}

int store_spool(struct store *s, uint64_t size, int *fd, struct err *e)
{
	char what[32];
	int volume, r = s->kind->spool(s, fd, e);

	if (r != -ENOTSUP)
		return r;
	if (size == INPUT_UNKNOWN && (r = store_space(s, &size, e)) < 0)
		return r;
	snprintf(what, sizeof(what), "spool%d", s->spools++);
	r = store_add(s, s->name, what, "raw", size, &volume, fd, e);
	if (r == 0)
		s->volumes[volume].spool = true;
	return r;
}

const char *store_path(const struct store *s, int volume)
{
	return s->volumes[volume].path;
}

int store_promote(struct store *s, struct err *e)
{
	int r = 0;

	for (int i = 0; r == 0 && (size_t)i < s->n; i++)
		if (s->volumes[i].spool)
			r = store_drop(s, i, e);
	return r == 0 ? s->kind->promote(s, e) : r;
}

/* With the journal gone nothing is undone any more; what follows is tidying up. */
int store_end(struct store *s, struct err *e)
{
	_cleanup_free_ char *path = NULL;
	int r = 0;

	if (asprintf(&path, "%s/journal", s->journal) < 0) {
		path = NULL;
		return err_sys(e, -ENOMEM, "journal");
	}
	if (unlink(path) < 0 && errno != ENOENT)
		return err_sys(e, -errno, "%s", path);
	for (size_t i = 0; r == 0 && i < s->n; i++)
		if (!s->volumes[i].dropped)
			r = s->kind->settle(s, &s->volumes[i], e);
	clear_volumes(s);
	if (r == 0)
		r = store_remove_tree(s->journal, e);
	forget_import(s);
	return r;
}
