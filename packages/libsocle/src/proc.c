/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "socle/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "socle/cleanup.h"
#include "socle/clock.h"

enum {
	MAX_ARGS = 64,
	LINE_MAX_BYTES = 400,
	OUT_MAX_BYTES = 64 << 20,
	DEFAULT_TIMEOUT_S = 60,
	STOP_LOOK_MS = 200, /* how often *stop is looked at */
	GRACE_MS = 1000,
};

/* One stream of the child, cut into lines. */
struct stream {
	int fd;
	struct buf line;
	bool keep; /* goes to proc.out */
};

struct run {
	const struct proc *p;
	struct stream streams[2]; /* standard output, standard error */
	int in;
	size_t written;
	char last[LINE_MAX_BYTES]; /* the last line that was not empty */
};

static void line_done(struct run *r, struct stream *s)
{
	if (s->line.len) {
		strncpy(r->last, s->line.s, sizeof(r->last) - 1);
		if (r->p->line)
			r->p->line(r->p->ctx, s->line.s);
	}
	buf_clear(&s->line);
}

static void stream_take(struct run *r, struct stream *s, const char *data, size_t len)
{
	if (s->keep && r->p->out && r->p->out->len + len <= OUT_MAX_BYTES)
		buf_add(r->p->out, data, len);
	for (size_t i = 0; i < len; i++) {
		/* mkfs and friends draw progress with returns and backspaces. */
		if (data[i] == '\n' || data[i] == '\r' || data[i] == '\b')
			line_done(r, s);
		else if (s->line.len < LINE_MAX_BYTES)
			buf_addc(&s->line, data[i]);
	}
}

static void stream_read(struct run *r, struct stream *s)
{
	char chunk[4096];
	ssize_t n = read(s->fd, chunk, sizeof(chunk));

	if (n > 0) {
		stream_take(r, s, chunk, (size_t)n);
	} else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
		line_done(r, s);
		close(s->fd);
		s->fd = -1;
	}
}

static void input_write(struct run *r)
{
	size_t left = strlen(r->p->input) - r->written;
	ssize_t n = left ? write(r->in, r->p->input + r->written, left) : 0;

	if (n > 0)
		r->written += (size_t)n;
	if (n <= 0 || (size_t)n == left) {
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			return;
		close(r->in);
		r->in = -1;
	}
}

/*
 * Wait for one of fds (n of them) for as long as the child may run.  Returns as
 * poll() does, or -ETIMEDOUT at the deadline, or -EINTR when *stop was set.
 */
static int wait_for(const struct proc *p, struct pollfd *fds, nfds_t n, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - clock_ms();
		int found;

		if (p->stop && *p->stop)
			return -EINTR;
		if (left <= 0)
			return -ETIMEDOUT;
		if (p->stop && left > STOP_LOOK_MS)
			left = STOP_LOOK_MS;
		found = poll(fds, n, (int)left);
		if (found > 0)
			return found;
		if (found < 0 && errno != EINTR)
			return -errno;
	}
}

/*
 * Serve the child's streams until they and the child, of which pidfd is, have
 * ended.  What it left running may hold the streams for ever: once the child has
 * ended they get GRACE_MS more, for the last words of a "tee".  Errors: those of
 * wait_for().
 */
static int pump(struct run *r, int pidfd, int64_t deadline)
{
	bool ended = false;

	while (r->streams[0].fd >= 0 || r->streams[1].fd >= 0 || (pidfd >= 0 && !ended)) {
		struct pollfd fds[] = {
			{ .fd = r->streams[0].fd, .events = POLLIN },
			{ .fd = r->streams[1].fd, .events = POLLIN },
			{ .fd = r->in, .events = POLLOUT },
			{ .fd = ended ? -1 : pidfd, .events = POLLIN },
		};
		int ret = wait_for(r->p, fds, 4, deadline);

		if (ret == -ETIMEDOUT && ended)
			return 0;
		if (ret < 0)
			return ret;
		if (fds[2].revents)
			input_write(r);
		for (int i = 0; i < 2; i++)
			if (fds[i].revents)
				stream_read(r, &r->streams[i]);
		if (fds[3].revents) {
			ended = true;
			if (deadline > clock_ms() + GRACE_MS)
				deadline = clock_ms() + GRACE_MS;
		}
	}
	return 0;
}

