/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live_ssh.h"

#include <stdio.h>
#include <string.h>

#include "socle/buf.h"
#include "socle/fs.h"
#include "socle/proc.h"

/* What the generator socle-live waits for. */
#define SSHD_WANTED "/run/socle/sshd"
#define SSHD_CONFIG "/etc/ssh/sshd_config.d/05-installer.conf"

static int write_text(const char *path, const char *text, mode_t mode, struct err *e)
{
	return fs_write(path, text, strlen(text), mode, e);
}

static int write_keys(const struct answers *a, struct err *e)
{
	struct buf keys = BUF_INIT;
	int ret = 0;

	for (size_t i = 0; i < a->sshpw_count; i++)
		if (a->sshpws[i].key)
			buf_addf(&keys, "%s\n", a->sshpws[i].key);
	if (keys.len)
		ret = fs_mkdirs("/root/.ssh", 0700, e);
	if (ret == 0 && keys.len)
		ret = write_text("/root/.ssh/authorized_keys", keys.s, 0600, e);
	buf_clear(&keys);
	return ret;
}

/* The last password counts; the command line of no program shows it. */
static int set_password(const struct answers *a, struct err *e)
{
	const struct ks_sshpw *last = NULL;
	const char *argv[] = { "chpasswd", NULL, NULL };
	struct buf line = BUF_INIT;
	int ret;

	for (size_t i = 0; i < a->sshpw_count; i++)
		if (a->sshpws[i].password)
			last = &a->sshpws[i];
	if (!last)
		return 0;
	argv[1] = last->crypted ? "-e" : NULL;
	buf_addf(&line, "root:%s\n", last->password);
	ret = proc_run(&(struct proc){ .argv = argv, .input = line.s }, e);
	explicit_bzero(line.s, line.len);
	buf_clear(&line);
	return ret < 0 ? ret : write_text(SSHD_CONFIG, "PermitRootLogin yes\n", 0644, e);
}

int live_ssh_open(const struct answers *a, struct err *e)
{
	int ret;

	if (!a->sshpw_count)
		return 0;
	ret = write_keys(a, e);
	if (ret == 0)
		ret = set_password(a, e);
	if (ret == 0)
		ret = write_text(SSHD_WANTED, "", 0644, e);
	if (ret == 0)
		ret = proc_cmd(e, "systemctl", "--no-block", "restart", "ssh.service",
			       (char *)NULL);
	return ret < 0 ? err_wrap(e, "sshpw") : 0;
}
