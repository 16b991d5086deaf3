/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The end: leave the journal and the plan in the new system, and let go of the disk.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "installed.h"

enum { JOURNAL_MAX = 64 << 20 };

void finish_describe(const json_t *args, struct buf *out)
{
	buf_addf(out, "keep the journal, unmount, and deactivate %s", arg_string(args, "group"));
}

static int keep_journal(const struct exec *x, struct err *e)
{
	const char *from = x->options->journal ? x->options->journal : EXEC_JOURNAL;
	struct buf text = BUF_INIT;
	int ret = fs_read(from, JOURNAL_MAX, &text, e);

	if (ret == 0)
		ret = fs_mkdirs(EXEC_STATE "/var/log/socle", 0755, e);
	if (ret == 0)
		ret = fs_write(EXEC_STATE "/var/log/socle/install.jsonl", text.s, text.len, 0600,
			       e);
	buf_clear(&text);
	return ret;
}

static int keep_plan(const struct exec *x, struct err *e)
{
	json_t *json = plan_json(x->plan);
	char *text = json_dumps(json, JSON_INDENT(1) | JSON_SORT_KEYS);
	int ret = text ? 0 : err_sys(e, -ENOMEM, "plan");

	if (ret == 0)
		ret = fs_mkdirs(EXEC_STATE "/var/lib/socle", 0755, e);
	if (ret == 0)
		ret = fs_write(EXEC_STATE "/var/lib/socle/plan.json", text, strlen(text), 0600, e);
	free(text);
	json_decref(json);
	return ret;
}

/* What was answered by hand can be done again, as by anaconda-ks.cfg. */
static int keep_kickstart(const struct exec *x, struct err *e)
{
	const char *text = x->options->kickstart;

	if (!text)
		return 0;
	return fs_write(EXEC_STATE "/root/socle-ks.cfg", text, strlen(text), 0600, e);
}

/* A report that cannot be made is no reason to fail at the very end. */
static int keep_report(const struct exec *x, struct err *e)
{
	char *text = x->options->report ? x->options->report(x->options->ctx) : NULL;
	int ret = 0;

	if (text)
		ret = fs_write(EXEC_STATE "/var/lib/socle/install-report.json", text, strlen(text),
			       0600, e);
	free(text);
	return ret;
}

int finish_execute(struct exec *x, const json_t *args, struct err *e)
{
	int ret = keep_plan(x, e);

	if (ret == 0)
		ret = keep_kickstart(x, e);
	if (ret == 0)
		ret = keep_report(x, e);
	if (ret == 0)
		ret = keep_journal(x, e);
	if (ret == 0)
		ret = exec_mount_esp(x, args, e);
	if (ret == 0)
		ret = installed_write(x, e);
	if (ret == 0)
		ret = exec_unmount_all(x, e);
	sync();
	if (ret == 0)
		ret = exec_deactivate(x, e);
	if (ret == 0)
		ret = exec_stop_arrays(x, e);
	return ret;
}
