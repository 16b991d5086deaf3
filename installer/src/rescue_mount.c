/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "draft.h"
#include "efi.h"
#include "reporting.h"
#include "rescue_parts.h"
#include "socle/cleanup.h"
#include "socle/proc.h"

enum { MOUNTS_MAX = 128, MOUNTINFO_MAX = 1 << 20, GRUBENV_MAX = 65536 };

/* The new root, and what it takes from the state volume and from here. */
static const struct {
	const char *source, *target, *type;
	unsigned long flags;
	bool optional;
} binds[] = {
	{ EXEC_STATE "/var", "/var", NULL, MS_BIND, false },
	{ EXEC_STATE "/root", "/root", NULL, MS_BIND, false },
	{ EXEC_STATE "/home", "/home", NULL, MS_BIND, false },
	{ EXEC_ESP, "/boot", NULL, MS_BIND, true },
	{ "proc", "/proc", "proc", 0, false },
	{ "/sys", "/sys", NULL, MS_BIND, false },
	{ EFI_VARIABLES, EFI_VARIABLES, NULL, MS_BIND, true },
	{ "/dev", "/dev", NULL, MS_BIND, false },
	{ "/dev/pts", "/dev/pts", NULL, MS_BIND, true },
	{ "/run", "/run", NULL, MS_BIND, false },
	{ "tmpfs", "/tmp", "tmpfs", 0, false },
};

static int mount_at(const char *source, const char *target, const char *type, unsigned long flags,
		    const char *data, struct err *e)
{
	if (mount(source, target, type, flags, data) < 0)
		return err_sys(e, -errno, "mount %s on %s", source, target);
	return 0;
}

static int mount_esp(const struct rescue_system *s, bool read_only, struct err *e)
{
	char device[DEVICE_PATH];
	int ret = rescue_part(s, s->esp, "esp", device, e);

	if (ret == 0)
		ret = fs_mkdirs(EXEC_ESP, 0700, e);
	return ret < 0 ? ret
		       : mount_at(device, EXEC_ESP, "vfat",
				  MS_NOATIME | (read_only ? MS_RDONLY : 0), "umask=0077", e);
}

/* As the host does when it starts: what can be repaired without a decision is. */
static int mount_state(const struct rescue_system *s, bool read_only, struct err *e)
{
	char device[DEVICE_PATH];
	int ret = rescue_state(s, device, e);

	if (ret == 0)
		ret = fs_mkdirs(EXEC_STATE, 0700, e);
	if (ret < 0)
		return ret;
	if (read_only)
		return mount_at(device, EXEC_STATE, "ext4", MS_RDONLY, "noload", e);
	/* What it could not repair shows when it is mounted. */
	if (proc_cmd(NULL, "e2fsck", "-p", device, (char *)NULL) < 0)
		ret = 0;
	return mount_at(device, EXEC_STATE, "ext4", MS_NOATIME, NULL, e);
}

static int mount_slot(const struct rescue_system *s, char slot, struct err *e)
{
	char device[DEVICE_PATH];
	int ret = rescue_part(s, s->slots[slot == 'b'], slot == 'b' ? "system-b" : "system-a",
			      device, e);

	if (ret == 0)
		ret = fs_mkdirs(EXEC_ROOT, 0755, e);
	if (ret == 0 && mount(device, EXEC_ROOT, "squashfs", MS_RDONLY, NULL) < 0)
		ret = err_sys(e, -errno, "slot %c, on %s, holds no system that can be mounted",
			      slot, device);
	return ret;
}

static int mount_over(bool read_only, struct err *e)
{
	int ret = mount_at("overlay", EXEC_ROOT "/etc", "overlay", read_only ? MS_RDONLY : 0,
			   read_only ? "lowerdir=" EXEC_STATE "/etc/upper:" EXEC_ROOT "/etc"
				     : "lowerdir=" EXEC_ROOT "/etc,upperdir=" EXEC_STATE
				       "/etc/upper,workdir=" EXEC_STATE "/etc/work",
			   e);

	for (size_t i = 0; i < ARRAY_SIZE(binds) && ret == 0; i++) {
		char target[128];

		snprintf(target, sizeof(target), EXEC_ROOT "%s", binds[i].target);
		ret = mount_at(binds[i].source, target, binds[i].type, binds[i].flags, NULL,
			       binds[i].optional ? NULL : e);
		if (binds[i].optional)
			ret = 0;
	}
	return ret;
}

static char default_slot(void)
{
	struct buf text = BUF_INIT;
	char slot = 'a';

	if (fs_read_regular(EXEC_ESP "/grub/grubenv", GRUBENV_MAX, &text, NULL) == 0)
		slot = grubenv_slot(text.s, text.len);
	buf_clear(&text);
	return slot;
}

int rescue_mount(const struct rescue_system *s, const struct rescue_options *o, struct err *e)
{
	int ret;

	if (rescue_is_mounted())
		return err_set(e, -EBUSY,
			       "a system is mounted already; unmount it first: socle "
			       "rescue umount");
	ret = mount_esp(s, o->read_only, e);
	if (ret == 0)
		ret = mount_state(s, o->read_only, e);
	if (ret == 0)
		ret = mount_slot(s, o->slot ? o->slot : default_slot(), e);
	if (ret == 0)
		ret = mount_over(o->read_only, e);
	if (ret < 0 && rescue_unmount(NULL) < 0)
		err_wrap(e, "and not all could be undone");
	return ret;
}

static bool is_below(const char *path, const char *folder)
{
	size_t len = strlen(folder);

	return strncmp(path, folder, len) == 0 && (!path[len] || path[len] == '/');
}

/* proc(5): the fifth word of a line is where it is mounted. */
static size_t our_mounts(char *text, const char *targets[MOUNTS_MAX])
{
	size_t n = 0;

	for (char *line = strtok(text, "\n"); line && n < MOUNTS_MAX; line = strtok(NULL, "\n")) {
		char *word = line;

		for (int i = 0; word && i < 4; i++)
			word = strchr(word, ' ') ? strchr(word, ' ') + 1 : NULL;
		if (!word)
			continue;
		word[strcspn(word, " ")] = 0;
		if (is_below(word, EXEC_ROOT) || is_below(word, EXEC_ESP) ||
		    is_below(word, EXEC_STATE))
			targets[n++] = word;
	}
	return n;
}

bool rescue_is_mounted(void)
{
	const char *targets[MOUNTS_MAX];
	struct buf text = BUF_INIT;
	bool mounted = fs_read("/proc/self/mountinfo", MOUNTINFO_MAX, &text, NULL) == 0 &&
		       our_mounts(text.s, targets) > 0;

	buf_clear(&text);
	return mounted;
}

int rescue_logs(const char *place, char where[PATH_MAX], struct err *e)
{
	return reporting_bundle(place, NULL, RESCUE_ROOT, where, e);
}

int rescue_unmount(struct err *e)
{
	const char *targets[MOUNTS_MAX];
	struct buf text = BUF_INIT;
	int ret = fs_read("/proc/self/mountinfo", MOUNTINFO_MAX, &text, e);
	size_t n = ret == 0 ? our_mounts(text.s, targets) : 0;

	while (n-- && ret == 0)
		if (umount2(targets[n], UMOUNT_NOFOLLOW) < 0)
			ret = err_sys(e, -errno, "unmount %s", targets[n]);
	buf_clear(&text);
	return ret < 0 ? ret : rescue_release(e);
}
