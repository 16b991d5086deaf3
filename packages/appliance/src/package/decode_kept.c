/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Disks that are read at random or lie in several files (extents, differences and their
 * parents), in a package that can be read in order only: they are kept on the target's
 * storage until all have come.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "decode_private.h"
#include "socle/cleanup.h"

enum { KEPT_MAX = 512, NUMBER_LEN = 3 }; /* 1 TiB in files of 2 GiB */

/* What a descriptor does not name can be what a disk that it names is a difference to. */
bool kept_as_parent(const char *name)
{
	static const char *const ends[] = { ".vmdk", ".qcow2", ".qcow", ".vhd", ".avhd",
					    ".vhdx", ".avhdx", ".raw",	".img" };

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (disk_named(name, ends[i]))
			return true;
	return false;
}

/* As VMware calls extents: "disk-s001.vmdk", "disk-f001.vmdk", "disk-flat.vmdk", ... */
bool kept_by_name(const char *name)
{
	static const char *const ends[] = { "-flat.vmdk", "-delta.vmdk", "-sesparse.vmdk" };
	size_t len = strlen(name), tail = strlen("-s001.vmdk");

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (disk_named(name, ends[i]))
			return true;
	name += len > tail ? len - tail : 0;
	return len > tail && (strncmp(name, "-s", 2) == 0 || strncmp(name, "-f", 2) == 0) &&
	       strspn(name + 2, "0123456789") == NUMBER_LEN &&
	       strcasecmp(name + 2 + NUMBER_LEN, ".vmdk") == 0;
}

bool kept_by_contents(struct input *in)
{
	static const char start[] = "# Disk DescriptorFile";
	char head[sizeof(start) - 1];

	return input_peek(in, head, sizeof(head), NULL) == (ssize_t)sizeof(head) &&
	       memcmp(head, start, sizeof(head)) == 0;
}

int kept_add(struct decoder *d, const char *name, struct input *in, struct err *e)
{
	struct kept *more;
	int fd, r;

	if (d->n_kept == KEPT_MAX)
		return err_set(e, -E2BIG, "%s: more than %d parts of disks", name, (int)KEPT_MAX);
	more = realloc(d->kept, (d->n_kept + 1) * sizeof(*more));
	if (!more)
		return err_sys(e, -ENOMEM, "%s", name);
	d->kept = more;
	r = disk_spool(d, name, in, &fd, e);
	if (r < 0)
		return r;
	d->kept[d->n_kept] = (struct kept){ strdup(name), fd, in->at };
	if (d->kept[d->n_kept++].name)
		return 0;
	return err_sys(e, -ENOMEM, "%s", name);
}

static struct input *open_kept(const struct kept *k, struct err *e)
{
	int fd = fcntl(k->fd, F_DUPFD_CLOEXEC, 3);

	if (fd >= 0)
		return input_fd(fd, k->name, 0, k->size, e);
	err_sys(e, -errno, "%s", k->name);
	return NULL;
}

/* Names are relative to the folder of the image that asks. */
static struct input *open_beside(struct input_dir *dir, const char *name, struct err *e)
{
	struct decoder *d = (struct decoder *)((char *)dir - offsetof(struct decoder, kept_dir));
	const char *slash = strrchr(d->kept_for, '/');
	size_t len = slash ? (size_t)(slash - d->kept_for) + 1 : 0;

	for (size_t i = 0; i < d->n_kept; i++)
		if (strncmp(d->kept[i].name, d->kept_for, len) == 0 &&
		    strcmp(d->kept[i].name + len, name) == 0)
			return open_kept(&d->kept[i], e);
	err_set(e, -ENOENT, "%s: not in the package", name);
	return NULL;
}

int kept_open(struct decoder *d, size_t file, struct image **img, struct err *e)
{
	struct input *in;
	size_t i = 0;
	int r;

	while (i < d->n_kept && package_find_file(d->p, d->kept[i].name) != file)
		i++;
	if (i == d->n_kept)
		return 0;
	in = open_kept(&d->kept[i], e);
	if (!in)
		return e->code;
	d->kept_for = d->kept[i].name;
	d->kept_dir.open = open_beside;
	r = image_open(in, disk_pinned(d, file, d->kept[i].name), &d->kept_dir, img, e);
	if (r < 0)
		input_free(in);
	return r < 0 ? r : 1;
}

void kept_clear(struct decoder *d)
{
	for (size_t i = 0; i < d->n_kept; i++) {
		free(d->kept[i].name);
		close(d->kept[i].fd);
	}
	free(d->kept);
}
