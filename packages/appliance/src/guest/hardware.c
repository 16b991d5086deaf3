/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How libxl makes devices of HVM guests (libxl_dm.c): a disk hd[a-d] is emulated
 * as IDE, hd[a-f] as AHCI, and seen by Xen's driver too; xvd is seen by Xen's
 * driver alone; a CD drive is IDE's, so among the first four.
 */
#include "hardware.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "socle/cleanup.h"
#include "socle/fs.h"

enum { IDE_SLOTS = 4, AHCI_SLOTS = 6, XVD_SLOTS = 26 };

/* The bus that appears first comes first: a maker lists what is started from before the rest. */
static unsigned int bus_rank(const struct model_machine *m, enum model_bus bus)
{
	for (size_t i = 0; i < m->n_drives; i++)
		if (m->drives[i].kind == DRIVE_DISK && m->drives[i].bus == bus)
			return (unsigned int)i;
	return (unsigned int)m->n_drives;
}

static bool before(const struct model_machine *m, size_t a, size_t b)
{
	const struct model_drive_use *x = &m->drives[a], *y = &m->drives[b];
	unsigned int rx = bus_rank(m, x->bus), ry = bus_rank(m, y->bus);

	if (rx != ry)
		return rx < ry;
	if (x->controller_no != y->controller_no)
		return x->controller_no < y->controller_no;
	return x->unit < y->unit;
}

int drives_sorted(const struct model_machine *m, size_t **order, struct err *e)
{
	size_t *list = calloc(m->n_drives + 1, sizeof(*list));

	if (!list)
		return err_sys(e, -ENOMEM, "drives");
	/* By insertion, which keeps the order of equals; there are at most MODEL_MAX. */
	for (size_t i = 0; i < m->n_drives; i++) {
		size_t k = i;

		for (; k > 0 && before(m, i, list[k - 1]); k--)
			list[k] = list[k - 1];
		list[k] = i;
	}
	*order = list;
	return 0;
}

/* What names are left.  hd letters are emulated, and of HVM only. */
struct slots {
	unsigned int hd_end; /* letters that disks may have; 0 when nothing is emulated */
	unsigned int hd, cd; /* the next letter of a disk, of a CD drive (downwards) */
	unsigned int cds;    /* CD drives there will be, from the fourth letter down */
	unsigned int xvd;    /* the next letter of a disk that is not emulated */
};

static void disk_name(struct slots *s, char vdev[8])
{
	if (s->hd < IDE_SLOTS && s->hd >= IDE_SLOTS - s->cds)
		s->hd = IDE_SLOTS;
	if (s->hd < s->hd_end)
		snprintf(vdev, 8, "hd%c", 'a' + (int)s->hd++);
	else
		snprintf(vdev, 8, "xvd%c", 'a' + (int)s->xvd++);
}

static void cd_name(struct slots *s, char vdev[8])
{
	if (s->hd_end)
		snprintf(vdev, 8, "hd%c", 'a' + (int)s->cd--);
	else
		snprintf(vdev, 8, "xvd%c", 'a' + (int)s->xvd++);
}

static struct guest_disk *new_disk(struct guest *g, const char *path, const char *format)
{
	struct guest_disk *more = reallocarray(g->disks, g->n_disks + 1, sizeof(*g->disks));
	struct guest_disk *d;

	if (!more)
		return NULL;
	g->disks = more;
	d = &g->disks[g->n_disks];
	*d = (struct guest_disk){ .path = strdup(path), .disk = MODEL_NONE };
	if (!d->path)
		return NULL;
	snprintf(d->format, sizeof(d->format), "%s", format);
	g->n_disks++;
	return d;
}

static int check_volume(const struct guest_volume *v, struct err *e)
{
	if (v->path[0] != '/' || strpbrk(v->path, "\n\r"))
		return err_set(e, -EINVAL, "%s: not an absolute path of one line", v->path);
	if (strcmp(v->format, "raw") != 0 && strcmp(v->format, "qcow2") != 0)
		return err_set(e, -EINVAL, "%s: format %s is none that guests run on", v->path,
			       v->format);
	return 0;
}

static int add_disk(const struct model_drive_use *u, const struct guest_storage *s,
		    struct slots *slots, struct guest *g, struct err *e)
{
	const struct guest_volume *v = u->disk < s->n_disks ? &s->disks[u->disk] : NULL;
	struct guest_disk *d;