static void child(const struct proc *p, const int in[2], const int out[2], const int err[2],
		  const int status[2])
{
	sigset_t none;
	int code;

	/* A child never outlives the installer or the command that wanted it. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	dup2(in[0], STDIN_FILENO);
	dup2(out[1], STDOUT_FILENO);
	dup2(err[1], STDERR_FILENO);
	for (const char *const *v = p->env; v && *v; v++)
		putenv((char *)*v);
	execvp(p->argv[0], (char *const *)p->argv);
	code = errno;
	if (write(status[1], &code, sizeof(code)) < 0)
		_exit(126);
	_exit(127);
}

static int outcome(const struct run *r, int how, struct err *e)
{
	const char *name = r->p->argv[0];

	if (WIFEXITED(how) && WEXITSTATUS(how) == 0)
		return 0;
	if (WIFSIGNALED(how))
		return err_set(e, -EIO, "%s was killed by signal %d", name, WTERMSIG(how));
	if (r->last[0])
		return err_set(e, -EIO, "%s failed with code %d: %s", name, WEXITSTATUS(how),
			       r->last);
	return err_set(e, -EIO, "%s failed with code %d", name, WEXITSTATUS(how));
}

/* Whether the child reached exec: 0, or the negative errno of why not. */
static int started(int fd)
{
	int code;

	return read(fd, &code, sizeof(code)) == sizeof(code) ? -code : 0;
}

static void close_pair(int fd[2])
{
	for (int i = 0; i < 2; i++)
		if (fd[i] >= 0)
			close(fd[i]);
	fd[0] = fd[1] = -1;
}

/* The end of a child, and of what it left in its group: until it is reaped the group is its own. */
static void wait_end(pid_t pid, int *how)
{
	siginfo_t info;

	while (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	while (waitpid(pid, how, 0) < 0 && errno == EINTR)
		;
}

int proc_run(const struct proc *p, struct err *e)
{
	int in[2] = { -1, -1 }, out[2] = { -1, -1 }, err[2] = { -1, -1 }, status[2] = { -1, -1 };
	int64_t deadline = clock_ms() + 1000LL * (p->timeout_s ? p->timeout_s : DEFAULT_TIMEOUT_S);
	struct run r = { .p = p, .in = -1 };
	void (*pipe_action)(int);
	int ret, how = 0;
	pid_t pid;

	if (pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0 ||
	    pipe2(status, O_CLOEXEC) < 0 || (pid = fork()) < 0) {
		ret = err_sys(e, -errno, "%s", p->argv[0]);
		close_pair(in), close_pair(out), close_pair(err), close_pair(status);
		return ret;
	}
	if (pid == 0)
		child(p, in, out, err, status);
	/* A child that does not read its input must not end us. */
	pipe_action = signal(SIGPIPE, SIG_IGN);
	r.in = take_fd(in[1]);
	r.streams[0] = (struct stream){ .fd = take_fd(out[0]), .line = BUF_INIT, .keep = true };
	r.streams[1] = (struct stream){ .fd = take_fd(err[0]), .line = BUF_INIT };
	close_pair(in), close_pair(out), close_pair(err);
	close(take_fd(status[1]));
	ret = started(status[0]);
	close_pair(status);
	if (!p->input)
		close(take_fd(r.in));
	else
		fcntl(r.in, F_SETFL, O_NONBLOCK);
	if (ret < 0) {
		err_sys(e, ret, "%s", p->argv[0]);
	} else {
		_cleanup_close_ int pidfd = pidfd_open(pid, 0);

		ret = pump(&r, pidfd, deadline);
		if (ret < 0)
			kill(-pid, SIGKILL);
		if (ret == -ETIMEDOUT)
			err_set(e, ret, "%s did not end within %u s", p->argv[0],
				p->timeout_s ? p->timeout_s : DEFAULT_TIMEOUT_S);
		else if (ret == -EINTR)
			err_set(e, ret, "%s was interrupted", p->argv[0]);
		else if (ret < 0)
			err_sys(e, ret, "%s", p->argv[0]);
	}
	wait_end(pid, &how);
	for (int i = 0; i < 2; i++) {
		buf_clear(&r.streams[i].line);
		if (r.streams[i].fd >= 0)
			close(r.streams[i].fd);
	}
	if (r.in >= 0)
		close(r.in);
	signal(SIGPIPE, pipe_action);
	return ret < 0 ? ret : outcome(&r, how, e);
}

int proc_cmd(struct err *e, const char *program, ...)
{
	const char *argv[MAX_ARGS] = { program };
	va_list ap;
	int n = 1;

	va_start(ap, program);
	while (n < MAX_ARGS - 1 && (argv[n] = va_arg(ap, const char *)))
		n++;
	va_end(ap);
	argv[MAX_ARGS - 1] = NULL;
	return proc_run(&(struct proc){ .argv = argv }, e);
}
