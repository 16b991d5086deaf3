/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What can be checked before the first write is checked before the first write.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "socle/cleanup.h"

static const char *const programs[] = {
	"udevadm",  "mdadm",	"swapoff",  "dmsetup", "mkfs.vfat", "mkfs.ext4",
	"vgcreate", "lvcreate", "vgchange", "cp",      "chroot",
};

static bool in_path(const char *program)
{
	const char *path = getenv("PATH");
	char file[PATH_MAX];

	for (const char *p = path ? path : "/usr/sbin:/usr/bin"; *p;) {
		size_t len = strcspn(p, ":");

		snprintf(file, sizeof(file), "%.*s/%s", (int)len, p, program);
		if (access(file, X_OK) == 0)
			return true;
		p += len + (p[len] == ':');
	}
	return false;
}

static int check_programs(struct err *e)
{
	for (size_t i = 0; i < ARRAY_SIZE(programs); i++)
		if (!in_path(programs[i]))
			return err_set(e, -ENOENT, "the program %s is missing here", programs[i]);
	return 0;
}

static bool same_content(const struct fact_content *a, const struct fact_content *b)
{
	return a->number == b->number && a->size == b->size && strcmp(a->type, b->type) == 0 &&
	       strcmp(a->label, b->label) == 0 && strcmp(a->uuid, b->uuid) == 0;
}

/* Whether the disk has what was to be given up when the plan was made, and nothing else. */
static bool same_contents(const struct fact_disk *a, const struct fact_disk *b)
{
	bool same = a->content_count == b->content_count && strcmp(a->table, b->table) == 0;

	for (size_t i = 0; same && i < a->content_count; i++)
		same = same_content(&a->contents[i], &b->contents[i]);
	return same;
}

/*
 * Whether it still is in the same place: of disks that tell neither serial number
 * nor WWN this is all that tells one from the next.
 */
static bool same_place(const struct fact_disk *want, const struct fact_disk *d)
{
	for (size_t i = 0; i < want->links.count; i++) {
		const char *link = want->links.item[i];
		bool found = strncmp(link, "/dev/disk/by-path/", 18) != 0;

		for (size_t k = 0; k < d->links.count && !found; k++)
			found = strcmp(d->links.item[k], link) == 0;
		if (!found)
			return false;
	}
	return true;
}

int check_disk(const struct plan *p, const struct fact_disk *want, const struct facts *now,
	       struct err *e)
{
	for (size_t i = 0; i < now->disk_count; i++) {
		const struct fact_disk *d = &now->disks[i];

		if (strcmp(d->path, want->path) != 0)
			continue;
		if (d->size != want->size || d->sector != want->sector ||
		    strcmp(d->serial, want->serial) != 0 || strcmp(d->wwn, want->wwn) != 0 ||
		    strcmp(d->model, want->model) != 0 || !same_place(want, d))
			return err_set(e, -ESTALE, "%s is no longer the disk of the plan",
				       want->path);
		if (d->boot_medium || d->read_only)
			return err_set(e, -EPERM, "%s is the boot medium or read-only", want->path);
		if (disk_mount(d))
			return err_set(e, -EBUSY, "%s is in use: %s", want->path, disk_mount(d));
		if (!same_contents(d, want))
			return err_set(e, -ESTALE, "%s no longer has the contents of the plan",
				       want->path);
		return stack_unshared(now, p, (struct ks_pos){ 0 }, e);
	}
	return err_set(e, -ENODEV, "%s is gone", want->path);
}

const struct fact_disk *exec_disk(const struct exec *x, const json_t *args)
{
	const struct plan *p = x->plan;

	for (size_t i = 0; i < p->disk_count; i++)
		if (strcmp(p->disks[i]->path, arg_string(args, "disk")) == 0)
			return p->disks[i];
	return NULL;
}

int exec_check_disk(const struct exec *x, const struct fact_disk *disk, struct err *e)
{
	_cleanup_json_ json_t *json = NULL;
	const struct plan *p = x->plan;
	struct facts now = FACTS_INIT;
	int ret = facts_gather(&json, e);

	if (ret == 0)
		ret = facts_from_json(json, &now, e);
	for (size_t i = 0; i < p->disk_count && ret == 0; i++)
		if (!disk || disk == p->disks[i])
			ret = check_disk(p, p->disks[i], &now, e);
	if (ret == 0)
		ret = stack_names_free(&now, p, e);
	facts_clear(&now);
	return ret;
}

/* Links into the image, as the time zone, must lead somewhere: the image is what runs here. */
static int check_links(const struct exec *x, struct err *e)
{
	const json_t *files = NULL, *file;
	size_t i;

	for (i = 0; i < x->plan->op_count; i++)
		if (x->plan->ops[i].kind == &op_kinds[OP_SEED_STATE])
			files = json_object_get(x->plan->ops[i].args, "files");
	for (i = 0; i < json_array_size(files) && (file = json_array_get(files, i)); i++) {
		const char *link = arg_string(file, "link");

		if (strncmp(link, "../usr/", 7) == 0 && access(link + 2, F_OK) < 0)
			return err_set(e, -ENOENT, "%s: not in this image", link + 2);
	}
	return 0;
}

static int check_accounts(const struct exec *x, struct err *e)
{
	for (size_t i = 0; i < x->plan->op_count; i++)
		if (x->plan->ops[i].kind == &op_kinds[OP_ACCOUNTS])
			return accounts_possible(x->plan->ops[i].args, e);
	return 0;
}

int exec_check(struct exec *x, struct err *e)
{
	int ret = check_programs(e);

	if (ret == 0)
		ret = check_accounts(x, e);
	if (ret == 0)
		ret = check_links(x, e);
	if (ret == 0)
		ret = exec_check_disk(x, NULL, e);
	return ret;
}
