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

enum { READY_MS = 10000, STEADY_MS = 60000, EXEC_FAILED = 127 };

static _Noreturn void become(const char *conf, int log)
{
	char *argv[] = { "dnsmasq", "--keep-in-foreground", (char *)(uintptr_t)conf, NULL };

	dup2(log, STDERR_FILENO);
	dup2(log, STDOUT_FILENO);
	execvp(argv[0], argv);
	dprintf(log, "%s\n", strerror(errno));
	_exit(EXEC_FAILED);
}

/*
 * The first process of a namespace: the kernel ends all others there with it,
 * and it ends with us.  dnsmasq could not be told so itself: that wish is lost
 * when it gives up its privileges.
 */
static _Noreturn void be_first(const char *conf, int log)
{
	sigset_t none;
	int status = 0;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	pid = fork();
	if (pid == 0)
		become(conf, log);
	close(log);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

int dnsmasq_start(struct dnsmasq *d, const char *run, struct err *e)
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
		be_first(conf, ends[1]);
	}
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return err_sys(e, -errno, "dnsmasq");
	}
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	*d = (struct dnsmasq){
		.pid = pid, .fd = ends[0], .pause = d->pause, .started = clock_ms()
	};
	return 0;
}

static void take_byte(struct dnsmasq *d, char c)
{
	if (c != '\n') {
		if (d->len + 1 < sizeof(d->last))
			d->last[d->len++] = c;
		return;
	}
	d->last[d->len] = '\0';
	d->ready |= strstr(d->last, "started, version") != NULL;
	if (d->len)
		d->len = 0;
}

/* It has died: when it is to live again. */
static void reap(struct dnsmasq *d)
{
	int64_t now = clock_ms();

	d->last[sizeof(d->last) - 1] = '\0';
	close(d->fd);
	d->fd = -1;
	kill(d->pid, SIGKILL);
	while (waitpid(d->pid, NULL, 0) < 0 && errno == EINTR)
		;
	d->pid = 0;
	if (now - d->started > STEADY_MS || !d->pause)
		d->pause = 1;
	else
		d->pause = d->pause * 2 > DNSMASQ_PAUSE_MAX ? DNSMASQ_PAUSE_MAX : d->pause * 2;
	d->again = now + d->pause * 1000LL;
}

bool dnsmasq_read(struct dnsmasq *d)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(d->fd, chunk, sizeof(chunk))) > 0)
		for (ssize_t i = 0; i < n; i++)
			take_byte(d, chunk[i]);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return true;
	reap(d);
	return false;
}

int dnsmasq_start_ready(struct dnsmasq *d, const char *run, struct err *e)
{
	int64_t end = clock_ms() + READY_MS, left;
	int ret = dnsmasq_start(d, run, e);

	if (ret < 0)
		return ret;
	while (!d->ready && (left = end - clock_ms()) > 0) {
		struct pollfd p = { .fd = d->fd, .events = POLLIN };

		if (poll(&p, 1, (int)left) > 0 && !dnsmasq_read(d))
			return err_set(e, -EIO, "dnsmasq: %.200s", d->last);
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
