/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes an installed system boot, made again: by the operations that made it.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "boot_order.h"
#include "draft.h"
#include "gather.h"
#include "rescue_parts.h"
#include "socle/cleanup.h"

enum { GRUBENV_MAX = 65536, PLAN_MAX = 64 << 20, SYSFS_SECTOR = 512 };

#define GRUBENV EXEC_ESP "/grub/grubenv"
#define PLAN	EXEC_STATE "/var/lib/socle/plan.json"

/* The value of a line "slot=X"; what is behind it in the block are number signs. */
static const char *slot_line(const char *text, size_t len)
{
	for (const char *p = text; p < text + len;) {
		const char *end = memchr(p, '\n', (size_t)(text + len - p));

		if (!end)
			return NULL;
		if (end - p > 5 && memcmp(p, "slot=", 5) == 0)
			return p;
		p = end + 1;
	}
	return NULL;
}

char grubenv_slot(const char *text, size_t len)
{
	const char *line = slot_line(text, len);

	return line && line[5] == 'b' ? 'b' : 'a';
}

int grubenv_set_slot(const char *text, size_t len, char slot, struct buf *out, struct err *e)
{
	static const char head[] = "# GRUB Environment Block\n";
	const char *line = slot_line(text, len);
	size_t used = len;

	if (len < sizeof(head) - 1 || memcmp(text, head, sizeof(head) - 1) != 0)
		return err_set(e, -EINVAL, "grubenv is no environment block of GRUB");
	while (used && text[used - 1] == '#')
		used--;
	buf_add(out, head, sizeof(head) - 1);
	buf_addf(out, "slot=%c\n", slot);
	for (const char *p = text + sizeof(head) - 1; p < text + used;) {
		const char *end = memchr(p, '\n', (size_t)(text + used - p));
		size_t n = end ? (size_t)(end - p) + 1 : (size_t)(text + used - p);

		if (p != line)
			buf_add(out, p, n);
		p += n;
	}
	if (out->len > len)
		return err_set(e, -EINVAL, "grubenv has no room left");
	while (out->len < len)
		buf_addc(out, '#');
	return buf_ok(out) ? 0 : err_sys(e, -ENOMEM, "grubenv");
}

/* An executor without a plan of an install: its operations are made here, one by one. */
struct repair {
	struct exec x;
	struct exec_options options;
	struct exec_result result;
	struct plan plan;
	struct plan_op op;
	struct buf *warning;
};

static void hear(void *ctx, const struct exec_event *ev)
{
	struct repair *r = ctx;

	if (ev->what == EXEC_WARNING && r->warning)
		buf_addf(r->warning, "%s%s", r->warning->len ? "; " : "", ev->text);
}

static void repair_init(struct repair *r, const char *medium, struct buf *warning)
{
	*r = (struct repair){ .options = { .medium = medium, .event = hear, .ctx = r },
			      .warning = warning };
	r->op = (struct plan_op){ .kind = &op_kinds[OP_INSTALL_GRUB], .sentence = (char[]){ "" } };
	r->plan = (struct plan){ .ops = &r->op, .op_count = 1 };
	r->x = (struct exec){
		.plan = &r->plan, .options = &r->options, .result = &r->result, .journal = -1
	};
}

/* args is given up. */
static int repair_run(struct repair *r, enum op op, json_t *args, struct err *e)
{
	int ret;

	r->op.kind = &op_kinds[op];
	ret = op_kinds[op].execute(&r->x, args, e);
	json_decref(args);
	if (ret < 0 && op_kinds[op].optional) {
		exec_tell(&r->x, EXEC_WARNING, err_text(e));
		return 0;
	}
	return ret;
}

static json_t *file_ref(const struct image *image, const char *name)
{
	const struct image_file *f = image_find(image, name);

	return f ? json_pack("{s:s, s:I, s:s}", "name", name, "size", (json_int_t)f->size, "sha256",
			     f->sha256)
		 : NULL;
}

static uint64_t sysfs_bytes(const char *device, const char *file)
{
	return SYSFS_SECTOR *
	       gather_number("/sys/class/block/%s/%s", strrchr(device, '/') + 1, file);
}

