/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The %post scripts of the kickstart, in its order: in the new system, or, with
 * --nochroot, beside it.
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
#include "socle/proc.h"

enum { SCRIPT_TIMEOUT = 3600 };

void run_scripts_describe(const json_t *args, struct buf *out)
{
	const json_t *list = json_object_get(args, "scripts"), *script;
	size_t i;

	buf_adds(out, "run the %post scripts of line");
	for (i = 0; i < json_array_size(list) && (script = json_array_get(list, i)); i++)
		buf_addf(out, "%s %llu", i ? "," : "",
			 (unsigned long long)arg_uint(script, "line"));
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

struct output {
	struct exec *x;
	struct buf text;
};

static void output_line(void *ctx, const char *line)
{
	struct output *o = ctx;

	exec_tell(o->x, EXEC_OUTPUT, line);
	if (o->text.len < 16 << 20)
		buf_addf(&o->text, "%s\n", line);
}

static int write_log(const struct ks_script *s, const struct buf *text, struct err *e)
{
	char path[PATH_MAX], *slash;
	int ret;

	if (!s->log)
		return 0;
	snprintf(path, sizeof(path), "%s/%.2000s", s->nochroot ? "" : EXEC_ROOT, s->log);
	slash = strrchr(path, '/');
	*slash = 0;
	ret = *path ? fs_mkdirs(path, 0755, e) : 0;
	*slash = '/';
	return ret < 0 ? ret : fs_write(path, text->s, text->len, 0600, e);
}

static int run_script(struct exec *x, const struct ks_script *s, struct err *e)
{
	const char *interpreter = s->interpreter ? s->interpreter : "/bin/sh";
	char inside[64], path[128];
	const char *const in_root[] = { "chroot", EXEC_ROOT, interpreter, inside, NULL };
	const char *const beside[] = { interpreter, path, NULL };
	struct output o = { .x = x, .text = BUF_INIT };
	struct proc p = { .argv = s->nochroot ? beside : in_root,
			  .timeout_s = SCRIPT_TIMEOUT,
			  .stop = x->options->stop,
			  .line = output_line,
			  .ctx = &o };
	struct err log_error = { 0 };
	int ret;

	snprintf(inside, sizeof(inside), "/tmp/ks-script-line-%u", s->pos.line);
	snprintf(path, sizeof(path), "%s%s", s->nochroot ? "" : EXEC_ROOT, inside);
	ret = fs_write(path, s->body, strlen(s->body), 0700, e);
	if (ret < 0)
		return ret;
	ret = proc_run(&p, e);
	unlink(path);
	if (write_log(s, &o.text, &log_error) < 0)
		exec_tell(x, EXEC_WARNING, err_text(&log_error));
	buf_clear(&o.text);
	return ret < 0 ? err_wrap(e, "%%post of line %u", s->pos.line) : 0;
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

int run_scripts_execute(struct exec *x, const json_t *args, struct err *e)
{
	const json_t *list = json_object_get(args, "scripts"), *script;
	int ret = mount_chroot(x, e);
	size_t i;

	for (i = 0; i < json_array_size(list) && (script = json_array_get(list, i)); i++) {
		size_t index = arg_uint(script, "index");

		if (ret < 0)
			return ret;
		if (index >= x->answers->script_count)
			return err_set(e, -EINVAL, "these are not the answers of the plan");
		ret = run_script(x, &x->answers->scripts[index], e);
		end_daemons();
		if (ret < 0 && ret != -EINTR && !x->answers->scripts[index].error_on_fail) {
			exec_tell(x, EXEC_WARNING, err_text(e));
			ret = 0;
		}
	}
	return ret;
}
