/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripts of the kickstart, in its order: %pre-install beside the new system
 * before its files are written; %post in it or, with --nochroot, beside it;
 * %firstboot is left for its first boot.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "script.h"

static void describe_lines(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "scripts"), *script;
	size_t i;

	buf_adds(out, " of line");
	for (i = 0; i < json_array_size(list) && (script = json_array_get(list, i)); i++)
		buf_addf(out, "%s %llu", i ? "," : "",
			 (unsigned long long)arg_uint(script, "line"));
}

void run_scripts_describe(const json_t *args, struct buf *out)
{
	buf_adds(out, "run the %post scripts");
	describe_lines(args, out);
}

static const struct {
	const char *source, *target, *type;
	unsigned long flags;
	bool optional;
} chroot_mounts[] = {
	{ "proc", "/proc", "proc", 0, false },
	{ "/sys", "/sys", NULL, MS_BIND, false },
	{ "/sys/firmware/efi/efivars", "/sys/firmware/efi/efivars", NULL, MS_BIND, true },
	{ "/dev", "/dev", NULL, MS_BIND, false },
	{ "/dev/pts", "/dev/pts", NULL, MS_BIND, true },
	{ "/run", "/run", NULL, MS_BIND, false },
	{ "tmpfs", "/tmp", "tmpfs", 0, false },
	{ EXEC_ESP, "/boot/efi", NULL, MS_BIND, true },
};

static int mount_chroot(struct exec *x, struct err *e)
{
	int ret = 0;

	if (exec_is_mounted(x, EXEC_ROOT "/proc"))
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(chroot_mounts) && ret == 0; i++) {
		char target[128];

		snprintf(target, sizeof(target), EXEC_ROOT "%s", chroot_mounts[i].target);
		ret = exec_mount(x, chroot_mounts[i].source, target, chroot_mounts[i].type,
				 chroot_mounts[i].flags, NULL,
				 chroot_mounts[i].optional ? NULL : e);
		if (chroot_mounts[i].optional)
			ret = 0;
	}
	return ret;
}

static void output_line(void *ctx, const char *line)
{
	exec_tell(ctx, EXEC_OUTPUT, line);
}

/*
 * A daemon that a script has left in the new system (gpg-agent, as a rule) has a
 * session of its own, and would keep the file systems busy.
 */
static void end_daemons(void)
{
	char path[64], root[64];
	struct dirent *d;
	ssize_t n;
	DIR *proc = opendir("/proc");

	while (proc && (d = readdir(proc))) {
		pid_t pid = atoi(d->d_name);

		if (pid <= 1)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/root", pid);
		n = readlink(path, root, sizeof(root) - 1);
		if (n <= 0)
			continue;
		root[n] = 0;
		if (strcmp(root, EXEC_ROOT) == 0)
			kill(pid, SIGKILL);
	}
	if (proc)
		closedir(proc);
}

/* The scripts of a list of the plan, in its order. */
static int run_list(struct exec *x, const json_t *list, struct err *e)
{
	const json_t *item;
	int ret = 0;
	size_t i;

	for (i = 0; i < json_array_size(list) && (item = json_array_get(list, i)); i++) {
		size_t index = arg_uint(item, "index");
		const struct ks_script *s;

		if (index >= x->answers->script_count)
			return err_set(e, -EINVAL, "these are not the answers of the plan");
		s = &x->answers->scripts[index];
		ret = script_run(&(struct script){ .script = s,
						   .root = script_in_root(s) ? EXEC_ROOT : NULL,
						   .stop = x->options->stop,
						   .line = output_line,
						   .ctx = x },
				 e);
		end_daemons();
		if (ret < 0 && ret != -EINTR && !s->error_on_fail) {
			exec_tell(x, EXEC_WARNING, err_text(e));
			ret = 0;
		}
		if (ret < 0)
			return ret;
	}
	return ret;
}

int run_scripts_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = mount_chroot(x, e);

	return ret < 0 ? ret : run_list(x, json_object_get(args, "scripts"), e);
}

void run_pre_install_describe(const json_t *args, struct buf *out)
{
	buf_adds(out, "mount the new system on " EXEC_ROOT ", and run the %pre-install scripts");
	describe_lines(args, out);
}

/* They may "chroot /mnt/sysroot", too. */
int run_pre_install_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = exec_mount_system(x, args, e);

	if (ret == 0)
		ret = mount_chroot(x, e);
	return ret < 0 ? ret : run_list(x, json_object_get(args, "scripts"), e);
}

void first_boot_describe(const json_t *args, struct buf *out)
{
	buf_adds(out, "leave the %firstboot scripts");
	describe_lines(args, out);
	buf_adds(out, " for the first boot");
}

#define FIRST_BOOT EXEC_ROOT "/var/lib/socle/firstboot"

/*
 * What socle-firstboot.service reads: a line for each script, its columns parted
 * by tabs: name of the file, seconds, whether it must succeed, log, interpreter.
 */
static void first_boot_line(const struct ks_script *s, const char *name, struct buf *out)
{
	buf_addf(out, "%s\t%lld\t%s\t%s\t%s\n", name, script_seconds(s),
		 s->error_on_fail ? "must" : "may", s->log ? s->log : "-",
		 s->interpreter ? s->interpreter : "/bin/sh");
}

int first_boot_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "scripts"), *item;
	int ret = fs_mkdirs(FIRST_BOOT, 0700, e);
	struct buf lines = BUF_INIT;
	size_t i;

	for (i = 0; ret == 0 && (item = json_array_get(list, i)); i++) {
		size_t index = arg_uint(item, "index");
		char name[64], path[128];
		const struct ks_script *s;

		if (index >= x->answers->script_count) {
			ret = err_set(e, -EINVAL, "these are not the answers of the plan");
			break;
		}
		s = &x->answers->scripts[index];
		snprintf(name, sizeof(name), "%03zu-line-%u", i + 1, s->pos.line);
		snprintf(path, sizeof(path), FIRST_BOOT "/%s", name);
		ret = fs_write(path, s->body, strlen(s->body), 0700, e);
		first_boot_line(s, name, &lines);
	}
	/* Last: without the list nothing is run. */
	if (ret == 0)
		ret = fs_write(FIRST_BOOT "/list", lines.s, lines.len, 0600, e);
	buf_clear(&lines);
	return ret;
}