static int write_grub(struct repair *r, const struct rescue_system *s, const struct image *image,
		      const char *esp, struct err *e)
{
	json_t *bios = file_ref(image, IMAGE_GRUB_BIOS), *efi = file_ref(image, IMAGE_GRUB_EFI);
	json_t *disks = json_array(), *args;
	char core[DEVICE_PATH];
	int ret;

	if (!bios || !efi) {
		json_decref(bios);
		json_decref(efi);
		json_decref(disks);
		return err_set(e, -ENOENT, "the medium has no GRUB");
	}
	for (size_t i = 0; i < s->disk_count; i++)
		json_array_append_new(disks, json_string(s->disks[i]->path));
	device_partition(s->disks[0]->path, s->bios, core);
	args = json_pack("{s:s, s:o, s:I, s:I, s:O, s:O}", "device", esp, "disks", disks,
			 "bios_start", (json_int_t)sysfs_bytes(core, "start"), "bios_size",
			 (json_int_t)sysfs_bytes(core, "size"), "bios", bios, "efi", efi);
	ret = repair_run(r, OP_VERIFY_IMAGE, json_pack("{s:[o, o]}", "files", bios, efi), e);
	if (ret < 0) {
		json_decref(args);
		return ret;
	}
	return repair_run(r, OP_INSTALL_GRUB, args, e);
}

/* The GUID of a partition, by udev's links. */
static void part_guid(const char *device, char guid[EFI_GUID_TEXT])
{
	static const char folder[] = "/dev/disk/by-partuuid";
	DIR *dir = opendir(folder);
	struct dirent *d;

	*guid = 0;
	while (dir && !*guid && (d = readdir(dir))) {
		char link[PATH_MAX];
		_cleanup_free_ char *node = NULL;

		snprintf(link, sizeof(link), "%s/%s", folder, d->d_name);
		node = realpath(link, NULL);
		if (node && strcmp(node, device) == 0 && strlen(d->d_name) == EFI_GUID_TEXT - 1)
			snprintf(guid, EFI_GUID_TEXT, "%.36s", d->d_name);
	}
	if (dir)
		closedir(dir);
}

static int mount_esp(struct repair *r, const char *esp, bool read_only, struct err *e)
{
	json_t *args;
	int ret;

	if (read_only) {
		ret = fs_mkdirs(EXEC_ESP, 0700, e);
		return ret < 0 ? ret
			       : exec_mount(&r->x, esp, EXEC_ESP, "vfat", MS_RDONLY | MS_NOATIME,
					    "umask=0077", e);
	}
	args = json_pack("{s:s}", "device", esp);
	ret = exec_mount_esp(&r->x, args, e);
	json_decref(args);
	return ret;
}

/* An entry that is in the order keeps its place; a lost one is first. */
static int write_entries(struct repair *r, const struct rescue_system *s, struct err *e)
{
	json_t *entries = json_array();
	bool known = true;

	for (size_t i = 0; i < s->disk_count; i++) {
		char device[DEVICE_PATH], guid[EFI_GUID_TEXT];
		uint64_t sector = s->disks[i]->sector;

		device_partition(s->disks[i]->path, s->esp, device);
		part_guid(device, guid);
		if (!*guid) {
			json_decref(entries);
			exec_tell(&r->x, EXEC_WARNING,
				  "no boot entry: udev tells no GUID of the ESP");
			return 0;
		}
		known = known && boot_next(EFI_VARIABLES, guid, NULL) == 0;
		json_array_append_new(
			entries,
			json_pack("{s:s, s:i, s:s, s:I, s:I}", "label",
				  i ? "Socle, second disk" : "Socle", "partition", (int)s->esp,
				  "uuid", guid, "start",
				  (json_int_t)(sysfs_bytes(device, "start") / sector), "sectors",
				  (json_int_t)(sysfs_bytes(device, "size") / sector)));
	}
	return repair_run(r, OP_BOOT_ENTRY,
			  json_pack("{s:s, s:s, s:o}", "order", known ? "keep" : "disk", "loader",
				    "\\EFI\\BOOT\\BOOTX64.EFI", "entries", entries),
			  e);
}

