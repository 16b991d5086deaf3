/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "script.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "socle/fs.h"
#include "socle/proc.h"

enum { LOG_MAX = 16 << 20 };

const char *script_section(enum ks_when when)
{
	static const char *const names[] = {
		[KS_POST] = "%post",
		[KS_PRE] = "%pre",
		[KS_PRE_INSTALL] = "%pre-install",
		[KS_ON_ERROR] = "%onerror",
		[KS_TRACEBACK] = "%traceback",
		[KS_FIRST_BOOT] = "%firstboot",
	};

	return names[when];
}

bool script_in_root(const struct ks_script *s)
{
	return s->when == KS_POST && !s->nochroot;
}

long long script_seconds(const struct ks_script *s)
{
	return s->timeout ? s->timeout : SCRIPT_SECONDS;
}

struct output {
	const struct script *s;
	struct buf text;
};

static void tell(const struct script *s, const char *line)
{
	if (s->line)
		s->line(s->ctx, line);
}

static void output_line(void *ctx, const char *line)
{
	struct output *o = ctx;

	tell(o->s, line);
	if (o->text.len < LOG_MAX)
		buf_addf(&o->text, "%s\n", line);
}

static int write_log(const struct script *s, const struct buf *text, struct err *e)
{
	char path[PATH_MAX], *slash;
	int ret;

	snprintf(path, sizeof(path), "%s%.2000s", s->root ? s->root : "", s->script->log);
	slash = strrchr(path, '/');
	if (!slash)
		return err_set(e, -EINVAL, "%s is no absolute path", path);
	*slash = 0;
	ret = *path ? fs_mkdirs(path, 0755, e) : 0;
	*slash = '/';
	return ret < 0 ? ret : fs_write(path, text->s, text->len, 0600, e);
}

static void keep_log(const struct script *s, const struct buf *text)
{
	char line[ERR_TEXT_MAX + 32];
	struct err e = { 0 };

	if (!s->script->log || write_log(s, text, &e) == 0)
		return;
	snprintf(line, sizeof(line), "the log is not kept: %s", err_text(&e));
	tell(s, line);
}

static unsigned int seconds_of(const struct script *s)
{
	if (!s->script->timeout && s->seconds)
		return s->seconds;
	return (unsigned int)script_seconds(s->script);
}

int script_run(const struct script *s, struct err *e)
{
	const struct ks_script *k = s->script;
	const char *interpreter = k->interpreter ? k->interpreter : "/bin/sh";
	char inside[64], path[128];
	const char *const in_root[] = { "chroot", s->root, interpreter, inside, NULL };
	const char *const here[] = { interpreter, path, NULL };
	struct output o = { .s = s, .text = BUF_INIT };
	struct proc p = { .argv = s->root ? in_root : here,
			  .env = s->env,
			  .timeout_s = seconds_of(s),
			  .stop = s->stop,
			  .line = output_line,
			  .ctx = &o };
	int ret;

	snprintf(inside, sizeof(inside), "/tmp/ks-script-line-%u", k->pos.line);
	snprintf(path, sizeof(path), "%s%s", s->root ? s->root : "", inside);
	ret = fs_write(path, k->body, strlen(k->body), 0700, e);
	if (ret == 0) {
		ret = proc_run(&p, e);
		unlink(path);
		keep_log(s, &o.text);
	}
	buf_clear(&o.text);
	return ret < 0 ? err_wrap(e, "%s of line %u", script_section(k->when), k->pos.line) : 0;
}

int scripts_run(const struct answers *a, enum ks_when when, const struct script *how, struct err *e)
{
	for (size_t i = 0; i < a->script_count; i++) {
		struct script one = *how;
		int ret;

		one.script = &a->scripts[i];
		if (one.script->when != when)
			continue;
		ret = script_run(&one, e);
		if (ret == -EINTR || (ret < 0 && one.script->error_on_fail))
			return ret;
		if (ret < 0)
			tell(how, err_text(e));
	}
	return 0;
}