	if (!v || !v->path) {
		if (problem_add(g, GUEST_FATAL, "disk-lacks", "disk %zu is not imported",
				u->disk == MODEL_NONE ? 0 : u->disk + 1) < 0)
			return err_sys(e, -ENOMEM, "disk");
		return 0;
	}
	if (slots->xvd >= XVD_SLOTS)
		return err_set(e, -E2BIG, "more than %d disks", XVD_SLOTS);
	if (check_volume(v, e) < 0)
		return -EINVAL;
	d = new_disk(g, v->path, v->format);
	if (!d)
		return err_sys(e, -ENOMEM, "disk");
	disk_name(slots, d->vdev);
	d->disk = u->disk;
	return 0;
}

static int add_cd(const char *path, struct slots *slots, struct guest *g, struct err *e)
{
	struct guest_disk *d = new_disk(g, path, "raw");

	if (!d)
		return err_sys(e, -ENOMEM, "drive");
	cd_name(slots, d->vdev);
	d->readonly = true;
	/*
	 * Linux has no driver for a CD in PVH: its blkfront leaves those of all that is not PV
	 * to an emulated drive, which PVH has none of.
	 */
	d->cdrom = g->type != VIRT_PVH;
	return 0;
}

static const char *medium(const struct model_drive_use *u, const struct guest_storage *s)
{
	if (s->files && u->file < s->n_files && s->files[u->file].path)
		return s->files[u->file].path;
	return u->disk < s->n_disks && s->disks[u->disk].path ? s->disks[u->disk].path : "";
}

/* Drives with a medium (or empty ones), after *left of them no more. */
static int add_cds(const struct choose_in *in, const struct guest_storage *s, bool empty,
		   unsigned int *left, struct slots *slots, struct guest *g, struct err *e)
{
	const struct model_machine *m = in->machine;
	int ret = 0;

	for (size_t i = 0; i < m->n_drives && ret == 0; i++) {
		const char *path = medium(&m->drives[i], s);

		if (m->drives[i].kind != DRIVE_CDROM || !*path != empty || !*left ||
		    (empty && g->type == VIRT_PVH))
			continue;
		--*left;
		ret = *path ? check_volume(&(struct guest_volume){ path, "raw", NULL }, e) : 0;
		if (ret == 0)
			ret = add_cd(path, slots, g, e);
	}
	return ret;
}

/*
 * How many CD drives there is room for.  With a medium, or the seed, one is worth
 * the emulation of a disk, which Xen's driver still sees; an empty one is not.
 */
static unsigned int count_cds(const struct choose_in *in, const struct guest_storage *s,
			      const struct guest *g)
{
	const struct model_machine *m = in->machine;
	unsigned int disks = 0, full = *g->seed != '\0', empty = 0, room;

	for (size_t i = 0; i < m->n_drives; i++) {
		disks += m->drives[i].kind == DRIVE_DISK;
		if (m->drives[i].kind == DRIVE_CDROM)
			*(*medium(&m->drives[i], s) ? &full : &empty) += 1;
	}
	if (g->type != VIRT_HVM)
		return full < XVD_SLOTS ? full : XVD_SLOTS;
	if (full > IDE_SLOTS - (disks > 0))
		full = IDE_SLOTS - (disks > 0);
	if (g->ahci)
		disks = disks > AHCI_SLOTS - IDE_SLOTS ? disks - (AHCI_SLOTS - IDE_SLOTS) : 1;
	room = disks + full < IDE_SLOTS ? IDE_SLOTS - disks - full : 0;
	return full + (empty < room ? empty : room);
}

int disks_add(const struct choose_in *in, const struct guest_storage *s, struct guest *g,
	      struct err *e)
{
	const struct model_machine *m = in->machine;
	unsigned int hd = g->type != VIRT_HVM ? 0 : g->ahci ? AHCI_SLOTS : IDE_SLOTS;
	unsigned int cds = count_cds(in, s, g);
	struct slots slots = { .hd_end = hd, .cd = IDE_SLOTS - 1, .cds = cds, .xvd = hd };
	_cleanup_free_ size_t *order = NULL;
	int ret = drives_sorted(m, &order, e);

	for (size_t i = 0; i < m->n_drives && ret == 0; i++)
		if (m->drives[order[i]].kind == DRIVE_DISK)
			ret = add_disk(&m->drives[order[i]], s, &slots, g, e);
	if (ret == 0 && *g->seed && cds) {
		cds--;
		ret = add_cd(g->seed, &slots, g, e);
	}
	if (ret == 0)
		ret = add_cds(in, s, false, &cds, &slots, g, e);
	if (ret == 0 && g->type == VIRT_HVM)
		ret = add_cds(in, s, true, &cds, &slots, g, e);
	return ret;
}
