/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netboot/dnsmasq.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/clock.h"

enum {
	READY_MS = 10000,
	MOMENT_MS = 1500,
	STEADY_MS = 60000,
	PAUSE_MAX = 30, /* seconds between two starts */
	EXEC_FAILED = 127,
};

#define DNSMASQ_ENDED "dnsmasq has ended"

static _Noreturn void become(const char *conf, int log)
{
	char *argv[] = { "dnsmasq", "--keep-in-foreground", (char *)(uintptr_t)conf, NULL };

	dup2(log, STDERR_FILENO);
	dup2(log, STDOUT_FILENO);
	execvp(argv[0], argv);
	dprintf(log, "%s\n", strerror(errno));
	_exit(EXEC_FAILED);
}

/* Run it once; false when it could not even live for a moment. */
static bool run_once(const char *conf, int log)
{
	int64_t began = clock_ms();
	pid_t pid = fork();

	if (pid == 0)
		become(conf, log);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && clock_ms() - began > MOMENT_MS;
}

/*
 * The keeper, the first process of a namespace: the kernel ends all others there
 * with it, and it ends with us.  dnsmasq could not be told so itself: that wish
 * is lost when it gives up its privileges.
 */
static _Noreturn void keep_running(const char *conf, int log)
{
	unsigned int pause = 1;
	sigset_t none;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (!run_once(conf, log))
		_exit(1);
	for (;;) {
		int64_t began;

		dprintf(log, DNSMASQ_ENDED ", it is started again in %u s\n", pause);
		sleep(pause);
		began = clock_ms();
		run_once(conf, log);
		pause = clock_ms() - began > STEADY_MS ? 1 : pause * 2;
		pause = pause > PAUSE_MAX ? PAUSE_MAX : pause;
	}
}

static int start(struct dnsmasq *d, const char *run, struct err *e)
{
	_cleanup_free_ char *conf = NULL;
	int ends[2];
	pid_t pid;

	if (asprintf(&conf, "--conf-file=%s/dnsmasq.conf", run) < 0)
		return err_sys(e, -ENOMEM, "dnsmasq");
	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_sys(e, -errno, "dnsmasq");
	pid = (pid_t)syscall(SYS_clone, CLONE_NEWPID | SIGCHLD, NULL, NULL, NULL, NULL);
	if (pid == 0) {
		/* Seen from inside, its parent is nobody: the pipe's end tells whether we are
		 * there. */
		struct pollfd p = { .fd = ends[1], .events = 0 };

		close(ends[0]);
		if (poll(&p, 1, 0) > 0 && p.revents & POLLERR)
			_exit(1);
		keep_running(conf, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_sys(e, -errno, "dnsmasq");
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*d = (struct dnsmasq){ .pid = pid, .fd = ends[0] };
	return 0;
}

static void take_line(struct dnsmasq *d, const char *line, dnsmasq_line *use, void *ctx)
{
	bool ended = strncmp(line, DNSMASQ_ENDED, strlen(DNSMASQ_ENDED)) == 0;

	d->ready |= strstr(line, "started, version") != NULL;
	if (use && ended)
		use(ctx, *d->last ? d->last : "dnsmasq");
	if (use && ended)
		use(ctx, line);
	if (*line && !ended)
		strcpy(d->last, line);
}

/* The keeper has died, and dnsmasq with it. */
static void reap(struct dnsmasq *d)
{
	close(d->fd);
	d->fd = -1;
	kill(d->pid, SIGKILL);
	while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
}

bool dnsmasq_read(struct dnsmasq *d, dnsmasq_line *use, void *ctx)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(d->fd, chunk, sizeof(chunk))) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			if (chunk[i] != '\n' && d->len + 1 < sizeof(d->line)) {
				d->line[d->len++] = chunk[i];
			} else if (chunk[i] == '\n') {
				d->line[d->len] = '\0';
				d->len = 0;
				take_line(d, d->line, use, ctx);
			}
		}
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	reap(d);
	return false;
}

int dnsmasq_start(struct dnsmasq *d, const char *run, struct err *e)
{
	int64_t end = clock_ms() + READY_MS, left;
	int ret = start(d, run, e);

	if (ret < 0)
		return ret;
	while (!d->ready && (left = end - clock_ms()) > 0) {
		struct pollfd p = { .fd = d->fd, .events = POLLIN };

		if (poll(&p, 1, (int)left) > 0 && !dnsmasq_read(d, NULL, NULL))
			return err_set(e, -EIO, "%.300s",
				       *d->last ? d->last : "dnsmasq does not start");
	}
	if (d->ready)
		return 0;
	dnsmasq_stop(d);
	return err_set(e, -ETIMEDOUT, "dnsmasq does not say that it has started");
}

void dnsmasq_stop(struct dnsmasq *d)
{
	if (d->pid)
		reap(d);
}
