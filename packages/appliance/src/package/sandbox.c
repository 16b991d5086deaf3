/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "confine.h"
#include "socle/cleanup.h"

static void report(int channel, const struct err *why)
{
	json_t *m = json_pack("{s:s, s:i, s:s}", "type", "error", "code", why->code, "text",
			      err_text(why));

	/* Without its manners as UTF-8 it is told all the same. */
	if (!m)
		m = json_pack("{s:s, s:i, s:s}", "type", "error", "code", why->code, "text",
			      "a name in it is not UTF-8");
	if (channel_send(channel, m, -1, NULL) < 0)
		return; /* nobody is there to be told */
}

static void __attribute__((noreturn)) child(int (*run)(int channel, void *ctx, struct err *e),
					    void *ctx, int channel, const int *fds, size_t n,
					    pid_t parent)
{
	struct confined c = { 0 };
	struct err why = { 0 };
	int r = confine(fds, n, &c, &why);

	if (getppid() != parent)
		_exit(1);
	if (r == 0)
		r = channel_send(channel,
				 json_pack("{s:s, s:b, s:b}", "type", "confined", "landlock",
					   c.landlock, "other_user", c.other_user),
				 -1, &why);
	if (r == 0)
		r = run(channel, ctx, &why);
	if (r < 0) {
		why.code = r;
		report(channel, &why);
	}
	_exit(r < 0);
}

/* The first message: what the child has given up. */
static int greet(struct sandbox *s, struct err *e)
{
	_cleanup_json_ json_t *m = NULL;
	int landlock = 0, other_user = 0;
	int r = sandbox_recv(s, &m, e);

	if (r < 0)
		return r;
	if (json_unpack(m, "{s:b, s:b}", "landlock", &landlock, "other_user", &other_user) < 0)
		return err_set(e, -EBADMSG, "the decoder does not say how it is confined");
	s->landlock = landlock;
	s->other_user = other_user;
	return 0;
}

int sandbox_start(int (*run)(int channel, void *ctx, struct err *e), void *ctx, const int *fds,
		  size_t n, struct sandbox *s, struct err *e)
{
	int pair[2], kept[SANDBOX_FDS_MAX + 1], r;
	pid_t parent = getpid();

	*s = SANDBOX_INIT;
	if (n > SANDBOX_FDS_MAX)
		return err_set(e, -E2BIG, "decoder: %zu files", n);
	r = confine_prepare(e);
	if (r < 0)
		return r;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return err_sys(e, -errno, "decoder");
	for (size_t i = 0; i < n; i++)
		kept[i] = fds[i];
	kept[n] = pair[1];
	fflush(NULL);
	s->pid = fork();
	if (s->pid == 0)
		child(run, ctx, pair[1], kept, n + 1, parent);
	close(pair[1]);
	s->channel = pair[0];
	if (s->pid < 0) {
		r = err_sys(e, -errno, "decoder");
		sandbox_end(s);
		return r;
	}
	r = greet(s, e);
	if (r < 0)
		sandbox_end(s);
	return r;
}

static int told(const json_t *m, struct err *e)
{
	const char *text = "";
	int code = -EIO;

	if (json_unpack((json_t *)m, "{s:i, s:s}", "code", &code, "text", &text) < 0 || code >= 0)
		return err_set(e, -EIO, "the decoder failed and does not say why");
	err_set(e, code, "%s", text);
	if (e)
		channel_scrub_text(e->text);
	return code;
}

static int death(struct sandbox *s, struct err *e)
{
	int status = 0;

	while (waitpid(s->pid, &status, 0) < 0 && errno == EINTR)
		;
	s->pid = -1;
	if (WIFSIGNALED(status))
		return err_set(e, -EIO, "the process that decodes died: %s",
			       strsignal(WTERMSIG(status)));
	return err_set(e, -EIO,
		       "the process that decodes ended with code %d before its work was done",
		       WEXITSTATUS(status));
}

int sandbox_recv(struct sandbox *s, json_t **message, struct err *e)
{
	const char *type;
	int r = channel_recv(s->channel, message, NULL, e);

	if (r == 0)
		return death(s, e);
	if (r < 0)
		return r;
	type = json_string_value(json_object_get(*message, "type"));
	if (!type || strcmp(type, "error") != 0)
		return 1;
	r = told(*message, e);
	json_decref(*message);
	*message = NULL;
	return r;
}

void sandbox_end(struct sandbox *s)
{
	if (s->channel >= 0)
		close(s->channel);
	if (s->pid > 0) {
		kill(s->pid, SIGKILL);
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	*s = SANDBOX_INIT;
}
