/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../package/store.h"
#include "appliance/vm.h"
#include "socle/cleanup.h"

enum { DISKS_MAX = 24 };

/* A machine as guest_plan() wants it, of what there is. */
struct parts {
	struct model model;
	struct model_machine machine;
	struct model_network network;
	struct model_nic nic;
	struct model_file file;
	struct model_disk disks[DISKS_MAX];
	struct model_drive_use drives[DISKS_MAX + 1];
	struct guest_volume volumes[DISKS_MAX], medium;
	struct boot boots[DISKS_MAX], medium_boot;
	char *owned[DISKS_MAX + 1];
	size_t n_owned;
};

static char none[] = "";

static void add_drive(struct parts *p, enum model_drive kind, size_t disk, size_t file)
{
	size_t n = p->machine.n_drives++;

	p->drives[n] = (struct model_drive_use){ .kind = kind,
						 .bus = BUS_IDE,
						 .controller = none,
						 .unit = (unsigned int)n,
						 .disk = disk,
						 .file = file };
}

static void init(struct parts *p, const struct guest_answers *a)
{
	p->network = (struct model_network){ none, none };
	p->nic = (struct model_nic){ none, none, none, 0 };
	p->machine = (struct model_machine){
		.id = none,
		.name = (char *)a->name,
		.product = none,
		.vendor = none,
		.version = none,
		.annotation = none,
		.os = none,
		.hardware = none,
		.drives = p->drives,
		.nics = &p->nic,
		.n_nics = 1,
		.transport = none,
		.kernel = none,
		.ramdisk = none,
		.cmdline = none,
	};
	p->model = (struct model){ .kind = MODEL_DISK,
				   .version = none,
				   .name = none,
				   .files = &p->file,
				   .disks = p->disks,
				   .networks = &p->network,
				   .n_networks = 1,
				   .machines = &p->machine,
				   .n_machines = 1 };
}

static int look(const char *path, struct boot *boot, struct err *e)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? err_sys(e, -errno, "open") : boot_look_fd(fd, boot, e);

	return ret < 0 ? err_wrap(e, "%s", path) : 0;
}

/* qcow2's contents are not looked into: what starts is told by who runs it. */
static int add_disk(struct parts *p, const struct vm_disk_want *want, const char *path,
		    struct err *e)
{
	size_t n = p->model.n_disks++;
	bool raw = !want->path || strcmp(want->format, "raw") == 0;

	p->disks[n] = (struct model_disk){
		.id = none, .format = none, .file = MODEL_NONE, .parent = MODEL_NONE
	};
	p->volumes[n] = (struct guest_volume){ path, want->path ? want->format : "raw", NULL };
	add_drive(p, DRIVE_DISK, n, MODEL_NONE);
	if (!raw)
		return 0;
	p->volumes[n].boot = &p->boots[n];
	return want->path ? look(path, &p->boots[n], e) : 0;
}

static int add_iso(struct parts *p, const char *iso, struct err *e)
{
	p->file = (struct model_file){ .id = none, .href = none };
	p->model.n_files = 1;
	p->medium = (struct guest_volume){ iso, "raw", &p->medium_boot };
	add_drive(p, DRIVE_CDROM, MODEL_NONE, 0);
	return look(iso, &p->medium_boot, e);
}

/* A new disk's place; it is made but for a dry run, which has no store. */
static int new_disk(struct parts *p, const struct vm_host *h, const char *name, size_t i,
		    uint64_t size, struct store *s, const char **path, struct err *e)
{
	char what[32], *place;
	int volume, fd, ret;

	snprintf(what, sizeof(what), "disk%zu", i);
	if (s) {
		ret = store_add(s, name, what, "raw", size, &volume, &fd, e);
		if (ret < 0)
			return ret;
		close(fd);
		place = strdup(store_path(s, volume));
	} else {
		place = store_place(h->storage, &store_pool_host, name, what, "raw");
	}
	if (!place)
		return err_sys(e, -ENOMEM, "%s", name);
	*path = p->owned[p->n_owned++] = place;
	return 0;
}

