/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "installer/execute.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "draft.h"
#include "exec.h"
#include "installer/rescue.h"
#include "socle/cleanup.h"
#include "socle/clock.h"
#include "socle/proc.h"

static const char *const event_names[] = {
	[EXEC_START] = "start",	    [EXEC_PROGRESS] = "progress", [EXEC_DONE] = "done",
	[EXEC_WARNING] = "warning", [EXEC_OUTPUT] = "output",	  [EXEC_FAILED] = "failed",
};

/* The output of programs may be in any encoding; JSON is UTF-8. */
static json_t *any_text(const char *text)
{
	json_t *s = json_string(text);
	char *copy;

	if (s)
		return s;
	copy = strdup(text);
	for (char *p = copy; p && *p; p++)
		if ((unsigned char)*p >= 0x80)
			*p = '?';
	s = json_string(copy ? copy : "");
	free(copy);
	return s;
}

/* One line.  A journal that cannot be written must not end an install. */
static void journal_add(struct exec *x, const struct exec_event *ev)
{
	struct timespec now;
	struct tm tm;
	char when[40];
	json_t *line;
	char *text;

	if (x->journal < 0 || ev->what == EXEC_PROGRESS)
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	line = json_pack("{s:s, s:s, s:I, s:s}", "time", when, "event", event_names[ev->what],
			 "step", (json_int_t)ev->step, "op", ev->op);
	if (ev->text)
		json_object_set_new(line, "text", any_text(ev->text));
	if (ev->what == EXEC_DONE)
		json_object_set_new(line, "ms", json_integer((json_int_t)ev->ms));
	text = json_dumps(line, JSON_COMPACT);
	if (text && dprintf(x->journal, "%s\n", text) < 0)
		close(take_fd(x->journal));
	free(text);
	json_decref(line);
}

static void tell(struct exec *x, struct exec_event *ev)
{
	const struct plan *p = x->plan;

	ev->step = x->step + 1;
	ev->steps = p->op_count;
	ev->op = p->ops[x->step].kind->name;
	ev->sentence = p->ops[x->step].sentence;
	journal_add(x, ev);
	if (x->options->event)
		x->options->event(x->options->ctx, ev);
}

void exec_tell(struct exec *x, enum exec_what what, const char *text)
{
	tell(x, &(struct exec_event){ .what = what, .text = text });
}

void exec_progress(struct exec *x, uint64_t done, uint64_t total)
{
	tell(x, &(struct exec_event){ .what = EXEC_PROGRESS, .done = done, .total = total });
}

static void output_line(void *ctx, const char *line)
{
	exec_tell(ctx, EXEC_OUTPUT, line);
}

int exec_run(struct exec *x, unsigned int timeout, const char *const *argv, struct err *e)
{
	struct proc p = { .argv = argv,
			  .timeout_s = timeout,
			  .stop = x->options->stop,
			  .line = output_line,
			  .ctx = x };

	return proc_run(&p, e);
}

int exec_stopped(const struct exec *x, struct err *e)
{
	if (!x->options->stop || !*x->options->stop)
		return 0;
	return err_set(e, -EINTR, "interrupted");
}

int exec_medium_path(const struct exec *x, const char *name, char path[PATH_MAX], struct err *e)
{
	if (!*name || strchr(name, '/') ||
	    snprintf(path, PATH_MAX, "%s/%s", x->options->medium, name) >= PATH_MAX)
		return err_set(e, -EINVAL, "\"%.64s\" is no file of the medium", name);
	return 0;
}

/* Do it, and do it again while it fails and somebody says so. */
static int do_op(struct exec *x, const struct plan_op *op, struct err *e)
{
	const struct exec_options *o = x->options;
	int ret;

	for (;;) {
		ret = op->kind->execute(x, op->args, e);
		if (ret >= 0 || ret == -EINTR || !o->retry || !op->kind->repeatable)
			return ret;
		/* Who is asked may save the logs before the answer: it is in them. */
		exec_tell(x, EXEC_WARNING, err_text(e));
		if (!o->retry(o->ctx, op->kind->name, e))
			return ret;
		*e = (struct err){ 0 };
		exec_tell(x, EXEC_START, NULL);
	}
}

static int run_op(struct exec *x, const struct plan_op *op, struct err *e)
{
	int64_t start = clock_ms();
	int ret;

	exec_tell(x, EXEC_START, NULL);
	ret = exec_stopped(x, e);
	if (ret == 0)
		ret = do_op(x, op, e);
	if (ret < 0 && ret != -EINTR && op->kind->optional) {
		exec_tell(x, EXEC_WARNING, err_text(e));
		ret = 0;
	}
	if (ret == 0) {
		tell(x, &(struct exec_event){ .what = EXEC_DONE,
					      .ms = (uint64_t)(clock_ms() - start) });
		return 0;
	}
	x->result->op = op->kind->name;
	x->result->step = x->step + 1;
	return err_wrap(e, "%s", op->kind->name);
}

static int run_all(struct exec *x, struct err *e)
{
	int ret = exec_check(x, e);

	if (ret < 0) {
		err_wrap(e, "checks before the first write");
		exec_tell(x, EXEC_FAILED, err_text(e));
		return ret;
	}
	for (x->step = 0; x->step < x->plan->op_count; x->step++) {
		ret = run_op(x, &x->plan->ops[x->step], e);
		if (ret < 0) {
			exec_tell(x, EXEC_FAILED, err_text(e));
			return ret;
		}
	}
	return 0;
}

/* Leave the machine as a person would want to find it for another try. */
static void clean_up(struct exec *x)
{
	if (x->step >= x->plan->op_count)
		x->step = x->plan->op_count - 1;
	exec_unmount_all(x, NULL);
	exec_deactivate(x, NULL);
	exec_stop_arrays(x, NULL);
	exec_unlock_all(x);
}

/*
 * Held while a plan is executed, and gone when that has ended in any way but a kill: who
 * finds it, and gets the lock, follows an installer that was killed.
 */
#define LOCK "/run/socle/execute.lock"

static int lock_take(int flags)
{
	int fd = open(LOCK, O_RDWR | O_CLOEXEC | flags, 0600);

	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

void execute_recover(void)
{
	int fd = lock_take(0);

	/* What is still in use stays mounted, and its disk is refused for that. */
	if (fd >= 0 && rescue_unmount(NULL) == 0)
		unlink(LOCK);
	if (fd >= 0)
		close(fd);
}

int plan_execute(const struct plan *p, const struct answers *answers,
		 const struct exec_options *options, struct exec_result *result, struct err *e)
{
	struct exec x = {
		.plan = p,
		.answers = answers,
		.options = options,
		.result = result,
		.journal = -1,
	};
	const char *journal = options->journal ? options->journal : EXEC_JOURNAL;
	_cleanup_close_ int lock = -1;
	int ret;

	*result = (struct exec_result){ 0 };
	if (!p->op_count || !json_array_size(json_object_get(p->ops[0].args, "files")))
		return err_set(e, -EINVAL, "this plan was made without a medium");
	ret = fs_mkdirs(EXEC_WORK, 0700, e);
	if (ret < 0)
		return ret;
	lock = lock_take(O_CREAT);
	if (lock < 0)
		return err_set(e, -EBUSY, "another installation is being executed");
	x.journal = open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (x.journal < 0)
		return err_sys(e, -errno, "%s", journal);
	ret = run_all(&x, e);
	clean_up(&x);
	sums_clear(&x);
	if (x.journal >= 0)
		close(x.journal);
	unlink(LOCK);
	return ret;
}