/* The menu as it was planned, from the plan that the system keeps. */
static int write_menu(struct repair *r, const char *esp, struct err *e)
{
	_cleanup_json_ json_t *plan = NULL;
	const json_t *ops, *args = NULL;
	struct buf text = BUF_INIT;

	if (fs_read_regular(PLAN, PLAN_MAX, &text, NULL) < 0)
		return err_set(e, -ENOENT,
			       "the boot menu, grub/grub.cfg on the ESP, is lost; mount the system "
			       "and do this again, to make it anew from the plan");
	plan = json_loadb(text.s, text.len, 0, NULL);
	buf_clear(&text);
	ops = json_object_get(plan, "operations");
	for (size_t i = 0; i < json_array_size(ops); i++)
		if (strcmp(arg_string(json_array_get(ops, i), "op"), op_kinds[OP_BOOT_MENU].name) ==
		    0)
			args = json_object_get(json_array_get(ops, i), "args");
	if (!*arg_string(args, "text"))
		return err_set(e, -EBADMSG, "%s has no boot menu", PLAN);
	return repair_run(r, OP_BOOT_MENU,
			  json_pack("{s:s, s:s, s:s}", "device", esp, "slot",
				    *arg_string(args, "slot") ? arg_string(args, "slot") : "a",
				    "text", arg_string(args, "text")),
			  e);
}

int rescue_grub(const struct rescue_system *s, const char *medium, struct buf *warning,
		struct err *e)
{
	struct image image = IMAGE_INIT;
	char manifest[PATH_MAX], esp[DEVICE_PATH];
	struct repair r;
	int ret;

	repair_init(&r, medium, warning);
	snprintf(manifest, sizeof(manifest), "%s/%s", medium, IMAGE_MANIFEST);
	ret = image_load(manifest, &image, e);
	if (ret == 0)
		ret = rescue_part(s, s->esp, "esp", esp, e);
	/* Before the disk is written: udev does not read the table of one in use again. */
	if (ret == 0)
		ret = mount_esp(&r, esp, false, e);
	if (ret == 0)
		ret = write_grub(&r, s, &image, esp, e);
	if (ret == 0 && access(EXEC_ESP "/grub/grub.cfg", F_OK) < 0)
		ret = write_menu(&r, esp, e);
	if (ret == 0 && access(EFI_VARIABLES, F_OK) == 0)
		ret = write_entries(&r, s, e);
	if (exec_unmount_all(&r.x, ret == 0 ? e : NULL) < 0 && ret == 0)
		ret = -EBUSY;
	sums_clear(&r.x);
	image_clear(&image);
	return ret;
}

/* With the ESP mounted, do what is to be done with it. */
static int on_esp(const struct rescue_system *s, bool read_only,
		  int (*fn)(char *slot, struct err *e), char *slot, struct err *e)
{
	struct repair r;
	char esp[DEVICE_PATH];
	int ret = rescue_part(s, s->esp, "esp", esp, e);

	if (ret < 0)
		return ret;
	repair_init(&r, "", NULL);
	ret = mount_esp(&r, esp, read_only, e);
	if (ret == 0)
		ret = fn(slot, e);
	if (exec_unmount_all(&r.x, ret == 0 ? e : NULL) < 0 && ret == 0)
		ret = -EBUSY;
	return ret;
}

static int get_slot(char *slot, struct err *e)
{
	struct buf text = BUF_INIT;
	int ret = fs_read_regular(GRUBENV, GRUBENV_MAX, &text, e);

	if (ret == 0)
		*slot = grubenv_slot(text.s, text.len);
	buf_clear(&text);
	return ret;
}

static int set_slot(char *slot, struct err *e)
{
	struct buf text = BUF_INIT, block = BUF_INIT;
	char kernel[64];
	int ret = fs_read_regular(GRUBENV, GRUBENV_MAX, &text, e);

	snprintf(kernel, sizeof(kernel), EXEC_ESP "/%c/" IMAGE_XEN, *slot);
	if (ret == 0 && access(kernel, F_OK) < 0)
		ret = err_set(e, -ENOENT, "nothing is installed in slot %c", *slot);
	if (ret == 0)
		ret = grubenv_set_slot(text.s, text.len, *slot, &block, e);
	if (ret == 0)
		ret = fs_write(GRUBENV, block.s, block.len, 0600, e);
	buf_clear(&text);
	buf_clear(&block);
	return ret;
}

int rescue_slot(const struct rescue_system *s, char *slot, struct err *e)
{
	return on_esp(s, true, get_slot, slot, e);
}

int rescue_set_slot(const struct rescue_system *s, char slot, struct err *e)
{
	return on_esp(s, false, set_slot, &slot, e);
}