static int add_disks(struct parts *p, const struct vm_host *h, const char *name,
		     const struct vm_disk_want *disks, size_t n, struct store *s, struct err *e)
{
	int ret = 0;

	for (size_t i = 0; i < n && ret == 0; i++) {
		const char *path = disks[i].path;

		if (!path)
			ret = new_disk(p, h, name, i, disks[i].size, s, &path, e);
		if (ret == 0)
			ret = add_disk(p, &disks[i], path, e);
	}
	return ret;
}

/* New disks get their names, and then the guest appears. */
static int commit(const struct vm_host *h, const struct guest *g, const struct parts *p,
		  struct store *s, struct err *e)
{
	int ret = s ? store_promote(s, e) : 0;

	if (ret == 0)
		ret = guest_commit(g, &h->dirs, (const char *const *)p->owned, e);
	if (ret == 0 && s)
		ret = store_end(s, e);
	return ret;
}

static int create(const struct vm_host *h, struct parts *p, const struct guest_answers *a,
		  unsigned int how, struct store *s, struct guest **g, struct err *e)
{
	struct guest_storage storage = { p->volumes, p->model.n_disks, &p->medium, p->model.n_files,
					 NULL };
	const struct guest_problem *fatal;
	_cleanup_free_ char *dir = NULL;
	int ret;

	if (asprintf(&dir, "%s/%s", h->dirs.state, a->name) < 0)
		return err_sys(e, -ENOMEM, "guest");
	storage.dir = dir;
	ret = guest_plan(&p->model, 0, a, &storage, g, e);
	if (ret < 0 || how & VM_DRY_RUN)
		return ret;
	fatal = guest_fatal(*g);
	if (fatal && !(how & VM_FORCE))
		ret = err_set(e, -EINVAL,
			      "guest %s would not start: %s; --force makes it all the same",
			      a->name, fatal->text);
	if (ret == 0)
		ret = commit(h, *g, p, s, e);
	if (ret < 0) {
		guest_free(*g);
		*g = NULL;
	}
	return ret;
}

static bool wants_new(const struct vm_disk_want *disks, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!disks[i].path)
			return true;
	return false;
}

static int make(const struct vm_host *h, struct parts *p, const struct vm_disk_want *disks,
		size_t n, const char *iso, const struct guest_answers *a, unsigned int how,
		struct guest **g, struct err *e)
{
	struct store *s = NULL;
	int ret = 0;

	init(p, a);
	if (wants_new(disks, n) && !(how & VM_DRY_RUN)) {
		ret = store_open(h->storage, &store_pool_host, NULL, &s, e);
		if (ret == 0)
			ret = store_begin(s, a->name, e);
	}
	if (ret == 0)
		ret = add_disks(p, h, a->name, disks, n, s, e);
	if (ret == 0 && iso)
		ret = add_iso(p, iso, e);
	if (ret == 0)
		ret = create(h, p, a, how, s, g, e);
	store_free(s);
	return ret;
}

int vm_create(const struct vm_host *h, const struct vm_disk_want *disks, size_t n, const char *iso,
	      const struct guest_answers *a, unsigned int how, struct guest **g, struct err *e)
{
	int ret = guest_name_free(&h->dirs, a->name, e);
	struct parts *p;

	*g = NULL;
	if (ret == 0 && n > DISKS_MAX)
		ret = err_set(e, -E2BIG, "more than %d disks", DISKS_MAX);
	if (ret < 0)
		return ret;
	p = calloc(1, sizeof(*p));
	if (!p)
		return err_sys(e, -ENOMEM, "guest");
	ret = make(h, p, disks, n, iso, a, how, g, e);
	for (size_t i = 0; i < p->n_owned; i++)
		free(p->owned[i]);
	free(p);
	return ret;
}
